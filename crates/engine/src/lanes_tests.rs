use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use domain::attempt::{FailureCode, Outcome, Response, Trigger};
use domain::id::{AttemptId, DeliveryId, MessageId};
use domain::limits::{
    ATTEMPTS_IN_FLIGHT_MAX, BREAKER_FAILURES_MAX, BREAKER_PAUSE_MIN, CLAIM_ROWS_MAX,
    DELIVERIES_IN_MEMORY_MAX, LANE_CONCURRENCY_MIN, LANE_CONCURRENCY_START, LANE_DELIVERIES_MAX,
    PAYLOAD_BYTES_IN_MEMORY_MAX,
};
use domain::payload::Payload;

use super::*;
use crate::samples::{self, LEASE};

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000) + Duration::from_millis(millis)
}

/// Endpoints 10 to 19 belong to app 1, 20 to 29 to app 2, and so on; those from a million on to app 0.
fn app_of(endpoint: i64) -> AppId {
    AppId::from_number(if endpoint < 1_000_000 { endpoint / 10 } else { 0 })
}

fn job(endpoint: i64, message: i64) -> Job {
    let id =
        DeliveryId { message: MessageId::from_number(message), endpoint: EndpointId::from_number(endpoint) };
    samples::job(app_of(endpoint), id)
}

fn lanes(jobs: impl IntoIterator<Item = Job>) -> Lanes {
    let mut lanes = Lanes::new(LEASE, Limits::default());
    jobs.into_iter().for_each(|job| lanes.born(job, Pace::default(), at(0)));
    lanes
}

fn started(lanes: &mut Lanes, now: Timestamp) -> Vec<Job> {
    let start = |decision| match decision {
        Decision::Start(job) => job,
        other => panic!("{other:?}"),
    };
    std::iter::from_fn(|| lanes.next(now)).map(start).collect()
}

fn endpoints(jobs: &[Job]) -> Vec<i64> {
    jobs.iter().map(|job| job.delivery.id.endpoint.number()).collect()
}

fn answer(status: u16, retry_after: Option<&str>) -> Outcome {
    let retry_after = retry_after.map(str::to_owned);
    Outcome::answered(Response { status, body: Bytes::new(), truncated: false, retry_after }, None)
}

fn silence() -> Outcome {
    Outcome::failed(FailureCode::HeadTimeout, "")
}

/// An attempt that ended as soon as it began.
fn attempt(outcome: &Outcome) -> Attempt {
    let (number, started_at, duration, trigger) = (1, at(0), Duration::ZERO, Trigger::Scheduled);
    let id = AttemptId::from_number(1);
    Attempt { id, number, started_at, duration, url: String::new(), trigger, outcome: outcome.clone() }
}

fn end(lanes: &mut Lanes, job: &Job, outcome: &Outcome, now: Timestamp) {
    lanes.attempted(job, Some(&attempt(outcome)), now);
    lanes.settled(job, Left::Ended, now);
}

fn is_crowded(lanes: &Lanes, endpoint: i64) -> bool {
    lanes.crowded.contains(EndpointId::from_number(endpoint))
}

/// Asks how an acceptance of one entry would be born, and lets it come to nothing.
fn lease_at_birth(lanes: &mut Lanes) -> Option<Lease> {
    let (birth, expected) = lanes.expect(1, at(0));
    lanes.arrived(expected);
    birth.lease
}

fn waiting(endpoint: i64, due: Timestamp) -> WaitingLane {
    let (endpoint, app) = (EndpointId::from_number(endpoint), app_of(endpoint));
    WaitingLane { endpoint, app, due, pace: Pace::default() }
}

fn claimed(jobs: Vec<Job>, next_due: Option<Timestamp>) -> Claimed {
    Claimed { jobs, next_due, pace: Pace::default() }
}

#[test]
fn apps_take_turns_then_their_endpoints() {
    let mut lanes = lanes([10, 10, 10, 11, 11, 20, 30].map(|endpoint| job(endpoint, 1)));
    assert_eq!(endpoints(&started(&mut lanes, at(0))[..4]), [10, 20, 30, 11]);
}

#[test]
fn a_lane_holds_no_more_than_its_concurrency() {
    let mut lanes = lanes((0..500).map(|message| job(10, message)));
    let hung = started(&mut lanes, at(0));
    assert_eq!(hung.len(), LANE_CONCURRENCY_START);
    lanes.born(job(20, 1), Pace::default(), at(1));
    assert_eq!(endpoints(&started(&mut lanes, at(1))), [20], "another lane is not held up");
    hung.iter().for_each(|job| end(&mut lanes, job, &silence(), at(15_000)));
    assert_eq!(started(&mut lanes, at(15_000)).len(), LANE_CONCURRENCY_START / 2);
}

