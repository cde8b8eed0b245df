//! The questions at the end of a run. Those about order and rates are in [`super::pace`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::attempt::{Attempt, FailureCode, Trigger};
use domain::delivery::{FailedReason, State};
use domain::endpoint::{Door, Ordering};
use domain::execution::Call;
use domain::id::{DeliveryId, EndpointId, MessageId};
use domain::message::{Fate, Message};
use domain::organization::Organization;
use domain::payload::Payload;
use engine::ports::clock::Clock;
use engine::ports::history::{History, MessageFilter};
use engine::ports::page::{Order, Slice, Start};
use engine::ports::tasks::Tasks;

use super::pace;
use super::population::{COMPANIES, company};
use super::world::{Receipt, World};

/// Between the attempts of a webhook, as in the article.
const ARTICLE_PAUSE: Duration = Duration::from_secs(60);
/// The shortest pause of the other schedule, with its jitter.
const SHORTEST_PAUSE: Duration = Duration::from_secs(4);
/// Within this time every life looks for what has expired.
const SWEEP_TIME_MAX: Duration = Duration::from_secs(120);
/// Everything must have ended within this virtual time after calm has come.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

pub(crate) async fn wait_until_all_has_ended(world: &World) {
    let ended = async {
        while is_busy(world).await {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
    };
    if tokio::time::timeout(PATIENCE, ended).await.is_err() {
        let calls = all_calls(world).await;
        let stuck: Vec<_> = calls.into_iter().filter(|(_, call)| call.delivery.is_pending()).collect();
        let tasks = world.store.running_tasks(10).await;
        panic!("these never end: {stuck:#?} {tasks:#?}");
    }
}

async fn is_busy(world: &World) -> bool {
    for endpoint in world.endpoints.keys() {
        let everything = (MessageFilter::default(), None, all());
        let deliveries =
            world.store.messages_of_endpoint(*endpoint, everything.0, everything.1, everything.2).await;
        if deliveries.unwrap().page.rows.iter().any(|(_, delivery)| delivery.is_pending()) {
            return true;
        }
    }
    !world.store.running_tasks(1).await.unwrap().is_empty()
}

fn all<K>() -> Slice<K> {
    Slice { limit: 4000, order: Order::Ascending, start: Start::First }
}

pub(crate) async fn check(world: &World) {
    let calls = all_calls(world).await;
    nothing_acknowledged_is_lost(world).await;
    let receipts = receipts_by_delivery(world);
    let known: BTreeSet<DeliveryId> = calls.iter().map(|(_, call)| call.delivery.id).collect();
    assert!(
        receipts.keys().all(|delivery| known.contains(delivery)),
        "a call that was never accepted arrived"
    );
    let moved = pace::moved(world, &calls);
    for (message, call) in &calls {
        let received = receipts.get(&call.delivery.id).map_or(&[][..], Vec::as_slice);
        attempts_are_in_order(call, &moved);
        the_final_state_is_true(world, message, call, received);
        all_attempts_carry_the_same_bytes(message, call, received);
        duplicates_are_marked(call, received);
        what_has_expired_is_forgotten(world, message);
    }
    pace::order_is_kept(world, &calls, &moved);
    pace::rates_are_kept(world);
    whoever_fails_for_too_long_is_disabled(world, &calls);
    what_is_exhausted_is_told(world, &calls).await;
}

/// All calls that were made of routed messages.
async fn all_calls(world: &World) -> Vec<(Message, Call)> {
    let mut messages = Vec::new();
    for number in 0..COMPANIES {
        let routed = world.store.executions(&company(number), Some(Fate::Routed), None, usize::MAX).await;
        messages.extend(routed.unwrap().rows.into_iter().map(|message| message.id));
    }
    if let Some(app) = world.operational {
        let told = world.store.messages(app, MessageFilter::default(), all()).await.unwrap();
        messages.extend(told.page.rows.into_iter().map(|message| message.id));
    }
    let mut calls = Vec::new();
    for id in messages {
        let story = world.store.story(Organization::DEFAULT, id).await.unwrap().unwrap();
        assert!(!story.calls.is_empty(), "a routed message has calls");
        calls.extend(story.calls.into_iter().map(|call| (story.message.clone(), call)));
    }
    calls
}

async fn nothing_acknowledged_is_lost(world: &World) {
    let acknowledged: Vec<MessageId> = world.acknowledged.lock().unwrap().clone();
    for id in acknowledged {
        let story = world.store.story(Organization::DEFAULT, id).await.unwrap();
        assert!(story.is_some(), "{id} was acknowledged and is lost");
    }
}

fn receipts_by_delivery(world: &World) -> BTreeMap<DeliveryId, Vec<Receipt>> {
    let mut receipts: BTreeMap<DeliveryId, Vec<Receipt>> = BTreeMap::new();
    for receipt in world.receipts.lock().unwrap().iter() {
        receipts.entry(receipt.delivery).or_default().push(receipt.clone());
    }
    receipts
}

/// Whether an attempt failed by a fault of ours, after which a schedule of its own holds.
pub(crate) fn is_internal(attempt: &Attempt) -> bool {
    attempt.outcome.failure.as_ref().is_some_and(|failure| failure.code == FailureCode::Internal)
}

/// `moved` are endpoints in order whose deliveries need not wait for their time, because somebody moved one of them.
fn attempts_are_in_order(call: &Call, moved: &BTreeSet<EndpointId>) {
    let numbers: Vec<u32> = call.attempts.iter().map(|attempt| attempt.number).collect();
    assert!(numbers.iter().copied().eq(1..=call.delivery.attempts), "gaps in {call:#?}");
    let hurries = call.endpoint.ordering == Ordering::Fifo && moved.contains(&call.endpoint.id);
    for pair in call.attempts.windows(2).filter(|pair| pair[1].trigger == Trigger::Scheduled) {
        let pause = pair[1].started_at.since(pair[0].ended_at());
        let shortest = match call.endpoint.door {
            _ if hurries => Duration::ZERO,
            Door::Webhook if !is_internal(&pair[0]) => ARTICLE_PAUSE,
            _ => SHORTEST_PAUSE,
        };
        assert!(pause >= shortest, "an attempt came {pause:?} after its predecessor: {call:#?}");
        assert!(!pair[0].outcome.is_success(), "tried again after a success: {call:#?}");
    }
}

fn the_final_state_is_true(world: &World, message: &Message, call: &Call, received: &[Receipt]) {
    let last = call.attempts.last().map(|attempt| &attempt.outcome);
    let asked = world.asked.lock().unwrap();
    let is_disabled = call.endpoint.disabled.is_some() || asked.enabled.contains(&call.endpoint.id);
    match call.delivery.state {
        State::Succeeded { .. } => {
            assert!(last.unwrap().is_success(), "{call:#?}");
            assert!(
                received.iter().any(|receipt| receipt.accepted),
                "a success that nobody received: {call:#?}"
            );
        }
        State::Failed { reason: FailedReason::Exhausted, .. } => {
            let tried = call.delivery.attempts - call.delivery.earlier;
            let expected = match call.endpoint.door {
                Door::Webhook if call.attempts.iter().any(is_internal) => 4..=6,
                Door::Webhook => 4..=4,
                Door::Api => 6..=6,
            };
            assert!(expected.contains(&tried), "{call:#?}");
            assert!(!last.unwrap().is_success(), "{call:#?}");
        }
        State::Failed { reason: FailedReason::Gone, .. } => {
            assert_eq!(last.unwrap().failure.as_ref().unwrap().code, FailureCode::Gone);
            assert!(is_disabled, "{call:#?}");
        }
        State::Failed { reason: FailedReason::EndpointDisabled, .. } => assert!(is_disabled, "{call:#?}"),
        State::Failed { reason: FailedReason::Expunged, .. } => {
            assert_eq!(message.payload, Payload::Expunged, "{call:#?}");
        }
        State::Failed { reason: FailedReason::Cancelled, .. } => {
            assert!(asked.freed.contains(&call.endpoint.id), "{call:#?}");
        }
        State::Waiting { .. } | State::Leased { .. } => panic!("not ended: {call:#?}"),
    }
}

fn all_attempts_carry_the_same_bytes(message: &Message, call: &Call, received: &[Receipt]) {
    let body = message.payload.body(call.delivery.token.as_ref());
    let same = received.iter().all(|receipt| receipt.body == body);
    assert!(same || message.payload == Payload::Expunged, "other bytes arrived: {call:#?}");
}

/// More requests than attempts on record can only be there when the node's life ended in between.
fn duplicates_are_marked(call: &Call, received: &[Receipt]) {
    let lives: BTreeSet<_> = received.iter().map(|receipt| receipt.lease).collect();
    let unrecorded = received.len().saturating_sub(call.attempts.len());
    let interruptions = usize::try_from(call.delivery.interruptions).unwrap();
    assert!(unrecorded <= interruptions, "{unrecorded} unmarked duplicates in lives {lives:?}: {call:#?}");
}

fn what_has_expired_is_forgotten(world: &World, message: &Message) {
    let is_long_ago = |expires_at| world.now().since(expires_at) > SWEEP_TIME_MAX;
    let should_be_gone = message.expires_at.is_some_and(is_long_ago);
    assert!(!(should_be_gone && message.payload.is_there()), "it has expired: {message:#?}");
}

/// No endpoint that may be called has met nothing but failure for longer than is allowed.
fn whoever_fails_for_too_long_is_disabled(world: &World, calls: &[(Message, Call)]) {
    for (_, call) in calls.iter().filter(|(_, call)| call.endpoint.disabled.is_none()) {
        let Some(failing) = call.endpoint.failing.filter(|_| !world.failing_time.is_zero()) else { continue };
        let last = failing.since + world.failing_time;
        let mut ours = call.attempts.iter().filter(|attempt| !is_internal(attempt));
        let after = ours.find(|attempt| attempt.started_at >= last);
        assert!(after.is_none(), "it is called after it has failed for too long: {call:#?}");
    }
}

/// An organization that listens hears once of each delivery that has failed for the last time.
async fn what_is_exhausted_is_told(world: &World, calls: &[(Message, Call)]) {
    let Some(operational) = world.operational else { return };
    let told = |(message, call): &&(Message, Call)| {
        message.app == operational && message.event_type.as_str() == "message.attempt.exhausted" && {
            assert!(matches!(call.delivery.state, State::Succeeded { .. }), "nobody was told: {call:#?}");
            true
        }
    };
    let told: Vec<String> = calls
        .iter()
        .filter(told)
        .map(|(message, _)| String::from_utf8_lossy(message.payload.as_bytes()).into_owned())
        .collect();
    let asked = world.asked.lock().unwrap();
    for (message, call) in calls.iter().filter(|(message, _)| message.app != operational) {
        let id = call.delivery.id;
        let ended = matches!(
            call.delivery.state,
            State::Failed { reason: FailedReason::Exhausted | FailedReason::Gone, .. }
        );
        let about = |text: &&String| {
            text.contains(&id.message.to_string()) && text.contains(&id.endpoint.to_string())
        };
        let count = told.iter().filter(about).count();
        let once = !asked.again.contains(&id) && !asked.tasks.contains(&id.endpoint);
        // Nothing can be told of an endpoint that cannot be read.
        let may_be_silent = call.attempts.iter().any(is_internal);
        assert!(count >= usize::from(ended) || may_be_silent, "nobody heard of {call:#?}");
        assert!(!once || count <= 1, "{count} times told: {message:#?} {call:#?}");
    }
}
