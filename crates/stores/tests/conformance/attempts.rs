//! Attempts, listed and counted.

use std::time::Duration;

use domain::app::App;
use domain::attempt::{Attempt, Outcome, Verdict};
use domain::delivery::{Delivery, Lease};
use domain::endpoint::Endpoint;
use domain::id::{AttemptId, DeliveryId, EndpointId, MessageId};
use domain::message::Message;
use domain::time::Timestamp;
use engine::ports::history::{AttemptFilter, AttemptsOf, MessageFilter, PastAttempt, Stats};
use engine::ports::queue::Settlement;
use engine::ports::store::Store;

use super::world::pages::check_pages;
use super::world::records::{put_app, put_endpoint};
use super::world::sending::send_one;
use super::world::{LEASE, World, all, answered, deliver_one, listen, silent};

/// Two messages for two endpoints, of which each delivery is tried three times, a second apart.
async fn history(store: &dyn Store, world: &mut World) -> (App, [Endpoint; 2], Vec<PastAttempt>) {
    let app = put_app(store, world.app("acme")).await;
    let endpoints = [
        put_endpoint(store, world.endpoint(app.id)).await,
        put_endpoint(store, world.endpoint(app.id)).await,
    ];
    let mut leased = Vec::new();
    for event_type in ["a", "b"] {
        let channels = vec![format!("in-{event_type}").parse().unwrap()];
        let message = Message { channels, ..world.message(event_type) };
        leased.extend(send_one(store, world, &app, message, Some(LEASE)).await.deliveries);
    }
    let mut past = Vec::new();
    for outcome in [silent(), answered(404, b"what?"), answered(299, b"ok")] {
        for delivery in std::mem::take(&mut leased) {
            world.pass(1000);
            let verdict = if outcome.is_success() { Verdict::Done } else { Verdict::RetryAt(world.now) };
            let settlement = world.settlement(&delivery, verdict, outcome.clone());
            past.push(PastAttempt { delivery: delivery.id, attempt: settlement.attempt.clone().unwrap() });
            store.settle([settlement].into()).await.unwrap();
        }
        for endpoint in &endpoints {
            leased.extend(world.claim(store, endpoint.id, 9).await.jobs.into_iter().map(|job| job.delivery));
        }
    }
    (app, endpoints, past)
}

fn is_of(of: AttemptsOf, delivery: DeliveryId) -> bool {
    match of {
        AttemptsOf::Message(message) => delivery.message == message,
        AttemptsOf::Delivery(id) => delivery == id,
        AttemptsOf::Endpoint(endpoint) => delivery.endpoint == endpoint,
    }
}

