use super::*;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn endpoint() -> Endpoint {
    let target = Target::stored("https://example.com/").unwrap();
    let (id, app) = (EndpointId::from_number(1), AppId::from_number(2));
    Endpoint::new(id, app, Door::Api, target, Secret::from_bytes(b"secret"))
}

fn at(days: u32) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000) + DAY * days
}

fn check(failing: Option<(u32, bool)>, succeeded: bool, today: u32, expected: Health) {
    let failing = failing.map(|(since, warned)| Failing { since: at(since), warned });
    let endpoint = Endpoint { failing, ..endpoint() };
    assert_eq!(endpoint.health_after(succeeded, at(today), 5 * DAY), expected, "{failing:?} on day {today}");
}

#[test]
fn an_endpoint_may_fail_for_days() {
    check(None, true, 0, Health::Same);
    check(None, false, 0, Health::FailsNow);
    check(Some((0, false)), true, 9, Health::Works);
    check(Some((0, false)), false, 3, Health::Same);
    check(Some((0, false)), false, 4, Health::Warned);
    check(Some((0, true)), false, 4, Health::Same);
    check(Some((0, true)), false, 5, Health::TooLong);
    check(Some((0, false)), false, 5, Health::TooLong);
}

#[test]
fn without_a_limit_it_may_fail_for_ever() {
    let endpoint = Endpoint { failing: Some(Failing { since: at(0), warned: false }), ..endpoint() };
    assert_eq!(endpoint.health_after(false, at(1000), Duration::ZERO), Health::Same);
}

#[test]
fn health_changes_an_endpoint_once() {
    let failing = endpoint().with_health(Health::FailsNow, at(1)).with_health(Health::FailsNow, at(2));
    assert_eq!(failing.failing, Some(Failing { since: at(1), warned: false }));
    let warned = failing.with_health(Health::Warned, at(5));
    assert_eq!(warned.failing, Some(Failing { since: at(1), warned: true }));
    let disabled = warned.with_health(Health::TooLong, at(6)).with_health(Health::TooLong, at(7));
    assert_eq!(disabled.disabled, Some(Disabled { at: at(6), reason: DisabledReason::Failing }));
    assert!(!disabled.is_callable());
    let again = disabled.enabled().with_health(Health::FailsNow, at(8));
    assert_eq!(again.failing, Some(Failing { since: at(8), warned: false }));
    assert!(again.is_callable());
    assert_eq!(again.with_health(Health::Works, at(9)).failing, None);
}

#[test]
fn what_is_deleted_gives_its_uid_back() {
    let endpoint = Endpoint { uid: Some("mine".parse().unwrap()), ..endpoint() }.deleted(at(1));
    assert_eq!((endpoint.uid.clone(), endpoint.is_callable()), (None, false));
}
