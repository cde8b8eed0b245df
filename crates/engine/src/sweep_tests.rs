use domain::id::{AppId, KeyId};
use domain::key::{Key, KeyHash, Scope};
use domain::organization::Organization;
use domain::revision::Revision;
use domain::time::Timestamp;

use super::*;
use crate::ports::keyring::Keyring as _;
use crate::ports::memory::MemoryStore;

/// A clock that stands still.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000)
    }
}

#[tokio::test]
async fn a_key_of_one_app_is_forgotten_some_time_after_it_has_expired() {
    let store = Arc::<MemoryStore>::default();
    let (now, app) = (Still.now(), Scope::App(AppId::from_number(1)));
    let earlier = |time: Duration| Some(now - time - Duration::from_millis(1));
    let cases = [
        (app, earlier(EXPIRED_KEYS_KEPT), false),
        (app, Some(now - EXPIRED_KEYS_KEPT), true),
        (app, None, true),
        (Scope::Admin, earlier(EXPIRED_KEYS_KEPT), true),
        (Scope::Read, earlier(EXPIRED_KEYS_KEPT), true),
    ];
    let hash = |number: u8| KeyHash([number; 32]);
    for (number, (scope, expires_at, _)) in (0..).zip(cases) {
        let (id, organization) = (KeyId::from_number(number.into()), Organization::DEFAULT);
        let (name, hash, revoked_at) = (String::new(), hash(number), None);
        let revision = Revision::default();
        let key = Key { id, organization, scope, name, hash, expires_at, revoked_at, revision };
        store.put_key(key).await.unwrap();
    }
    let sweep = Sweep::new(store.clone(), Arc::new(Still), Lease(1), Duration::ZERO);
    assert_eq!(sweep.clean().await, Ok(false));
    for (number, (scope, expires_at, is_kept)) in (0..).zip(cases) {
        let found = store.key(hash(number)).await.unwrap();
        assert_eq!(found.is_some(), is_kept, "{scope:?} {expires_at:?}");
    }
}
