use super::*;
use std::sync::Arc;

use crate::birth::{Crowded, Room};
use crate::delivery::{FailedReason, Lease, State};
use crate::endpoint::{Disabled, DisabledReason};
use crate::id::EndpointId;
use crate::name::Channel;
use crate::resource::Fields;
use crate::secret::Secret;
use crate::subscription::Subscription;
use crate::target::Target;
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::MAX;

fn endpoint(number: i64, event_type: &str) -> Endpoint {
    let target = Target::stored("https://receiver.example/").unwrap();
    let (id, app) = (EndpointId::from_number(number), AppId::from_number(1));
    Endpoint::webhook(id, app, target, event_type.parse().unwrap(), Secret::from_bytes(b"secret"))
}

fn key() -> ResourceKey {
    ResourceKey { kind: "candidate".parse().unwrap(), id: "7".parse().unwrap() }
}

fn resource(app: i64) -> Resource {
    let at = Timestamp::default();
    let app = AppId::from_number(app);
    Resource { key: key(), app, fields: Fields::default(), created_at: at, updated_at: at }
}

fn run(endpoints: &[Endpoint], resource: Option<&Resource>, birth: &Birth) -> Routed {
    let occurrence = Occurrence {
        id: MessageId::from_number(1 << 40),
        app: AppId::from_number(1),
        event_type: "candidate.created".parse().unwrap(),
        origin: Origin { source: "test".into(), detail_type: "test".into() },
        resource: key(),
    };
    route(occurrence, endpoints, resource, birth)
}

fn unleased() -> Birth {
    Birth { lease: None, crowded: Arc::default(), room: Arc::default(), now: NOW }
}

#[test]
fn nobody_listening_comes_before_nothing_there() {
    let routed = run(&[endpoint(1, "candidate.deleted")], None, &unleased());
    assert_eq!((routed.message.fate, routed.deliveries.len()), (Fate::Skipped, 0));
    let routed = run(&[endpoint(1, "candidate.created")], None, &unleased());
    assert_eq!((routed.message.fate, routed.deliveries.len()), (Fate::DataNotFound, 0));
}

#[test]
fn another_apps_resource_is_not_there() {
    let routed = run(&[endpoint(1, "candidate.created")], Some(&resource(2)), &unleased());
    assert_eq!(routed.message.fate, Fate::DataNotFound);
    assert!(routed.message.payload.is_empty());
}

#[test]
fn every_listener_gets_a_delivery() {
    let mut all = endpoint(2, "x");
    all.subscription = Subscription::default();
    let other = endpoint(3, "other");
    let gone = endpoint(4, "candidate.created").deleted(NOW);
    let endpoints = [endpoint(1, "candidate.created"), all, other, gone];
    let routed = run(&endpoints, Some(&resource(1)), &unleased());
    let endpoints: Vec<_> = routed.deliveries.iter().map(|delivery| delivery.id.endpoint.number()).collect();
    assert_eq!(endpoints, [1, 2]);
    assert_eq!(routed.message.fate, Fate::Routed);
}

#[test]
fn fresh_deliveries_are_leased_where_there_is_room() {
    let crowded = Arc::<Crowded>::default();
    crowded.set(EndpointId::from_number(2), true);
    let room = Arc::new(Room::new(10, 1000));
    let birth = Birth { lease: Some(Lease(5)), crowded, room, now: NOW };
    let mut gone = endpoint(3, "candidate.created");
    gone.disabled = Some(Disabled { at: Timestamp::default(), reason: DisabledReason::Gone });
    let endpoints = [endpoint(1, "candidate.created"), endpoint(2, "candidate.created"), gone];
    let routed = run(&endpoints, Some(&resource(1)), &birth);
    let states: Vec<_> = routed.deliveries.iter().map(|delivery| delivery.state).collect();
    let now = routed.message.accepted_at();
    let failed = State::Failed { at: now, reason: FailedReason::EndpointDisabled };
    assert_eq!(states, [State::Leased { lease: Lease(5) }, State::Waiting { due: NOW }, failed]);
}

/// A message that was sent as such.
fn sent(channels: &[&str], payload: Payload) -> Message {
    let (id, app) = (MessageId::from_number(1 << 40), AppId::from_number(1));
    let channels = channels.iter().map(|channel| channel.parse().unwrap()).collect();
    let new = Message::new(id, app, "candidate.created".parse().unwrap(), Origin::sent());
    Message { channels, fate: Fate::DataNotFound, payload, ..new }
}

#[track_caller]
fn check_sent(endpoint: Endpoint, message: Message, expected: Fate) {
    let payload = message.payload.clone();
    let routed = deliver(message, &[endpoint], &unleased());
    let count = usize::from(expected == Fate::Routed);
    assert_eq!((routed.message.fate, routed.deliveries.len()), (expected, count));
    assert_eq!(routed.message.payload, payload, "it is kept, whoever listens");
    assert!(routed.deliveries.iter().all(|delivery| delivery.token.is_none()));
}

#[test]
fn bytes_that_were_sent_are_routed_as_they_are() {
    let bytes = |bytes: &'static [u8]| Payload::Verbatim(bytes.into());
    for payload in [bytes(br#"{"a":1}"#), bytes(b"\xff not JSON"), bytes(b"")] {
        check_sent(endpoint(1, "candidate.created"), sent(&[], payload.clone()), Fate::Routed);
        check_sent(endpoint(1, "candidate.deleted"), sent(&[], payload), Fate::Skipped);
    }
    check_sent(endpoint(1, "candidate.created"), sent(&[], Payload::Expunged), Fate::DataNotFound);
}

#[test]
fn a_skipped_change_keeps_its_payload() {
    let routed = run(&[], Some(&resource(1)), &unleased());
    assert_eq!(routed.message.fate, Fate::Skipped);
    assert!(routed.message.payload.is_envelope() && routed.message.payload.is_there());
}

#[test]
fn channels_choose_among_those_who_want_the_type() {
    let in_channels = |channels: &[&str]| {
        let channels: Vec<Channel> = channels.iter().map(|channel| channel.parse().unwrap()).collect();
        let mut endpoint = endpoint(1, "candidate.created");
        endpoint.subscription.channels = Some(channels);
        endpoint
    };
    let payload = Payload::Verbatim("{}".into());
    check_sent(in_channels(&["a", "b"]), sent(&["b", "c"], payload.clone()), Fate::Routed);
    check_sent(in_channels(&["a"]), sent(&["b"], payload.clone()), Fate::Skipped);
    check_sent(in_channels(&["a"]), sent(&[], payload.clone()), Fate::Skipped);
    check_sent(endpoint(1, "candidate.created"), sent(&["a"], payload), Fate::Routed);
}

#[test]
fn what_is_for_one_endpoint_goes_to_it_alone_whatever_it_wants() {
    let endpoints = [endpoint(1, "candidate.created"), endpoint(2, "candidate.deleted")];
    let gone = endpoint(3, "candidate.created").deleted(NOW);
    let check = |only: i64, endpoints: &[Endpoint], expected: &[i64]| {
        let message = sent(&[], Payload::Verbatim("{}".into()));
        let routed = deliver_only(message, EndpointId::from_number(only), endpoints, &unleased());
        let found: Vec<i64> =
            routed.deliveries.iter().map(|delivery| delivery.id.endpoint.number()).collect();
        assert_eq!(found, expected);
        assert_eq!(routed.message.fate == Fate::Routed, !expected.is_empty());
    };
    check(1, &endpoints, &[1]);
    check(2, &endpoints, &[2]);
    check(3, &endpoints, &[]);
    check(3, &[gone], &[]);
}
