//! The questions about order and rates.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::delivery::{FailedReason, State};
use domain::endpoint::Ordering;
use domain::execution::Call;
use domain::id::{DeliveryId, EndpointId};
use domain::message::Message;
use domain::time::Timestamp;

use super::oracle::is_internal;
use super::world::{Began, World};

/// Endpoints of which somebody moved, took away or enabled something, so that a delivery need not have waited for its
/// time or its turn.
pub(crate) fn moved(world: &World, calls: &[(Message, Call)]) -> BTreeSet<EndpointId> {
    let asked = world.asked.lock().unwrap();
    let is_expunged = |call: &Call| {
        matches!(call.delivery.state, State::Failed { reason: FailedReason::Expunged, .. })
            || call.attempts.iter().any(is_internal)
    };
    let expunged = calls.iter().filter(|(_, call)| is_expunged(call)).map(|(_, call)| call.endpoint.id);
    asked.freed.iter().chain(&asked.tasks).chain(&asked.enabled).copied().chain(expunged).collect()
}

/// Endpoints in order get their messages in the order of acceptance, and none between two attempts of another one.
pub(crate) fn order_is_kept(world: &World, calls: &[(Message, Call)], moved: &BTreeSet<EndpointId>) {
    let mut in_order: BTreeMap<EndpointId, Vec<&(Message, Call)>> = BTreeMap::new();
    for call in calls.iter().filter(|(_, call)| call.endpoint.ordering == Ordering::Fifo) {
        in_order.entry(call.1.endpoint.id).or_default().push(call);
    }
    let first_receipts = first_receipts(world);
    for (endpoint, calls) in in_order {
        successes_are_in_order(world, &calls, &first_receipts);
        if !moved.contains(&endpoint) {
            nothing_comes_between_attempts(&calls);
        }
    }
}

/// Which of all receipts was the first that each delivery's receiver accepted.
fn first_receipts(world: &World) -> BTreeMap<DeliveryId, usize> {
    let mut first = BTreeMap::new();
    for (index, receipt) in world.receipts.lock().unwrap().iter().enumerate() {
        if receipt.accepted {
            first.entry(receipt.delivery).or_insert(index);
        }
    }
    first
}

/// Of two that succeeded, the one that was stored before the other one came in was received first; unless somebody asked
/// for one of them again.
fn successes_are_in_order(world: &World, calls: &[&(Message, Call)], first: &BTreeMap<DeliveryId, usize>) {
    let stored = world.stored.lock().unwrap();
    let asked = world.asked.lock().unwrap();
    let counts = |(message, call): &&&(Message, Call)| {
        matches!(call.delivery.state, State::Succeeded { .. })
            && message.deliver_at.is_none()
            && !asked.again.contains(&call.delivery.id)
            && !asked.tasks.contains(&call.endpoint.id)
            && !call.attempts.iter().any(is_internal)
    };
    let calls: Vec<_> = calls.iter().filter(counts).collect();
    for (earlier, before) in &calls {
        let Some(stored_at) = stored.get(&earlier.id) else { continue };
        for (_, after) in calls.iter().filter(|(later, _)| *stored_at < later.accepted_at()) {
            let (one, other) = (first[&before.delivery.id], first[&after.delivery.id]);
            assert!(one < other, "out of order: {before:#?} {after:#?}");
        }
    }
}

fn nothing_comes_between_attempts(calls: &[&(Message, Call)]) {
    for (message, call) in calls {
        for pair in call.attempts.windows(2) {
            let pause = pair[0].ended_at()..pair[1].started_at;
            let others = calls.iter().filter(|(_, other)| other.delivery.id != call.delivery.id);
            // What was to be delivered later takes the place of its acceptance when its node dies.
            let was_moved = |(message, other): &(Message, Call)| {
                message.deliver_at.is_some() && other.delivery.interruptions > 0
            };
            let comes_between = |other: &&&(Message, Call)| {
                !was_moved(other)
                    && other.1.attempts.iter().any(|attempt| pause.contains(&attempt.started_at))
            };
            let between = others.clone().find(comes_between);
            assert!(between.is_none(), "{between:#?} came between the attempts of {message:#?} {call:#?}");
        }
    }
}

/// No life exceeds a rate: in no time are there more attempts than it allows, and one second's worth.
pub(crate) fn rates_are_kept(world: &World) {
    let began = world.began.lock().unwrap();
    for (id, endpoint) in &world.endpoints {
        if let Some(rate) = endpoint.throttle {
            check_rate(rate.per_second(), began.iter().filter(|began| began.endpoint == *id));
        }
    }
    for (app, rate) in &world.apps {
        if let Some(rate) = rate {
            let of_app = |began: &&Began| world.endpoints[&began.endpoint].app == *app;
            check_rate(*rate, began.iter().filter(of_app));
        }
    }
}

fn check_rate<'a>(per_second: u16, began: impl Iterator<Item = &'a Began>) {
    let mut lives: BTreeMap<_, Vec<Timestamp>> = BTreeMap::new();
    began.for_each(|began| lives.entry(began.lease).or_default().push(began.at));
    for times in lives.values() {
        for seconds in [1, 5, 60] {
            let window = Duration::from_secs(seconds);
            // One more because of what lies between the decision to send and the sending, and one for the edge.
            let most = usize::from(per_second) * (usize::try_from(seconds).unwrap() + 1) + 2;
            for (first, at) in times.iter().enumerate() {
                let count = times[first..].partition_point(|other| *other < *at + window);
                assert!(count <= most, "{count} attempts in {seconds} s at a rate of {per_second}");
            }
        }
    }
}
