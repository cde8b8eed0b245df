use super::*;

const NOW: Timestamp = Timestamp::MAX;

fn answer(status: u16, retry_after: Option<&str>) -> Outcome {
    let retry_after = retry_after.map(str::to_owned);
    Outcome::answered(
        Response { status, body: Bytes::new(), truncated: false, retry_after },
        Some("http://x/\n"),
    )
}

fn check(outcome: &Outcome, tried: u32, expected: Verdict) {
    let now = Timestamp::from_millis(1_000_000_000_000);
    let retries = Retries::new([5, 10].map(Duration::from_secs).to_vec(), 0.0).unwrap();
    assert_eq!(Verdict::of(outcome, tried, &retries, now, 0.5), expected, "{outcome:?} after {tried}");
}

fn at(seconds: u64) -> Verdict {
    Verdict::RetryAt(Timestamp::from_millis(1_000_000_000_000) + Duration::from_secs(seconds))
}

#[test]
fn only_2xx_is_success() {
    for status in 100..=999 {
        assert_eq!(answer(status, None).is_success(), (200..300).contains(&status), "{status}");
    }
}

#[test]
fn verdicts_follow_the_outcome_and_the_schedule() {
    check(&answer(200, None), 1, Verdict::Done);
    check(&answer(204, None), 3, Verdict::Done);
    check(&answer(500, None), 1, at(5));
    check(&answer(500, None), 2, at(10));
    check(&answer(500, None), 3, Verdict::Exhausted);
    check(&answer(302, None), 1, at(5));
    check(&answer(410, None), 1, Verdict::EndpointGone);
    check(&Outcome::failed(FailureCode::ConnectTimeout, ""), 2, at(10));
    check(&Outcome::failed(FailureCode::DestinationDenied, ""), 3, Verdict::Exhausted);
}

#[test]
fn retry_after_is_honoured_on_429_and_503_and_never_shortens() {
    check(&answer(429, Some("60")), 1, at(60));
    check(&answer(503, Some("60")), 2, at(60));
    check(&answer(503, Some("1")), 1, at(5));
    check(&answer(500, Some("60")), 1, at(5));
    check(&answer(429, Some("60")), 3, Verdict::Exhausted);
    check(&answer(429, Some("1000000000000")), 1, at(24 * 3600));
}

#[test]
fn a_redirect_says_where_it_pointed_and_escapes_it() {
    let failure = answer(302, None).failure.unwrap();
    assert_eq!(failure.code, FailureCode::Redirect);
    assert!(failure.detail.contains(r#""http://x/\n""#), "{}", failure.detail);
    let long = "é".repeat(5000);
    let response = Response { status: 301, body: Bytes::new(), truncated: false, retry_after: None };
    let failure = Outcome::answered(response, Some(&long)).failure.unwrap();
    assert!(failure.detail.len() <= crate::limits::FAILURE_DETAIL_BYTES_MAX);
}

#[test]
fn codes_are_stable_texts() {
    for code in FailureCode::ALL {
        assert_eq!(code.as_str().parse(), Ok(*code));
    }
    assert_eq!("nonsense".parse::<FailureCode>(), Err(InvalidFailureCode));
    assert_eq!(NOW + Duration::from_secs(1), Timestamp::MAX);
}

#[test]
fn in_order_a_retry_holds_up_what_follows() {
    for verdict in [Verdict::Done, Verdict::Exhausted, Verdict::Release, at(5)] {
        assert_eq!(verdict.in_order(Ordering::None), verdict);
    }
    assert_eq!(Verdict::RetryAt(NOW).in_order(Ordering::Fifo), Verdict::HoldAt(NOW));
    assert_eq!(Verdict::Done.in_order(Ordering::Fifo), Verdict::Done);
    let released = Timestamp::default();
    for (verdict, expected) in [
        (Verdict::RetryAt(NOW), Some(NOW)),
        (Verdict::HoldAt(NOW), Some(NOW)),
        (Verdict::Release, Some(released)),
        (Verdict::Done, None),
        (Verdict::Expunged, None),
    ] {
        assert_eq!(verdict.waits_until(released), expected, "{verdict:?}");
    }
}

#[test]
fn an_expunged_attempt_keeps_what_we_said_of_it() {
    let attempt = |outcome| Attempt {
        id: AttemptId::from_number(1),
        number: 1,
        started_at: NOW,
        duration: Duration::ZERO,
        url: "https://receiver.example/".to_owned(),
        trigger: Trigger::Manual,
        outcome,
    };
    let response =
        Response { status: 503, body: "mine".into(), truncated: true, retry_after: Some("1".into()) };
    let answered = attempt(Outcome::answered(response, None));
    let expunged = answered.clone().expunged();
    let left = Response { status: 503, body: EXPUNGED.into(), truncated: false, retry_after: None };
    assert_eq!(expunged.outcome.response, Some(left));
    assert_eq!(expunged.outcome.failure, answered.outcome.failure);
    let silent = attempt(Outcome::failed(FailureCode::HeadTimeout, "Nothing came."));
    assert_eq!(silent.clone().expunged(), silent);
}
