use domain::limits::{
    BIRTH_BYTES_PER_ENTRY_MAX, BIRTHS_PER_ENTRY_MAX, HELD_IN_MEMORY_TIME_MAX, LANE_PAYLOAD_BYTES_MAX,
};

use super::*;

/// A job with a payload of a mebibyte.
fn heavy(endpoint: i64, message: i64) -> Job {
    let mut job = job(endpoint, message);
    let payload = Payload::Verbatim(Bytes::from(vec![b'x'; 1 << 20]));
    Arc::get_mut(&mut job.message).unwrap().payload = payload;
    job
}

/// What the lanes claim now, in deliveries.
fn claims(lanes: &mut Lanes, now: Timestamp) -> Vec<usize> {
    let claim = |decision| match decision {
        Decision::Claim { limit, .. } => limit,
        other => panic!("{other:?}"),
    };
    std::iter::from_fn(|| lanes.next(now)).map(claim).collect()
}

#[test]
fn claims_under_way_count_as_memory() {
    let mut lanes = lanes([]);
    (10..1010).for_each(|endpoint| lanes.waiting(waiting(endpoint, at(0)), at(0)));
    let claimed = claims(&mut lanes, at(0));
    assert!(!claimed.is_empty() && claimed.iter().sum::<usize>() <= DELIVERIES_IN_MEMORY_MAX);
    for endpoint in 10..1010 {
        lanes.claimed(EndpointId::from_number(endpoint), Claimed::default(), at(1));
    }
    assert!(lanes.is_empty());
    assert!(!claims(&mut lanes, at(1)).is_empty(), "those that found no room claim now");
}

#[test]
fn a_lane_claims_more_while_there_is_plenty_of_memory() {
    let claimed = |filled: usize| {
        let mut lanes = lanes((0..).take(filled).map(|message| job(1000 + message % 1000, message)));
        started(&mut lanes, at(0));
        lanes.waiting(waiting(10, at(0)), at(0));
        claims(&mut lanes, at(0))
    };
    assert_eq!(claimed(0), [4 * LANE_CONCURRENCY_START]);
    assert_eq!(
        claimed(DELIVERIES_IN_MEMORY_MAX / 2 + 1),
        [2 * LANE_CONCURRENCY_START],
        "and less when it is tight"
    );
}

#[test]
fn acceptances_under_way_count_as_memory() {
    let mut lanes = lanes([]);
    let mut expected = Vec::new();
    let mut leased = 0;
    loop {
        let (birth, room) = lanes.expect(100, at(0));
        expected.push(room);
        if birth.lease.is_none() {
            break;
        }
        let keepers =
            (0..).map_while(|_| birth.keeper(EndpointId::from_number(10), BIRTH_BYTES_PER_ENTRY_MAX));
        let born = keepers.count();
        assert!(born <= 100 * BIRTHS_PER_ENTRY_MAX);
        leased += born;
    }
    assert!(leased <= DELIVERIES_IN_MEMORY_MAX);
    assert!(leased * BIRTH_BYTES_PER_ENTRY_MAX <= PAYLOAD_BYTES_IN_MEMORY_MAX);
    expected.into_iter().for_each(|room| lanes.arrived(room));
    assert!(lanes.is_empty());
}

#[test]
fn a_lane_that_is_held_for_long_gives_its_memory_back() {
    let mut lanes = lanes((0..100).map(|message| job(10, message)));
    let jobs = started(&mut lanes, at(0));
    end(&mut lanes, &jobs[0], &answer(429, Some("86400")), at(10));
    assert!(is_crowded(&lanes, 10));
    let Some(Decision::Release(given_back)) = lanes.next(at(10)) else { panic!("it cannot start for a day") };
    assert_eq!(given_back.len(), 100 - jobs.len());
    given_back.iter().for_each(|job| lanes.settled(job, Left::Waits(at(10)), at(11)));
    jobs[1..].iter().for_each(|job| end(&mut lanes, job, &answer(200, None), at(12)));
    assert_eq!((lanes.in_memory(), lanes.next(at(12))), (0, None));
    assert_eq!(lanes.arm(), Some(at(86_400_010)), "and claims them when the pause is over");
    let mut short = self::lanes((0..100).map(|message| job(10, message)));
    let jobs = started(&mut short, at(0));
    end(&mut short, &jobs[0], &answer(429, Some("1")), at(10));
    assert!(HELD_IN_MEMORY_TIME_MAX > Duration::from_secs(1));
    assert_eq!(short.next(at(10)), None, "a short pause is waited for");
}