#[test]
fn a_place_that_is_scarce_goes_to_a_lane_that_has_none() {
    let many = 10_000;
    let mut lanes = lanes((0..10).flat_map(|message| (10..many).map(move |endpoint| job(endpoint, message))));
    let hung = started(&mut lanes, at(0));
    assert_eq!(hung.len(), ATTEMPTS_IN_FLIGHT_MAX);
    lanes.born(job(many, 1), Pace::default(), at(1));
    lanes.attempted(&hung[0], Some(&attempt(&silence())), at(2));
    let next = started(&mut lanes, at(2));
    assert_eq!(next.len(), 1, "a free place is used at once");
    let busy: Vec<_> = hung[1..].iter().map(|job| job.delivery.id.endpoint).collect();
    assert!(!busy.contains(&next[0].delivery.id.endpoint), "by a lane that has none");
    hung[1..].iter().for_each(|job| lanes.attempted(job, Some(&attempt(&silence())), at(3)));
    assert_eq!(started(&mut lanes, at(3)).len(), ATTEMPTS_IN_FLIGHT_MAX - 1, "no lane is forgotten");
}

#[test]
fn memory_is_bounded_per_lane_and_in_total() {
    let allowance = (16 * LANE_CONCURRENCY_START).min(LANE_DELIVERIES_MAX);
    let mut lanes = lanes((0..).take(allowance).map(|message| job(10, message)));
    assert!(is_crowded(&lanes, 10) && !is_crowded(&lanes, 11));
    let jobs = started(&mut lanes, at(0));
    assert!(!is_crowded(&lanes, 10), "there is room again once some are under way");
    assert_eq!(lease_at_birth(&mut lanes), Some(LEASE));
    let rest = DELIVERIES_IN_MEMORY_MAX - lanes.in_memory();
    (0..)
        .take(rest)
        .for_each(|message| lanes.born(job(10 + message % 1000, message), Pace::default(), at(0)));
    assert_eq!(lease_at_birth(&mut lanes), None);
    end(&mut lanes, &jobs[0], &answer(200, None), at(1));
    assert_eq!(lease_at_birth(&mut lanes), Some(LEASE));
}

#[test]
fn silence_opens_the_breaker_and_an_answer_closes_it_gently() {
    let mut lanes = lanes((0..500).map(|message| job(10, message)));
    let mut failures = 0;
    while failures < BREAKER_FAILURES_MAX {
        let jobs = started(&mut lanes, at(0));
        assert!(!jobs.is_empty());
        failures += u32::try_from(jobs.len()).unwrap();
        jobs.iter().for_each(|job| end(&mut lanes, job, &silence(), at(0)));
    }
    assert_eq!(started(&mut lanes, at(0)), [], "the breaker is open");
    assert!(is_crowded(&lanes, 10), "fresh deliveries wait in the store");
    assert_eq!(lanes.arm(), Some(at(0) + BREAKER_PAUSE_MIN));
    let probes = started(&mut lanes, at(0) + BREAKER_PAUSE_MIN);
    assert_eq!(probes.len(), LANE_CONCURRENCY_MIN);
    probes.iter().for_each(|job| end(&mut lanes, job, &answer(500, None), at(300)));
    assert_eq!(started(&mut lanes, at(300)).len(), LANE_CONCURRENCY_MIN, "a restart is gentle");
}

#[test]
fn a_receiver_can_ask_for_a_pause_of_its_whole_lane() {
    let mut lanes = lanes((0..100).map(|message| job(10, message)));
    let jobs = started(&mut lanes, at(0));
    end(&mut lanes, &jobs[0], &answer(429, Some("7")), at(0));
    jobs[1..].iter().for_each(|job| end(&mut lanes, job, &answer(200, None), at(1)));
    assert_eq!(started(&mut lanes, at(6_999)), []);
    assert_eq!(lanes.arm(), Some(at(7_000)));
    assert!(!started(&mut lanes, at(7_000)).is_empty());
}

#[test]
fn stored_work_is_claimed_when_it_is_due() {
    let mut lanes = lanes([]);
    lanes.waiting(waiting(10, at(1_000)), at(0));
    lanes.waiting(waiting(10, at(2_000)), at(0));
    assert_eq!(lanes.next(at(999)), None);
    assert!(lanes.alarm_moved_up());
    assert_eq!(lanes.arm(), Some(at(1_000)));
    let endpoint = EndpointId::from_number(10);
    let Some(Decision::Claim { limit, .. }) = lanes.next(at(1_000)) else { panic!("it is due") };
    assert!((1..=CLAIM_ROWS_MAX).contains(&limit));
    assert_eq!(lanes.next(at(1_000)), None, "one claim at a time");
    lanes.waiting(waiting(10, at(1_001)), at(1_000));
    lanes.claimed(endpoint, claimed(vec![job(10, 1)], Some(at(2_000))), at(1_000));
    assert_eq!(started(&mut lanes, at(1_000)).len(), 1);
    assert_eq!(lanes.arm(), Some(at(1_001)), "news that came during the claim is kept");
}

