//! The keyring: organizations, keys, and answers that are given twice.

use std::sync::Arc;

use async_trait::async_trait;
use domain::id::{KeyId, OrganizationId};
use domain::key::{Key, KeyHash};
use domain::organization::Organization;
use domain::revision::Revision;
use domain::time::Timestamp;
use engine::ports::catalog::Put;
use engine::ports::fault::StoreError;
use engine::ports::inbox::IdempotencyKey;
use engine::ports::keyring::{Answer, Answered, Keyring};
use engine::ports::page::{Page, Slice};
use rusqlite::Connection;

use super::SqliteStore;
use super::known::Changed;
use super::pages::Span;
use super::rows;
use super::rows::answer::Remembered;
use super::work::Work;
use super::writer::Done;

#[async_trait]
impl Keyring for SqliteStore {
    async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        let version = match self.known.organizations.find(&id) {
            Ok(organization) => return Ok(Some(Organization::clone(&organization))),
            Err(version) => version,
        };
        let find = move |connection: &Connection| rows::organization::find(connection, id);
        let found = self.lookups.read(find).await?.map(Arc::new);
        if let Some(organization) = &found {
            self.known.organizations.fill(id, organization, version);
        }
        Ok(found.map(Arc::unwrap_or_clone))
    }

    async fn organization_of(
        &self,
        external: &str,
        fresh: OrganizationId,
    ) -> Result<Organization, StoreError> {
        let name = external.to_owned();
        let find = move |connection: &Connection| rows::organization::find_external(connection, &name);
        if let Some(found) = self.lookups.read(find).await? {
            return Ok(found);
        }
        let name = external.to_owned();
        self.writer.carry_out(move |work| organization_of(work, &name, fresh).map(Done::Keep)).await
    }

    async fn put_organization(&self, organization: Organization) -> Result<Put, StoreError> {
        self.writer.carry_out(move |work| put_organization(work, organization.clone()).map(Done::Keep)).await
    }

    async fn key(&self, hash: KeyHash) -> Result<Option<Key>, StoreError> {
        let version = match self.known.keys.find(&hash) {
            Ok(key) => return Ok(Some(Key::clone(&key))),
            Err(version) => version,
        };
        let find = move |connection: &Connection| rows::api_key::find_hash(connection, hash);
        let found = self.lookups.read(find).await?.map(Arc::new);
        if let Some(key) = &found {
            self.known.keys.fill(hash, key, version);
        }
        Ok(found.map(Arc::unwrap_or_clone))
    }

    async fn key_named(&self, organization: OrganizationId, id: KeyId) -> Result<Option<Key>, StoreError> {
        let found = self.readers.read(move |connection| rows::api_key::find(connection, id)).await?;
        Ok(found.filter(|key| key.organization == organization))
    }

    async fn keys(&self, organization: OrganizationId, slice: Slice<KeyId>) -> Result<Page<Key>, StoreError> {
        let span = Span::numbers(&slice, KeyId::number);
        let page = move |connection: &Connection| {
            rows::api_key::of_organization(connection, organization, &span, |rows| {
                Page::of_walk(rows, &slice)
            })
        };
        self.readers.read(page).await
    }

    async fn put_key(&self, key: Key) -> Result<Put, StoreError> {
        self.writer.carry_out(move |work| put_key(work, key.clone()).map(Done::Keep)).await
    }

    async fn put_first_admin_key(&self, key: Key) -> Result<bool, StoreError> {
        let put_first = move |work: &mut Work<'_>| {
            let is_first = !rows::api_key::any_admin(work.connection)?;
            if is_first {
                let stored = rows::api_key::find(work.connection, key.id)?;
                store_key(work, stored.as_ref(), key.clone())?;
            }
            Ok(Done::Keep(is_first))
        };
        self.writer.carry_out(put_first).await
    }

    async fn forget_app_keys(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.writer.carry_out(move |work| forget_app_keys(work, before, limit).map(Done::Keep)).await
    }

    async fn answer(&self, key: &IdempotencyKey) -> Result<Option<Answered>, StoreError> {
        let key = *key;
        let answered = |remembered| match remembered {
            Some(Remembered::Answer(answer)) => Answered::Same(answer),
            Some(Remembered::Messages(_)) | None => Answered::KeyReused,
        };
        let found = self.readers.read(move |connection| remembered(connection, &key)).await?;
        Ok(found.map(answered))
    }

    async fn remember(&self, key: IdempotencyKey, answer: Answer) -> Result<(), StoreError> {
        let remember_first = move |work: &mut Work<'_>| {
            if remembered(work.connection, &key)?.is_none() {
                remember(work, &key, Remembered::Answer(answer.clone()))?;
            }
            Ok(Done::Keep(()))
        };
        self.writer.carry_out(remember_first).await
    }

    async fn forget_answers(&self, since: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.writer.carry_out(move |work| forget_answers(work, since, limit).map(Done::Keep)).await
    }
}

