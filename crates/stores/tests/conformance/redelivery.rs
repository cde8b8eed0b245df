//! Deliveries that somebody asks for again, or for the first time.

use std::time::Duration;

use domain::attempt::{Trigger, Verdict};
use domain::delivery::{Delivery, FailedReason, State};
use domain::endpoint::{Disabled, DisabledReason, Endpoint};
use domain::id::{EndpointId, MessageId};
use domain::message::{Fate, Message, MessageRef};
use domain::payload::Payload;
use domain::subscription::Subscription;
use domain::time::Timestamp;
use engine::ports::queue::{Redelivered, Redelivery};
use engine::ports::store::Store;

use super::world::records::{put_app, put_endpoint};
use super::world::sending::send_one;
use super::world::{HERE, LEASE, World, accept_one, deliver_one, listen, stored};

async fn redeliver(
    store: &dyn Store,
    world: &World,
    message: MessageId,
    endpoint: EndpointId,
) -> Redelivered {
    store.redeliver(Redelivery { message, endpoint, now: world.now }).await.unwrap()
}

pub(crate) async fn a_delivery_that_has_ended_begins_a_new_round(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    let delivery = deliver_one(store, &mut world, "acme", Some(LEASE)).await;
    let (message, endpoint) = (delivery.id.message, delivery.id.endpoint);
    assert_eq!(redeliver(store, &world, message, endpoint).await, Redelivered::UnderWay);
    let mut leased = delivery.clone();
    for (round, verdict) in
        (1..).zip([Verdict::Exhausted, Verdict::Done, Verdict::RetryAt(Timestamp::MAX), Verdict::Done])
    {
        world.settle(store, &leased, verdict).await;
        let due = world.pass(1000);
        let Redelivered::Waiting(lane) = redeliver(store, &world, message, endpoint).await else { panic!() };
        assert_eq!((lane.endpoint, lane.due), (endpoint, due));
        assert_eq!(store.waiting_lanes(None, 9).await, Ok(vec![lane]));
        let expected = Delivery {
            state: State::Waiting { due },
            attempts: round,
            earlier: round,
            trigger: Trigger::Manual,
            ..delivery.clone()
        };
        assert_eq!(stored(store, &delivery).await, expected);
        leased = world.claim(store, endpoint, 1).await.jobs.remove(0).delivery;
        assert_eq!((leased.trigger, leased.next_try()), (Trigger::Manual, 1));
    }
    world.settle(store, &leased, Verdict::RetryAt(world.now)).await;
    let next = world.claim(store, endpoint, 1).await.jobs.remove(0).delivery;
    assert_eq!((next.trigger, next.next_try()), (Trigger::Scheduled, 2));
    let story = store.story(HERE, message).await.unwrap().unwrap();
    let triggers: Vec<Trigger> = story.calls[0].attempts.iter().map(|attempt| attempt.trigger).collect();
    let (manual, scheduled) = (Trigger::Manual, Trigger::Scheduled);
    assert_eq!(triggers, [scheduled, manual, manual, manual, manual]);
}

/// What the endpoint wants does not matter, and a message that nobody wanted is one that was delivered then.
pub(crate) async fn a_message_can_be_delivered_to_who_did_not_get_it(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let later = world.now + Duration::from_secs(3600);
    for deliver_at in [None, Some(later)] {
        let message = Message { deliver_at, ..world.message("a") };
        let message = send_one(store, &world, &app, message, None).await.message.id;
        let picky = Subscription::to("b".parse().unwrap());
        let endpoint = Endpoint { subscription: picky, ..world.endpoint(app.id) };
        let endpoint = put_endpoint(store, endpoint).await;
        let Redelivered::Waiting(lane) = redeliver(store, &world, message, endpoint.id).await else {
            panic!()
        };
        assert_eq!(lane.due, deliver_at.unwrap_or(world.now));
        let found = store.message(app.id, &MessageRef::Id(message)).await.unwrap().unwrap();
        assert_eq!(found.fate, Fate::Routed);
        let executions = store.executions(&world.app_key("acme"), Some(Fate::Routed), None, 9).await;
        assert_eq!(executions.unwrap().rows[0].id, message);
        let call = store.story(HERE, message).await.unwrap().unwrap().calls.remove(0);
        let expected = Delivery::late(call.delivery.id, &endpoint, &found, world.now);
        assert_eq!(call.delivery, expected);
    }
    let skipped = store.executions(&world.app_key("acme"), Some(Fate::Skipped), None, 9).await;
    assert_eq!(skipped.unwrap().rows, []);
}

