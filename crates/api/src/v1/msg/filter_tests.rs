use std::time::Duration;

use super::*;

const DAY: i64 = 24 * 3600 * 1000;

/// Times in days.
fn check(
    before: Option<i64>,
    after: Option<i64>,
    start: &Start<i64>,
    since: Option<i64>,
    until: Option<i64>,
) {
    let day = |day: i64| Timestamp::from_millis(day * DAY);
    let query = TimeQuery { before: before.map(day), after: after.map(day) };
    let times = query.times(day(1000), start, |row| day(*row));
    assert_eq!(times, Times { since: since.map(day), until: until.map(day) }, "{query:?} {start:?}");
}

#[test]
fn a_list_looks_at_ninety_days_from_the_side_that_is_given() {
    assert_eq!(LIST_TIME_MAX, Duration::from_secs(90 * 24 * 3600));
    check(None, None, &Start::First, Some(910), None);
    check(Some(500), None, &Start::First, Some(410), Some(500));
    check(None, Some(500), &Start::First, Some(500), Some(590));
    check(Some(500), Some(100), &Start::First, Some(100), Some(500));
    check(None, None, &Start::After(500), Some(410), None);
    check(Some(400), None, &Start::After(500), Some(310), Some(400));
    check(Some(600), None, &Start::After(500), Some(410), Some(600));
    check(None, Some(100), &Start::After(500), Some(100), None);
    check(None, None, &Start::Before(500), None, Some(590));
    check(None, Some(600), &Start::Before(500), Some(600), Some(690));
    check(None, Some(400), &Start::Before(500), Some(400), Some(590));
    check(Some(700), None, &Start::Before(500), None, Some(700));
    check(Some(700), Some(100), &Start::Before(500), Some(100), Some(700));
}
