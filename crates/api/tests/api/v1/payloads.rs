//! Payloads are held against the schemas of their event types, where the organization asks for it.

use axum::http::Method;
use domain::organization::{Organization, Settings};
use engine::ports::catalog::Put;
use engine::ports::keyring::Keyring as _;
use serde_json::{Value, json};

use super::client::{HOME, problems};
use super::platform::Platform;

async fn platform(validates_payloads: bool) -> Platform {
    let platform = Platform::new().await;
    let schema =
        json!({ "properties": { "n": { "type": "integer" }, "l": { "items": { "type": "string" } } } });
    let event_type = json!({ "name": "a", "description": "", "schemas": { "1": schema } });
    platform.client.post("/event-type", &event_type).await.is(201);
    let store = &platform.client.node.store;
    let found = store.organization(HOME).await.unwrap().unwrap();
    let settings = Settings { validates_payloads, ..found.settings };
    assert_eq!(store.put_organization(Organization { settings, ..found }).await, Ok(Put::Stored));
    platform
}

fn message(event_type: &str, payload: &Value) -> Value {
    json!({ "eventType": event_type, "payload": payload })
}

#[tokio::test]
async fn a_payload_that_breaks_its_schema_is_refused_with_its_place() {
    let platform = platform(true).await;
    let client = &platform.client;
    for good in [message("a", &json!({ "n": 1 })), message("b", &json!({ "n": "x" }))] {
        client.post("/app/u/msg", &good).await.is(202);
        client.post("/app/u/msg/batch", &json!({ "messages": [good] })).await.is(202);
    }
    let bad = message("a", &json!({ "n": "x", "l": ["a", 1] }));
    let (n, l) = ("\"x\" is not of type \"integer\"", "1 is not of type \"string\"");
    let reply = client.post("/app/u/msg", &bad).await;
    reply.is(422);
    let mut found = reply.json()["detail"].take();
    found.as_array_mut().unwrap().sort_by_key(|problem| problem["loc"].to_string());
    let expected = problems(&[(&["body", "payload", "l", "[1]"], l), (&["body", "payload", "n"], n)]);
    assert_eq!(found, expected["detail"]);
    let batch = json!({ "messages": [message("a", &json!({})), message("a", &json!({ "n": "x" }))] });
    client
        .is_invalid(Method::POST, "/app/u/msg/batch", &batch, &["body", "messages", "[1]", "payload", "n"], n)
        .await;
    let raw = json!({ "eventType": "a", "payload": {}, "transformationsParams": { "rawPayload": "<a/>" } });
    let not_json = "expected value at line 1 column 1";
    client.is_invalid(Method::POST, "/app/u/msg", &raw, &["body", "payload"], not_json).await;
}

#[tokio::test]
async fn payloads_are_not_looked_at_unless_the_organization_asks_for_it() {
    let platform = platform(false).await;
    platform.client.post("/app/u/msg", &message("a", &json!({ "n": "x" }))).await.is(202);
    let batch = json!({ "messages": [message("a", &json!({ "n": "x" }))] });
    platform.client.post("/app/u/msg/batch", &batch).await.is(202);
}
