//! The headers of an endpoint's calls.

use axum::http::Method;
use serde_json::{Value, json};

use super::{URL, client};
use crate::v1::client::Client;

const PATH: &str = "/app/a/endpoint/u/headers";

async fn client_with(headers: Value) -> Client {
    let client = client().await;
    client.makes("/app/a/endpoint", &json!({ "url": URL, "uid": "u", "headers": headers })).await;
    client
}

async fn check(client: &Client, headers: Value, sensitive: Value) {
    let found = client.get(PATH).await;
    found.is(200);
    assert_eq!(found.json(), json!({ "headers": headers, "sensitive": sensitive }));
}

#[tokio::test]
async fn headers_are_set_and_secret_ones_are_not_shown() {
    let client = client_with(Value::Null).await;
    check(&client, json!({}), json!([])).await;
    let headers = json!({ "X-Tour": "1", "X-Api-Key": "hidden", "Cookie": "hidden" });
    let set = client.put(PATH, &json!({ "headers": headers })).await;
    set.is_empty(204);
    check(&client, json!({ "X-Tour": "1" }), json!(["Cookie", "X-Api-Key"])).await;
    client.put(PATH, &json!({ "headers": {} })).await.is_empty(204);
    check(&client, json!({}), json!([])).await;
}

#[tokio::test]
async fn a_patch_sets_and_takes_away_and_keeps_the_others() {
    let client = client_with(json!({ "x-a": "1", "x-b": "2", "x-c": "3", "authorization": "s" })).await;
    let body = json!({ "headers": { "X-A": "4", "x-b": null }, "deleteHeaders": ["x-c", "x-d"] });
    client.patch(PATH, &body).await.is_empty(204);
    check(&client, json!({ "X-A": "4" }), json!(["authorization"])).await;
    client.patch(PATH, &json!({ "deleteHeaders": ["Authorization"] })).await.is_empty(204);
    check(&client, json!({ "X-A": "4" }), json!([])).await;
}

#[tokio::test]
async fn headers_are_sent_with_the_calls() {
    let client = client_with(json!({ "X-Tour": "1" })).await;
    client.post("/app/a/endpoint/u/send-example", &json!({ "eventType": "svix.ping" })).await.is(200);
    client.node.until_called(1).await;
    let request = &client.node.receivers.requests()[0];
    assert_eq!(request.custom.iter().collect::<Vec<_>>(), [("X-Tour", "1")]);
}

#[tokio::test]
async fn what_is_wrong_with_headers_is_named() {
    let client = client_with(json!({ "x-a": "1" })).await;
    let reserved = r#"The header "Webhook-Id" is reserved and cannot be set."#;
    let value =
        r#"The header "x-b" has a character in its value other than printable ASCII, spaces and tabs."#;
    let cases = [
        (json!({ "headers": { "Webhook-Id": "1" } }), reserved),
        (json!({ "headers": { "x-b": "1\r\nx-c: 2" } }), value),
        (json!({ "headers": { "X-B": "1", "x-b": "2" } }), r#"The header "x-b" is there twice."#),
    ];
    for (body, msg) in cases {
        for method in [Method::PUT, Method::PATCH] {
            client.is_invalid(method, PATH, &body, &["body", "headers"], msg).await;
        }
        let whole = json!({ "url": URL, "headers": body["headers"] });
        client.is_invalid(Method::POST, "/app/a/endpoint", &whole, &["body", "headers"], msg).await;
    }
    let twice = json!({ "headers": { "x-b": "1" }, "deleteHeaders": ["x-b"] });
    let msg = r#"The header "x-b" is there twice."#;
    client.is_invalid(Method::PATCH, PATH, &twice, &["body", "headers"], msg).await;
    let many: serde_json::Map<_, _> = (0..33).map(|n| (format!("x-{n}"), json!("1"))).collect();
    let msg = r#"is one too many: an endpoint has at most 32"#;
    let reply = client.put(PATH, &json!({ "headers": many })).await;
    reply.is(422);
    assert!(reply.text.contains(msg), "{}", reply.text);
}
