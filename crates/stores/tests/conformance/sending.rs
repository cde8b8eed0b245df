//! Messages that are sent as such.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::app::{App, AppRef};
use domain::birth::{Birth, Room};
use domain::delivery::{FailedReason, State};
use domain::endpoint::{Disabled, DisabledReason, Endpoint, Ordering};
use domain::limits::ACCEPTANCE_PAYLOAD_BYTES_MAX;
use domain::message::{Fate, Message, MessageRef};
use domain::payload::Payload;
use domain::revision::Revision;
use domain::subscription::Subscription;
use domain::time::Timestamp;
use engine::ports::inbox::{Addressee, NewMessage, Sending, Sent, Unsent};
use engine::ports::store::Store;

use super::world::records::{put_app, put_endpoint};
use super::world::sending::{known, send_one, sending, sent_id};
use super::world::{HERE, LEASE, World, all};

/// What became of the messages of a sending that is stored.
pub(crate) async fn send(
    store: &dyn Store,
    sending: Sending,
) -> Vec<Result<engine::ports::inbox::AcceptedMessage, Unsent>> {
    match store.send(sending).await.unwrap() {
        Sent::Stored(sent) => sent,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn a_message_is_stored_as_it_was_sent(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let full = Message {
        event_id: Some("e-1".parse().unwrap()),
        channels: vec!["b".parse().unwrap(), "a".parse().unwrap()],
        tags: vec!["t".parse().unwrap(), "s".parse().unwrap()],
        deliver_at: Some(world.now + Duration::from_secs(60)),
        expires_at: Some(Timestamp::MAX),
        payload: Payload::Verbatim(Bytes::from_static(b"\0 not JSON \xff")),
        ..world.message("a.b")
    };
    let empty = Message { payload: Payload::Verbatim(Bytes::new()), ..world.message("a.b") };
    let messages = [full, empty, world.message("a.b")];
    for (fate, listens) in [(Fate::Skipped, false), (Fate::Routed, true)] {
        if listens {
            put_endpoint(store, world.endpoint(app.id)).await;
        }
        for message in messages.clone() {
            let event_id = message.event_id.clone().filter(|_| listens);
            let message = Message { id: world.id(), event_id, ..message };
            let expected = Message { app: app.id, fate, ..message.clone() };
            let sent = send_one(store, &world, &app, message, None).await;
            assert_eq!((&*sent.message, sent.deliveries.len()), (&expected, usize::from(listens)));
            let found = store.message(app.id, &MessageRef::Id(expected.id)).await;
            assert_eq!(found, Ok(Some(expected.clone())));
            assert_eq!(store.message(world.id(), &MessageRef::Id(expected.id)).await, Ok(None));
            let Some(event_id) = expected.event_id.clone().map(MessageRef::EventId) else { continue };
            assert_eq!(store.message(app.id, &event_id).await, Ok(Some(expected)));
            assert_eq!(store.message(world.id(), &event_id).await, Ok(None));
        }
    }
}

/// Who wants what is said in full by `Subscription::wants`; here is that a store asks it.
pub(crate) async fn a_message_goes_to_those_who_want_it(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let other = put_app(store, world.app("bolt")).await;
    put_endpoint(store, world.endpoint(other.id)).await;
    let disabled = Some(Disabled { at: world.now, reason: DisabledReason::Asked });
    let deleted = put_endpoint(store, world.endpoint(app.id)).await;
    put_endpoint(store, deleted.deleted(world.now)).await;
    let mut with = |subscription| Endpoint { subscription, ..world.endpoint(app.id) };
    let typed = Subscription::to("a".parse().unwrap());
    let in_channel = Subscription { channels: Some(vec!["c".parse().unwrap()]), ..Subscription::default() };
    let matching = domain::pattern::Pattern::parse(br#"{"a":[2]}"#).unwrap();
    let matching = Subscription { pattern: Some(matching), ..Subscription::default() };
    let endpoints =
        [with(typed.clone()), with(in_channel), with(matching), Endpoint { disabled, ..with(typed) }];
    for endpoint in &endpoints {
        put_endpoint(store, endpoint.clone()).await;
    }
    let cases = [
        ("a", &[][..], r#"{"a":1}"#, &[0, 3][..]),
        ("b", &[], r#"{"a":1}"#, &[]),
        ("b", &["x", "c"], r#"{"a":1}"#, &[1]),
        ("b", &[], r#"{"a":2}"#, &[2]),
        ("a", &["c"], r#"{"a":2}"#, &[0, 1, 2, 3]),
    ];
    for (event_type, channels, payload, wanted) in cases {
        let channels = channels.iter().map(|channel| channel.parse().unwrap()).collect();
        let payload = Payload::Verbatim(payload.into());
        let message = Message { channels, payload, ..world.message(event_type) };
        let sent = send_one(store, &world, &app, message, Some(LEASE)).await;
        let expected: Vec<_> = wanted.iter().map(|number| endpoints[*number].id).collect();
        let found: Vec<_> = sent.deliveries.iter().map(|delivery| delivery.id.endpoint).collect();
        assert_eq!(found, expected, "{event_type}");
        for delivery in &sent.deliveries {
            let failed =
                State::Failed { at: delivery.id.message.timestamp(), reason: FailedReason::EndpointDisabled };
            let is_disabled = delivery.id.endpoint == endpoints[3].id;
            let state = if is_disabled { failed } else { State::Leased { lease: LEASE } };
            assert_eq!((delivery.state, delivery.token), (state, None));
        }
    }
}

pub(crate) async fn a_message_for_one_endpoint_goes_to_no_other(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let other = put_app(store, world.app("bolt")).await;
    put_endpoint(store, world.endpoint(app.id)).await;
    let subscription = Subscription::to("a".parse().unwrap());
    let meant = put_endpoint(store, Endpoint { subscription, ..world.endpoint(app.id) }).await;
    let foreign = put_endpoint(store, world.endpoint(other.id)).await;
    let gone = put_endpoint(store, world.endpoint(app.id)).await;
    put_endpoint(store, gone.clone().deleted(world.now)).await;
    let cases = [
        (app.id, meant.id, Some(vec![meant.id])),
        (app.id, foreign.id, Some(vec![])),
        (app.id, gone.id, Some(vec![])),
        (world.id(), meant.id, None),
    ];
    for (app, endpoint, expected) in cases {
        let new = NewMessage { to: Addressee::One(app, endpoint), message: world.message("b") };
        let sent = send(store, sending(&world, vec![new], None)).await.remove(0);
        let expected = expected.ok_or(Unsent::NoApp);
        let found = sent.map(|sent| sent.deliveries.iter().map(|delivery| delivery.id.endpoint).collect());
        assert_eq!(found, expected);
    }
}

pub(crate) async fn what_is_for_later_or_in_order_waits(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let plain = put_endpoint(store, world.endpoint(app.id)).await;
    let fifo = Endpoint { ordering: Ordering::Fifo, ..world.endpoint(app.id) };
    let fifo = put_endpoint(store, fifo).await;
    let later = world.now + Duration::from_secs(60);
    for deliver_at in [None, Some(world.now), Some(later)] {
        let message = Message { deliver_at, ..world.message("a") };
        let accepted_at = message.accepted_at();
        let sent = send_one(store, &world, &app, message, Some(LEASE)).await;
        let waiting = |due| State::Waiting { due };
        let now = if deliver_at == Some(later) { waiting(later) } else { State::Leased { lease: LEASE } };
        let states: Vec<_> =
            sent.deliveries.iter().map(|delivery| (delivery.id.endpoint, delivery.state)).collect();
        let in_order = waiting(deliver_at.unwrap_or(accepted_at));
        assert_eq!(states, [(plain.id, now), (fifo.id, in_order)]);
    }
    assert_eq!(world.claim(store, plain.id, 9).await.next_due, Some(later));
    assert_eq!(world.claim(store, fifo.id, 9).await.jobs.len(), 2);
    world.now = later;
    assert_eq!(world.claim(store, plain.id, 9).await.jobs.len(), 1);
    assert_eq!(world.claim(store, fifo.id, 9).await.jobs.len(), 1);
}

/// Where a node has no room, its fresh deliveries wait; what is refused takes none.
pub(crate) async fn room_is_taken_only_by_what_is_sent(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    put_endpoint(store, world.endpoint(app.id)).await;
    let nobody = App { id: world.id(), ..app.clone() };
    let messages = vec![
        known(&nobody, world.message("a")),
        known(&app, world.message("a")),
        known(&app, world.message("a")),
    ];
    let room = Arc::new(Room::new(1, 99));
    let birth = Birth { lease: Some(LEASE), crowded: Arc::default(), room, now: world.now };
    let sending = Sending { birth, ..sending(&world, messages, None) };
    let sent = send(store, sending).await;
    let states: Vec<_> = sent.iter().flatten().map(|sent| sent.deliveries[0].state).collect();
    assert_eq!(states, [State::Leased { lease: LEASE }, State::Waiting { due: world.now }]);
}

pub(crate) async fn an_app_may_be_made_with_its_first_message(store: &dyn Store) {
    let mut world = World::new();
    let fresh = App { name: "Acme, Inc.".to_owned(), ..world.app("acme") };
    let made = |app: &App, message| NewMessage { to: Addressee::Made(Box::new(app.clone())), message };
    let other = App { name: "Another name".to_owned(), ..world.app("acme") };
    let large = Bytes::from(vec![b' '; ACCEPTANCE_PAYLOAD_BYTES_MAX + 1]);
    let large = Message { payload: Payload::Verbatim(large), ..world.message("a") };
    let refused = send(store, sending(&world, vec![made(&fresh, large)], None)).await;
    assert_eq!(refused, [Err(Unsent::TooLarge)]);
    let uid = AppRef::Uid("acme".parse().unwrap());
    assert_eq!(store.app(HERE, &uid).await, Ok(None), "what is refused makes nothing");

    let messages = vec![
        NewMessage { to: Addressee::Known(uid.clone()), message: world.message("a") },
        made(&fresh, world.message("a")),
        made(&other, world.message("a")),
        NewMessage { to: Addressee::Known(uid.clone()), message: world.message("a") },
    ];
    let sent = send(store, sending(&world, messages, None)).await;
    let apps: Vec<_> = sent.iter().map(|sent| sent.as_ref().map(|sent| sent.message.app)).collect();
    assert_eq!(apps, [Err(&Unsent::NoApp), Ok(fresh.id), Ok(fresh.id), Ok(fresh.id)]);
    let stored = App { revision: Revision(1), ..fresh };
    assert_eq!(store.app(HERE, &uid).await, Ok(Some(stored.clone())));
    assert_eq!(store.apps(HERE, all()).await.unwrap().rows, [stored]);
}

pub(crate) async fn an_event_id_is_unique_within_its_app(store: &dyn Store) {
    let mut world = World::new();
    let acme = put_app(store, world.app("acme")).await;
    let bolt = put_app(store, world.app("bolt")).await;
    let mut with = |app: &App, id: &str| {
        known(app, Message { event_id: Some(id.parse().unwrap()), ..world.message("a") })
    };
    let batch =
        vec![with(&acme, "1"), with(&acme, "1"), with(&bolt, "1"), with(&acme, "2"), with(&acme, "2")];
    let again = vec![with(&acme, "2"), with(&bolt, "2"), with(&acme, "3")];
    let outcome = |sent: Vec<Result<_, Unsent>>| -> Vec<_> {
        sent.into_iter().map(|sent: Result<engine::ports::inbox::AcceptedMessage, _>| sent.err()).collect()
    };
    let taken = Some(Unsent::EventIdTaken);
    let sent = send(store, sending(&world, batch, None)).await;
    let first = sent[0].as_ref().unwrap().message.id;
    assert_eq!(outcome(sent), [None, taken, None, None, taken]);
    assert_eq!(outcome(send(store, sending(&world, again, None)).await), [taken, None, None]);
    // It stays taken when the payload is forgotten.
    let event_id: MessageRef = "1".parse().unwrap();
    assert_eq!(store.message(acme.id, &event_id).await.unwrap().unwrap().id, first);
    assert_eq!(store.expunge(acme.id, &event_id, world.now).await, Ok(true));
    let same = Message { event_id: Some("1".parse().unwrap()), ..world.message("a") };
    let sent = send(store, sending(&world, vec![known(&acme, same)], None)).await;
    assert_eq!(outcome(sent), [taken]);
}

pub(crate) async fn payloads_of_one_sending_are_bounded_together(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let mut with = |bytes: usize| {
        let payload = Payload::Verbatim(Bytes::from(vec![b' '; bytes]));
        known(&app, Message { payload, ..world.message("a") })
    };
    let most = ACCEPTANCE_PAYLOAD_BYTES_MAX;
    let messages = vec![with(most - 10), with(11), with(10), with(0), with(1)];
    let sent = send(store, sending(&world, messages, None)).await;
    let refused: Vec<bool> = sent.iter().map(Result::is_err).collect();
    assert_eq!(refused, [false, true, false, false, true]);
    for sent in sent {
        let Err(why) = sent_id(&sent) else { continue };
        assert_eq!(why, Unsent::TooLarge);
    }
}
