use super::*;
use crate::id::{EndpointId, MessageId};
use std::time::Duration;

const LEASE: Lease = Lease(3);

fn now() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
}

fn delivery(state: State) -> Delivery {
    let id = DeliveryId { message: MessageId::from_number(1), endpoint: EndpointId::from_number(2) };
    Delivery { id, state, attempts: 2, interruptions: 0, token: Token::from_bytes([0; 32]) }
}

fn leased() -> Delivery {
    delivery(State::Leased { lease: LEASE })
}

fn settle(delivery: Delivery, fence: Fence, verdict: Verdict) -> Option<Delivery> {
    delivery.settle(fence, Settled { verdict, effort: Effort::Attempted }, now())
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
    let failed = |reason| State::Failed { at: now(), reason };
    for (verdict, expected) in [
        (Verdict::Done, State::Succeeded { at: now() }),
        (Verdict::RetryAt(Timestamp::MAX), State::Waiting { due: Timestamp::MAX }),
        (Verdict::Exhausted, failed(FailedReason::Exhausted)),
        (Verdict::EndpointGone, failed(FailedReason::Gone)),
        (Verdict::EndpointDisabled, failed(FailedReason::EndpointDisabled)),
    ] {
        let settled = settle(leased(), fence, verdict).unwrap();
        assert_eq!((settled.state, settled.attempts), (expected, 3));
    }
}

#[test]
fn a_stale_settlement_is_refused() {
    let fence = leased().fence().unwrap();
    let stale = [Fence { lease: Lease(2), ..fence }, Fence { attempts: 1, ..fence }];
    for fence in stale {
        assert_eq!(settle(leased(), fence, Verdict::Done), None);
    }
    for state in [State::Waiting { due: now() }, State::Succeeded { at: now() }] {
        assert_eq!(settle(delivery(state), fence, Verdict::Done), None, "{state:?}");
    }
}

#[test]
fn only_leases_of_earlier_lives_are_taken_over() {
    assert_eq!(leased().take_over(LEASE, now()), None);
    assert_eq!(leased().take_over(Lease(2), now()), None);
    let taken = leased().take_over(Lease(4), now()).unwrap();
    assert_eq!((taken.state, taken.interruptions), (State::Waiting { due: now() }, 1));
    assert_eq!(taken.take_over(Lease(4), now()), None);
}
