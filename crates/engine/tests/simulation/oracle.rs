//! The questions at the end of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::attempt::FailureCode;
use domain::delivery::{FailedReason, State};
use domain::execution::Call;
use domain::id::{DeliveryId, MessageId};
use domain::message::{Fate, Message};
use engine::ports::history::History;

use super::world::{Receipt, World};

/// Between the attempts of a webhook, as in the article.
const RETRY_PAUSE: Duration = Duration::from_secs(60);
/// Everything must have ended within this virtual time after calm has come.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

pub(crate) async fn wait_until_all_has_ended(world: &World) {
    let ended = async {
        while all_calls(world).await.iter().any(|(_, call)| call.delivery.is_pending()) {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
    };
    if tokio::time::timeout(PATIENCE, ended).await.is_err() {
        let calls = all_calls(world).await;
        let stuck: Vec<_> = calls.into_iter().filter(|(_, call)| call.delivery.is_pending()).collect();
        panic!("these never end: {stuck:#?}");
    }
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
    for (message, call) in &calls {
        let received = receipts.get(&call.delivery.id).map_or(&[][..], Vec::as_slice);
        attempts_are_in_order(call);
        the_final_state_is_true(call, received);
        all_attempts_carry_the_same_bytes(message, call, received);
        duplicates_are_marked(call, received);
    }
}

async fn all_calls(world: &World) -> Vec<(Message, Call)> {
    let mut calls = Vec::new();
    for company in 0..4 {
        let app = format!("company-{company}").parse().unwrap();
        let routed = world.store.messages(&app, Some(Fate::Routed), None, usize::MAX).await.unwrap();
        for message in routed.rows {
            let story = world.store.story(message.id).await.unwrap().unwrap();
            assert!(!story.calls.is_empty(), "a routed message has calls");
            calls.extend(story.calls.into_iter().map(|call| (story.message.clone(), call)));
        }
    }
    calls
}

async fn nothing_acknowledged_is_lost(world: &World) {
    let acknowledged: Vec<MessageId> = world.acknowledged.lock().unwrap().clone();
    for id in acknowledged {
        assert!(world.store.story(id).await.unwrap().is_some(), "{id} was acknowledged and is lost");
    }
}

fn receipts_by_delivery(world: &World) -> BTreeMap<DeliveryId, Vec<Receipt>> {
    let mut receipts: BTreeMap<DeliveryId, Vec<Receipt>> = BTreeMap::new();
    for receipt in world.receipts.lock().unwrap().iter() {
        receipts.entry(receipt.delivery).or_default().push(receipt.clone());
    }
    receipts
}

fn attempts_are_in_order(call: &Call) {
    let numbers: Vec<u32> = call.attempts.iter().map(|attempt| attempt.number).collect();
    assert!(numbers.iter().copied().eq(1..=call.delivery.attempts), "gaps in {call:#?}");
    for pair in call.attempts.windows(2) {
        let pause = pair[1].started_at.since(pair[0].ended_at());
        assert!(pause >= RETRY_PAUSE, "an attempt came {pause:?} after its predecessor: {call:#?}");
        assert!(!pair[0].outcome.is_success(), "tried again after a success: {call:#?}");
    }
}

fn the_final_state_is_true(call: &Call, received: &[Receipt]) {
    let last = call.attempts.last().map(|attempt| &attempt.outcome);
    match call.delivery.state {
        State::Succeeded { .. } => {
            assert!(last.unwrap().is_success(), "{call:#?}");
            assert!(
                received.iter().any(|receipt| receipt.accepted),
                "a success that nobody received: {call:#?}"
            );
        }
        State::Failed { reason: FailedReason::Exhausted, .. } => {
            assert_eq!(call.delivery.attempts, 4, "{call:#?}");
            assert!(!last.unwrap().is_success(), "{call:#?}");
        }
        State::Failed { reason: FailedReason::Gone, .. } => {
            assert_eq!(last.unwrap().failure.as_ref().unwrap().code, FailureCode::Gone);
            assert!(call.endpoint.disabled.is_some(), "{call:#?}");
        }
        State::Failed { reason: FailedReason::EndpointDisabled, .. } => {
            assert!(call.endpoint.disabled.is_some(), "{call:#?}");
        }
        State::Waiting { .. } | State::Leased { .. } => panic!("not ended: {call:#?}"),
    }
}

fn all_attempts_carry_the_same_bytes(message: &Message, call: &Call, received: &[Receipt]) {
    let body = message.payload.body(&call.delivery.token);
    assert!(received.iter().all(|receipt| receipt.body == body), "other bytes arrived: {call:#?}");
}

/// More requests than attempts on record can only be there when the node's life ended in between.
fn duplicates_are_marked(call: &Call, received: &[Receipt]) {
    let lives: BTreeSet<_> = received.iter().map(|receipt| receipt.lease).collect();
    let unrecorded = received.len().saturating_sub(call.attempts.len());
    let interruptions = usize::try_from(call.delivery.interruptions).unwrap();
    assert!(unrecorded <= interruptions, "{unrecorded} unmarked duplicates in lives {lives:?}: {call:#?}");
}
