use domain::app::{App, AppKey};
use domain::endpoint::Door;
use domain::secret::Secret;
use domain::target::Target;
use engine::ports::catalog::Catalog as _;

use super::*;
use crate::sqlite::SqliteStore;
use crate::sqlite::writer::Done;

fn endpoint(app: i64) -> Arc<Endpoint> {
    let (id, app) = (EndpointId::from_number(1), AppId::from_number(app));
    let target = Target::stored("https://example.com/").unwrap();
    Arc::new(Endpoint::new(id, app, Door::Api, target, Secret::from_bytes(b"secret")))
}

#[test]
fn what_was_read_before_a_change_does_not_hide_it() {
    let known = Known::default();
    let (old, new) = (endpoint(1), endpoint(2));
    let version = known.endpoints.find(&old.id).unwrap_err();
    known.update(vec![Changed::Endpoint(new.clone())]);
    known.endpoints.fill(old.id, &old, version);
    assert_eq!(known.endpoints.find(&old.id), Ok(new));
}

#[test]
fn what_was_read_is_known() {
    let known = Known::default();
    let found = endpoint(1);
    let version = known.endpoints.find(&found.id).unwrap_err();
    known.endpoints.fill(found.id, &found, version);
    assert_eq!(known.endpoints.find(&found.id), Ok(found));
}

#[test]
fn what_is_gone_is_not_known() {
    let known = Known::default();
    let hash = KeyHash([1; 32]);
    let version = known.keys.find(&hash).unwrap_err();
    known.update(vec![Changed::KeyGone(hash)]);
    assert_ne!(known.keys.find(&hash).unwrap_err(), version);
}

#[tokio::test]
async fn what_the_writer_had_to_read_is_known_to_readers() {
    let directory = tempfile::tempdir().unwrap();
    let (key, endpoint) =
        (AppKey { organization: OrganizationId::from_number(1), uid: "acme".parse().unwrap() }, endpoint(7));
    let store = SqliteStore::open(directory.path()).unwrap();
    store.put_app(App::named(endpoint.app, &key)).await.unwrap();
    store.put_endpoint(Endpoint::clone(&endpoint), None).await.unwrap();
    drop(store);
    let store = SqliteStore::open(directory.path()).unwrap();
    let (app, id) = (endpoint.app, endpoint.id);
    assert!(store.known.homes.find(&app).is_err() && store.known.endpoints.find(&id).is_err());
    let read = store.writer.carry_out(move |work| work.routes.of(work.connection, app).map(Done::Keep)).await;
    assert!(read.unwrap().is_some());
    assert_eq!(store.known.homes.find(&app).map(|home| home.app), Ok(app));
    assert_eq!(store.known.endpoints.find(&id).map(|endpoint| endpoint.app), Ok(app));
}
