//! When a call is tried again.

use serde_json::{Value, json};

use crate::support::patience::eventually;
use crate::support::platform::{attempts, calls, create, ended_call, ended_calls, execution, register};
use crate::support::receiver::{Answer, Receiver};
use crate::{call, dev, raw};

/// Milliseconds since midnight; a test that runs over midnight is told so by a difference that is negative.
fn millis(time: &Value) -> i64 {
    let clock = &time.as_str().unwrap()[11..23];
    let part = |from: usize, to: usize| clock[from..to].parse::<i64>().unwrap();
    ((part(0, 2) * 60 + part(3, 5)) * 60 + part(6, 8)) * 1000 + part(9, 12)
}

/// From the end of each attempt to the beginning of the next one.
fn pauses(attempts: &[Value]) -> Vec<i64> {
    let day = 24 * 3600 * 1000;
    let pause =
        |pair: &[Value]| (millis(&pair[1]["startedAt"]) - millis(&pair[0]["endedAt"])).rem_euclid(day);
    attempts.windows(2).map(pause).collect()
}

/// Each pause is as long as it has to be, and not much longer.
#[track_caller]
fn check_pauses(attempts: &[Value], expected: &[i64]) {
    let found = pauses(attempts);
    assert_eq!(found.len(), expected.len(), "{attempts:?}");
    for (found, expected) in found.iter().zip(expected) {
        // Times are whole milliseconds, so that a pause may look one shorter.
        assert!((expected - 1..expected + 5000).contains(found), "{found} ms instead of {expected}");
    }
}

#[test]
fn a_failing_call_has_four_attempts_and_becomes_failed() {
    let (_data, program) = dev(&["--retry-schedule", "200ms,400ms,600ms"]);
    let receiver = Receiver::answering(500);
    let (call, attempts) = call(&mut program.client(), "42", &receiver.url("/"));
    assert_eq!(call["status"], "failed");
    let numbers: Vec<&Value> = attempts.iter().map(|attempt| &attempt["number"]).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    check_pauses(&attempts, &[200, 400, 600]);
    assert_eq!(receiver.calls().len(), 4);
}

#[test]
fn a_call_succeeds_at_its_last_attempt() {
    let (_data, program) = dev(&["--retry-schedule", "20ms,20ms,20ms"]);
    let receiver = Receiver::new(|_, before| match before {
        0 => Answer::Close,
        1 => Answer::Raw(b"nonsense\r\n\r\n".to_vec()),
        2 => Answer::Status(404),
        _ => Answer::Status(204),
    });
    let (call, attempts) = call(&mut program.client(), "42", &receiver.url("/"));
    assert_eq!(call["status"], "success");
    assert_eq!(call["output"], "{}");
    let codes: Vec<&Value> = attempts.iter().map(|attempt| &attempt["failure"]["code"]).collect();
    assert_eq!(
        codes,
        [&json!("connection_closed"), &json!("invalid_response"), &json!("http_status"), &Value::Null]
    );
}

#[test]
fn without_a_schedule_there_is_one_attempt() {
    let (_data, program) = dev(&["--retry-schedule", "none"]);
    let receiver = Receiver::answering(500);
    let (call, attempts) = call(&mut program.client(), "42", &receiver.url("/"));
    assert_eq!((&call["status"], attempts.len()), (&json!("failed"), 1));
}

fn busy(status: u16, retry_after: &str) -> Answer {
    let head = format!("HTTP/1.1 {status} Busy\r\nretry-after: {retry_after}\r\ncontent-length: 0\r\n\r\n");
    Answer::Raw(head.into_bytes())
}

#[test]
fn a_receiver_that_asks_to_be_left_alone_is_left_alone() {
    let (_data, program) = dev(&["--retry-schedule", "10ms,1500ms"]);
    let cases: [(&str, u16, &str, i64); 8] = [
        ("busy", 503, "1", 1000),
        ("too-many", 429, "1", 1000),
        ("past", 503, "Wed, 21 Oct 2015 07:28:00 GMT", 10),
        ("zero", 429, "0", 10),
        ("negative", 503, "-1", 10),
        ("nonsense", 503, "soon", 10),
        ("other-status", 500, "3600", 10),
        ("not-found", 404, "3600", 10),
    ];
    let mut client = program.client();
    for (company, status, retry_after, _) in cases {
        let receiver =
            Receiver::new(
                move |_, before| {
                    if before == 0 { busy(status, retry_after) } else { Answer::Status(200) }
                },
            );
        register(&mut client, company, &receiver.url("/"));
        create(&mut client, company);
    }
    for (company, _, _, pause) in cases {
        let call = ended_call(&mut client, company);
        assert_eq!(call["status"], "success", "{company}");
        let attempts = attempts(&mut client, &call);
        check_pauses(&attempts, &[pause]);
    }
}