/// The article's token is made for it too.
pub(crate) async fn a_skipped_change_can_be_delivered_late(store: &dyn Store) {
    let mut world = World::new();
    let put = world.put("acme", "order", "1", r#"{"n":1}"#);
    let skipped = accept_one(store, put, None).await.message;
    assert_eq!(skipped.fate, Fate::Skipped);
    let webhook = world.webhook("acme", "order.insert");
    let endpoint = webhook.id;
    store.register(webhook).await.unwrap();
    let answer = redeliver(store, &world, skipped.id, endpoint).await;
    assert!(matches!(answer, Redelivered::Waiting(_)), "{answer:?}");
    let job = world.claim(store, endpoint, 1).await.jobs.remove(0);
    assert!(job.delivery.token.is_some());
    assert_eq!(job.message.payload, skipped.payload);
}

pub(crate) async fn what_failed_because_its_endpoint_was_disabled_can_be_recovered(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let disabled = Some(Disabled { at: world.now, reason: DisabledReason::Asked });
    let endpoint = put_endpoint(store, Endpoint { disabled, ..world.endpoint(app.id) }).await;
    let message = world.message("a");
    let born = send_one(store, &world, &app, message, Some(LEASE)).await.deliveries.remove(0);
    let reason = FailedReason::EndpointDisabled;
    assert_eq!(born.state, State::Failed { at: born.id.message.timestamp(), reason });
    let answer = redeliver(store, &world, born.id.message, endpoint.id).await;
    assert_eq!(answer, Redelivered::Disabled);
    assert_eq!(stored(store, &born).await, born);
    let endpoint = put_endpoint(store, endpoint.enabled()).await;
    let answer = redeliver(store, &world, born.id.message, endpoint.id).await;
    assert!(matches!(answer, Redelivered::Waiting(_)), "{answer:?}");
}

pub(crate) async fn what_cannot_be_delivered_again_is_refused(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    listen(store, &mut world, "bolt").await;
    let delivery = deliver_one(store, &mut world, "acme", Some(LEASE)).await;
    world.settle(store, &delivery, Verdict::Done).await;
    let other = deliver_one(store, &mut world, "bolt", Some(LEASE)).await.id;
    let (message, endpoint) = (delivery.id.message, delivery.id.endpoint);
    let before = stored(store, &delivery).await;
    for (message, endpoint) in
        [(message, other.endpoint), (other.message, endpoint), (world.id(), endpoint), (message, world.id())]
    {
        assert_eq!(redeliver(store, &world, message, endpoint).await, Redelivered::Absent);
    }
    let missing = world.event("acme", "thing.happened", "thing", "missing");
    let missing = accept_one(store, missing, None).await.message.id;
    assert_eq!(redeliver(store, &world, missing, endpoint).await, Redelivered::NoPayload);

    let app = store.endpoint(endpoint).await.unwrap().unwrap().app;
    store.expunge(app, &MessageRef::Id(message), world.now).await.unwrap();
    assert_eq!(redeliver(store, &world, message, endpoint).await, Redelivered::NoPayload);
    assert_eq!(stored(store, &delivery).await, before);
    let found = Endpoint::clone(&store.endpoint(endpoint).await.unwrap().unwrap());
    put_endpoint(store, found.deleted(world.now)).await;
    assert_eq!(redeliver(store, &world, message, endpoint).await, Redelivered::Absent);
}

/// No bytes are something that was sent, and can be sent again.
pub(crate) async fn an_empty_payload_is_a_payload(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let endpoint = put_endpoint(store, world.endpoint(app.id)).await;
    let message = Message { payload: Payload::Verbatim("".into()), ..world.message("a") };
    let sent = send_one(store, &world, &app, message, Some(LEASE)).await;
    world.settle(store, &sent.deliveries[0], Verdict::Exhausted).await;
    let answer = redeliver(store, &world, sent.message.id, endpoint.id).await;
    assert!(matches!(answer, Redelivered::Waiting(_)), "{answer:?}");
}
