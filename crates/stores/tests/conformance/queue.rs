//! Lives, lanes, claims and settlements.

use std::time::Duration;

use domain::attempt::Verdict;
use domain::delivery::{Delivery, Effort, FailedReason, Fence, Lease, Settled, State};
use domain::endpoint::{Disabled, DisabledReason};
use domain::id::{EndpointId, MessageId};
use domain::time::Timestamp;
use engine::ports::queue::{Applied, Claim, Claimed, Settlement};
use engine::ports::store::Store;

use super::world::{HERE, LEASE, World, accept_one, answered, deliver_one, listen, silent, stored};

async fn claim(store: &dyn Store, endpoint: EndpointId, now: Timestamp, limit: usize) -> Claimed {
    store.claim(Claim { endpoint, lease: LEASE, now, limit, payload_bytes: usize::MAX }).await.unwrap()
}

fn claimed(claimed: &Claimed) -> Vec<MessageId> {
    for job in &claimed.jobs {
        assert_eq!(job.message.id, job.delivery.id.message);
        assert_eq!(job.delivery.state, State::Leased { lease: LEASE });
    }
    claimed.jobs.iter().map(|job| job.message.id).collect()
}

fn without_attempt(world: &mut World, delivery: &Delivery, verdict: Verdict, effort: Effort) -> Settlement {
    let settled = Settled { verdict, effort };
    Settlement { settled, attempt: None, ..world.settlement(delivery, verdict, silent()) }
}

pub(crate) async fn each_life_has_a_higher_lease(store: &dyn Store) {
    let first = store.open().await.unwrap();
    assert_eq!(first.id_floor, HERE.number());
    let second = store.open().await.unwrap();
    assert!(second.lease > first.lease);
}

pub(crate) async fn the_id_floor_is_the_highest_id(store: &dyn Store) {
    let mut world = World::new();
    let webhook = world.webhook("acme", "x");
    let endpoint = webhook.id.number();
    store.register(webhook).await.unwrap();
    assert_eq!(store.open().await.unwrap().id_floor, endpoint);
    let event = world.event("acme", "x", "order", "1");
    let message = accept_one(store, event, None).await.message.id.number();
    assert_eq!(store.open().await.unwrap().id_floor, message);
}

pub(crate) async fn what_waits_is_claimed_in_the_order_in_which_it_is_due(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    listen(store, &mut world, "bolt").await;
    let mut waiting = Vec::new();
    for _ in 0..4 {
        world.pass(10);
        deliver_one(store, &mut world, "bolt", None).await;
        waiting.push(deliver_one(store, &mut world, "acme", None).await);
    }
    // The second one is tried, and is to be tried again before all others.
    let lane = waiting[0].id.endpoint;
    let two = claim(store, lane, world.now, 2).await;
    let early = Timestamp::from_millis(1);
    let again = world.settlement(&two.jobs[1].delivery, Verdict::RetryAt(early), silent());
    let later = world.settlement(&two.jobs[0].delivery, Verdict::RetryAt(world.now), silent());
    assert_eq!(store.settle([again, later].into()).await.unwrap().applied, [Applied::Yes; 2]);

    let rest = claim(store, lane, world.now, 3).await;
    let id = |index: usize| waiting[index].id.message;
    assert_eq!(claimed(&rest), [id(1), id(2), id(0)]);
    assert_eq!(rest.jobs[0].delivery.attempts, 1);
    assert_eq!(rest.next_due, Some(world.now));
    let last = claim(store, lane, world.now, 3).await;
    assert_eq!((claimed(&last), last.next_due), (vec![id(3)], None));
}

pub(crate) async fn what_is_leased_or_not_due_is_not_claimed(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    let leased = deliver_one(store, &mut world, "acme", Some(LEASE)).await;
    let lane = leased.id.endpoint;
    assert_eq!(claim(store, lane, Timestamp::MAX, 9).await, Claimed::default());
    let due = world.now + Duration::from_secs(60);
    let retry = world.settlement(&leased, Verdict::RetryAt(due), silent());
    store.settle([retry].into()).await.unwrap();
    let early = Timestamp::from_millis(due.millis() - 1);
    assert_eq!(claim(store, lane, early, 9).await, Claimed { next_due: Some(due), ..Claimed::default() });
    assert_eq!(claim(store, lane, due, 0).await, Claimed { next_due: Some(due), ..Claimed::default() });
    assert_eq!(claimed(&claim(store, lane, due, 9).await), [leased.id.message]);
    assert_eq!(claim(store, lane, due, 9).await, Claimed::default());
    assert_eq!(claim(store, EndpointId::from_number(1), due, 9).await, Claimed::default());
}

