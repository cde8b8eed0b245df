//! Messages that are taken back or forgotten.

use std::time::Duration;

use domain::app::App;
use domain::attempt::Verdict;
use domain::delivery::{Delivery, FailedReason, State};
use domain::endpoint::Endpoint;
use domain::id::MessageId;
use domain::message::{Message, MessageRef};
use domain::payload::Payload;
use domain::time::Timestamp;
use engine::ports::inbox::{AcceptedMessage, Cancellation, Cancelled};
use engine::ports::store::Store;

use super::world::records::{put_app, put_endpoint};
use super::world::sending::send_one;
use super::world::{LEASE, World, stored};

/// An app with three endpoints that want everything.
async fn app(store: &dyn Store, world: &mut World) -> (App, [Endpoint; 3]) {
    let app = put_app(store, world.app("acme")).await;
    let mut endpoints = Vec::new();
    for _ in 0..3 {
        endpoints.push(put_endpoint(store, world.endpoint(app.id)).await);
    }
    (app, endpoints.try_into().unwrap())
}

/// A message that is succeeded at the first endpoint, waits for the second one, and is under way to the third.
async fn message(store: &dyn Store, world: &mut World, app: &App) -> AcceptedMessage {
    let event_id = Some(format!("e-{}", world.id::<MessageId>()).parse().unwrap());
    let message = Message { event_id, ..world.message("a") };
    let mut sent = send_one(store, world, app, message, Some(LEASE)).await;
    world.settle(store, &sent.deliveries[0], Verdict::Done).await;
    world.settle(store, &sent.deliveries[1], Verdict::RetryAt(Timestamp::MAX)).await;
    for delivery in &mut sent.deliveries {
        *delivery = stored(store, delivery).await;
    }
    sent
}

fn by_id(sent: &AcceptedMessage) -> MessageRef {
    MessageRef::Id(sent.message.id)
}

async fn check(
    store: &dyn Store,
    sent: &AcceptedMessage,
    number: usize,
    reason: FailedReason,
    at: Timestamp,
) {
    for (index, delivery) in sent.deliveries.iter().enumerate() {
        let state = if index == number { State::Failed { at, reason } } else { delivery.state };
        let expected = Delivery { state, ..delivery.clone() };
        assert_eq!(stored(store, delivery).await, expected);
    }
}

pub(crate) async fn only_what_waits_is_cancelled(store: &dyn Store) {
    let mut world = World::new();
    let (app, endpoints) = app(store, &mut world).await;
    let other = put_app(store, world.app("bolt")).await;
    let (first, second) = (message(store, &mut world, &app).await, message(store, &mut world, &app).await);
    let at = world.pass(10);
    let cancel = |app: &App, message: MessageRef, endpoint: Option<&Endpoint>| Cancellation {
        app: app.id,
        message,
        endpoint: endpoint.map(|endpoint| endpoint.id),
        at,
    };
    let event_id = MessageRef::EventId(second.message.event_id.clone().unwrap());
    for (named, endpoint, count) in [
        (by_id(&first), Some(&endpoints[0]), 0),
        (by_id(&first), Some(&endpoints[1]), 1),
        (by_id(&first), Some(&endpoints[1]), 0),
        (event_id, None, 1),
        (by_id(&second), None, 0),
    ] {
        let cancelled = store.cancel(cancel(&app, named, endpoint)).await;
        assert_eq!(cancelled, Ok(Some(Cancelled { count, freed: vec![] })));
    }
    for sent in [&first, &second] {
        check(store, sent, 1, FailedReason::Cancelled, at).await;
    }
    assert_eq!(store.cancel(cancel(&other, by_id(&first), None)).await, Ok(None));
    assert_eq!(store.cancel(cancel(&app, "unknown".parse().unwrap(), None)).await, Ok(None));
    assert_eq!(store.waiting_lanes(None, 9).await, Ok(vec![]));
}

