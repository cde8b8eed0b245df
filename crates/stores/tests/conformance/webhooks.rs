//! Webhooks, as the article registers them.

use std::sync::Arc;

use domain::attempt::Verdict;
use domain::delivery::{Delivery, State};
use domain::endpoint::Endpoint;
use domain::event_type::EventType;
use domain::limits::ENDPOINTS_PER_APP_MAX;
use domain::revision::Revision;
use engine::ports::catalog::Registered;
use engine::ports::store::Store;

use super::world::{HERE, LEASE, World, accept_one, deliver_one, listen};

pub(crate) async fn a_webhook_is_found_as_it_was_registered(store: &dyn Store) {
    let mut world = World::new();
    let webhook = world.webhook("acme", "order.insert");
    assert_eq!(store.endpoint(webhook.id).await, Ok(None));
    assert_eq!(store.register(webhook.clone()).await, Ok(Registered::Created));
    let new =
        Endpoint::webhook(webhook.id, webhook.app_id, webhook.target, webhook.event_type, webhook.secret);
    let expected = Endpoint { revision: Revision(1), ..new };
    for _ in 0..2 {
        assert_eq!(store.endpoint(webhook.id).await.unwrap().as_deref(), Some(&expected));
    }
}

pub(crate) async fn an_app_has_one_webhook_per_event_type(store: &dyn Store) {
    let mut world = World::new();
    let cases = [
        ("acme", "order.insert", Registered::Created),
        ("acme", "order.insert", Registered::Exists),
        ("acme", "order.Insert", Registered::Created),
        ("bolt", "order.insert", Registered::Created),
        ("bolt", "order.insert", Registered::Exists),
    ];
    for (app, event_type, expected) in cases {
        let webhook = world.webhook(app, event_type);
        let id = webhook.id;
        assert_eq!(store.register(webhook).await, Ok(expected), "{app} {event_type}");
        let found = store.endpoint(id).await.unwrap();
        assert_eq!(found.is_some(), expected == Registered::Created, "{app} {event_type}");
    }
}

pub(crate) async fn an_app_has_a_bounded_number_of_endpoints(store: &dyn Store) {
    let mut world = World::new();
    for number in 0..ENDPOINTS_PER_APP_MAX {
        let webhook = world.webhook("acme", &format!("type.{number}"));
        assert_eq!(store.register(webhook).await, Ok(Registered::Created));
    }
    assert_eq!(store.register(world.webhook("acme", "type.0")).await, Ok(Registered::Exists));
    let more = world.webhook("acme", "one.more");
    let id = more.id;
    assert_eq!(store.register(more).await, Ok(Registered::TooMany));
    assert_eq!(store.endpoint(id).await, Ok(None));
    assert_eq!(store.register(world.webhook("bolt", "one.more")).await, Ok(Registered::Created));
    let put = world.put("acme", "order", "1", "{}");
    assert!(accept_one(store, put, None).await.deliveries.is_empty());
}

/// Answers 410 to a call of the app's webhook for `thing.happened`.
async fn disable(store: &dyn Store, world: &mut World) -> Delivery {
    let delivery = deliver_one(store, world, "acme", Some(LEASE)).await;
    world.settle(store, &delivery, Verdict::EndpointGone).await;
    delivery
}

pub(crate) async fn a_disabled_webhook_is_replaced(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    let waiting = deliver_one(store, &mut world, "acme", None).await;
    let old = disable(store, &mut world).await.id;
    let before = store.endpoint(old.endpoint).await.unwrap().unwrap();
    let webhook = world.webhook("acme", "thing.happened");
    let fresh = webhook.id;
    assert_eq!(store.register(webhook).await, Ok(Registered::Created));
    let again = world.webhook("acme", "thing.happened");
    assert_eq!(store.register(again).await, Ok(Registered::Exists));
    assert_eq!(store.endpoint(fresh).await.unwrap().unwrap().disabled, None);

    let deleted = Endpoint::clone(&before).deleted(fresh.timestamp());
    let after = Endpoint { revision: before.revision.next(), ..deleted };
    assert_eq!(store.endpoint(old.endpoint).await, Ok(Some(Arc::new(after.clone()))));
    assert_eq!((after.disabled, &after.target), (before.disabled, &before.target));
    assert_eq!(store.story(HERE, old.message).await.unwrap().unwrap().calls[0].endpoint, after);
    let claimed = world.claim(store, old.endpoint, 9).await;
    assert_eq!(claimed.jobs[0].delivery.id, waiting.id, "what waits still ends in its own lane");
    let next = deliver_one(store, &mut world, "acme", Some(LEASE)).await;
    assert_eq!((next.id.endpoint, next.state), (fresh, State::Leased { lease: LEASE }));
}

pub(crate) async fn replaced_webhooks_do_not_count(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    for number in 1..ENDPOINTS_PER_APP_MAX {
        let webhook = world.webhook("acme", &format!("type.{number}"));
        assert_eq!(store.register(webhook).await, Ok(Registered::Created));
    }
    for _ in 0..3 {
        assert_eq!(store.register(world.webhook("acme", "one.more")).await, Ok(Registered::TooMany));
        disable(store, &mut world).await;
        let webhook = world.webhook("acme", "thing.happened");
        assert_eq!(store.register(webhook).await, Ok(Registered::Created));
    }
}

pub(crate) async fn a_registration_declares_its_event_type(store: &dyn Store) {
    let mut world = World::new();
    let webhook = world.webhook("acme", "order.insert");
    let (name, at) = (webhook.event_type.clone(), webhook.id.timestamp());
    assert_eq!(store.event_type(HERE, &name).await, Ok(None));
    store.register(webhook).await.unwrap();
    let declared = EventType { revision: Revision(1), ..EventType::named(HERE, name.clone(), at) };
    assert_eq!(store.event_type(HERE, &name).await.unwrap().as_deref(), Some(&declared));
    // One that was declared before is left as it is.
    let described = EventType { description: "Mine.".to_owned(), archived: true, ..declared };
    store.put_event_type(described.clone()).await.unwrap();
    world.pass(10);
    assert_eq!(store.register(world.webhook("bolt", "order.insert")).await, Ok(Registered::Created));
    let described = EventType { revision: Revision(2), ..described };
    assert_eq!(store.event_type(HERE, &name).await.unwrap().as_deref(), Some(&described));
}
