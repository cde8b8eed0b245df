//! Messages that are sent twice under one idempotency key.

use axum::http::Method;
use serde_json::{Value, json};

use super::platform::{Platform, ids};

const MSG: &str = "/app/u/msg";
const A: &str = r#"{"eventType":"a","payload":{}}"#;
const B: &str = r#"{"eventType":"b","payload":{}}"#;

async fn count(platform: &Platform) -> usize {
    ids(&platform.client.get(MSG).await.json()).len()
}

fn reused() -> Value {
    json!({
        "code": "idempotency_key_reused",
        "detail": "This Idempotency-Key was used for a request with another body.",
    })
}

#[tokio::test]
async fn the_same_request_has_the_same_answer() {
    let platform = Platform::new().await;
    let first = platform.posts_under("k", MSG, A).await;
    first.is(202);
    for _ in 0..3 {
        let again = platform.posts_under("k", MSG, A).await;
        again.is(202);
        assert_eq!(again.text, first.text);
    }
    assert_eq!(count(&platform).await, 1);
    let other = platform.posts_under("l", MSG, A).await;
    other.is(202);
    assert_ne!(other.text, first.text);
    platform.client.post(MSG, &json!({ "eventType": "a", "payload": {} })).await.is(202);
    assert_eq!(count(&platform).await, 3);
}

#[tokio::test]
async fn requests_at_the_same_time_have_the_one_answer() {
    let platform = Platform::new().await;
    let send = || platform.posts_under("k", MSG, A);
    let (a, b, c) = tokio::join!(send(), send(), send());
    a.is(202);
    assert_eq!((&b.text, &c.text), (&a.text, &a.text));
    assert_eq!(count(&platform).await, 1);
    let batch = format!(r#"{{"messages":[{A},{B}]}}"#);
    let send = || platform.posts_under("k", "/app/u/msg/batch", &batch);
    let (a, b) = tokio::join!(send(), send());
    a.is(202);
    assert_eq!(b.text, a.text);
    assert_eq!(count(&platform).await, 3);
}

#[tokio::test]
async fn a_key_is_for_one_body_and_one_route() {
    let platform = Platform::new().await;
    platform.client.makes("/app", &json!({ "name": "x", "uid": "v" })).await;
    platform.posts_under("k", MSG, A).await.is(202);
    let mut request = platform.client.request(Method::POST, MSG, B);
    request.headers_mut().insert("idempotency-key", "k".parse().unwrap());
    platform.client.node.refuses(request, 409, &reused()).await;
    platform.posts_under("k", "/app/v/msg", B).await.is(202);
    platform.posts_under("k", &format!("{MSG}?with_content=false"), B).await.is(202);
    let batch = format!(r#"{{"messages":[{B}]}}"#);
    platform.posts_under("k", "/app/u/msg/batch", &batch).await.is(202);
    let reply = platform.posts_under("k", "/app/u/msg/batch", &format!("{batch} ")).await;
    reply.is(409);
    assert_eq!(reply.json(), reused());
}

#[tokio::test]
async fn what_was_refused_may_be_asked_for_again() {
    let platform = Platform::new().await;
    let message = r#"{"eventType":"a","payload":{},"eventId":"e"}"#;
    platform.posts_under("k", "/app/v/msg", A).await.is(404);
    platform.client.makes("/app", &json!({ "name": "x", "uid": "v" })).await;
    platform.posts_under("k", "/app/v/msg", A).await.is(202);
    platform.posts_under("l", MSG, "{}").await.is(422);
    platform.posts_under("l", MSG, message).await.is(202);
    platform.posts_under("m", MSG, message).await.is(409);
    platform.posts_under("l", MSG, message).await.is(202);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let platform = Platform::new().await;
    let answer = json!({
        "code": "invalid_idempotency_key",
        "detail": "The header Idempotency-Key may be there once, with 1 to 256 bytes.",
    });
    for key in ["", &"x".repeat(257)] {
        let mut request = platform.client.request(Method::POST, MSG, A);
        request.headers_mut().insert("idempotency-key", key.parse().unwrap());
        platform.client.node.refuses(request, 400, &answer).await;
    }
}

#[tokio::test]
async fn the_answer_tells_how_the_message_is_now() {
    let platform = Platform::new().await;
    let first = platform.posts_under("k", MSG, r#"{"eventType":"a","payload":{"a":1},"eventId":"e"}"#).await;
    assert_eq!(first.json()["payload"], json!({ "a": 1 }));
    platform.client.delete("/app/u/msg/e/content").await.is_empty(204);
    let again = platform.posts_under("k", MSG, r#"{"eventType":"a","payload":{"a":1},"eventId":"e"}"#).await;
    again.is(202);
    assert_eq!(again.json()["payload"], json!({ "expired": true }));
}
