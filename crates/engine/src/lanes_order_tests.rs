use super::driver::{Driver, fifo, succeeds};
use super::*;

const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

fn in_order(endpoint: i64) -> WaitingLane {
    WaitingLane { pace: fifo(), ..waiting(endpoint, at(0)) }
}

/// Lanes of an endpoint that is called in order, which has claimed so many messages.
fn claimed_in_order(messages: i64) -> Lanes {
    let mut lanes = Lanes::new(LEASE, Limits::default());
    lanes.no_orphans_left(at(0));
    lanes.waiting(in_order(10), at(0));
    assert!(matches!(lanes.next(at(0)), Some(Decision::Claim { .. })));
    let jobs = (0..messages).map(|message| job(10, message)).collect();
    lanes.claimed(EndpointId::from_number(10), Claimed { pace: fifo(), ..claimed(jobs, None) }, at(0));
    lanes
}

fn messages(driver: &Driver, endpoint: i64) -> Vec<i64> {
    let of_it = driver.started.iter().filter(|(_, other, _)| *other == endpoint);
    of_it.map(|(_, _, message)| *message).collect()
}

#[test]
fn an_endpoint_in_order_is_called_once_at_a_time() {
    let mut driver = Driver::new(succeeds);
    driver.store(10, fifo(), 500);
    (501..=600).for_each(|message| driver.accept(10, fifo(), message));
    driver.run_for(MINUTE);
    assert_eq!(messages(&driver, 10), (1..=600).collect::<Vec<_>>());
    assert_eq!(driver.busiest(SECOND / 100, |_| true), 1);
    assert!(driver.most_in_memory <= 33 && driver.lanes.is_empty());
}

#[test]
fn a_failure_holds_up_what_comes_after_it_and_nobody_else() {
    static FAILURES: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let mut driver = Driver::new(|endpoint, message| {
        let fails =
            endpoint == 10 && message == 3 && FAILURES.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 3;
        (if fails { answer(500, None) } else { answer(200, None) }, 10)
    });
    driver.store(10, fifo(), 10);
    driver.store(20, fifo(), 10);
    driver.run_for(MINUTE / 2);
    assert_eq!(messages(&driver, 10), [1, 2, 3]);
    assert_eq!(driver.lanes.in_memory(), 0, "what cannot start is given back");
    assert_eq!(messages(&driver, 20).len(), 10);
    (11..=20).for_each(|message| {
        driver.accept(10, fifo(), message);
        driver.run_for(SECOND);
    });
    assert_eq!((messages(&driver, 10).len(), driver.claims), (3, 2), "what is fresh does not wake it");
    driver.run_for(3 * MINUTE);
    let expected: Vec<i64> = [1, 2, 3, 3, 3].into_iter().chain(3..=20).collect();
    assert_eq!(messages(&driver, 10), expected);
}

#[test]
fn who_takes_away_what_holds_it_up_frees_it() {
    let mut driver = Driver::new(|_, _| (answer(500, None), 10));
    driver.store(10, fifo(), 10);
    driver.run_for(SECOND);
    assert_eq!(messages(&driver, 10), [1]);
    driver.free(10);
    driver.run_for(SECOND);
    assert_eq!(messages(&driver, 10), [1, 1]);
}

#[test]
fn nothing_starts_before_a_failure_is_settled() {
    for (outcome, starts_at_once) in [(answer(200, None), true), (answer(500, None), false)] {
        let mut lanes = claimed_in_order(3);
        let jobs = started(&mut lanes, at(0));
        assert_eq!(jobs.len(), 1);
        lanes.attempted(&jobs[0], Some(&attempt(&outcome)), at(1));
        assert_eq!(started(&mut lanes, at(1)).len(), usize::from(starts_at_once));
        lanes.settled(&jobs[0], Left::Ended, at(2));
        assert_eq!(started(&mut lanes, at(2)).len(), usize::from(!starts_at_once), "an end frees it");
    }
}

#[test]
fn nothing_is_claimed_in_order_before_all_is_settled() {
    let mut lanes = claimed_in_order(1);
    let jobs = started(&mut lanes, at(0));
    lanes.waiting(in_order(10), at(1));
    assert_eq!(lanes.next(at(1)), None);
    lanes.attempted(&jobs[0], Some(&attempt(&answer(200, None))), at(1));
    assert_eq!(lanes.next(at(1)), None);
    lanes.settled(&jobs[0], Left::Ended, at(2));
    assert!(matches!(lanes.next(at(2)), Some(Decision::Claim { .. })));
}

#[test]
fn what_was_not_tried_or_is_lost_stops_what_comes_after_it() {
    for (left, again) in [(Left::Waits(at(250)), Some(at(250))), (Left::Lost, None)] {
        let mut lanes = claimed_in_order(3);
        let jobs = started(&mut lanes, at(0));
        lanes.attempted(&jobs[0], None, at(1));
        lanes.settled(&jobs[0], left, at(2));
        let Some(Decision::Release(rest)) = lanes.next(at(2)) else { panic!("{left:?}") };
        assert_eq!(rest.len(), 2);
        rest.iter().for_each(|job| lanes.settled(job, left, at(3)));
        assert_eq!((lanes.next(at(3)), lanes.arm()), (None, again));
    }
}

#[test]
fn nothing_is_claimed_in_order_before_dead_nodes_have_given_back_theirs() {
    let mut lanes = Lanes::new(LEASE, Limits::default());
    lanes.waiting(in_order(10), at(0));
    lanes.waiting(waiting(20, at(0)), at(0));
    let Some(Decision::Claim { endpoint, .. }) = lanes.next(at(0)) else { panic!("others may claim") };
    assert_eq!(endpoint.number(), 20);
    assert_eq!(lanes.next(at(1)), None);
    lanes.no_orphans_left(at(2));
    assert!(matches!(lanes.next(at(2)), Some(Decision::Claim { .. })));
}
