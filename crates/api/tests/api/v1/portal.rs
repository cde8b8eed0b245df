//! `/api/v1/auth`.

use axum::http::Method;
use domain::key::Scope;
use serde_json::{Value, json};

use super::client::{Client, forbidden, not_found};

async fn access(client: &Client, path: &str, body: &str) -> Value {
    let reply = client.call(Method::POST, path, body.to_owned()).await;
    reply.is(200);
    reply.json()
}

fn token(access: &Value) -> String {
    access["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn access_is_a_link_with_a_key_for_one_app() {
    let mut client = Client::new().await;
    let app = client.makes("/app", &json!({ "name": "x", "uid": "u" })).await;
    let other = client.makes("/app", &json!({ "name": "y" })).await;
    for (path, body) in [
        ("/auth/app-portal-access/u", ""),
        ("/auth/app-portal-access/u", "{}"),
        (
            "/auth/app-portal-access/u",
            r#"{"application":null,"capabilities":null,"featureFlags":["x"],"readOnly":false}"#,
        ),
        ("/auth/dashboard-access/u", ""),
        (&format!("/auth/app-portal-access/{app}"), r#"{"application":{"name":"ignored"}}"#),
    ] {
        client.becomes("admin");
        let access = access(&client, path, body).await;
        let key = token(&access);
        assert_eq!(access, json!({ "url": format!("http://127.0.0.1:8071/#key={key}"), "token": key }));
        client.becomes(&key);
        client.get(&format!("/app/{app}")).await.is(200);
        client.is_refused(Method::GET, &format!("/app/{other}"), "", 404, &not_found()).await;
        client.is_refused(Method::GET, "/app", "", 403, &forbidden()).await;
    }
    client.becomes("admin");
    let keys = client.get("/key").await.json();
    let key = &keys["data"][1];
    let found = json!([key["name"], key["scope"], key["appId"], key["expiresAt"]]);
    assert_eq!(found, json!(["App portal", "app", app, "2026-02-28T12:34:56.789Z"]));
}

#[tokio::test]
async fn access_makes_the_app_if_it_is_told_how() {
    let client = Client::new().await;
    let path = "/auth/app-portal-access/u";
    client.is_refused(Method::POST, path, "{}", 404, &not_found()).await;
    let fresh = "/auth/app-portal-access/app_00000000001";
    client.is_refused(Method::POST, fresh, r#"{"application":{"name":"x"}}"#, 404, &not_found()).await;
    let loc: &[&str] = &["body", "application", "uid"];
    let body = json!({ "application": { "name": "x" } });
    client.is_invalid(Method::POST, path, &body, loc, "must be there, and be the uid of the path").await;
    let body = json!({ "application": { "name": "x", "uid": "v" } });
    client.is_invalid(Method::POST, path, &body, loc, "must be the uid of the path").await;
    let body = json!({ "application": { "name": "", "uid": "u" } });
    let loc: &[&str] = &["body", "application", "name"];
    client.is_invalid(Method::POST, path, &body, loc, "must have at least one character").await;
    access(&client, path, r#"{"application":{"name":"x","uid":"u"}}"#).await;
    // Whether the app is there makes no difference to that.
    client.is_invalid(Method::POST, path, &body, loc, "must have at least one character").await;
    assert_eq!(client.get("/app/u").await.json()["name"], "x");
}

#[tokio::test]
async fn no_less_than_an_apps_key_allows_can_be_asked_for() {
    let client = Client::new().await;
    client.makes("/app", &json!({ "name": "x", "uid": "u" })).await;
    let path = "/auth/app-portal-access/u";
    let all = ["ViewBase", "ViewEndpointSecret", "ManageEndpointSecret", "CreateAttempts", "ManageEndpoint"];
    access(&client, path, &json!({ "capabilities": all }).to_string()).await;
    let cases = [
        (json!({ "readOnly": true }), "readOnly", "A key for one app may always manage it"),
        (
            json!({ "capabilities": ["ViewBase"] }),
            "capabilities",
            "A key for one app may always manage it, so all of that must be asked for",
        ),
        (json!({ "expiry": 0 }), "expiry", "must be from 1 to 2419200"),
        (json!({ "expiry": 2_419_201 }), "expiry", "must be from 1 to 2419200"),
        (
            json!({ "sessionId": "a b" }),
            "sessionId",
            "must have 1 to 256 characters of A-Z a-z 0-9 . _ -, not dots alone",
        ),
    ];
    for (body, field, msg) in cases {
        client.is_invalid(Method::POST, path, &body, &["body", field], msg).await;
    }
}

#[tokio::test]
async fn a_key_ends_when_it_logs_out() {
    let mut client = Client::new().await;
    client.makes("/app", &json!({ "name": "x", "uid": "u" })).await;
    let key = token(&access(&client, "/auth/app-portal-access/u", "").await);
    client.is_refused(Method::POST, "/auth/logout", "", 403, &forbidden()).await;
    client.becomes(&key);
    client.call(Method::POST, "/auth/logout", "").await.is_empty(204);
    client.call(Method::POST, "/auth/logout", "").await.is(401);
    client.get("/app/u").await.is(401);
}

#[tokio::test]
async fn all_keys_of_an_app_end_together() {
    let mut client = Client::new().await;
    for uid in ["u", "v"] {
        client.makes("/app", &json!({ "name": "x", "uid": uid })).await;
    }
    let session = r#"{"sessionId":"s"}"#;
    let first = token(&access(&client, "/auth/app-portal-access/u", "").await);
    let second = token(&access(&client, "/auth/app-portal-access/u", session).await);
    let other = token(&access(&client, "/auth/app-portal-access/v", session).await);
    expire(&client, r#"{"sessionIds":["t"]}"#).await;
    check_open(&mut client, &[&first, &second, &other, "admin"], &[]).await;
    expire(&client, r#"{"sessionIds":["s","t"]}"#).await;
    check_open(&mut client, &[&first, &other, "admin"], &[&second]).await;
    expire(&client, r#"{"expiry":60}"#).await;
    check_open(&mut client, &[&first, &other, "admin"], &[&second]).await;
    assert_eq!(client.get("/key").await.json()["data"][1]["expiresAt"], "2026-01-31T12:35:56.789Z");
    expire(&client, "").await;
    check_open(&mut client, &[&other, "admin"], &[&first, &second]).await;
    let body = json!({ "expiry": 2_419_201 });
    let path = "/auth/app/u/expire-all";
    client.is_invalid(Method::POST, path, &body, &["body", "expiry"], "must be from 0 to 2419200").await;
}

async fn expire(client: &Client, body: &str) {
    client.call(Method::POST, "/auth/app/u/expire-all", body.to_owned()).await.is_empty(204);
}

/// Checks which keys open and which do not; the client is an admin again afterwards.
async fn check_open(client: &mut Client, open: &[&str], closed: &[&str]) {
    for (keys, status) in [(open, 200), (closed, 401)] {
        for key in keys {
            client.becomes(key);
            client.get("/auth/whoami").await.is(status);
        }
    }
    client.becomes("admin");
}

#[tokio::test]
async fn whoever_asks_is_told_what_the_key_is_for() {
    let mut client = Client::new().await;
    let app = client.makes("/app", &json!({ "name": "x" })).await;
    client.has_key("app", Scope::App(app.parse().unwrap())).await;
    client.has_key("send", Scope::Send).await;
    for (key, expected) in [
        (
            "admin",
            json!({ "envId": "org_00000000001", "permissionSource": "GlobalAuthToken", "scope": "admin" }),
        ),
        (
            "send",
            json!({ "envId": "org_00000000001", "permissionSource": "GlobalAuthToken", "scope": "send" }),
        ),
        (
            "app",
            json!({ "envId": "org_00000000001", "appId": app, "permissionSource": "GlobalAuthToken", "scope": "app" }),
        ),
    ] {
        client.becomes(key);
        assert_eq!(client.get("/auth/whoami").await.json(), expected);
    }
}
