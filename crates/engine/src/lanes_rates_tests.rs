use super::driver::{Driver, rated, succeeds};
use super::*;

const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
/// The first endpoint of an app with many.
const MANY: i64 = 1_000_000;

/// Within any time there are no more attempts than the rate allows, and one second's worth; over the whole time there
/// are as many.
#[track_caller]
fn check_rate(driver: &Driver, per_second: u16, of: impl Fn(i64) -> bool + Copy) {
    let per_second = usize::from(per_second);
    for seconds in [1, 10, 60] {
        let busiest = driver.busiest(Duration::from_secs(seconds), of);
        let seconds = usize::try_from(seconds).unwrap();
        assert!(busiest <= per_second * (seconds + 1) + 1, "{busiest} of {per_second} in {seconds} s");
    }
    let seconds = usize::try_from(driver.now.since(at(0)).as_secs()).unwrap();
    let (count, expected) = (driver.count(of), per_second * (seconds + 1));
    assert!(count + 1 + per_second / 10 >= expected, "{count} of {expected}");
}

#[test]
fn the_rate_of_an_endpoint_holds_over_minutes() {
    for per_second in [1, 3, 50, 400] {
        let mut driver = Driver::new(succeeds);
        driver.store(10, rated(Some(per_second), None), 200_000);
        driver.run_for(3 * MINUTE);
        check_rate(&driver, per_second, |_| true);
        let bound = 2 * usize::from(per_second) + 64;
        assert!(driver.most_in_memory <= bound, "{} in memory", driver.most_in_memory);
    }
}

#[test]
fn the_rate_of_an_app_holds_over_its_endpoints() {
    for (per_second, endpoints) in [(1, 2), (1, 500), (7, 30), (100, 3), (100, 300)] {
        let mut driver = Driver::new(succeeds);
        (MANY..MANY + endpoints)
            .for_each(|endpoint| driver.store(endpoint, rated(None, Some(per_second)), 10_000));
        driver.run_for(3 * MINUTE);
        check_rate(&driver, per_second, |_| true);
        let bound = 2 * usize::from(per_second) + 64;
        assert!(driver.most_in_memory <= bound, "{} in memory of {endpoints}", driver.most_in_memory);
    }
}

#[test]
fn both_rates_hold_together() {
    let mut driver = Driver::new(succeeds);
    driver.store(10, rated(Some(3), Some(10)), 10_000);
    driver.store(11, rated(None, Some(10)), 10_000);
    driver.run_for(3 * MINUTE);
    check_rate(&driver, 3, |endpoint| endpoint == 10);
    check_rate(&driver, 10, |_| true);
}

#[test]
fn what_is_fresh_keeps_to_a_rate_too_and_waits_in_the_store() {
    for pace in [rated(Some(5), None), rated(None, Some(5))] {
        let mut driver = Driver::new(succeeds);
        for message in 0..6_000 {
            (10..15).for_each(|endpoint| driver.accept(endpoint, pace, message));
            driver.run_for(SECOND / 100);
        }
        let lanes = if pace.app.is_some() { 1 } else { 5 };
        if lanes == 1 {
            check_rate(&driver, 5, |_| true);
        } else {
            (10..15).for_each(|lane| check_rate(&driver, 5, |endpoint| endpoint == lane));
        }
        assert!(driver.most_in_memory <= lanes * 10 + 16, "{} in memory", driver.most_in_memory);
    }
}

#[test]
fn endpoints_of_an_app_share_its_rate_fairly() {
    let mut driver = Driver::new(|endpoint, _| match endpoint {
        12 => (silence(), 15_000),
        _ => succeeds(0, 0),
    });
    driver.store(10, rated(None, Some(9)), 10_000);
    driver.run_for(MINUTE);
    driver.store(11, rated(None, Some(9)), 10_000);
    driver.store(12, rated(None, Some(9)), 10_000);
    let before = driver.count(|endpoint| endpoint == 10);
    driver.run_for(3 * MINUTE);
    let (first, second) =
        (driver.count(|endpoint| endpoint == 10) - before, driver.count(|endpoint| endpoint == 11));
    assert!(first.abs_diff(second) <= 9, "{first} and {second}");
    let hung = driver.count(|endpoint| endpoint == 12);
    assert!(
        hung <= second && first + second + hung + 9 >= 9 * 180,
        "{first}, {second}, and {hung} that hung"
    );
}