pub(crate) async fn a_forgotten_payload_is_sent_no_more(store: &dyn Store) {
    let mut world = World::new();
    let (app, _) = app(store, &mut world).await;
    let other = put_app(store, world.app("bolt")).await;
    let (first, second) = (message(store, &mut world, &app).await, message(store, &mut world, &app).await);
    let at = world.pass(10);
    assert_eq!(store.expunge(other.id, &by_id(&first), at).await, Ok(false));
    assert_eq!(store.expunge(app.id, &"unknown".parse().unwrap(), at).await, Ok(false));
    let event_id = MessageRef::EventId(first.message.event_id.clone().unwrap());
    for _ in 0..2 {
        assert_eq!(store.expunge(app.id, &event_id, at).await, Ok(true));
        check(store, &first, 1, FailedReason::Expunged, at).await;
        let left = Message { payload: Payload::Expunged, ..Message::clone(&first.message) };
        assert_eq!(store.message(app.id, &by_id(&first)).await, Ok(Some(left)));
        world.pass(10);
    }
    let untouched = store.message(app.id, &by_id(&second)).await.unwrap();
    assert_eq!(untouched.as_ref(), Some(&*second.message));
    // What was under way may fail and wait again; it is claimed with nothing to send.
    world.settle(store, &first.deliveries[2], Verdict::RetryAt(world.now)).await;
    let claimed = world.claim(store, first.deliveries[2].id.endpoint, 9).await;
    assert_eq!(claimed.jobs[0].message.payload, Payload::Expunged);
}

pub(crate) async fn what_was_never_there_is_not_forgotten(store: &dyn Store) {
    let mut world = World::new();
    store.register(world.webhook("acme", "a")).await.unwrap();
    let event = world.event("acme", "a", "thing", "missing");
    let accepted = super::world::accept_one(store, event, None).await;
    let (app, id) = (accepted.message.app, MessageRef::Id(accepted.message.id));
    assert_eq!(store.expunge(app, &id, world.now).await, Ok(true));
    assert_eq!(store.message(app, &id).await.unwrap().unwrap().payload, Payload::Absent);
}

pub(crate) async fn payloads_expire_the_oldest_first(store: &dyn Store) {
    let mut world = World::new();
    let (app, _) = app(store, &mut world).await;
    let mut sent = Vec::new();
    let seconds = |seconds| Duration::from_secs(seconds);
    let start = world.now;
    for expires_at in [Some(start + seconds(3)), None, Some(start + seconds(1)), Some(start + seconds(2))] {
        let message = Message { expires_at, ..world.message("a") };
        sent.push(send_one(store, &world, &app, message, None).await);
    }
    let there = async || {
        let mut there = Vec::new();
        for sent in &sent {
            there.push(store.message(app.id, &by_id(sent)).await.unwrap().unwrap().payload.is_there());
        }
        there
    };
    assert_eq!(store.expunge_expired(start, 9).await, Ok(0));
    let now = start + seconds(2);
    assert_eq!(store.expunge_expired(now, 0).await, Ok(0));
    assert_eq!(store.expunge_expired(now, 1).await, Ok(1));
    assert_eq!(there().await, [true, true, false, true]);
    assert_eq!(store.expunge_expired(now, 9).await, Ok(1));
    assert_eq!(store.expunge_expired(now, 9).await, Ok(0));
    assert_eq!(there().await, [true, true, false, false]);
    for (sent, expired) in sent.iter().zip([false, false, true, true]) {
        let reason = FailedReason::Expunged;
        let state = State::Failed { at: now, reason };
        let state = if expired { state } else { sent.deliveries[0].state };
        assert_eq!(stored(store, &sent.deliveries[0]).await.state, state);
        let found = store.message(app.id, &by_id(sent)).await.unwrap().unwrap();
        assert_eq!(found.expires_at, sent.message.expires_at);
    }
    // One that was forgotten before is not counted.
    assert_eq!(store.expunge(app.id, &by_id(&sent[0]), now).await, Ok(true));
    assert_eq!(store.expunge_expired(Timestamp::MAX, 9).await, Ok(0));
    assert_eq!(there().await, [false, true, false, false]);
}
