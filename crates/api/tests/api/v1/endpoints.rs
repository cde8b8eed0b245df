//! `/api/v1/app/{app_id}/endpoint`.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{AT, Client, not_found};
use crate::node::Setup;

#[path = "endpoints/auth.rs"]
mod auth;
#[path = "endpoints/headers.rs"]
mod headers;
#[path = "endpoints/refused.rs"]
mod refused;
#[path = "endpoints/secret.rs"]
mod secret;
#[path = "endpoints/tasks.rs"]
mod tasks;
#[path = "endpoints/traffic.rs"]
mod traffic;

const URL: &str = "https://example.com/ok";

/// A client, an app with the uid `a`, and two event types.
async fn client() -> Client {
    client_with(Setup::default()).await
}

async fn client_with(setup: Setup) -> Client {
    let client = Client::with(setup).await;
    client.makes("/app", &json!({ "name": "Ada's", "uid": "a" })).await;
    for name in ["paid", "signed"] {
        client.post("/event-type", &json!({ "name": name, "description": name })).await.is(201);
    }
    client
}

/// The endpoint as it is when only its URL is known, with `others` beside.
fn endpoint(id: &Value, others: &Value) -> Value {
    let mut endpoint = json!({
        "id": id, "uid": null, "url": URL, "description": "", "version": 1, "throttleRate": null,
        "rateLimit": null, "disabled": false, "eventTypes": null, "filterTypes": null, "channels": null,
        "filter": null, "ordering": "none", "createdAt": AT, "updatedAt": AT, "metadata": {},
    });
    endpoint.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
    endpoint
}

#[tokio::test]
async fn only_the_url_is_needed() {
    let client = client().await;
    let null = json!({
        "url": URL, "description": null, "uid": null, "version": null, "throttleRate": null, "rateLimit": null,
        "disabled": null, "eventTypes": null, "filterTypes": null, "channels": null, "metadata": null,
        "secret": null, "headers": null, "ordering": null, "filter": null, "more": 1,
    });
    for body in [json!({ "url": URL }), null] {
        let made = client.post("/app/a/endpoint", &body).await;
        made.is(201);
        let made = made.json();
        assert!(made["id"].as_str().unwrap().starts_with("ep_"), "{made}");
        assert_eq!(made, endpoint(&made["id"], &json!({})));
    }
}

#[tokio::test]
async fn an_endpoint_is_made_and_found_by_its_id_and_its_uid() {
    let client = client().await;
    let wanted = json!({
        "url": "HTTPS://Example.com", "description": "Main", "uid": "main", "version": 3, "throttleRate": 7,
        "disabled": true, "eventTypes": ["paid", "signed", "paid"], "channels": ["eu"],
        "metadata": { "team": "billing" }, "ordering": "fifo",
        "filter": { "amount": [{ "numeric": [">", 1.50] }] },
    });
    let made = client.post("/app/a/endpoint", &wanted).await;
    made.is(201);
    let id = made.json()["id"].clone();
    let expected = endpoint(
        &id,
        &json!({
            "url": "https://example.com/", "description": "Main", "uid": "main", "version": 3,
            "throttleRate": 7, "rateLimit": 7, "disabled": true, "disabledReason": "asked",
            "eventTypes": ["paid", "signed"], "filterTypes": ["paid", "signed"], "channels": ["eu"],
            "metadata": { "team": "billing" }, "ordering": "fifo",
            "filter": { "amount": [{ "numeric": [">", 1.50] }] },
        }),
    );
    assert_eq!(made.json(), expected);
    for name in [id.as_str().unwrap(), "main"] {
        let found = client.get(&format!("/app/a/endpoint/{name}")).await;
        found.is(200);
        assert_eq!(found.json(), expected);
    }
    assert_eq!(client.get("/app/a/endpoint").await.json()["data"], json!([expected]));
}

