use super::*;
use std::sync::Arc;

use crate::birth::{Crowded, Room};
use crate::delivery::{FailedReason, Lease, State};
use crate::endpoint::{Destination, Disabled, DisabledReason, Subscription};
use crate::id::EndpointId;
use crate::resource::Fields;
use crate::secret::Secret;
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::MAX;

fn endpoint(number: i64, event_type: &str) -> Endpoint {
    Endpoint {
        id: EndpointId::from_number(number),
        app: AppId::from_number(1),
        target: Destination::stored("http://192.0.2.1/"),
        subscription: Subscription::Webhook(event_type.parse().unwrap()),
        secret: Secret::from_bytes(b"secret"),
        disabled: None,
    }
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
    all.subscription = Subscription::Endpoint(None);
    let mut other = endpoint(3, "x");
    other.subscription = Subscription::Endpoint(Some(vec!["other".parse().unwrap()]));
    let routed = run(&[endpoint(1, "candidate.created"), all, other], Some(&resource(1)), &unleased());
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
