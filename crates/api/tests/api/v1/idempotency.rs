//! Requests that are sent twice with the same idempotency key.

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request};
use domain::key::Scope;
use serde_json::json;

use super::client::Client;
use crate::node::Reply;

fn request(client: &Client, path: &str, body: &str, key: &str) -> Request<Body> {
    let mut request = client.request(Method::POST, path, body.to_owned());
    request.headers_mut().insert("idempotency-key", key.parse().unwrap());
    request
}

async fn post(client: &Client, path: &str, body: &str, key: &str) -> Reply {
    client.node.send(request(client, path, body, key)).await
}

const BODY: &str = r#"{"name":"x"}"#;

#[tokio::test]
async fn what_was_done_is_answered_again_and_not_done_again() {
    let client = Client::new().await;
    let first = post(&client, "/app", BODY, "k").await;
    first.is(201);
    let before = client.node.store.dump();
    let again = post(&client, "/app", BODY, "k").await;
    again.is(201);
    assert_eq!(again.text, first.text);
    assert_eq!(client.node.store.dump(), before);
    let other = post(&client, "/app", BODY, "l").await;
    other.is(201);
    assert_ne!(other.text, first.text);
}

#[tokio::test]
async fn empty_answers_are_remembered_as_well() {
    let client = Client::new().await;
    client.makes("/app", &json!({ "name": "x", "uid": "u" })).await;
    for _ in 0..2 {
        post(&client, "/auth/app/u/expire-all", "", "k").await.is_empty(204);
    }
}

#[tokio::test]
async fn a_key_is_for_one_body() {
    let client = Client::new().await;
    post(&client, "/app", BODY, "k").await.is(201);
    let answer = json!({
        "code": "idempotency_key_reused", "detail": "This Idempotency-Key was used for a request with another body.",
    });
    client.node.refuses(request(&client, "/app", r#"{"name":"y"}"#, "k"), 409, &answer).await;
}

#[tokio::test]
async fn a_key_is_for_one_route_and_one_caller() {
    let mut client = Client::new().await;
    let first = post(&client, "/app", BODY, "k").await;
    let other_route = post(&client, "/app?get_if_exists=true", BODY, "k").await;
    other_route.is(201);
    assert_ne!(first.text, other_route.text);
    client.node.key_of(domain::id::OrganizationId::from_number(2), "other", Scope::Admin).await;
    client.becomes("other");
    let others = post(&client, "/app", BODY, "k").await;
    others.is(201);
    assert_ne!(first.text, others.text);
    client.has_key("read", Scope::Read).await;
    client.becomes("read");
    post(&client, "/app", BODY, "k").await.is(403);
}

#[tokio::test]
async fn what_was_refused_may_be_tried_again() {
    let client = Client::new().await;
    let id = client.makes("/app", &json!({ "name": "x", "uid": "u" })).await;
    let body = r#"{"name":"y","uid":"u"}"#;
    post(&client, "/app", body, "k").await.is(409);
    client.delete(&format!("/app/{id}")).await.is_empty(204);
    post(&client, "/app", body, "k").await.is(201);
}

#[tokio::test]
async fn equal_requests_at_once_are_one() {
    let client = Client::new().await;
    for (path, status, body) in [
        ("/app", 201, BODY),
        ("/key", 201, r#"{"name":"x","scope":"send"}"#),
        ("/app", 201, r#"{"name":"z"}"#),
    ] {
        let key = format!("{path}{body}").replace(['"', ' '], "");
        let replies = tokio::join!(
            post(&client, path, body, &key),
            post(&client, path, body, &key),
            post(&client, path, body, &key)
        );
        for reply in [&replies.0, &replies.1, &replies.2] {
            reply.is(status);
            assert_eq!(reply.text, replies.0.text, "{path}");
        }
    }
}

#[tokio::test]
async fn no_key_of_ours_is_kept_for_a_repetition() {
    let client = Client::new().await;
    let body = r#"{"name":"x","scope":"send"}"#;
    let first = post(&client, "/key", body, "k").await.json();
    let again = post(&client, "/key", body, "k").await.json();
    assert_ne!(first["key"], again["key"]);
    assert!(!client.node.store.dump().contains(first["key"].as_str().unwrap()));
}

#[tokio::test]
async fn keys_are_there_once_and_bounded() {
    let client = Client::new().await;
    let answer = json!({
        "code": "invalid_idempotency_key",
        "detail": "The header Idempotency-Key may be there once, with 1 to 256 bytes.",
    });
    for key in [String::new(), "x".repeat(257)] {
        client.node.refuses(request(&client, "/app", BODY, &key), 400, &answer).await;
    }
    let mut twice = request(&client, "/app", BODY, "k");
    twice.headers_mut().append("idempotency-key", HeaderValue::from_static("k"));
    client.node.refuses(twice, 400, &answer).await;
    post(&client, "/app", BODY, &"x".repeat(256)).await.is(201);
}

#[tokio::test]
async fn only_posts_are_concerned() {
    let client = Client::new().await;
    client.makes("/app", &json!({ "name": "x", "uid": "u" })).await;
    for name in ["y", "z"] {
        let mut request = client.request(Method::PATCH, "/app/u", format!(r#"{{"name":"{name}"}}"#));
        request.headers_mut().insert("idempotency-key", "k".parse().unwrap());
        assert_eq!(client.node.send(request).await.json()["name"], name);
    }
}