#[test]
fn a_backlog_is_worked_off_before_what_is_fresh() {
    let mut lanes = lanes([]);
    let endpoint = EndpointId::from_number(10);
    lanes.waiting(waiting(10, at(0)), at(0));
    assert!(matches!(lanes.next(at(0)), Some(Decision::Claim { .. })));
    lanes.claimed(endpoint, claimed(vec![job(10, 1)], Some(at(0))), at(0));
    assert!(is_crowded(&lanes, 10));
    assert!(matches!(lanes.next(at(0)), Some(Decision::Claim { .. })));
    lanes.claimed(endpoint, claimed(vec![], None), at(0));
    assert!(!is_crowded(&lanes, 10));
}

#[test]
fn lanes_that_found_no_room_claim_when_there_is_room_again() {
    let mut lanes =
        lanes((0..).take(DELIVERIES_IN_MEMORY_MAX).map(|message| job(10 + message % 2000, message)));
    let mut under_way = started(&mut lanes, at(0));
    lanes.waiting(waiting(90_000, at(0)), at(0));
    end(&mut lanes, &under_way.pop().unwrap(), &answer(200, None), at(1));
    lanes.born(job(90_010, 1), Pace::default(), at(1));
    let mut claimed = false;
    let mut now = 1;
    while !claimed {
        let job = under_way.pop().expect("the claim comes before all work has ended");
        now += 1;
        end(&mut lanes, &job, &answer(200, None), at(now));
        while let Some(decision) = lanes.next(at(now)) {
            match decision {
                Decision::Start(job) => under_way.insert(0, job),
                Decision::Claim { .. } => claimed = true,
                Decision::Release(_) => panic!("no lane is held"),
            }
        }
    }
    assert!(lanes.in_memory() < DELIVERIES_IN_MEMORY_MAX);
}

#[test]
fn a_halted_node_starts_nothing_and_takes_nothing() {
    let mut lanes = lanes([job(10, 1)]);
    lanes.halt();
    assert_eq!((lanes.next(at(0)), lease_at_birth(&mut lanes)), (None, None));
    lanes.resume();
    assert_eq!(started(&mut lanes, at(0)).len(), 1);
}

#[test]
fn idle_lanes_are_forgotten() {
    let mut lanes = lanes((10..200).map(|endpoint| job(endpoint, endpoint)));
    for job in started(&mut lanes, at(0)) {
        end(&mut lanes, &job, &answer(500, None), at(1));
    }
    assert_eq!(started(&mut lanes, at(2)), []);
    assert_eq!((lanes.lanes.len(), lanes.in_memory(), lanes.in_flight()), (0, 0, 0));
}

/// A day of a hundred endpoints: a fifth of them hangs, the rest answers at once. Virtual time makes it seconds.
#[test]
fn hanging_endpoints_do_not_slow_the_others() {
    let mut lanes = Lanes::new(LEASE, Limits::default());
    let mut hanging: BTreeMap<(Timestamp, DeliveryId), Job> = BTreeMap::new();
    let (mut delivered, mut accepted) = (0, 0);
    for second in 0..3600_u64 {
        let now = at(second * 1000);
        while let Some(((ends, _), _)) = hanging.first_key_value()
            && *ends <= now
        {
            let (_, job) = hanging.pop_first().unwrap();
            end(&mut lanes, &job, &silence(), now);
        }
        for endpoint in 10..110 {
            if !is_crowded(&lanes, endpoint) {
                accepted += i64::from(endpoint % 5 != 0);
                lanes.born(job(endpoint, i64::try_from(second).unwrap()), Pace::default(), now);
            }
        }
        while let Some(Decision::Start(job)) = lanes.next(now) {
            if job.delivery.id.endpoint.number() % 5 == 0 {
                hanging.insert((now + Duration::from_secs(15), job.delivery.id), job);
            } else {
                end(&mut lanes, &job, &answer(200, None), now);
                delivered += 1;
            }
        }
        assert_eq!(delivered, accepted, "in second {second} all that is healthy is delivered at once");
        assert!(lanes.in_memory() < DELIVERIES_IN_MEMORY_MAX / 8);
    }
    assert_eq!(delivered, 3600 * 80);
}

#[path = "lanes_driver_tests.rs"]
mod driver;
#[path = "lanes_memory_tests.rs"]
mod memory;
#[path = "lanes_order_tests.rs"]
mod order;
#[path = "lanes_rates_tests.rs"]
mod rates;
