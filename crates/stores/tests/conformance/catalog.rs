//! Endpoints, resources, keys.

use std::sync::Arc;

use domain::attempt::Verdict;
use domain::delivery::{Delivery, Lease, State};
use domain::endpoint::{Destination, Endpoint, Subscription};
use domain::limits::ENDPOINTS_PER_APP_MAX;
use domain::resource::{Fields, Resource};
use engine::ports::catalog::{KeyHash, Registered};
use engine::ports::queue::{Applied, Claim};
use engine::ports::store::Store;

use super::world::{World, accept_one, acceptance, answered, deliver_one, key, listen};

const LEASE: Lease = Lease(5);

pub(crate) async fn a_webhook_is_found_as_it_was_registered(store: &dyn Store) {
    let mut world = World::new();
    let webhook = world.webhook("acme", "order.insert");
    assert_eq!(store.endpoint(webhook.id).await, Ok(None));
    assert_eq!(store.register(webhook.clone()).await, Ok(Registered::Created));
    let expected = Endpoint {
        id: webhook.id,
        app: webhook.app_id,
        target: Destination::Readable(webhook.target),
        subscription: Subscription::Webhook(webhook.event_type),
        secret: webhook.secret,
        disabled: None,
    };
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
    let gone = world.settlement(&delivery, Verdict::EndpointGone, answered(410, b""));
    assert_eq!(store.settle(vec![gone]).await, Ok(vec![Applied::Yes]));
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

    let after = Endpoint::clone(&before).replaced();
    assert_eq!(store.endpoint(old.endpoint).await, Ok(Some(Arc::new(after.clone()))));
    assert_eq!((after.disabled, &after.target), (before.disabled, &before.target));
    assert_eq!(store.story(old.message).await.unwrap().unwrap().calls[0].endpoint, after);
    let claim =
        Claim { endpoint: old.endpoint, lease: LEASE, now: world.now, limit: 9, payload_bytes: usize::MAX };
    let claimed = store.claim(claim).await.unwrap();
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
    let found = store.resource(&key("order", "1")).await.unwrap();
    assert_eq!(found, Some(("acme".parse().unwrap(), expected.clone())));

    let updated_at = world.pass(5);
    let put = world.put("acme", "order", "1", "{}");
    store.accept(acceptance(vec![put], None)).await.unwrap().unwrap();
    let expected = Resource { fields: Fields::default(), updated_at, ..expected };
    let found = store.resource(&key("order", "1")).await.unwrap();
    assert_eq!(found, Some(("acme".parse().unwrap(), expected)));
    assert_eq!(store.resource(&key("order", "2")).await, Ok(None));
    assert_eq!(store.resource(&key("candidate", "1")).await, Ok(None));
}

pub(crate) async fn only_the_first_admin_key_is_added(store: &dyn Store) {
    assert_eq!(store.admin_keys().await, Ok(vec![]));
    assert_eq!(store.add_first_admin_key(KeyHash([7; 32])).await, Ok(true));
    assert_eq!(store.add_first_admin_key(KeyHash([8; 32])).await, Ok(false));
    assert_eq!(store.admin_keys().await, Ok(vec![KeyHash([7; 32])]));
}
