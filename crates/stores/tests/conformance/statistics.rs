//! What is counted as it happens.

use std::time::Duration;

use domain::app::{App, AppRef};
use domain::attempt::Verdict;
use domain::counts::{Counts, Grain};
use domain::delivery::{Delivery, FailedReason};
use domain::endpoint::{Disabled, DisabledReason, Endpoint, Failing};
use domain::id::OrganizationId;
use domain::message::MessageRef;
use domain::notice::{News, Notice};
use domain::time::Timestamp;
use engine::ports::inbox::Cancellation;
use engine::ports::queue::Settlement;
use engine::ports::statistics::{Backlog, CountsOf, EndpointHealth};
use engine::ports::store::Store;

use super::world::records::{put_app, put_endpoint};
use super::world::sending::send_one;
use super::world::{HERE, LEASE, World, answered, silent};

const MINUTE: Duration = Duration::from_secs(60);

fn all_of(organization: OrganizationId) -> CountsOf {
    CountsOf { organization, app: None }
}

fn of(app: &App) -> CountsOf {
    CountsOf { organization: app.organization, app: Some(app.id) }
}

/// An app with an endpoint that wants everything.
async fn customer(store: &dyn Store, world: &mut World, uid: &str) -> (App, Endpoint) {
    let app = put_app(store, world.app(uid)).await;
    let endpoint = put_endpoint(store, world.endpoint(app.id)).await;
    (app, endpoint)
}

/// Sends a message to an app's only endpoint, and makes an attempt that takes so long.
async fn attempt(store: &dyn Store, world: &mut World, app: &App, verdict: Verdict, millis: u64) -> Delivery {
    let message = world.message("x");
    let delivery = send_one(store, world, app, message, Some(LEASE)).await.deliveries.remove(0);
    let outcome = if verdict == Verdict::Done { answered(200, b"") } else { silent() };
    let mut settlement = world.settlement(&delivery, verdict, outcome);
    let attempt = settlement.attempt.as_mut().unwrap();
    attempt.duration = Duration::from_millis(millis);
    let at = attempt.ended_at();
    store.settle([Settlement { at, ..settlement }].into()).await.unwrap();
    delivery
}

/// What was counted ever: when, how many attempts succeeded and failed, how many deliveries ended well and badly.
async fn counted(store: &dyn Store, of: CountsOf, grain: Grain) -> Vec<(Timestamp, [u64; 4])> {
    let counts = store.counts(of, grain, Timestamp::default(), Timestamp::MAX).await.unwrap();
    counts.into_iter().map(|(at, counts)| (at, numbers(&counts))).collect()
}

fn numbers(counts: &Counts) -> [u64; 4] {
    [counts.succeeded, counts.failed, counts.delivered, counts.given_up]
}

pub(crate) async fn what_is_counted_is_told_by_app_and_organization(store: &dyn Store) {
    let mut world = World::new();
    let elsewhere = store.organization_of("elsewhere", world.id()).await.unwrap().id;
    world.now = Grain::Hour.start(world.now.hours() + 1) - MINUTE;
    let (acme, _) = customer(store, &mut world, "acme").await;
    let (bolt, _) = customer(store, &mut world, "bolt").await;
    world.organization = elsewhere;
    let (other, _) = customer(store, &mut world, "acme").await;
    world.organization = HERE;
    let first = world.now;
    attempt(store, &mut world, &acme, Verdict::Done, 100).await;
    attempt(store, &mut world, &acme, Verdict::Exhausted, 3).await;
    world.organization = elsewhere;
    attempt(store, &mut world, &other, Verdict::Done, 1).await;
    world.organization = HERE;
    world.now = first + MINUTE;
    attempt(store, &mut world, &bolt, Verdict::RetryAt(Timestamp::MAX), 50).await;
    let (early, late) = (first, first + MINUTE);
    let hour = Grain::Hour.start(early.hours());
    let check = async |of, minutes: &[(Timestamp, [u64; 4])], hours: &[(Timestamp, [u64; 4])]| {
        assert_eq!(counted(store, of, Grain::Minute).await, minutes, "{of:?}");
        assert_eq!(counted(store, of, Grain::Hour).await, hours, "{of:?}");
    };
    let (both, failed) = ([1, 1, 1, 1], [0, 1, 0, 0]);
    check(all_of(HERE), &[(early, both), (late, failed)], &[(hour, both), (late, failed)]).await;
    check(of(&acme), &[(early, both)], &[(hour, both)]).await;
    check(of(&bolt), &[(late, failed)], &[(late, failed)]).await;
    check(all_of(elsewhere), &[(early, [1, 0, 1, 0])], &[(hour, [1, 0, 1, 0])]).await;
    check(CountsOf { organization: elsewhere, app: Some(acme.id) }, &[], &[]).await;
    check(CountsOf { organization: HERE, app: Some(world.id()) }, &[], &[]).await;
    let found = store.counts(all_of(HERE), Grain::Minute, early, early).await.unwrap();
    assert_eq!(found.len(), 1, "both ends of the time are included");
    let latencies = &found[0].1.latencies;
    let [p50, p95] = [50, 95].map(|per_cent| latencies.percentile(per_cent).unwrap().as_micros());
    assert!((2820..3180).contains(&p50) && (94_000..106_000).contains(&p95), "{p50} {p95}");
}

