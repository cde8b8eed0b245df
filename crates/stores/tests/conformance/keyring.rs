//! Keys, and answers that are given twice.

use std::time::Duration;

use domain::id::{AppId, KeyId};
use domain::key::{Key, KeyHash, Scope};
use domain::revision::Revision;
use domain::time::Timestamp;
use engine::ports::catalog::Put;
use engine::ports::inbox::IdempotencyKey;
use engine::ports::keyring::{Answer, Answered};
use engine::ports::store::Store;

use super::world::pages::check_pages;
use super::world::{HERE, World};

pub(crate) async fn only_the_first_key_is_added(store: &dyn Store) {
    let mut world = World::new();
    let reads = Key { scope: Scope::Read, ..world.api_key(6) };
    assert_eq!(store.put_key(reads.clone()).await, Ok(Put::Stored));
    assert!(store.key(reads.hash).await.unwrap().is_some());
    let second = world.api_key(8);
    let first = Key { id: reads.id, revision: Revision(1), ..world.api_key(7) };
    assert_eq!(store.put_first_admin_key(first.clone()).await, Ok(true));
    assert_eq!(store.key(reads.hash).await, Ok(None), "it has taken the place of that one");
    assert_eq!(store.put_first_admin_key(second.clone()).await, Ok(false));
    let stored = Key { revision: Revision(2), ..first.clone() };
    assert_eq!(store.key(first.hash).await, Ok(Some(stored.clone())));
    assert_eq!(store.key(second.hash).await, Ok(None));
    // One that is revoked is one nevertheless: nobody gets in by waiting for that.
    let revoked = Key { revoked_at: Some(world.now), ..stored };
    assert_eq!(store.put_key(revoked).await, Ok(Put::Stored));
    assert_eq!(store.put_first_admin_key(second).await, Ok(false));
}

pub(crate) async fn a_key_is_found_by_its_hash_and_its_name(store: &dyn Store) {
    let mut world = World::new();
    let scopes = [Scope::Admin, Scope::Send, Scope::Read, Scope::App(AppId::from_number(i64::MAX))];
    let mut ids: Vec<KeyId> = Vec::new();
    for (number, scope) in (0..).zip(scopes) {
        let times = [None, Some(Timestamp::MAX), Some(world.now), Some(Timestamp::default())];
        let expires_at = times[usize::from(number)];
        let key = Key { scope, expires_at, name: "\0é".to_owned(), ..world.api_key(number) };
        assert_eq!(store.key(key.hash).await, Ok(None));
        assert_eq!(store.put_key(key.clone()).await, Ok(Put::Stored));
        let stored = Key { revision: Revision(1), ..key };
        assert_eq!(store.key(stored.hash).await, Ok(Some(stored.clone())));
        assert_eq!(store.key_named(HERE, stored.id).await, Ok(Some(stored.clone())));
        ids.push(stored.id);
    }
    assert_eq!(store.key_named(HERE, world.id()).await, Ok(None));
    check_pages(&ids, async |slice| store.keys(HERE, slice).await.unwrap().map(|key| key.id)).await;
}

pub(crate) async fn a_key_is_put_only_by_who_has_seen_it(store: &dyn Store) {
    let mut world = World::new();
    let fresh = world.api_key(1);
    assert_eq!(store.put_key(Key { revision: Revision(1), ..fresh.clone() }).await, Ok(Put::Stale));
    assert_eq!(store.put_key(fresh.clone()).await, Ok(Put::Stored));
    assert_eq!(store.put_key(fresh.clone()).await, Ok(Put::Stale));
    let revoked = Key { revoked_at: Some(world.now), revision: Revision(1), ..fresh.clone() };
    assert_eq!(store.put_key(revoked.clone()).await, Ok(Put::Stored));
    assert_eq!(store.put_key(Key { revision: Revision(1), ..fresh.clone() }).await, Ok(Put::Stale));
    assert_eq!(store.key(fresh.hash).await, Ok(Some(Key { revision: Revision(2), ..revoked })));
    let other = Key { hash: fresh.hash, ..world.api_key(2) };
    assert_eq!(store.put_key(other.clone()).await, Ok(Put::Taken));
    assert_eq!(store.key_named(HERE, other.id).await, Ok(None));
    // A key that was replaced by another one with the same name is known no more by what it was known by.
    let changed = Key { hash: KeyHash([9; 32]), revision: Revision(2), ..fresh.clone() };
    assert_eq!(store.put_key(changed).await, Ok(Put::Stored));
    assert_eq!(store.key(fresh.hash).await, Ok(None));
}

