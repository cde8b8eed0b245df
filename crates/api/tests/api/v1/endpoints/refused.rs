//! What is not taken as an endpoint.

use axum::http::Method;
use domain::key::Scope;
use serde_json::{Value, json};

use super::{URL, client};
use crate::v1::client::problems;

#[tokio::test]
async fn event_types_must_exist_to_be_chosen() {
    let client = client().await;
    let id = client.makes("/app/a/endpoint", &json!({ "url": URL, "eventTypes": ["signed"] })).await;
    let path = format!("/app/a/endpoint/{id}");
    let check = async |method: Method, path: &str, names: &[&str], missing: &str| {
        let msg = format!("The following event types don't exist: {missing}");
        let body = json!({ "url": URL, "eventTypes": names });
        client.is_invalid(method, path, &body, &["body", "eventTypes"], &msg).await;
    };
    check(Method::POST, "/app/a/endpoint", &["paid", "nope", "none"], "nope, none").await;
    check(Method::PUT, &path, &["nope"], "nope").await;
    check(Method::PATCH, &path, &["nope"], "nope").await;
    client.delete("/event-type/signed").await.is_empty(204);
    check(Method::POST, "/app/a/endpoint", &["signed"], "signed").await;
    for method in [Method::PUT, Method::PATCH] {
        let body = json!({ "url": URL, "eventTypes": ["signed", "paid"] }).to_string();
        client.call(method, &path, body).await.is(200);
    }
}

#[tokio::test]
async fn event_types_behind_a_flag_are_not_for_customers() {
    let mut client = client().await;
    let beta = json!({ "name": "beta", "description": "", "featureFlag": "f" });
    client.post("/event-type", &beta).await.is(201);
    let body = json!({ "url": URL, "eventTypes": ["beta"] });
    client.makes("/app/a/endpoint", &body).await;
    let app = client.get("/app/a").await.json()["id"].as_str().unwrap().parse().unwrap();
    client.has_key("customer", Scope::App(app)).await;
    client.becomes("customer");
    let msg = "The following event types don't exist: beta";
    client.is_invalid(Method::POST, "/app/a/endpoint", &body, &["body", "eventTypes"], msg).await;
}

#[tokio::test]
async fn what_is_wrong_with_an_endpoint_is_named() {
    let client = client().await;
    let id = client.makes("/app/a/endpoint", &json!({ "url": URL })).await;
    let name = "must have 1 to 256 characters of A-Z a-z 0-9 . _ -, not dots alone";
    let cases: [(Value, &[&str], &str); 14] = [
        (
            json!({ "url": "http://10.0.0.1/" }),
            &["url"],
            "ip_not_public: The address may not be called: 10.0.0.1 is not a public address: 10.0.0.0/8 is private (RFC 1918).",
        ),
        (
            json!({ "url": "ftp://example.com/" }),
            &["url"],
            "scheme: The URL must begin with https:// or http://.",
        ),
        (json!({ "uid": "" }), &["uid"], name),
        (json!({ "uid": ".." }), &["uid"], name),
        (json!({ "uid": "ep_1" }), &["uid"], "must not begin with ep_, as our own ids do"),
        (
            json!({ "description": "a\u{1}" }),
            &["description"],
            "control characters 0x00-0x08 are not allowed",
        ),
        (json!({ "version": 0 }), &["version"], "must be at least 1"),
        (json!({ "throttleRate": 0 }), &["throttleRate"], "must be at least 1"),
        (json!({ "eventTypes": [] }), &["eventTypes"], "must have at least one item"),
        (json!({ "eventTypes": ["paid", "a b"] }), &["eventTypes", "[1]"], name),
        (json!({ "channels": ["", "b"] }), &["channels", "[0]"], name),
        (
            json!({ "metadata": { "a": "x".repeat(4096) } }),
            &["metadata"],
            "metadata may have at most 4096 bytes as JSON",
        ),
        (
            json!({ "filter": { "a": { "b": [1, { "regex": "x" }] } } }),
            &["filter"],
            "a.b[1].regex is not an operator",
        ),
        (json!({ "filter": [] }), &["filter"], "the pattern must be an object"),
    ];
    for (body, path, msg) in cases {
        let mut whole = json!({ "url": URL });
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let loc = [&["body"], path].concat();
        let one = format!("/app/a/endpoint/{id}");
        for (method, at) in [(Method::POST, "/app/a/endpoint"), (Method::PUT, &one), (Method::PATCH, &one)] {
            client.is_invalid(method, at, &whole, &loc, msg).await;
        }
    }
}

#[tokio::test]
async fn lists_have_a_bound() {
    let client = client().await;
    let check = async |body: Value, member: &str, msg: &str| {
        let reply = client.post("/app/a/endpoint", &body).await;
        reply.is(422);
        let problem = &reply.json()["detail"][0];
        assert_eq!(problem["loc"], json!(["body", member]));
        assert!(problem["msg"].as_str().unwrap().starts_with(msg), "{problem}");
    };
    let names = |count: usize| (0..count).map(|n| format!("n{n}")).collect::<Vec<_>>();
    check(json!({ "url": URL, "channels": names(11) }), "channels", "may have at most 10 items").await;
    check(json!({ "url": URL, "eventTypes": names(1001) }), "eventTypes", "may have at most 1000 items")
        .await;
}

#[tokio::test]
async fn several_problems_are_told_at_once() {
    let client = client().await;
    let body = json!({ "url": "x", "version": 0, "secret": "short" }).to_string();
    let answer = problems(&[
        (&["body", "url"], "url_invalid: The text is not a valid absolute URL: relative URL without a base."),
        (&["body", "version"], "must be at least 1"),
        (&["body", "secret"], "The secret must begin with whsec_, or with whsk_ if it is a key pair."),
    ]);
    client.is_refused(Method::POST, "/app/a/endpoint", &body, 422, &answer).await;
}
