use super::*;
use std::sync::Arc;
use std::time::Duration;

use crate::birth::Room;
use crate::endpoint::{Disabled, DisabledReason, Door};
use crate::event::Origin;
use crate::id::{AppId, EndpointId, MessageId};
use crate::payload::Payload;
use crate::resource::ResourceKey;
use crate::secret::Secret;
use crate::target::Target;

const LEASE: Lease = Lease(3);
const SECOND: Duration = Duration::from_secs(1);

fn now() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
}

/// Of a message that is a minute old.
fn id() -> DeliveryId {
    let accepted_at = Timestamp::from_millis(now().millis() - 60_000);
    DeliveryId { message: MessageId::first_at(accepted_at), endpoint: EndpointId::from_number(2) }
}

/// Where its message stands by its age.
fn own_place() -> State {
    State::Waiting { due: id().message.timestamp() }
}

fn delivery(state: State) -> Delivery {
    let token = Some(Token::from_bytes([0; 32]));
    let trigger = Trigger::Manual;
    Delivery { id: id(), state, attempts: 2, earlier: 1, trigger, interruptions: 0, token }
}

fn leased() -> Delivery {
    delivery(State::Leased { lease: LEASE })
}

fn failed(reason: FailedReason) -> State {
    State::Failed { at: now(), reason }
}

fn settle(delivery: Delivery, fence: Fence, verdict: Verdict, effort: Effort) -> Option<Delivery> {
    delivery.settle(fence, Settled { verdict, effort }, now())
}

#[test]
fn only_what_is_due_can_be_claimed() {
    assert_eq!(delivery(State::Waiting { due: now() }).claim(LEASE, now()), Some(leased()));
    let later = now() + Duration::from_millis(1);
    for state in
        [State::Waiting { due: later }, State::Leased { lease: LEASE }, State::Succeeded { at: now() }]
    {
        assert_eq!(delivery(state).claim(LEASE, now()), None, "{state:?}");
    }
}

#[test]
fn verdicts_lead_to_states() {
    let fence = leased().fence().unwrap();
    for (verdict, expected) in [
        (Verdict::Done, State::Succeeded { at: now() }),
        (Verdict::RetryAt(Timestamp::MAX), State::Waiting { due: Timestamp::MAX }),
        (Verdict::HoldAt(Timestamp::MAX), own_place()),
        (Verdict::Release, own_place()),
        (Verdict::Exhausted, failed(FailedReason::Exhausted)),
        (Verdict::EndpointGone, failed(FailedReason::Gone)),
        (Verdict::EndpointDisabled, failed(FailedReason::EndpointDisabled)),
        (Verdict::Expunged, failed(FailedReason::Expunged)),
    ] {
        let settled = settle(leased(), fence, verdict, Effort::Attempted).unwrap();
        assert_eq!(settled.state, expected, "{verdict:?}");
    }
}

#[test]
fn only_an_attempt_counts() {
    let fence = leased().fence().unwrap();
    for (effort, attempts, interruptions, trigger) in [
        (Effort::Attempted, 3, 0, Trigger::Scheduled),
        (Effort::Interrupted, 2, 1, Trigger::Manual),
        (Effort::None, 2, 0, Trigger::Manual),
    ] {
        let settled = settle(leased(), fence, Verdict::Release, effort).unwrap();
        let expected = Delivery { state: own_place(), attempts, interruptions, trigger, ..leased() };
        assert_eq!(settled, expected, "{effort:?}");
    }
}

#[test]
fn a_stale_settlement_is_refused() {
    let fence = leased().fence().unwrap();
    let stale = [Fence { lease: Lease(2), ..fence }, Fence { attempts: 1, ..fence }];
    for fence in stale {
        assert_eq!(settle(leased(), fence, Verdict::Done, Effort::Attempted), None);
    }
    for state in [State::Waiting { due: now() }, State::Succeeded { at: now() }] {
        assert_eq!(settle(delivery(state), fence, Verdict::Done, Effort::Attempted), None, "{state:?}");
    }
}

#[test]
fn only_leases_of_earlier_lives_are_taken_over() {
    assert_eq!(leased().take_over(LEASE), None);
    assert_eq!(leased().take_over(Lease(2)), None);
    let taken = leased().take_over(Lease(4)).unwrap();
    assert_eq!((taken.state, taken.interruptions), (own_place(), 1));
    assert_eq!(taken.take_over(Lease(4)), None);
}

#[test]
fn what_is_asked_for_again_begins_its_schedule_anew() {
    let states = [
        State::Waiting { due: Timestamp::MAX },
        State::Succeeded { at: now() },
        failed(FailedReason::Exhausted),
        failed(FailedReason::Cancelled),
    ];
    for state in states {
        let before = Delivery { trigger: Trigger::Scheduled, ..delivery(state) };
        assert_eq!(before.next_try(), 2);
        let again = before.redeliver(Ordering::None, now()).unwrap();
        let due = State::Waiting { due: now() };
        assert_eq!((again.state, again.trigger, again.earlier), (due, Trigger::Manual, 2), "{state:?}");
        assert_eq!((again.next_attempt(), again.next_try()), (3, 1));
        let in_order = again.redeliver(Ordering::Fifo, now()).unwrap();
        assert_eq!(in_order.state, own_place());
    }
    assert_eq!(leased().redeliver(Ordering::None, now()), None);
}