pub(crate) async fn expired_keys_of_one_app_are_forgotten(store: &dyn Store) {
    let mut world = World::new();
    let at = |seconds| Some(world.now + Duration::from_secs(seconds));
    let app = Scope::App(AppId::from_number(1));
    let times = [at(3), at(2), at(1), at(2), None, Some(Timestamp::MAX)].map(|time| (app, time));
    let others = [Scope::Admin, Scope::Send, Scope::Read].map(|scope| (scope, at(1)));
    let before = at(3).unwrap();
    let mut hashes = Vec::new();
    for (number, (scope, expires_at)) in (0..).zip(times.into_iter().chain(others)) {
        let key = Key { scope, expires_at, ..world.api_key(number) };
        assert_eq!(store.put_key(key.clone()).await, Ok(Put::Stored));
        // Whoever asked for it lately has it in memory.
        assert!(store.key(key.hash).await.unwrap().is_some());
        hashes.push(key.hash);
    }
    let gone = async || {
        let mut gone = Vec::new();
        for (number, hash) in hashes.iter().enumerate() {
            if store.key(*hash).await.unwrap().is_none() {
                gone.push(number);
            }
        }
        gone
    };
    assert_eq!(store.forget_app_keys(before, 0).await, Ok(0));
    assert_eq!(store.forget_app_keys(before, 2).await, Ok(2));
    assert_eq!(gone().await, [1, 2], "those that expired first, and of these the oldest");
    assert_eq!(store.forget_app_keys(before, 9).await, Ok(1));
    assert_eq!(store.forget_app_keys(before, 9).await, Ok(0));
    assert_eq!(gone().await, [1, 2, 3]);
}

/// A request at `at` whose keys are remembered for as long as `since` says.
fn request(key: u8, body: u8, at: i64, since: i64) -> IdempotencyKey {
    let time = |seconds| Timestamp::from_millis(1_800_000_000_000 + seconds * 1000);
    IdempotencyKey { key: [key; 16], body: [body; 16], at: time(at), since: time(since) }
}

fn answer(status: u16) -> Answer {
    Answer { status, body: b"\0{}\xff".to_vec() }
}

pub(crate) async fn a_repeated_request_gets_the_first_answer(store: &dyn Store) {
    assert_eq!(store.answer(&request(1, 1, 10, 0)).await, Ok(None));
    store.remember(request(1, 1, 10, 0), answer(201)).await.unwrap();
    let same = Ok(Some(Answered::Same(answer(201))));
    assert_eq!(store.answer(&request(1, 1, 10, 0)).await, same);
    assert_eq!(store.answer(&request(1, 1, 99, 10)).await, same);
    assert_eq!(store.answer(&request(1, 2, 11, 0)).await, Ok(Some(Answered::KeyReused)));
    assert_eq!(store.answer(&request(2, 1, 11, 0)).await, Ok(None));
    // Of two that came at the same time, the first one that is remembered counts.
    store.remember(request(1, 1, 11, 0), answer(202)).await.unwrap();
    store.remember(request(1, 2, 12, 0), answer(203)).await.unwrap();
    assert_eq!(store.answer(&request(1, 1, 12, 0)).await, same);
}

pub(crate) async fn answers_are_forgotten_in_time(store: &dyn Store) {
    for key in 1..=4 {
        store.remember(request(key, 1, i64::from(key) * 10, 0), answer(200)).await.unwrap();
    }
    assert_eq!(store.answer(&request(1, 1, 50, 11)).await, Ok(None));
    assert_eq!(store.answer(&request(1, 2, 50, 11)).await, Ok(None));
    store.remember(request(1, 2, 50, 11), answer(202)).await.unwrap();
    assert_eq!(store.answer(&request(1, 2, 51, 11)).await, Ok(Some(Answered::Same(answer(202)))));

    let since = request(0, 0, 40, 0).at;
    assert_eq!(store.forget_answers(since, 0).await, Ok(0));
    assert_eq!(store.forget_answers(since, 1).await, Ok(1));
    let found = async |key| store.answer(&request(key, 1, 60, 0)).await.unwrap().is_some();
    assert_eq!((found(2).await, found(3).await), (false, true), "the oldest first");
    assert_eq!(store.forget_answers(since, 9).await, Ok(1));
    assert_eq!(store.forget_answers(since, 9).await, Ok(0));
    assert_eq!((found(1).await, found(4).await), (true, true));
}
