use super::*;
use crate::attempt::Trigger;
use crate::delivery::Lease;
use crate::endpoint::{Door, Ordering};
use crate::event::Origin;
use crate::payload::Payload;
use crate::secret::Secret;
use crate::subscription::Subscription;
use crate::target::Target;

const NOW: Timestamp = Timestamp::MAX;

fn task(kind: TaskKind) -> Task {
    Task {
        id: TaskId::from_number(1),
        organization: OrganizationId::from_number(1),
        app: AppId::from_number(2),
        endpoint: EndpointId::from_number(3),
        kind,
        since: Timestamp::default(),
        until: NOW,
        status: TaskStatus::Running,
        cursor: None,
        examined: 0,
        queued: 0,
        updated_at: Timestamp::default(),
    }
}

fn endpoint(event_type: &str) -> Endpoint {
    let target = Target::stored("https://receiver.example/").unwrap();
    let subscription = Subscription::to(event_type.parse().unwrap());
    let (id, app) = (EndpointId::from_number(3), AppId::from_number(2));
    Endpoint { subscription, ..Endpoint::new(id, app, Door::Api, target, Secret::from_bytes(b"secret")) }
}

fn message(payload: Payload) -> Message {
    let (id, app) = (MessageId::from_number(4), AppId::from_number(2));
    Message { payload, ..Message::new(id, app, "a".parse().unwrap(), Origin::sent()) }
}

fn there() -> Message {
    message(Payload::Verbatim("{}".into()))
}

fn delivery(state: State, attempts: u32) -> Delivery {
    let id = DeliveryId { message: MessageId::from_number(4), endpoint: EndpointId::from_number(3) };
    let trigger = Trigger::Scheduled;
    Delivery { id, state, attempts, earlier: 0, trigger, interruptions: 0, token: None }
}

/// `expected`: whether the delivery is made again by recovering, by replaying what is missing, and by replaying all.
#[track_caller]
fn check(message: &Message, delivery: Option<&Delivery>, endpoint: &Endpoint, expected: [bool; 3]) {
    let kinds = [TaskKind::Recover, TaskKind::ReplayMissing, TaskKind::BulkReplay];
    for (kind, expected) in kinds.into_iter().zip(expected) {
        let treated = task(kind).treat(message, delivery, endpoint, NOW);
        let waits = treated.as_ref().map(|treated| (treated.state, treated.trigger, treated.next_try()));
        let again = (State::Waiting { due: NOW }, Trigger::Manual, 1);
        assert_eq!(waits, Some(again).filter(|_| expected), "{kind:?} {delivery:?}");
    }
}

#[test]
fn what_becomes_of_a_delivery_depends_on_where_it_stands() {
    let failed = |reason| State::Failed { at: NOW, reason };
    let cases = [
        (State::Waiting { due: NOW }, 1, [false, false, false]),
        (State::Leased { lease: Lease(1) }, 1, [false, false, false]),
        (State::Succeeded { at: NOW }, 1, [false, false, true]),
        (failed(FailedReason::Exhausted), 4, [true, false, true]),
        (failed(FailedReason::Gone), 1, [true, false, true]),
        (failed(FailedReason::EndpointDisabled), 0, [true, true, true]),
        (failed(FailedReason::EndpointDisabled), 2, [true, false, true]),
        (failed(FailedReason::Cancelled), 0, [false, false, false]),
        (failed(FailedReason::Expunged), 0, [true, false, true]),
    ];
    for (state, attempts, expected) in cases {
        let delivery = delivery(state, attempts);
        check(&there(), Some(&delivery), &endpoint("a"), expected);
        check(&there(), Some(&delivery), &endpoint("b"), expected);
        check(&message(Payload::Expunged), Some(&delivery), &endpoint("a"), [false, false, false]);
    }
}

#[test]
fn only_what_the_endpoint_wants_is_made_anew() {
    check(&there(), None, &endpoint("a"), [false, true, true]);
    check(&there(), None, &endpoint("b"), [false, false, false]);
    check(&message(Payload::Expunged), None, &endpoint("a"), [false, false, false]);
    check(&message(Payload::Absent), None, &endpoint("a"), [false, false, false]);
    check(&message(Payload::Verbatim("".into())), None, &endpoint("a"), [false, true, true]);
}

#[test]
fn in_order_it_gets_its_own_place() {
    let fifo = Endpoint { ordering: Ordering::Fifo, ..endpoint("a") };
    let treated = task(TaskKind::ReplayMissing).treat(&there(), None, &fifo, NOW).unwrap();
    assert_eq!(treated.state, State::Waiting { due: there().accepted_at() });
}

#[test]
fn a_task_comes_further() {
    let cursor = Some(MessageId::from_number(9));
    let task = task(TaskKind::Recover).advanced(cursor, 5, 2, Timestamp::default());
    let task = task.advanced(None, 1, 1, NOW);
    assert_eq!((task.cursor, task.examined, task.queued, task.updated_at), (cursor, 6, 3, NOW));
    assert_eq!(task.ended(TaskStatus::Failed, NOW).status, TaskStatus::Failed);
}