pub(crate) async fn minutes_are_forgotten_and_hours_stay(store: &dyn Store) {
    let mut world = World::new();
    let (acme, _) = customer(store, &mut world, "acme").await;
    let first = Grain::Minute.start(Grain::Minute.number(world.now));
    for minute in 0..3 {
        world.now = first + MINUTE * minute;
        attempt(store, &mut world, &acme, Verdict::Done, 1).await;
    }
    let minutes = async || counted(store, all_of(HERE), Grain::Minute).await.len();
    assert_eq!(store.forget_minutes(first + MINUTE - Duration::from_millis(1), 9).await, Ok(0));
    assert_eq!(minutes().await, 3);
    // The organization and the app are a place each.
    assert_eq!(store.forget_minutes(first + MINUTE * 2, 3).await, Ok(3));
    assert_eq!(minutes().await, 1);
    assert_eq!(counted(store, of(&acme), Grain::Minute).await.len(), 2);
    assert_eq!(store.forget_minutes(first + MINUTE * 2, 3).await, Ok(1));
    assert_eq!(store.forget_minutes(Timestamp::MAX, 9).await, Ok(2));
    assert_eq!(minutes().await, 0);
    let hours = counted(store, all_of(HERE), Grain::Hour).await;
    assert_eq!(hours.iter().map(|(_, numbers)| numbers[0]).sum::<u64>(), 3);
}

/// Without an attempt as well; but what was taken back was not given up.
pub(crate) async fn the_end_of_deliveries_is_counted_when_it_comes(store: &dyn Store) {
    let mut world = World::new();
    let (acme, endpoint) = customer(store, &mut world, "acme").await;
    let counted = async || {
        let counted = counted(store, of(&acme), Grain::Hour).await;
        counted.into_iter().fold([0; 4], |sum, (_, numbers)| [0, 1, 2, 3].map(|at| sum[at] + numbers[at]))
    };
    let mut sent = Vec::new();
    for _ in 0..3 {
        let message = world.message("x");
        sent.push(send_one(store, &world, &acme, message, None).await.deliveries.remove(0));
    }
    assert_eq!(counted().await, [0, 0, 0, 0]);
    let message = MessageRef::Id(sent[0].id.message);
    let cancellation = Cancellation { app: acme.id, message, endpoint: None, at: world.now };
    store.cancel(cancellation).await.unwrap().unwrap();
    assert_eq!(counted().await, [0, 0, 0, 0], "{:?} is no failure", FailedReason::Cancelled);
    store.expunge(acme.id, &MessageRef::Id(sent[1].id.message), world.now).await.unwrap();
    assert_eq!(counted().await, [0, 0, 0, 1]);
    let disabled = Some(Disabled { at: world.now, reason: DisabledReason::Asked });
    put_endpoint(store, Endpoint { disabled, ..endpoint }).await;
    let message = world.message("x");
    send_one(store, &world, &acme, message, None).await;
    assert_eq!(counted().await, [0, 0, 0, 2], "it was born failed");
    let leased = world.claim(store, sent[2].id.endpoint, 1).await.jobs.remove(0).delivery;
    world.settle(store, &leased, Verdict::RetryAt(world.now)).await;
    let leased = world.claim(store, sent[2].id.endpoint, 1).await.jobs.remove(0).delivery;
    world.pass(3_600_000);
    world.settle(store, &leased, Verdict::Done).await;
    assert_eq!(counted().await, [1, 1, 1, 2]);
}

pub(crate) async fn operational_webhooks_count_for_nobody_else(store: &dyn Store) {
    let mut world = World::new();
    let (acme, endpoint) = customer(store, &mut world, "acme").await;
    let operational = store.operational_app(HERE, world.id()).await.unwrap();
    let listener = put_endpoint(store, world.endpoint(operational.id)).await;
    let notice = Notice { id: world.id(), news: News::EndpointUpdated };
    store.put_endpoint(endpoint, Some(notice)).await.unwrap();
    assert_eq!(store.backlog(all_of(HERE)).await, Ok(Backlog::default()));
    let leased = world.claim(store, listener.id, 1).await.jobs.remove(0).delivery;
    world.settle(store, &leased, Verdict::Exhausted).await;
    for of in [all_of(HERE), of(&acme), CountsOf { organization: HERE, app: Some(operational.id) }] {
        assert_eq!(counted(store, of, Grain::Hour).await, []);
        assert_eq!(store.health(of, Timestamp::default(), 9).await.unwrap().1, []);
    }
    let stats = store.stats(listener.id, Timestamp::default(), Timestamp::MAX).await.unwrap();
    assert_eq!((stats.succeeded, stats.failed), (0, 1));
}