#[tokio::test]
async fn names_of_both_generations_are_read_and_the_newer_ones_count() {
    let client = client().await;
    let check = async |body: Value, types: Value, rate: Value| {
        let made = client.post("/app/a/endpoint", &body).await;
        made.is(201);
        let made = made.json();
        assert_eq!((&made["eventTypes"], &made["throttleRate"]), (&types, &rate), "{body}");
    };
    check(json!({ "url": URL, "filterTypes": ["paid"], "rateLimit": 5 }), json!(["paid"]), json!(5)).await;
    let both = json!({
        "url": URL, "eventTypes": ["signed"], "filterTypes": ["paid"], "throttleRate": 6, "rateLimit": 5,
    });
    check(both, json!(["signed"]), json!(6)).await;
}

#[tokio::test]
async fn a_list_begins_with_the_newest() {
    let client = client().await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(client.makes("/app/a/endpoint", &json!({ "url": URL })).await);
    }
    let listed = async |query: &str| -> Vec<String> {
        let found = client.get(&format!("/app/a/endpoint{query}")).await.json();
        let rows = found["data"].as_array().unwrap();
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed("?order=ascending").await, made);
    made.reverse();
    assert_eq!(listed("").await, made);
    assert_eq!(listed(&format!("?iterator={}", made[0])).await, made[1..]);
}

#[tokio::test]
async fn a_put_replaces_all_but_what_older_clients_do_not_know() {
    let client = client().await;
    let wanted = json!({
        "url": URL, "uid": "u", "description": "x", "version": 2, "throttleRate": 7, "disabled": true,
        "eventTypes": ["paid"], "channels": ["eu"], "metadata": { "a": "b" }, "ordering": "fifo",
        "filter": { "a": [1] }, "headers": { "x-a": "1" },
    });
    let id = client.makes("/app/a/endpoint", &wanted).await;
    let path = format!("/app/a/endpoint/{id}");
    let put = client.put(&path, &json!({ "url": URL })).await;
    put.is(200);
    let kept = json!({ "ordering": "fifo", "filter": { "a": [1] } });
    assert_eq!(put.json(), endpoint(&json!(id), &kept));
    assert_eq!(client.get(&format!("{path}/headers")).await.json()["headers"], json!({ "x-a": "1" }));
    let put = client.put(&path, &json!({ "url": URL, "ordering": "none", "filter": null })).await;
    assert_eq!(put.json(), endpoint(&json!(id), &json!({})));
}

#[tokio::test]
async fn a_put_makes_an_endpoint_with_its_uid() {
    let client = client().await;
    let made = client.put("/app/a/endpoint/u", &json!({ "url": URL })).await;
    made.is(201);
    assert_eq!(made.json()["uid"], "u");
    let again = client.put("/app/a/endpoint/u", &json!({ "url": URL, "description": "y" })).await;
    again.is(200);
    assert_eq!((&again.json()["id"], &again.json()["uid"]), (&made.json()["id"], &json!("u")));
    let body = json!({ "url": URL }).to_string();
    for name in ["ep_00000000001", "ep_2abcdefghijklmnopqrstuvwxyz", "a%20b"] {
        let path = format!("/app/a/endpoint/{name}");
        client.is_refused(Method::PUT, &path, &body, 404, &not_found()).await;
    }
}

#[tokio::test]
async fn a_uid_is_unique_within_the_app() {
    let client = client().await;
    client.makes("/app", &json!({ "name": "b", "uid": "b" })).await;
    let body = json!({ "url": URL, "uid": "u" });
    client.makes("/app/a/endpoint", &body).await;
    client.makes("/app/b/endpoint", &body).await;
    let other = client.makes("/app/a/endpoint", &json!({ "url": URL })).await;
    let conflict = json!({
        "code": "conflict",
        "detail": "The app has another endpoint with this uid, or another webhook for this event type.",
    });
    client.is_refused(Method::POST, "/app/a/endpoint", &body.to_string(), 409, &conflict).await;
    for method in [Method::PUT, Method::PATCH] {
        let path = format!("/app/a/endpoint/{other}");
        client.is_refused(method, &path, &body.to_string(), 409, &conflict).await;
    }
    client.delete("/app/a/endpoint/u").await.is_empty(204);
    client.makes("/app/a/endpoint", &body).await;
}