pub(crate) async fn attempts_are_listed_and_filtered(store: &dyn Store) {
    let mut world = World::new();
    let (_, _, past) = history(store, &mut world).await;
    let at = |number: usize| Some(past[number].attempt.started_at);
    let of_type =
        |name: &str| MessageFilter { event_types: vec![name.parse().unwrap()], ..MessageFilter::default() };
    let any = AttemptFilter::default;
    let filters = [
        any(),
        AttemptFilter { succeeded: Some(true), ..any() },
        AttemptFilter { succeeded: Some(false), ..any() },
        AttemptFilter { status_class: Some(0), ..any() },
        AttemptFilter { status_class: Some(200), ..any() },
        AttemptFilter { status_class: Some(400), succeeded: Some(true), ..any() },
        AttemptFilter { since: at(2), until: at(7), ..any() },
        AttemptFilter { since: at(2), succeeded: Some(false), message: of_type("b"), ..any() },
        AttemptFilter {
            message: MessageFilter { channel: Some("in-a".parse().unwrap()), ..MessageFilter::default() },
            ..any()
        },
        AttemptFilter { until: Some(Timestamp::default()), ..any() },
        AttemptFilter { since: Some(Timestamp::MAX), ..any() },
        // The times of the message do not count.
        AttemptFilter {
            message: MessageFilter { since: Some(Timestamp::MAX), ..MessageFilter::default() },
            ..any()
        },
    ];
    let first = past[0].delivery;
    let lists = [
        AttemptsOf::Message(first.message),
        AttemptsOf::Delivery(first),
        AttemptsOf::Endpoint(first.endpoint),
    ];
    for of in lists {
        for filter in &filters {
            let passes = |past: &&PastAttempt| {
                let event_type = if past.delivery.message == first.message { "a" } else { "b" };
                is_of(of, past.delivery)
                    && filter.times().contains(past.attempt.started_at)
                    && filter.matches(&past.attempt)
                    && filter.message.event_types.iter().all(|name| name.as_str() == event_type)
                    && filter.message.channel.iter().all(|name| name.as_str().ends_with(event_type))
            };
            let expected: Vec<PastAttempt> = past.iter().filter(passes).cloned().collect();
            let found = store.attempts(of, filter.clone(), all()).await.unwrap();
            assert_eq!(found.page.rows, expected, "{of:?} {filter:?}");
            let ids: Vec<AttemptId> = expected.iter().map(|past| past.attempt.id).collect();
            let list = async |slice| {
                let found = store.attempts(of, filter.clone(), slice).await.unwrap();
                found.page.map(|past| past.attempt.id)
            };
            check_pages(&ids, list).await;
        }
    }
    let nothing = store.attempts(AttemptsOf::Message(world.id()), any(), all()).await.unwrap();
    assert_eq!((nothing.page.rows, nothing.seen), (vec![], None));
}

pub(crate) async fn an_attempts_response_can_be_forgotten(store: &dyn Store) {
    let mut world = World::new();
    let (_, [endpoint, _], past) = history(store, &mut world).await;
    let before = store.stats(endpoint.id, Timestamp::default(), Timestamp::MAX).await.unwrap();
    for (number, past) in past.iter().enumerate() {
        let (message, id) = (past.delivery.message, past.attempt.id);
        assert_eq!(store.attempt(message, id).await, Ok(Some(past.clone())));
        let other: MessageId = world.id();
        assert_eq!(store.attempt(other, id).await, Ok(None));
        assert_eq!(store.expunge_attempt(other, id).await, Ok(false));
        assert_eq!(store.expunge_attempt(message, world.id()).await, Ok(false));
        if number % 2 == 0 {
            continue;
        }
        let left = PastAttempt { attempt: past.attempt.clone().expunged(), ..past.clone() };
        for _ in 0..2 {
            assert_eq!(store.expunge_attempt(message, id).await, Ok(true));
            assert_eq!(store.attempt(message, id).await, Ok(Some(left.clone())));
        }
    }
    let story = store.story(super::world::HERE, past[0].delivery.message).await.unwrap().unwrap();
    let expected: Vec<Attempt> = past
        .iter()
        .enumerate()
        .filter(|(_, past)| past.delivery == story.calls[1].delivery.id)
        .map(|(number, past)| match number % 2 {
            0 => past.attempt.clone(),
            _ => past.attempt.clone().expunged(),
        })
        .collect();
    assert_eq!(story.calls[1].attempts, expected);
    let after = store.stats(endpoint.id, Timestamp::default(), Timestamp::MAX).await;
    assert_eq!(after, Ok(before), "what was counted stays counted");
}

const HOUR: Duration = Duration::from_secs(3600);

async fn counted(store: &dyn Store, endpoint: EndpointId, hours: (Timestamp, Timestamp)) -> (u64, u64) {
    let stats = store.stats(endpoint, hours.0, hours.1).await.unwrap();
    (stats.succeeded, stats.failed)
}

