//! Event types.

use std::collections::BTreeMap;

use domain::event_type::EventType;
use domain::name::EventTypeName;
use domain::revision::Revision;
use engine::ports::catalog::{Archived, Put};
use engine::ports::store::Store;
use serde_json::json;

use super::world::pages::check_pages;
use super::world::{HERE, World};

async fn put(store: &dyn Store, event_type: EventType) -> EventType {
    assert_eq!(store.put_event_type(event_type.clone()).await, Ok(Put::Stored), "{event_type:?}");
    EventType { revision: event_type.revision.next(), ..event_type }
}

async fn find(store: &dyn Store, name: &str) -> Option<EventType> {
    let found = store.event_type(HERE, &name.parse().unwrap()).await.unwrap();
    found.map(|found| EventType::clone(&found))
}

pub(crate) async fn an_event_type_is_found_as_it_was_put(store: &dyn Store) {
    let world = World::new();
    let schema = json!({ "type": "object", "required": ["é\0"], "multipleOf": 1.5, "not": null });
    let full = EventType {
        description: "What \"it\" is \0".to_owned(),
        deprecated: true,
        feature_flag: Some("beta".parse().unwrap()),
        group_name: Some("orders".parse().unwrap()),
        schemas: Some(BTreeMap::from([("1".to_owned(), schema), ("2".to_owned(), json!(true))])),
        ..world.event_type("order.made")
    };
    let empty = EventType { schemas: Some(BTreeMap::new()), ..world.event_type("empty") };
    for event_type in [full, empty, world.event_type("plain")] {
        let name = event_type.name.to_string();
        assert_eq!(find(store, &name).await, None);
        let stored = put(store, event_type).await;
        for _ in 0..2 {
            assert_eq!(find(store, &name).await.as_ref(), Some(&stored));
        }
    }
    assert_eq!(find(store, "Plain").await, None, "names are what they are, letter by letter");
}

pub(crate) async fn an_event_type_is_put_only_by_who_has_seen_it(store: &dyn Store) {
    let world = World::new();
    let fresh = world.event_type("a");
    let unseen = EventType { revision: Revision(1), ..fresh.clone() };
    assert_eq!(store.put_event_type(unseen).await, Ok(Put::Stale));
    let first = put(store, fresh.clone()).await;
    assert_eq!(store.put_event_type(fresh.clone()).await, Ok(Put::Stale));
    let archived = put(store, EventType { archived: true, ..first.clone() }).await;
    assert_eq!(store.put_event_type(first).await, Ok(Put::Stale));
    assert_eq!(store.put_event_type(fresh).await, Ok(Put::Stale), "one that is archived is there");
    assert_eq!(find(store, "a").await, Some(archived.clone()));
    put(store, EventType { archived: false, ..archived }).await;
}

pub(crate) async fn an_expunged_event_type_was_never_there(store: &dyn Store) {
    let world = World::new();
    let name: EventTypeName = "a".parse().unwrap();
    assert_eq!(store.expunge_event_type(HERE, &name).await, Ok(false));
    let stored = put(store, world.event_type("a")).await;
    assert!(find(store, "a").await.is_some());
    assert_eq!(store.expunge_event_type(HERE, &name).await, Ok(true));
    assert_eq!(find(store, "a").await, None);
    assert_eq!(store.expunge_event_type(HERE, &name).await, Ok(false));
    assert_eq!(store.put_event_type(stored).await, Ok(Put::Stale));
    put(store, world.event_type("a")).await;
}

/// Names sort by their bytes.
pub(crate) async fn event_types_are_listed_by_name(store: &dyn Store) {
    let world = World::new();
    let names = ["a", "B", "order.made", "order-made", "order", "a.b", "Z", "_", "9"];
    let mut open: Vec<EventTypeName> = Vec::new();
    let mut any = Vec::new();
    for (number, name) in names.into_iter().enumerate() {
        let event_type = EventType { archived: number % 3 == 2, ..world.event_type(name) };
        let stored = put(store, event_type).await;
        any.push(stored.name.clone());
        open.extend(Some(stored.name).filter(|_| !stored.archived));
    }
    open.sort();
    any.sort();
    let list = async |archived, slice| {
        store.event_types(HERE, archived, slice).await.unwrap().map(|event_type| event_type.name)
    };
    check_pages(&open, async |slice| list(Archived::Left, slice).await).await;
    check_pages(&any, async |slice| list(Archived::Included, slice).await).await;
}