#[test]
fn only_what_waits_is_taken_back() {
    let waiting = delivery(State::Waiting { due: Timestamp::MAX });
    let cancelled = waiting.cancel(FailedReason::Cancelled, now()).unwrap();
    assert_eq!(cancelled.state, failed(FailedReason::Cancelled));
    for state in [State::Leased { lease: LEASE }, State::Succeeded { at: now() }, cancelled.state] {
        assert_eq!(delivery(state).cancel(FailedReason::Cancelled, now()), None, "{state:?}");
    }
}

fn endpoint(ordering: Ordering) -> Endpoint {
    let target = Target::stored("https://example.com/").unwrap();
    let secret = Secret::from_bytes(b"secret");
    let new = Endpoint::new(id().endpoint, AppId::from_number(1), Door::Api, target, secret);
    Endpoint { ordering, ..new }
}

fn message(deliver_at: Option<Timestamp>) -> Message {
    let payload = Payload::Verbatim("{}".into());
    let (app, event_type) = (AppId::from_number(1), "a".parse().unwrap());
    Message { deliver_at, payload, ..Message::new(id().message, app, event_type, Origin::sent()) }
}

fn birth() -> Birth {
    Birth {
        lease: Some(LEASE),
        crowded: Arc::default(),
        room: Arc::new(Room::new(9, 999)),
        now: now() + SECOND,
    }
}

#[track_caller]
fn check_born(ordering: Ordering, deliver_at: Option<Timestamp>, expected: State) {
    let born = Delivery::born(id(), &endpoint(ordering), &message(deliver_at), &birth());
    let scheduled = Trigger::Scheduled;
    let expected = Delivery {
        id: id(),
        state: expected,
        attempts: 0,
        earlier: 0,
        trigger: scheduled,
        interruptions: 0,
        token: None,
    };
    assert_eq!(born, expected);
}

#[test]
fn what_comes_later_or_in_order_is_born_waiting() {
    let leased = State::Leased { lease: LEASE };
    let waiting = |due| State::Waiting { due };
    let (past, later) = (now(), birth().now + SECOND);
    check_born(Ordering::None, None, leased);
    check_born(Ordering::None, Some(past), leased);
    check_born(Ordering::None, Some(later), waiting(later));
    check_born(Ordering::Fifo, None, own_place());
    check_born(Ordering::Fifo, Some(past), waiting(past));
    check_born(Ordering::Fifo, Some(later), waiting(later));
}

#[test]
fn what_is_born_for_a_disabled_endpoint_has_failed() {
    let disabled = Some(Disabled { at: now(), reason: DisabledReason::Asked });
    for ordering in [Ordering::None, Ordering::Fifo] {
        let endpoint = Endpoint { disabled, ..endpoint(ordering) };
        let born = Delivery::born(id(), &endpoint, &message(Some(Timestamp::MAX)), &birth());
        let expected = State::Failed { at: id().message.timestamp(), reason: FailedReason::EndpointDisabled };
        assert_eq!(born.state, expected);
    }
}

#[test]
fn a_late_delivery_waits_no_less_than_its_message() {
    let check = |ordering, deliver_at, expected| {
        let late = Delivery::late(id(), &endpoint(ordering), &message(deliver_at), now());
        assert_eq!((late.state, late.trigger, late.next_try()), (expected, Trigger::Manual, 1));
    };
    let later = now() + SECOND;
    check(Ordering::None, None, State::Waiting { due: now() });
    check(Ordering::None, Some(later), State::Waiting { due: later });
    check(Ordering::Fifo, None, own_place());
    check(Ordering::Fifo, Some(later), State::Waiting { due: later });
}

#[test]
fn only_an_envelope_of_a_resource_has_a_token() {
    let resource = ResourceKey { kind: "order".parse().unwrap(), id: "7".parse().unwrap() };
    let envelope = Payload::Envelope("{}".into());
    let verbatim = Payload::Verbatim("{}".into());
    for (resource, payload, has_token) in [
        (Some(resource.clone()), envelope.clone(), true),
        (Some(resource), verbatim.clone(), false),
        (None, envelope, false),
        (None, verbatim, false),
    ] {
        let message = Message { resource, payload, ..message(None) };
        let born = Delivery::born(id(), &endpoint(Ordering::None), &message, &birth());
        let late = Delivery::late(id(), &endpoint(Ordering::None), &message, now());
        assert_eq!((born.token.is_some(), late.token), (has_token, born.token), "{message:?}");
    }
}