#[tokio::test]
async fn a_patch_keeps_clears_or_sets() {
    let client = client().await;
    let id = client.makes("/app/a/endpoint", &json!({ "url": URL })).await;
    let path = format!("/app/a/endpoint/{id}");
    let check = async |change: Value, expected: Value| {
        let patched = client.patch(&path, &change).await;
        patched.is(200);
        assert_eq!(patched.json(), endpoint(&json!(id), &expected), "{change}");
    };
    let everything = json!({
        "url": "https://example.com/fail", "uid": "u", "description": "x", "version": 2, "throttleRate": 7,
        "channels": ["eu"], "metadata": { "a": "b" }, "ordering": "fifo", "filter": { "a": [1] },
    });
    let mut all = everything.clone();
    all["rateLimit"] = json!(7);
    all["eventTypes"] = json!(["paid"]);
    all["filterTypes"] = json!(["paid"]);
    let mut change = everything.clone();
    change["eventTypes"] = json!(["paid"]);
    check(change, all.clone()).await;
    check(json!({}), all.clone()).await;
    check(json!({ "url": null, "description": null, "version": null, "ordering": null }), all.clone()).await;
    all["eventTypes"] = json!(["signed"]);
    all["filterTypes"] = json!(["signed"]);
    all["throttleRate"] = json!(8);
    all["rateLimit"] = json!(8);
    check(json!({ "filterTypes": ["signed"], "rateLimit": 8 }), all).await;
    let cleared = json!({
        "url": URL, "uid": null, "description": "", "version": 1, "throttleRate": null, "eventTypes": null,
        "channels": null, "metadata": null, "ordering": "none", "filter": null,
    });
    check(cleared, json!({})).await;
}

#[tokio::test]
async fn an_endpoint_is_disabled_and_enabled() {
    let client = client().await;
    let path = format!("/app/a/endpoint/{}", client.makes("/app/a/endpoint", &json!({ "url": URL })).await);
    for (disabled, reason) in [(true, json!("asked")), (true, json!("asked")), (false, Value::Null)] {
        let patched = client.patch(&path, &json!({ "disabled": disabled })).await.json();
        assert_eq!((&patched["disabled"], &patched["disabledReason"]), (&json!(disabled), &reason));
    }
}

#[tokio::test]
async fn a_deleted_endpoint_is_gone() {
    let client = client().await;
    let id = client.makes("/app/a/endpoint", &json!({ "url": URL, "uid": "u" })).await;
    client.delete("/app/a/endpoint/u").await.is_empty(204);
    for name in ["u", &id] {
        let path = format!("/app/a/endpoint/{name}");
        for method in [Method::GET, Method::PATCH, Method::DELETE] {
            client.is_refused(method, &path, "{}", 404, &not_found()).await;
        }
    }
    assert_eq!(client.get("/app/a/endpoint").await.json()["data"], json!([]));
}

#[tokio::test]
async fn a_webhook_of_the_article_can_be_changed_here() {
    let client = client().await;
    let body = json!({ "companyId": "a", "url": URL, "eventType": "paid" }).to_string();
    let mut request = client.request(Method::POST, "", body);
    *request.uri_mut() = "/webhooks".parse().unwrap();
    client.node.send(request).await.is(200);
    let listed = client.get("/app/a/endpoint").await.json();
    assert_eq!(listed["data"][0]["eventTypes"], json!(["paid"]));
    let path = format!("/app/a/endpoint/{}", listed["data"][0]["id"].as_str().unwrap());
    let patched = client.patch(&path, &json!({ "eventTypes": ["paid", "signed"] })).await;
    patched.is(200);
    assert_eq!(patched.json()["eventTypes"], json!(["paid", "signed"]));
}