#[test]
fn an_app_with_many_endpoints_lets_each_have_its_turn() {
    let mut driver = Driver::new(succeeds);
    for message in 0..3 {
        (MANY..MANY + 600).for_each(|endpoint| driver.accept(endpoint, rated(None, Some(10)), message));
        assert!(message == 0 || driver.lanes.in_memory() <= 60, "what is fresh waits in the store");
        driver.run_for(SECOND);
        assert!(driver.lanes.in_memory() <= 60, "what has its turn later is given back");
    }
    driver.run_for(2 * MINUTE - 3 * SECOND);
    let most = (MANY..MANY + 600).map(|lane| driver.count(|endpoint| endpoint == lane)).max().unwrap();
    let least = (MANY..MANY + 600).map(|lane| driver.count(|endpoint| endpoint == lane)).min().unwrap();
    assert_eq!((least, most), (2, 3), "after 1210 of 1800");
    driver.run_for(2 * MINUTE);
    assert_eq!(driver.started.len(), 1800);
    assert!(driver.lanes.is_empty());
}

#[test]
fn a_throttled_lane_with_a_million_stored_deliveries_slows_nobody() {
    let mut driver = Driver::new(succeeds);
    driver.store(10, rated(Some(1), None), 1_000_000);
    driver.store(20, rated(None, Some(1)), 1_000_000);
    driver.store(21, rated(None, Some(1)), 1_000_000);
    for message in 0..600 {
        (30..80).for_each(|endpoint| driver.accept(endpoint, Pace::default(), message));
        let (accepted, before) = (driver.now, driver.started.len());
        driver.run_for(SECOND / 10);
        let at_once = |(at, endpoint, _): &&(Timestamp, i64, i64)| *at == accepted && *endpoint >= 30;
        assert_eq!(driver.started[before..].iter().filter(at_once).count(), 50);
    }
    assert!(driver.most_in_memory <= 70, "{} in memory", driver.most_in_memory);
}

#[test]
fn a_bucket_outlives_its_lane() {
    let mut driver = Driver::new(succeeds);
    let pace = rated(Some(2), Some(3));
    for message in 0..200 {
        driver.accept(10, pace, message);
        driver.accept(11, pace, message);
        driver.run_for(SECOND / 10);
    }
    check_rate(&driver, 3, |_| true);
    driver.run_for(10 * MINUTE);
    assert_eq!((driver.started.len(), driver.lanes.lanes.len()), (400, 0));
    check_rate_not_exceeded(&driver);
}

fn check_rate_not_exceeded(driver: &Driver) {
    assert!(driver.busiest(SECOND, |_| true) <= 7 && driver.busiest(SECOND, |endpoint| endpoint == 10) <= 5);
}

#[test]
fn a_rate_that_is_lowered_gives_back_what_cannot_start_soon() {
    let mut lanes = lanes((0..400).map(|message| job(10, message)));
    let first = started(&mut lanes, at(0)).len();
    lanes.waiting(WaitingLane { pace: rated(Some(1), None), ..waiting(10, at(0)) }, at(0));
    let Some(Decision::Release(given_back)) = lanes.next(at(0)) else { panic!("it is too much") };
    assert_eq!(given_back.len(), 400 - first - 2);
}

#[test]
fn an_attempt_that_was_not_made_counts_for_nothing() {
    for pace in [rated(Some(1), None), rated(None, Some(1)), rated(Some(1), Some(1))] {
        let mut lanes = Lanes::new(LEASE, Limits::default());
        (0..2).for_each(|message| lanes.born(job(10, message), pace, at(0)));
        let first = started(&mut lanes, at(0));
        assert_eq!(first.len(), 1);
        lanes.attempted(&first[0], None, at(1));
        assert_eq!(started(&mut lanes, at(1)).len(), 1, "{pace:?}");
        assert_eq!(started(&mut lanes, at(2)), []);
    }
}