pub(crate) async fn lanes_are_paged_and_tell_their_first_due(store: &dyn Store) {
    let mut world = World::new();
    assert_eq!(store.waiting_lanes(None, 9).await, Ok(vec![]));
    let mut expected = Vec::new();
    for app in ["a", "b", "c", "d"] {
        listen(store, &mut world, app).await;
        world.pass(10);
        let first = deliver_one(store, &mut world, app, None).await;
        world.pass(10);
        deliver_one(store, &mut world, app, None).await;
        deliver_one(store, &mut world, app, Some(LEASE)).await;
        expected.push((first.id.endpoint, first.id.message.timestamp()));
    }
    let lanes = async |after, limit| -> Vec<(EndpointId, Timestamp)> {
        let lanes = store.waiting_lanes(after, limit).await.unwrap();
        lanes.into_iter().map(|lane| (lane.endpoint, lane.due)).collect()
    };
    assert_eq!(lanes(None, 9).await, expected);
    assert_eq!(lanes(None, 2).await, expected[..2]);
    assert_eq!(lanes(Some(expected[1].0), 9).await, expected[2..]);
    assert_eq!(lanes(Some(expected[3].0), 9).await, []);
    assert_eq!(lanes(None, 0).await, []);
    let found = store.waiting_lanes(None, 1).await.unwrap()[0];
    assert_eq!(found.app, store.endpoint(found.endpoint).await.unwrap().unwrap().app);
    claim(store, expected[0].0, world.now, 9).await;
    assert_eq!(lanes(None, 9).await, expected[1..]);
}

pub(crate) async fn verdicts_become_states(store: &dyn Store) {
    let mut world = World::new();
    let failed = |at, reason| State::Failed { at, reason };
    let due = Timestamp::MAX;
    let at = world.now;
    let cases = [
        (Verdict::Done, Effort::Attempted, State::Succeeded { at }),
        (Verdict::RetryAt(due), Effort::Attempted, State::Waiting { due }),
        (Verdict::RetryAt(due), Effort::Interrupted, State::Waiting { due }),
        (Verdict::RetryAt(due), Effort::None, State::Waiting { due }),
        (Verdict::Exhausted, Effort::Attempted, failed(at, FailedReason::Exhausted)),
        (Verdict::EndpointGone, Effort::Attempted, failed(at, FailedReason::Gone)),
        (Verdict::EndpointDisabled, Effort::None, failed(at, FailedReason::EndpointDisabled)),
        (Verdict::Expunged, Effort::None, failed(at, FailedReason::Expunged)),
        (Verdict::Release, Effort::None, State::Waiting { due: at }),
        (Verdict::Release, Effort::Interrupted, State::Waiting { due: at }),
        (Verdict::HoldAt(due), Effort::Attempted, State::Waiting { due: at }),
    ];
    for (number, (verdict, effort, state)) in cases.into_iter().enumerate() {
        let app = format!("app{number}");
        listen(store, &mut world, &app).await;
        let delivery = deliver_one(store, &mut world, &app, Some(LEASE)).await;
        let settlement = match effort {
            Effort::Attempted => world.settlement(&delivery, verdict, silent()),
            _ => without_attempt(&mut world, &delivery, verdict, effort),
        };
        assert_eq!(store.settle([settlement].into()).await.unwrap().applied, [Applied::Yes]);
        let expected = Delivery {
            state,
            attempts: u32::from(effort == Effort::Attempted),
            interruptions: u32::from(effort == Effort::Interrupted),
            ..delivery.clone()
        };
        assert_eq!(stored(store, &delivery).await, expected);
    }
}

