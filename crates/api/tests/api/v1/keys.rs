//! `/api/v1/key`.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{AT, Client, not_found};

async fn make(client: &Client, body: &Value) -> Value {
    let made = client.post("/key", body).await;
    made.is(201);
    made.json()
}

#[tokio::test]
async fn a_key_is_shown_once_and_opens() {
    let mut client = Client::new().await;
    let made = make(&client, &json!({ "name": "backend", "scope": "read" })).await;
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert!(key.starts_with("whk_") && key.len() == 4 + 8 + 1 + 48, "{key}");
    let expected = json!({
        "id": id, "name": "backend", "scope": "read", "appId": null, "createdAt": AT, "expiresAt": null,
        "revokedAt": null,
    });
    let found = client.get(&format!("/key/{id}")).await;
    found.is(200);
    assert_eq!(found.json(), expected);
    let list = client.get("/key").await.json();
    assert_eq!(list["data"][1], expected);
    assert!(!client.node.store.dump().contains(key), "a key is kept");
    client.becomes(key);
    client.get("/key").await.is(200);
    client.post("/key", &json!({ "name": "x", "scope": "read" })).await.is(403);
}

#[tokio::test]
async fn a_key_is_for_what_its_scope_says() {
    let client = Client::new().await;
    let app = client.makes("/app", &json!({ "name": "x", "uid": "u" })).await;
    for (scope, app_id, shown) in [
        ("admin", None, Value::Null),
        ("send", None, Value::Null),
        ("read", None, Value::Null),
        ("app", Some("u"), json!(app)),
        ("app", Some(app.as_str()), json!(app)),
    ] {
        let made = make(&client, &json!({ "name": "x", "scope": scope, "appId": app_id })).await;
        assert_eq!((&made["scope"], &made["appId"]), (&json!(scope), &shown));
    }
}

#[tokio::test]
async fn a_key_may_end_by_itself() {
    let client = Client::new().await;
    let made = make(&client, &json!({ "name": "x", "scope": "send", "expiresInSeconds": 60 })).await;
    assert_eq!(made["expiresAt"], "2026-01-31T12:35:56.789Z");
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_and_stays_in_the_list() {
    let mut client = Client::new().await;
    let made = make(&client, &json!({ "name": "x", "scope": "admin" })).await;
    let path = format!("/key/{}", made["id"].as_str().unwrap());
    client.delete(&path).await.is_empty(204);
    client.delete(&path).await.is_empty(204);
    assert_eq!(client.get(&path).await.json()["revokedAt"], AT);
    client.becomes(made["key"].as_str().unwrap());
    client.get("/key").await.is(401);
}

#[tokio::test]
async fn absent_keys_are_not_found() {
    let client = Client::new().await;
    for path in ["/key/key_00000000001", "/key/x", "/key/org_00000000001"] {
        client.is_refused(Method::GET, path, "", 404, &not_found()).await;
        client.is_refused(Method::DELETE, path, "", 404, &not_found()).await;
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_key_is_named() {
    let client = Client::new().await;
    let cases = [
        (json!({ "name": "", "scope": "admin" }), "name", "must have at least one character"),
        (json!({ "name": "x", "scope": "app" }), "appId", "must be there for the scope app"),
        (json!({ "name": "x", "scope": "app", "appId": "nobody" }), "appId", "There is no such app"),
        (
            json!({ "name": "x", "scope": "app", "appId": "a b" }),
            "appId",
            "must have 1 to 256 characters of A-Z a-z 0-9 . _ -, not dots alone",
        ),
        (
            json!({ "name": "x", "scope": "send", "appId": "u" }),
            "appId",
            "may be there for the scope app only",
        ),
        (
            json!({ "name": "x", "scope": "send", "expiresInSeconds": 0 }),
            "expiresInSeconds",
            "must be from 1 to 315360000",
        ),
        (
            json!({ "name": "x", "scope": "send", "expiresInSeconds": 315_360_001 }),
            "expiresInSeconds",
            "must be from 1 to 315360000",
        ),
    ];
    for (body, field, msg) in cases {
        client.is_invalid(Method::POST, "/key", &body, &["body", field], msg).await;
    }
    client.post("/key", &json!({ "name": "x", "scope": "root" })).await.is(422);
}