/// An attempt is counted in the hour in which it began, however late that is settled.
pub(crate) async fn attempts_are_counted_by_the_hour(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    // An hour that is over at once.
    world.now = Timestamp::from_millis((world.now.hours() + 1) * 3_600_000 - 1);
    let first = world.now;
    let outcomes = [answered(200, b""), answered(500, b""), silent(), answered(204, b""), answered(301, b"")];
    let mut lane = None;
    for outcome in outcomes {
        let delivery = deliver_one(store, &mut world, "acme", Some(LEASE)).await;
        let begun = world.settlement(&delivery, Verdict::Exhausted, outcome);
        let at = begun.at + Duration::from_millis(1);
        store.settle([Settlement { at, ..begun }].into()).await.unwrap();
        lane = Some(delivery.id.endpoint);
        world.now = world.now + HOUR / 2;
    }
    let lane = lane.unwrap();
    let hour = |number: u32| first + HOUR * number;
    let early = Timestamp::from_millis(first.hours() * 3_600_000);
    // The attempts begin at 0:59:59.999, 1:29:59.999, 1:59:59.999, 2:29:59.999, 2:59:59.999.
    assert_eq!(counted(store, lane, (first, first)).await, (1, 0));
    assert_eq!(counted(store, lane, (early, early)).await, (1, 0));
    assert_eq!(counted(store, lane, (hour(1), hour(1))).await, (0, 2));
    assert_eq!(counted(store, lane, (hour(0), hour(1))).await, (1, 2));
    assert_eq!(counted(store, lane, (hour(1), hour(9))).await, (1, 3));
    assert_eq!(counted(store, lane, (hour(3), hour(9))).await, (0, 0));
    assert_eq!(counted(store, lane, (hour(2), hour(0))).await, (0, 0));
    assert_eq!(counted(store, lane, (Timestamp::default(), Timestamp::MAX)).await, (2, 3));
}

/// A batch of settlements counts as each of them alone would, and what is stale is not counted.
pub(crate) async fn settlements_are_counted_once(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    listen(store, &mut world, "bolt").await;
    let mut deliveries: Vec<Delivery> = Vec::new();
    for app in ["acme", "acme", "acme", "bolt"] {
        deliveries.push(deliver_one(store, &mut world, app, Some(LEASE)).await);
    }
    let outcome = |number: usize| -> Outcome { if number == 1 { answered(200, b"") } else { silent() } };
    let mut batch: Vec<Settlement> = Vec::new();
    for (number, delivery) in deliveries.iter().enumerate() {
        batch.push(world.settlement(delivery, Verdict::Exhausted, outcome(number)));
    }
    batch.push(batch[0].clone());
    let stale = world.settlement(&deliveries[1], Verdict::Done, silent());
    let fence = domain::delivery::Fence { lease: Lease(4), attempts: 0 };
    batch.push(Settlement { fence, ..stale });
    store.settle(batch.into()).await.unwrap();
    let ever = (Timestamp::default(), Timestamp::MAX);
    assert_eq!(counted(store, deliveries[0].id.endpoint, ever).await, (1, 2));
    assert_eq!(counted(store, deliveries[3].id.endpoint, ever).await, (0, 1));
}

pub(crate) async fn what_waits_is_counted_by_whether_it_was_tried(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    let lease = |number: usize| Some(LEASE).filter(|_| number >= 2);
    let mut deliveries = Vec::new();
    for number in 0..6 {
        deliveries.push(deliver_one(store, &mut world, "acme", lease(number)).await);
    }
    for (delivery, verdict) in deliveries[2..5].iter().zip([
        Verdict::RetryAt(Timestamp::MAX),
        Verdict::RetryAt(world.now),
        Verdict::Done,
    ]) {
        world.settle(store, delivery, verdict).await;
    }
    let stats = store.stats(deliveries[0].id.endpoint, world.now, world.now).await;
    assert_eq!(stats, Ok(Stats { succeeded: 1, failed: 2, pending: 2, sending: 2 }));
    assert_eq!(store.stats(world.id(), world.now, world.now).await, Ok(Stats::default()));
}
