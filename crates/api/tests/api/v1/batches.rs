//! `/api/v1/app/{app_id}/msg/batch`.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Method;
use bytes::Bytes;
use domain::endpoint::Door;
use domain::limits::{BATCH_BODIES_BYTES_MAX, BATCH_BODY_BYTES_MAX};
use http_body_util::channel::Channel;
use serde_json::{Value, json};

use super::client::not_found;
use super::platform::{Platform, ids};

const BATCH: &str = "/app/u/msg/batch";

fn message(event_id: &str) -> Value {
    json!({ "eventType": "a", "payload": { "is": event_id }, "eventId": event_id })
}

fn taken() -> Value {
    let error = json!({ "code": "conflict", "detail": "A message with that eventId already exists" });
    json!({ "status": 409, "error": error })
}

#[tokio::test]
async fn each_message_of_a_batch_is_acknowledged() {
    let platform = Platform::new().await;
    let client = &platform.client;
    platform.endpoint(1, Door::Api, "/ok", |endpoint| endpoint).await;
    client.post("/app/u/msg", &message("e2")).await.is(202);
    let batch = json!({ "messages": [message("e1"), message("e2"), message("e3"), message("e1")] });
    let sent = client.post(BATCH, &batch).await;
    sent.is(202);
    let data = sent.json()["data"].take();
    let [first, second, third, fourth] = data.as_array().unwrap().as_slice() else { panic!("{data}") };
    assert_eq!(first["status"], 202);
    assert_eq!(first["message"]["payload"], json!({}));
    assert_eq!((second, fourth), (&taken(), &taken()));
    for (sent, event_id) in [(first, "e1"), (third, "e3")] {
        let found = client.get(&format!("/app/u/msg/{event_id}?with_content=false")).await.json();
        assert_eq!(sent["message"], found);
        platform.attempts(event_id, 1).await;
    }
    let bodies = client.node.receivers.requests();
    assert!(bodies.iter().any(|request| request.body == r#"{"is":"e3"}"#));
    assert_eq!(bodies.len(), 3);
}

#[tokio::test]
async fn a_batch_is_sent_once_under_its_key() {
    let platform = Platform::new().await;
    let body = json!({ "messages": [message("e1"), message("e1"), message("e2")] }).to_string();
    let first = platform.posts_under("k", BATCH, &body).await;
    first.is(202);
    let again = platform.posts_under("k", BATCH, &body).await;
    again.is(202);
    assert_eq!(again.text, first.text);
    assert_eq!(ids(&platform.client.get("/app/u/msg").await.json()).len(), 2);
}

#[tokio::test]
async fn a_batch_that_is_malformed_sends_nothing() {
    let platform = Platform::new().await;
    let client = &platform.client;
    let empty = json!({ "messages": [] });
    client
        .is_invalid(Method::POST, BATCH, &empty, &["body", "messages"], "must have at least one item")
        .await;
    let cases: [(String, &[&str], &str); 5] = [
        ("{}".to_owned(), &["messages"], "this field is required"),
        (
            r#"{"messages":{}}"#.to_owned(),
            &["messages"],
            "invalid type: map, expected a list of at most 1000 items at line 1 column 12",
        ),
        (
            r#"{"messages":[{"eventType":"a","payload":{}},[1]]}"#.to_owned(),
            &["messages", "[1]"],
            "invalid type: sequence, expected an object at line 1 column 44",
        ),
        (
            r#"{"messages":[{"eventType":"a","payload":{}},{"eventType":1}]}"#.to_owned(),
            &["messages", "[1]", "eventType"],
            "invalid type: integer `1`, expected a string at line 1 column 58",
        ),
        (
            format!(r#"{{"messages":[{}]}}"#, vec![r#"{"eventType":"a","payload":{}}"#; 1001].join(",")),
            &["messages"],
            "may have at most 1000 items at line 1 column 31044",
        ),
    ];
    for (body, path, msg) in cases {
        let loc = [&["body"], path].concat();
        let problem = json!({ "loc": loc, "msg": msg, "type": "value_error.jsondecode" });
        client.is_refused(Method::POST, BATCH, &body, 422, &json!({ "detail": [problem] })).await;
    }
}

#[tokio::test]
async fn all_that_is_wrong_with_a_batch_is_named_up_to_a_hundred() {
    let platform = Platform::new().await;
    let wrong = json!({ "eventType": "", "payload": [] });
    let reply = platform.client.post(BATCH, &json!({ "messages": vec![wrong; 200] })).await;
    reply.is(422);
    let problems = reply.json()["detail"].take();
    let problems = problems.as_array().unwrap();
    assert_eq!(problems.len(), 100);
    assert_eq!(problems[0]["loc"], json!(["body", "messages", "[0]", "payload"]));
    assert_eq!(problems[99]["loc"], json!(["body", "messages", "[49]", "eventType"]));
}

#[tokio::test]
async fn a_batch_may_be_larger_than_other_requests() {
    let platform = Platform::new().await;
    let client = &platform.client;
    let large = |count: usize, bytes: usize| {
        let message = json!({ "eventType": "a", "payload": { "x": "x".repeat(bytes) } });
        json!({ "messages": vec![message; count] }).to_string()
    };
    let sent = client.call(Method::POST, BATCH, large(1000, 8000)).await;
    sent.is(202);
    let data = sent.json()["data"].take();
    assert!(data.as_array().unwrap().iter().all(|one| one["status"] == 202));
    let answer = json!({
        "code": "payload_too_large", "detail": "The body of the request may have at most 8388608 bytes.",
    });
    client.is_refused(Method::POST, BATCH, &large(9, 1_000_000), 413, &answer).await;
}

#[tokio::test]
async fn a_batch_is_for_an_app_that_is_there_or_made() {
    let platform = Platform::new().await;
    let client = &platform.client;
    let batch = json!({ "messages": [message("e1"), message("e2")] }).to_string();
    client.is_refused(Method::POST, "/app/v/msg/batch", &batch, 404, &not_found()).await;
    let mut making = message("e2");
    making["application"] = json!({ "name": "x", "uid": "v" });
    let sent =
        client.post("/app/v/msg/batch", &json!({ "messages": [message("e1"), making, message("e3")] })).await;
    sent.is(202);
    let data = sent.json()["data"].take();
    assert_eq!(data[0], json!({ "status": 404, "error": not_found() }));
    assert_eq!((&data[1]["status"], &data[2]["status"]), (&json!(202), &json!(202)));
    let answer = json!({
        "code": "method_not_allowed",
        "detail": "The route does not have this method; the header Allow lists those it has.",
    });
    client.is_refused(Method::GET, BATCH, "", 405, &answer).await;
}

/// As many batches as there is room for, none of which comes to its end, leave none for the next one, but not for ever.
#[tokio::test(start_paused = true)]
async fn there_is_room_for_so_many_batches_at_once() {
    let platform = Arc::new(Platform::new().await);
    let slow = |_| {
        let (sender, body) = Channel::<Bytes, std::io::Error>::new(1);
        let platform = platform.clone();
        let sent = async move { platform.client.call(Method::POST, BATCH, Body::new(body)).await };
        (tokio::spawn(sent), sender)
    };
    let slow: Vec<_> = (0..BATCH_BODIES_BYTES_MAX / BATCH_BODY_BYTES_MAX).map(slow).collect();
    tokio::task::yield_now().await;
    let batch = json!({ "messages": [message("e1")] });
    let crowded = platform.client.post(BATCH, &batch).await;
    crowded.is(503);
    assert_eq!(crowded.header("retry-after"), Some("1"));
    assert_eq!(crowded.json()["detail"], "There is no room for so large a request at this moment.");
    platform.client.post("/app/u/msg", &message("e1")).await.is(202);
    for (sent, _sender) in slow {
        sent.await.unwrap().is(408);
    }
    platform.client.post(BATCH, &json!({ "messages": [message("e2")] })).await.is(202);
}