#[test]
fn a_receiver_cannot_stretch_or_lengthen_the_schedule_without_bound() {
    let (_data, program) = dev(&["--retry-schedule", "10ms"]);
    let mut client = program.client();
    for (company, retry_after) in
        [("seconds", "1000000000000"), ("date", "Fri, 31 Dec 9999 23:59:59 GMT"), ("digits", &"9".repeat(40))]
    {
        let retry_after = retry_after.to_owned();
        let receiver = Receiver::new(move |_, _| busy(503, &retry_after));
        register(&mut client, company, &receiver.url("/"));
        create(&mut client, company);
        let (ended, next) = eventually("the first attempt is on record", || {
            let call = calls(&mut client, company).remove(0);
            let delivery = &execution(&mut client, call["pk"].as_str().unwrap())["deliveries"][0];
            let ended = delivery["attempts"][0]["endedAt"].clone();
            delivery["nextAttemptAt"].is_string().then(|| (ended, delivery["nextAttemptAt"].clone()))
        });
        // A day later: the same time, but for a little.
        let later = (millis(&next) - millis(&ended)).rem_euclid(24 * 3600 * 1000);
        assert!(next.as_str().unwrap()[..10] > ended.as_str().unwrap()[..10], "{ended} {next}");
        assert!(later < 5000, "{company}: {ended} {next}");
    }
    // It asks for more time after the last attempt as well, in vain.
    let receiver = Receiver::new(|_, _| busy(503, "0"));
    let (call, attempts) = call(&mut client, "always", &receiver.url("/"));
    assert_eq!((&call["status"], attempts.len()), (&json!("failed"), 2));
}

#[test]
fn a_receiver_that_is_gone_is_called_no_more() {
    let (_data, program) = dev(&["--retry-schedule", "10ms,10ms"]);
    let receiver = Receiver::answering(410);
    let mut client = program.client();
    let (first, attempts) = call(&mut client, "42", &receiver.url("/"));
    assert_eq!(first["status"], "failed");
    assert!(first["output"].as_str().unwrap().contains("gone: The receiver answered 410"), "{first}");
    assert_eq!(attempts.len(), 1);
    create(&mut client, "42");
    let next = ended_calls(&mut client, "42", 2).remove(0);
    assert_eq!(next["status"], "failed");
    let expected = r#"{"Error":"The endpoint is disabled.","Cause":"Webhook call failure"}"#;
    assert_eq!(next["output"], expected);
    assert_eq!(receiver.calls().len(), 1);
    // The company may register another one in its place.
    let other = Receiver::answering(200);
    register(&mut client, "42", &other.url("/"));
    create(&mut client, "42");
    assert_eq!(ended_calls(&mut client, "42", 3).remove(0)["status"], "success");
    assert_eq!((receiver.calls().len(), other.calls().len()), (1, 1));
}

#[test]
fn calls_that_wait_when_their_endpoint_goes_end_as_failed() {
    let (_data, program) = dev(&["--retry-schedule", "300ms"]);
    let receiver = Receiver::new(|_, before| Answer::Status(if before == 0 { 500 } else { 410 }));
    let mut client = program.client();
    register(&mut client, "42", &receiver.url("/"));
    create(&mut client, "42");
    receiver.wait_for(1);
    create(&mut client, "42");
    let calls = ended_calls(&mut client, "42", 2);
    assert!(calls[0]["output"].as_str().unwrap().contains("410"), "{}", calls[0]);
    assert!(calls[1]["output"].as_str().unwrap().contains("The endpoint is disabled."), "{}", calls[1]);
    assert_eq!(receiver.calls().len(), 2);
}

#[test]
fn only_2xx_is_success() {
    let (_data, program) = dev(&["--retry-schedule", "none"]);
    let mut client = program.client();
    for status in [200, 201, 202, 204, 205, 226, 299] {
        let receiver = raw(format!("HTTP/1.1 {status} Fine\r\ncontent-length: 0\r\n\r\n"));
        let (call, _) = call(&mut client, &format!("good-{status}"), &receiver.url("/"));
        assert_eq!(call["status"], "success", "{status}: {call}");
    }
    for status in [101, 300, 304, 400, 401, 404, 408, 413, 425, 451, 500, 502, 504, 599, 600, 999] {
        let receiver = raw(format!("HTTP/1.1 {status} Not\r\ncontent-length: 0\r\n\r\n"));
        let (call, attempts) = call(&mut client, &format!("bad-{status}"), &receiver.url("/"));
        assert_eq!(call["status"], "failed", "{status}: {call}");
        assert_eq!(attempts[0]["response"]["status"], status);
    }
}
