//! Resources.

use domain::app::App;
use domain::change::ChangeKind;
use domain::resource::{Fields, Resource};
use engine::ports::inbox::Accepted;
use engine::ports::store::Store;

use super::world::records::put_app;
use super::world::{HERE, World, accept_one, acceptance, key};

pub(crate) async fn a_resource_is_found_with_its_app(store: &dyn Store) {
    let mut world = World::new();
    let json = r#"{"n":1.0000000000000000000001,"text":"\u0000é","nothing":null}"#;
    let created_at = world.now;
    let put = world.put("acme", "order", "1", json);
    let app = accept_one(store, put, None).await.message.app;
    let expected = Resource {
        key: key("order", "1"),
        app,
        fields: Fields::parse(json.as_bytes()).unwrap(),
        created_at,
        updated_at: created_at,
    };
    let found = store.resource(HERE, &key("order", "1")).await.unwrap();
    assert_eq!(found, Some(("acme".parse().unwrap(), expected.clone())));

    let updated_at = world.pass(5);
    let put = world.put("acme", "order", "1", "{}");
    store.accept(acceptance(vec![put], None)).await.unwrap().unwrap();
    let expected = Resource { fields: Fields::default(), updated_at, ..expected };
    let found = store.resource(HERE, &key("order", "1")).await.unwrap();
    assert_eq!(found, Some(("acme".parse().unwrap(), expected)));
    assert_eq!(store.resource(HERE, &key("order", "2")).await, Ok(None));
    assert_eq!(store.resource(HERE, &key("candidate", "1")).await, Ok(None));
}

/// What a deleted app has left behind is in nobody's way.
pub(crate) async fn a_deleted_apps_resources_are_not_there(store: &dyn Store) {
    let mut world = World::new();
    let put = world.put("acme", "order", "1", r#"{"n":1}"#);
    let old = accept_one(store, put, None).await.message.app;
    let app = store.app(HERE, &old.into()).await.unwrap().unwrap();
    put_app(store, app.deleted(world.now)).await;
    assert_eq!(store.resource(HERE, &key("order", "1")).await, Ok(None));

    let entries = vec![world.take_away("bolt", "order", "1"), world.put("acme", "order", "1", r#"{"n":2}"#)];
    let accepted = store.accept(acceptance(entries, None)).await.unwrap().unwrap();
    let changes: Vec<_> = accepted.iter().map(|accepted: &Accepted| accepted.change).collect();
    assert_eq!(changes, [None, Some(ChangeKind::Insert)]);
    let (uid, resource) = store.resource(HERE, &key("order", "1")).await.unwrap().unwrap();
    assert_eq!((uid.as_str(), resource.fields.to_json()), ("acme", r#"{"n":2}"#.into()));
    assert_ne!(resource.app, old);

    // An app that has given up its uid has no place among the article's routes.
    let app = store.app(HERE, &resource.app.into()).await.unwrap().unwrap();
    put_app(store, App { uid: None, ..app }).await;
    assert_eq!(store.resource(HERE, &key("order", "1")).await, Ok(None));
}