#[test]
fn one_lane_cannot_fill_the_memory_with_payloads() {
    let payloads = i64::try_from(LANE_PAYLOAD_BYTES_MAX >> 20).unwrap();
    let mut lanes = lanes((0..payloads).map(|message| heavy(10, message)));
    assert!(is_crowded(&lanes, 10));
    lanes.waiting(waiting(20, at(0)), at(0));
    let decisions: Vec<Decision> = std::iter::from_fn(|| lanes.next(at(0))).collect();
    let claim = decisions.into_iter().find_map(|decision| match decision {
        Decision::Claim { payload_bytes, .. } => Some(payload_bytes),
        _ => None,
    });
    assert_eq!(claim, Some(LANE_PAYLOAD_BYTES_MAX), "another lane claims, within the same bound");
}

#[test]
fn a_lane_full_of_payloads_claims_no_more() {
    let mut lanes = lanes([]);
    lanes.waiting(waiting(10, at(0)), at(0));
    assert_eq!(claims(&mut lanes, at(0)).len(), 1);
    let jobs: Vec<Job> = (0..4).map(|message| heavy(10, message)).collect();
    lanes.claimed(EndpointId::from_number(10), claimed(jobs, Some(at(0))), at(0));
    let jobs = started(&mut lanes, at(0));
    assert_eq!(jobs.len(), 4, "and nothing is claimed beside them");
    end(&mut lanes, &jobs[0], &answer(200, None), at(1));
    assert_eq!(claims(&mut lanes, at(1)).len(), 1);
}

#[test]
fn a_full_memory_keeps_its_rest_for_lanes_that_hold_nothing() {
    let three_quarters = DELIVERIES_IN_MEMORY_MAX / 4 * 3 + 1;
    let mut lanes = lanes((0..).take(three_quarters).map(|message| job(10 + message % 1000, message)));
    lanes.born(job(10, -1), Pace::default(), at(0));
    assert!(is_crowded(&lanes, 10) && !is_crowded(&lanes, 50_000));
    assert_eq!(lease_at_birth(&mut lanes), Some(LEASE));
    lanes.waiting(waiting(50_000, at(0)), at(0));
    let decisions: Vec<Decision> = std::iter::from_fn(|| lanes.next(at(0))).collect();
    assert!(decisions.iter().any(|decision| matches!(decision, Decision::Claim { .. })));
}

#[test]
fn a_place_is_used_again_before_the_settlement() {
    let mut lanes = lanes((0..100).map(|message| job(10, message)));
    let jobs = started(&mut lanes, at(0));
    lanes.attempted(&jobs[0], Some(&attempt(&answer(404, None))), at(1));
    assert_eq!(started(&mut lanes, at(1)).len(), 1);
    lanes.attempted(&jobs[1], Some(&attempt(&answer(429, Some("1")))), at(1));
    assert!(is_crowded(&lanes, 10), "and a pause crowds at once");
}

#[test]
fn a_lane_starves_once_however_often_it_is_announced() {
    let mut lanes =
        lanes((0..).take(DELIVERIES_IN_MEMORY_MAX).map(|message| job(10 + message % 1000, message)));
    started(&mut lanes, at(0));
    for _ in 0..1000 {
        lanes.waiting(waiting(90_000, at(1)), at(1));
        assert_eq!(lanes.next(at(1)), None);
    }
    assert!(lanes.starved.len() <= 1);
}

#[test]
fn lanes_that_met_silence_leave_the_last_places_to_others() {
    let mut lanes = lanes((0..3).flat_map(|message| (10..4000).map(move |endpoint| job(endpoint, message))));
    for _ in 0..2 {
        let hung = started(&mut lanes, at(0));
        hung.iter().for_each(|job| end(&mut lanes, job, &silence(), at(0)));
    }
    let hung = started(&mut lanes, at(0));
    assert_eq!(hung.len(), ATTEMPTS_IN_FLIGHT_MAX / 4 * 3);
    lanes.born(job(90_000, 1), Pace::default(), at(1));
    assert_eq!(endpoints(&started(&mut lanes, at(1))), [90_000]);
    hung.iter().for_each(|job| end(&mut lanes, job, &silence(), at(2)));
    assert!(!started(&mut lanes, at(2)).is_empty(), "no lane is forgotten");
}