/// Whether a put that has seen `seen` may be done to what has the revision `stored`.
pub(super) fn is_current(stored: Option<Revision>, seen: Revision) -> bool {
    stored.unwrap_or_default() == seen
}

fn organization_of(
    work: &mut Work<'_>,
    external: &str,
    fresh: OrganizationId,
) -> rusqlite::Result<Organization> {
    if let Some(found) = rows::organization::find_external(work.connection, external)? {
        return Ok(found);
    }
    store_organization(work, Organization::external(fresh, external))
}

/// Stores an organization with its next revision.
fn store_organization(work: &mut Work<'_>, organization: Organization) -> rusqlite::Result<Organization> {
    let stored = Organization { revision: organization.revision.next(), ..organization };
    rows::organization::put(work.connection, &stored)?;
    work.weigh(0);
    work.note(Changed::Organization(Arc::new(stored.clone())));
    Ok(stored)
}

fn put_organization(work: &mut Work<'_>, organization: Organization) -> rusqlite::Result<Put> {
    let stored = rows::organization::find(work.connection, organization.id)?;
    if !is_current(stored.map(|stored| stored.revision), organization.revision) {
        return Ok(Put::Stale);
    }
    if let Some(external) = &organization.external
        && let Some(same) = rows::organization::find_external(work.connection, external)?
        && same.id != organization.id
    {
        return Ok(Put::Taken);
    }
    store_organization(work, organization).map(|_| Put::Stored)
}

fn put_key(work: &mut Work<'_>, key: Key) -> rusqlite::Result<Put> {
    let stored = rows::api_key::find(work.connection, key.id)?;
    if !is_current(stored.as_ref().map(|stored| stored.revision), key.revision) {
        return Ok(Put::Stale);
    }
    let same = rows::api_key::find_hash(work.connection, key.hash)?;
    if same.is_some_and(|same| same.id != key.id) {
        return Ok(Put::Taken);
    }
    store_key(work, stored.as_ref(), key).map(|()| Put::Stored)
}

/// Stores a key with its next revision, in the place of what is stored of it, if anything is.
fn store_key(work: &mut Work<'_>, stored: Option<&Key>, key: Key) -> rusqlite::Result<()> {
    if let Some(stored) = stored.filter(|stored| stored.hash != key.hash) {
        work.note(Changed::KeyGone(stored.hash));
    }
    let stored = Key { revision: key.revision.next(), ..key };
    rows::api_key::put(work.connection, &stored)?;
    work.weigh(0);
    work.note(Changed::Key(Arc::new(stored)));
    Ok(())
}

fn forget_app_keys(work: &mut Work<'_>, before: Timestamp, limit: usize) -> rusqlite::Result<usize> {
    let expired = rows::api_key::expired(work.connection, before, limit)?;
    for (id, hash) in &expired {
        rows::api_key::delete(work.connection, *id)?;
        work.weigh(0);
        hash.iter().for_each(|hash| work.note(Changed::KeyGone(*hash)));
    }
    Ok(expired.len())
}

/// What is remembered under a key that is not forgotten: `Some(None)` if it was of a request with another body.
pub(super) fn remembered(
    connection: &Connection,
    key: &IdempotencyKey,
) -> rusqlite::Result<Option<Option<Remembered>>> {
    let found = rows::answer::find(connection, &key.key)?.filter(|found| found.at >= key.since);
    Ok(found.map(|found| Some(found.answer).filter(|_| found.request_hash == key.body)))
}

/// Remembers an answer, in the place of one that is forgotten.
pub(super) fn remember(
    work: &mut Work<'_>,
    key: &IdempotencyKey,
    answer: Remembered,
) -> rusqlite::Result<()> {
    if let Some(forgotten) = rows::answer::find(work.connection, &key.key)? {
        rows::answer::delete(work.connection, forgotten.at, &key.key)?;
    }
    let bytes = rows::answer::insert(work.connection, key, answer)?;
    work.weigh(bytes);
    Ok(())
}

fn forget_answers(work: &mut Work<'_>, since: Timestamp, limit: usize) -> rusqlite::Result<usize> {
    let old = rows::answer::before(work.connection, since, limit)?;
    for (at, key) in &old {
        rows::answer::delete(work.connection, *at, key)?;
        work.weigh(0);
    }
    Ok(old.len())
}