pub(crate) async fn a_stale_settlement_changes_nothing(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    let delivery = deliver_one(store, &mut world, "acme", Some(LEASE)).await;
    let right = world.settlement(&delivery, Verdict::EndpointGone, silent());
    let fences = [Fence { lease: Lease(4), attempts: 0 }, Fence { lease: LEASE, attempts: 1 }];
    for fence in fences {
        let stale = Settlement { fence, ..right.clone() };
        assert_eq!(store.settle([stale].into()).await.unwrap().applied, [Applied::Stale]);
        assert_eq!(stored(store, &delivery).await, delivery);
    }
    let mut unknown = right.clone();
    unknown.delivery.message = MessageId::from_number(1);
    assert_eq!(store.settle([unknown].into()).await.unwrap().applied, [Applied::Stale]);
    let story = store.story(HERE, delivery.id.message).await.unwrap().unwrap();
    assert_eq!((story.calls[0].attempts.len(), story.calls[0].endpoint.disabled), (0, None));
    let done = world.settlement(&delivery, Verdict::Done, answered(200, b""));
    assert_eq!(store.settle([done.clone()].into()).await.unwrap().applied, [Applied::Yes]);
    assert_eq!(store.settle([done].into()).await.unwrap().applied, [Applied::Stale]);
    assert_eq!(store.settle([].into()).await.unwrap().applied, []);
}

pub(crate) async fn a_batch_of_settlements_is_answered_one_by_one(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    let one = deliver_one(store, &mut world, "acme", Some(LEASE)).await;
    let two = deliver_one(store, &mut world, "acme", Some(Lease(4))).await;
    let batch = vec![
        world.settlement(&one, Verdict::Done, answered(200, b"")),
        world.settlement(&one, Verdict::Exhausted, silent()),
        Settlement {
            fence: Fence { lease: LEASE, attempts: 0 },
            ..world.settlement(&two, Verdict::Done, silent())
        },
        world.settlement(&two, Verdict::Exhausted, silent()),
    ];
    use Applied::{Stale, Yes};
    assert_eq!(store.settle(batch.into()).await.unwrap().applied, [Yes, Stale, Stale, Yes]);
    assert!(matches!(stored(store, &one).await.state, State::Succeeded { .. }));
    assert!(matches!(stored(store, &two).await.state, State::Failed { .. }));
}

pub(crate) async fn an_endpoint_that_is_gone_is_disabled_once(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    let one = deliver_one(store, &mut world, "acme", Some(LEASE)).await;
    let two = deliver_one(store, &mut world, "acme", Some(LEASE)).await;
    let lane = one.id.endpoint;
    assert_eq!(store.endpoint(lane).await.unwrap().unwrap().disabled, None);
    let disabled = Some(Disabled { at: world.now, reason: DisabledReason::Gone });
    for delivery in [one, two] {
        let gone = world.settlement(&delivery, Verdict::EndpointGone, answered(410, b""));
        assert_eq!(store.settle([gone].into()).await.unwrap().applied, [Applied::Yes]);
        assert_eq!(store.endpoint(lane).await.unwrap().unwrap().disabled, disabled);
        world.pass(10);
    }
    let born = deliver_one(store, &mut world, "acme", Some(LEASE)).await;
    let failed = State::Failed { at: world.now, reason: FailedReason::EndpointDisabled };
    assert_eq!(born.state, failed);
    assert_eq!(stored(store, &born).await, born);
}

pub(crate) async fn dead_leases_are_taken_over_in_bounded_steps(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    let waiting = deliver_one(store, &mut world, "acme", None).await;
    let living = deliver_one(store, &mut world, "acme", Some(LEASE)).await;
    let mut dead = Vec::new();
    for lease in [4, 3, 4] {
        dead.push(deliver_one(store, &mut world, "acme", Some(Lease(lease))).await);
    }
    world.pass(1000);
    assert_eq!(store.take_over(LEASE, 2).await, Ok(2));
    assert_eq!(stored(store, &dead[2]).await, dead[2]);
    assert_eq!(store.take_over(LEASE, 2).await, Ok(1));
    assert_eq!(store.take_over(LEASE, 2).await, Ok(0));
    for delivery in dead {
        let due = delivery.id.message.timestamp();
        let expected = Delivery { state: State::Waiting { due }, interruptions: 1, ..delivery.clone() };
        assert_eq!(stored(store, &delivery).await, expected);
    }
    assert_eq!(stored(store, &waiting).await, waiting);
    assert_eq!(stored(store, &living).await, living);
}