pub(crate) async fn what_is_to_be_delivered_is_counted_now(store: &dyn Store) {
    let mut world = World::new();
    let (acme, _) = customer(store, &mut world, "acme").await;
    let (bolt, gone) = customer(store, &mut world, "bolt").await;
    for lease in [None, None, Some(LEASE)] {
        let message = world.message("x");
        send_one(store, &world, &acme, message, lease).await;
    }
    attempt(store, &mut world, &acme, Verdict::RetryAt(Timestamp::MAX), 1).await;
    attempt(store, &mut world, &bolt, Verdict::RetryAt(Timestamp::MAX), 1).await;
    attempt(store, &mut world, &bolt, Verdict::Done, 1).await;
    let backlog = |pending, sending, under_way| Ok(Backlog { pending, sending, under_way, is_capped: false });
    assert_eq!(store.backlog(all_of(HERE)).await, backlog(2, 2, 1));
    assert_eq!(store.backlog(of(&acme)).await, backlog(2, 1, 1));
    assert_eq!(store.backlog(of(&bolt)).await, backlog(0, 1, 0));
    let elsewhere = store.organization_of("elsewhere", world.id()).await.unwrap().id;
    assert_eq!(store.backlog(all_of(elsewhere)).await, backlog(0, 0, 0));
    let of_another = CountsOf { organization: elsewhere, app: Some(acme.id) };
    assert_eq!(store.backlog(of_another).await, backlog(0, 0, 0));
    let gone = Endpoint::clone(&store.endpoint(gone.id).await.unwrap().unwrap()).deleted(world.now);
    put_endpoint(store, gone).await;
    assert_eq!(store.backlog(all_of(HERE)).await, backlog(2, 1, 1));
    assert_eq!(store.backlog(of(&bolt)).await, backlog(0, 0, 0));
}

/// What is shown of the health of an endpoint: its app, what was counted, what waits, and whether a failure is.
fn shown(health: &[EndpointHealth]) -> Vec<(&str, [u64; 4], usize, bool)> {
    let shown = health.iter().map(|health| {
        let uid = health.app_uid.as_ref().unwrap();
        (uid.as_str(), numbers(&health.counts), health.waiting, health.last_failure.is_some())
    });
    shown.collect()
}

pub(crate) async fn endpoints_in_most_trouble_come_first(store: &dyn Store) {
    let mut world = World::new();
    let long_ago = world.now;
    let (idle, _) = customer(store, &mut world, "idle").await;
    let mut endpoints = Vec::new();
    for uid in ["well", "shaky", "failing", "off", "before"] {
        endpoints.push(customer(store, &mut world, uid).await);
    }
    let [well, shaky, failing, off, before] = <[_; 5]>::try_from(endpoints).unwrap();
    attempt(store, &mut world, &before.0, Verdict::Exhausted, 1).await;
    world.pass(3 * 3_600_000);
    let since = world.now;
    for (app, verdicts) in [
        (&well.0, [Verdict::Done, Verdict::Done]),
        (&shaky.0, [Verdict::RetryAt(Timestamp::MAX), Verdict::Done]),
        (&failing.0, [Verdict::Exhausted, Verdict::Exhausted]),
    ] {
        for verdict in verdicts {
            attempt(store, &mut world, app, verdict, 1).await;
        }
    }
    let since_failing = Some(Failing { since: long_ago, warned: false });
    put_endpoint(store, Endpoint { failing: since_failing, ..failing.1 }).await;
    let disabled = Some(Disabled { at: world.now, reason: DisabledReason::Gone });
    put_endpoint(store, Endpoint { disabled, ..off.1 }).await;
    let (first, health) = store.health(all_of(HERE), since, 9).await.unwrap();
    assert_eq!(first, Grain::Hour.start(since.hours()));
    let expected = [
        ("off", [0, 0, 0, 0], 0, false),
        ("failing", [0, 2, 0, 2], 0, true),
        ("shaky", [1, 1, 1, 0], 1, true),
        ("well", [2, 0, 2, 0], 0, false),
    ];
    assert_eq!(shown(&health), expected);
    assert_eq!(health[2].last_failure.as_ref().unwrap().1, silent().failure.unwrap());
    let (_, health) = store.health(all_of(HERE), since, 2).await.unwrap();
    assert_eq!(shown(&health), expected[..2]);
    let (_, health) = store.health(all_of(HERE), long_ago, 9).await.unwrap();
    assert_eq!(shown(&health)[2], ("before", [0, 1, 0, 1], 0, true), "all of its attempts failed");
    for (app, expected) in [(&shaky.0, &expected[2..3]), (&off.0, &expected[..1]), (&idle, &[][..])] {
        assert_eq!(shown(&store.health(of(app), since, 9).await.unwrap().1), expected);
    }
    let named: AppRef = "off".parse().unwrap();
    let off = store.app(HERE, &named).await.unwrap().unwrap();
    put_app(store, off.deleted(world.now)).await;
    let (_, health) = store.health(all_of(HERE), since, 1).await.unwrap();
    assert_eq!(shown(&health), expected[1..2], "what is deleted is in no trouble");
}
