//! Keys from the command line: the first one of a store, and `whimbrel keys`, which works on the data of a program that
//! does not run: whoever may read the data needs no key.

use std::fmt;
use std::sync::Arc;

use domain::app::AppRef;
use domain::id::KeyId;
use domain::key::{ClearKey, KEY_BYTES, Key, Scope};
use domain::organization::Organization;
use domain::revision::Revision;
use domain::time::Timestamp;
use engine::accept::Ids;
use engine::ports::catalog::{Catalog as _, Put};
use engine::ports::chance::Chance;
use engine::ports::fault::StoreError;
use engine::ports::keyring::Keyring;
use engine::ports::page::{Order, Slice, Start};
use engine::ports::queue::Queue as _;
use stores::sqlite::SqliteStore;

use crate::chance::SystemChance;
use crate::cli::{KeyScope, Keys, KeysCommand, NewKey};
use crate::clock::SystemClock;
use crate::config::{self, Settings};
use crate::fault::Fault;
use crate::stdout::say;

/// Makes the admin key of a store that has no key yet; `None` if it has one.
///
/// # Errors
/// If the store cannot take it.
pub(crate) async fn first(
    keyring: &dyn Keyring,
    ids: &Ids,
    chance: &dyn Chance,
) -> Result<Option<ClearKey>, StoreError> {
    let (clear, key) = make(ids, chance, Scope::Admin, "the first key");
    let stored = keyring.put_first_admin_key(key).await?;
    Ok(stored.then_some(clear))
}

fn make(ids: &Ids, chance: &dyn Chance, scope: Scope, name: &str) -> (ClearKey, Key) {
    let mut random = [0; KEY_BYTES];
    chance.fill(&mut random);
    let clear = ClearKey::new(random);
    let key = Key {
        id: ids.mint(),
        organization: Organization::DEFAULT,
        scope,
        name: name.to_owned(),
        hash: clear.hash(),
        expires_at: None,
        revoked_at: None,
        revision: Revision::default(),
    };
    (clear, key)
}

/// `whimbrel keys`: makes, lists and revokes keys of the default organization.
///
/// # Errors
/// If the store cannot be opened (the program runs), or what was named is not there.
pub(crate) async fn keys(settings: Settings, keys: Keys) -> Result<(), Fault> {
    // A wrong directory would be made, and found empty.
    if !matches!(keys.command, KeysCommand::Create(_)) && !SqliteStore::is_there(&settings.data) {
        return Err(Fault::Keys(format!("there is no data in {}", settings.data.display())));
    }
    let store = SqliteStore::open(&settings.data)?;
    let life = store.open().await?;
    let ids = Ids::new(Arc::new(SystemClock), &life);
    let done = match keys.command {
        KeysCommand::Create(new) => create(&store, &ids, &new).await,
        KeysCommand::List(_) => list(&store).await,
        KeysCommand::Revoke { id, .. } => revoke(&store, id).await,
    };
    store.close().await;
    done
}

async fn create(store: &SqliteStore, ids: &Ids, new: &NewKey) -> Result<(), Fault> {
    let scope = match (new.scope, &new.app) {
        (KeyScope::Admin, None) => Scope::Admin,
        (KeyScope::Send, None) => Scope::Send,
        (KeyScope::Read, None) => Scope::Read,
        (KeyScope::App, Some(app)) => Scope::App(find_app(store, app).await?),
        (KeyScope::App, None) => return Err(Fault::Keys("--scope app needs --app".to_owned())),
        (_, Some(_)) => return Err(Fault::Keys("--app needs --scope app".to_owned())),
    };
    let (clear, mut key) = make(ids, &SystemChance, scope, &new.name);
    key.expires_at = new.expires.map(|span| key.id.timestamp() + span.0);
    match store.put_key(key.clone()).await? {
        Put::Stored => {}
        other => return Err(Fault::Keys(format!("the key could not be stored ({other:?})"))),
    }
    say(format_args!("{}", clear.expose()));
    tracing::info!(id = %key.id, "it is not shown again; send it as \"Authorization: Bearer <key>\"");
    Ok(())
}

async fn find_app(store: &SqliteStore, app: &AppRef) -> Result<domain::id::AppId, Fault> {
    let found = store.app(Organization::DEFAULT, app).await?;
    found.map(|app| app.id).ok_or_else(|| Fault::Keys("there is no such app".to_owned()))
}

/// Keys that are read at once.
const PAGE: usize = 100;

async fn list(store: &SqliteStore) -> Result<(), Fault> {
    let mut start = Start::First;
    loop {
        let slice = Slice { limit: PAGE, order: Order::Ascending, start };
        let page = store.keys(Organization::DEFAULT, slice).await?;
        page.rows.iter().for_each(|key| say(Line(key)));
        match page.rows.last() {
            Some(last) if page.more => start = Start::After(last.id),
            _ => return Ok(()),
        }
    }
}

async fn revoke(store: &SqliteStore, id: KeyId) -> Result<(), Fault> {
    let found = store.key_named(Organization::DEFAULT, id).await?;
    let Some(key) = found else { return Err(Fault::Keys(format!("there is no key {id}"))) };
    let now = engine::ports::clock::Clock::now(&SystemClock);
    let revoked_at = key.revoked_at.or(Some(now));
    match store.put_key(Key { revoked_at, ..key }).await? {
        Put::Stored => {
            say(format_args!("{id} opens nothing any more"));
            Ok(())
        }
        other => Err(Fault::Keys(format!("the key could not be revoked ({other:?})"))),
    }
}

/// One key, without what opens anything.
struct Line<'a>(&'a Key);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Key { id, scope, name, expires_at, revoked_at, .. } = self.0;
        write!(f, "{id}  ")?;
        match scope {
            Scope::Admin => write!(f, "admin")?,
            Scope::Send => write!(f, "send")?,
            Scope::Read => write!(f, "read")?,
            Scope::App(app) => write!(f, "{app}")?,
        }
        let state = |f: &mut fmt::Formatter<'_>, word, at: &Option<Timestamp>| match at {
            Some(at) => write!(f, "  {word} {at}"),
            None => Ok(()),
        };
        state(f, "expires", expires_at)?;
        state(f, "revoked", revoked_at)?;
        write!(f, "  {}", crate::log::tame(name))
    }
}

/// The settings that `whimbrel keys` needs: where the data is.
///
/// # Errors
/// If one of the sources says something that cannot be used.
pub(crate) fn settings(keys: &mut Keys) -> Result<Settings, Fault> {
    let (config, data) = keys.place();
    let layer = config::layer::Layer { data, ..config::layer::Layer::default() };
    Ok(config::read(config::Mode::Serve, config, layer, config::variables())?)
}

#[cfg(test)]
mod tests {
    use engine::ports::memory::MemoryStore;

    use super::*;

    #[tokio::test]
    async fn a_store_gets_one_first_key() {
        let store = MemoryStore::default();
        let life = store.open().await.unwrap();
        let ids = Ids::new(Arc::new(SystemClock), &life);
        let clear = first(&store, &ids, &SystemChance).await.unwrap().expect("the store had no key");
        let key = store.key(clear.hash()).await.unwrap().expect("it is stored");
        assert_eq!((key.scope, key.organization), (Scope::Admin, Organization::DEFAULT));
        assert!(first(&store, &ids, &SystemChance).await.unwrap().is_none());
    }
}
