//! S6f to S6h: the request that a receiver gets, byte for byte.

use serde_json::{Value, json};

use crate::dev;
use crate::support::message::Message;
use crate::support::platform::{calls, create, ended_call, ended_calls, register};
use crate::support::receiver::{Answer, Receiver};

use super::verification::token;

#[test]
fn the_receiver_gets_the_articles_request() {
    let (_data, program) = dev(&[]);
    let receiver = Receiver::answering(200);
    let mut client = program.client();
    let signing_token = register(&mut client, "42", &receiver.url("/hooks/a%20b?x=1&y=%2F"));
    let body = r#"{"companyId":42,"email":"ada@example.com","firstName":"Ada \"the\" Countess",
        "lastName":"Lövelace","location":"London","unknown":"is not kept"}"#;
    let created = client.send("POST", "/candidates", Some(body.as_bytes())).unwrap().expect(200);
    let id = created["data"]["id"].as_str().unwrap();
    let request = receiver.wait_for(1).remove(0);
    let call = ended_call(&mut client, "42");

    let at = call["createdAt"].as_str().unwrap();
    check_iso(at);
    let token = token(&signing_token, id, at);
    let expected = format!(
        concat!(
            r#"{{"resource":{{"type":"candidate","email":"ada@example.com","firstName":"Ada \"the\" Countess","#,
            r#""lastName":"Lövelace","location":"London","createdAt":"{at}","id":"{id}"}},"#,
            r#""resourceId":"{id}","resourceType":"candidate","triggeredAt":"{at}","token":"{token}"}}"#
        ),
        at = at,
        id = id,
        token = token,
    );
    assert_eq!(request.text(), expected);
    assert_eq!(request.first_line, "POST /hooks/a%20b?x=1&y=%2F HTTP/1.1");
    check_headers(&request, &receiver);
}

/// `2026-01-31T12:34:56.789Z`
#[track_caller]
fn check_iso(time: &str) {
    let form: String = time.chars().map(|char| if char.is_ascii_digit() { '0' } else { char }).collect();
    assert_eq!(form, "0000-00-00T00:00:00.000Z", "{time}");
}

#[track_caller]
fn check_headers(request: &Message, receiver: &Receiver) {
    let mut names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let expected = [
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "webhook-id",
        "webhook-signature",
        "webhook-timestamp",
    ];
    assert_eq!(names, expected, "and no other header");
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("content-length"), Some(request.body.len().to_string().as_str()));
    let host = format!("http://{}/", request.header("host").unwrap());
    assert_eq!(host, receiver.url("/"));
    assert!(request.header("user-agent").unwrap().starts_with("Whimbrel/"));
    assert!(request.header("webhook-id").unwrap().starts_with("msg_"));
    assert!(!request.header("webhook-id").unwrap().contains('.'));
}

#[test]
fn a_candidate_without_a_location_has_none() {
    let (_data, program) = dev(&[]);
    let receiver = Receiver::answering(200);
    let mut client = program.client();
    register(&mut client, "42", &receiver.url("/"));
    create(&mut client, "42");
    let body = receiver.wait_for(1)[0].json();
    let mut names: Vec<&String> = body["resource"].as_object().unwrap().keys().collect();
    names.sort_unstable();
    assert_eq!(names, ["createdAt", "email", "firstName", "id", "lastName", "type"]);
}

#[test]
fn all_attempts_send_the_same_bytes_with_a_fresh_time() {
    let (_data, program) = dev(&["--retry-schedule", "1s,1s"]);
    let receiver = Receiver::answering(503);
    let mut client = program.client();
    let signing_token = register(&mut client, "42", &receiver.url("/"));
    create(&mut client, "42");
    let calls = receiver.wait_for(3);
    let times = |calls: &[Message]| -> Vec<i64> {
        calls.iter().map(|call| call.header("webhook-timestamp").unwrap().parse().unwrap()).collect()
    };
    for call in &calls {
        assert_eq!(call.body, calls[0].body);
        assert_eq!(call.header("webhook-id"), calls[0].header("webhook-id"));
        super::verification::verify(call, &signing_token);
    }
    assert!(times(&calls).windows(2).all(|pair| pair[0] < pair[1]), "{:?}", times(&calls));
}

#[test]
fn each_company_and_event_type_has_its_own_webhook() {
    let (_data, program) = dev(&[]);
    let (one, two) = (Receiver::answering(200), Receiver::answering(200));
    let mut client = program.client();
    let token_one = register(&mut client, "1", &one.url("/"));
    let token_two = register(&mut client, "2", &two.url("/"));
    let ids = [create(&mut client, "1"), create(&mut client, "2")];
    let received = [one.wait_for(1), two.wait_for(1)];
    for (calls, id) in received.iter().zip(&ids) {
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0].json()["resourceId"], **id);
    }
    super::verification::verify(&received[0][0], &token_one);
    super::verification::verify(&received[1][0], &token_two);
}

#[test]
fn whatever_was_put_arrives_unchanged() {
    let (_data, program) = dev(&[]);
    let receiver = Receiver::answering(200);
    let mut client = program.client();
    register(&mut client, "42", &receiver.url("/"));
    let body = concat!(
        r#"{"companyId":42,"n":12345678901234567890.123456789,"e":1e400,"text":"\u0000\ud83d\ude00é","#,
        r#""nested":{"companyId":7,"list":[1,{"a":null}]}, "createdAt" : "yesterday"}"#
    );
    let path = "/resources/candidate/own-id";
    let put = client.send("PUT", path, Some(body.as_bytes())).unwrap().expect(200);
    assert_eq!(put["data"]["change"], "insert");
    let request = receiver.wait_for(1).remove(0);
    let expected = concat!(
        r#"{"resource":{"type":"candidate","n":12345678901234567890.123456789,"e":1e400,"#,
        r#""text":"\u0000\ud83d\ude00é","nested":{"companyId":7,"list":[1,{"a":null}]},"#,
        r#""createdAt":"yesterday","id":"own-id"},"resourceId":"own-id","#
    );
    assert!(request.text().starts_with(expected), "{}", request.text());
}

#[test]
fn a_call_is_one_request_on_the_wire() {
    let (_data, program) = dev(&["--retry-schedule", "none"]);
    // It ends each connection, so that every next call meets one that is dead.
    let receiver = Receiver::new(|_, before| {
        if before % 2 == 0 {
            Answer::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec())
        } else {
            Answer::Close
        }
    });
    let mut client = program.client();
    register(&mut client, "42", &receiver.url("/"));
    for count in 1..=10 {
        create(&mut client, "42");
        let calls = ended_calls(&mut client, "42", count);
        assert_eq!(receiver.calls().len(), count, "{:?}", calls[0]);
    }
    let statuses: Vec<Value> = calls(&mut client, "42").iter().map(|call| call["status"].clone()).collect();
    let failed = statuses.iter().filter(|status| **status == json!("failed")).count();
    assert_eq!(failed, 5, "{statuses:?}");
}
