//! `/api/v1/app/{app_id}/msg`: looking back, taking back, forgetting.

use axum::http::Method;
use domain::endpoint::Door;
use serde_json::{Value, json};

use super::client::{not_found, problems};
use super::platform::{Platform, ids};

const MSG: &str = "/app/u/msg";

async fn five(platform: &Platform) -> Vec<String> {
    let mut sent = Vec::new();
    for (event_type, channels, tags) in [
        ("a", json!(["c"]), json!(["t"])),
        ("b", json!(["c", "d"]), json!(null)),
        ("a", json!(null), json!(["s", "t"])),
        ("c", json!(["d"]), json!(null)),
        ("a", json!(["c"]), json!(null)),
    ] {
        let body = json!({ "eventType": event_type, "payload": {}, "channels": channels, "tags": tags });
        sent.push(platform.sends(&body).await);
    }
    sent
}

#[tokio::test]
async fn messages_are_listed_by_what_they_are() {
    let platform = Platform::new().await;
    let sent = five(&platform).await;
    let check = async |query: &str, expected: &[usize]| {
        let reply = platform.client.get(&format!("{MSG}?{query}")).await;
        reply.is(200);
        let expected: Vec<String> = expected.iter().map(|index| sent[*index].clone()).collect();
        assert_eq!(ids(&reply.json()), expected, "{query}");
        assert_eq!(reply.json()["done"], true, "{query}");
    };
    check("", &[4, 3, 2, 1, 0]).await;
    check("order=ascending", &[4, 3, 2, 1, 0]).await;
    check("channel=c", &[4, 1, 0]).await;
    check("tag=t", &[2, 0]).await;
    check("event_types=", &[4, 3, 2, 1, 0]).await;
    for query in [
        "event_types=b,c",
        "event_types=c%2Cb",
        "event_types=b&event_types=c",
        "event_types[]=b&event_types[]=c",
        "event_types[0]=b&event_types[1]=c",
        "event_types=b,c&channel=d",
    ] {
        check(query, &[3, 1]).await;
    }
    check("event_types=a&channel=c&tag=t", &[0]).await;
    check("event_types=x", &[]).await;
    for time in [
        "before=2026-01-31T12:34:56.790Z",
        "before=2026-01-31T12:34:56.790000",
        "before=2026-01-31T13:34:56.790%2B01:00",
        "after=2026-01-31T12:34:56.789Z",
        "after=2025-11-03T00:00:00Z",
        "after=2000-01-01T00:00:00Z&before=2030-01-01T00:00:00Z",
    ] {
        check(time, &[4, 3, 2, 1, 0]).await;
    }
    for time in [
        "before=2026-01-31T12:34:56.789Z",
        "after=2026-01-31T12:34:56.790Z",
        "after=2025-11-02T12:34:56.789Z",
        "before=2026-05-02T00:00:00Z",
    ] {
        check(time, &[]).await;
    }
    let content = platform.client.get(&format!("{MSG}?with_content=false&limit=1")).await.json();
    assert_eq!(content["data"][0]["payload"], json!({}));
}

#[tokio::test]
async fn messages_are_walked_in_both_directions_with_a_filter() {
    let platform = Platform::new().await;
    let sent = five(&platform).await;
    let check = async |query: &str, expected: &[usize], done: bool| {
        let list = platform.client.get(&format!("{MSG}?channel=c&limit=1&{query}")).await.json();
        let expected: Vec<String> = expected.iter().map(|index| sent[*index].clone()).collect();
        assert_eq!((ids(&list), &list["done"]), (expected, &json!(done)), "{query}");
        let iterator = |name: &str| list[name].as_str().unwrap_or_default().to_owned();
        (iterator("iterator"), iterator("prevIterator"))
    };
    let (next, _) = check("", &[4], false).await;
    let (next, _) = check(&format!("iterator={next}"), &[1], false).await;
    let (end, before) = check(&format!("iterator={next}"), &[0], true).await;
    check(&format!("iterator={end}"), &[], true).await;
    let (_, before) = check(&format!("iterator={before}"), &[1], false).await;
    let (_, before) = check(&format!("iterator={before}"), &[4], true).await;
    check(&format!("iterator={before}"), &[], true).await;
}

#[tokio::test]
async fn a_bad_query_of_messages_is_told_its_parameter() {
    let platform = Platform::new().await;
    let client = &platform.client;
    let name = "must have 1 to 256 characters of A-Z a-z 0-9 . _ -, not dots alone";
    for (query, parameter, msg) in [
        ("limit=251", "limit", "Given limit must not exceed 250"),
        ("iterator=app_00000000001", "iterator", "The iterator is not one of this list"),
        ("channel=", "channel", name),
        ("tag=a%20b", "tag", name),
        ("event_types=a,b%20c", "event_types", name),
    ] {
        let answer = problems(&[(&["query", parameter], msg)]);
        client.is_refused(Method::GET, &format!("{MSG}?{query}"), "", 422, &answer).await;
    }
    for (query, detail) in [
        ("before=soon", "query.before: must be a time by RFC 3339, such as 2026-01-31T12:34:56.789Z"),
        ("after=", "query.after: must be a time by RFC 3339, such as 2026-01-31T12:34:56.789Z"),
        ("with_content=1", r#"query.with_content: provided string was not `true` or `false`: "1""#),
        ("tag=a&tag=b", "query: duplicate field `tag`"),
    ] {
        let answer = json!({ "code": "generic_error", "detail": detail });
        client.is_refused(Method::GET, &format!("{MSG}?{query}"), "", 400, &answer).await;
    }
}

#[tokio::test]
async fn a_message_that_waits_is_taken_back() {
    let platform = Platform::new().await;
    let client = &platform.client;
    let endpoints = [
        platform.endpoint(1, Door::Api, "/ok", |endpoint| endpoint).await,
        platform.endpoint(2, Door::Api, "/ok", |endpoint| endpoint).await,
        platform.endpoint(3, Door::Api, "/ok", |endpoint| endpoint).await,
    ];
    let later = json!({ "eventType": "a", "payload": {}, "eventId": "e", "delaySeconds": 60 });
    let id = platform.sends(&later).await;
    let cancel = async |query: &str, cancelled: usize, statuses: [&str; 3]| {
        let reply = client.post(&format!("{MSG}/{id}/cancel{query}"), &Value::Null).await;
        reply.is(200);
        assert_eq!(reply.json(), json!({ "canceled": cancelled }), "{query}");
        let found = client.get(&format!("{MSG}/e/endpoint?expanded_statuses=true")).await.json();
        let found = [0, 1, 2].map(|index| found["data"][index]["statusText"].clone());
        assert_eq!(found, statuses.map(|status| json!(status)), "{query}");
    };
    cancel(&format!("?endpoint_id={}", endpoints[1]), 1, ["pending", "canceled", "pending"]).await;
    cancel("", 2, ["canceled"; 3]).await;
    cancel("", 0, ["canceled"; 3]).await;
    let sent = platform.sends_type("a").await;
    platform.attempts(&sent, 3).await;
    let reply = client.post(&format!("{MSG}/{sent}/cancel"), &Value::Null).await;
    assert_eq!(reply.json(), json!({ "canceled": 0 }));
    for path in ["/app/u/msg/x/cancel", "/app/u/msg/e/cancel?endpoint_id=x", "/app/v/msg/e/cancel"] {
        client.is_refused(Method::POST, path, "", 404, &not_found()).await;
    }
}

#[tokio::test]
async fn a_payload_is_forgotten() {
    let platform = Platform::new().await;
    let client = &platform.client;
    platform.endpoint(1, Door::Api, "/ok", |endpoint| endpoint).await;
    platform
        .sends(&json!({ "eventType": "a", "payload": { "a": 1 }, "eventId": "e", "delaySeconds": 9 }))
        .await;
    client.delete("/app/u/msg/e/content").await.is_empty(204);
    let found = client.get("/app/u/msg/e").await.json();
    assert_eq!(found["payload"], json!({ "expired": true }));
    assert_eq!(client.get("/app/u/msg/e?with_content=false").await.json()["payload"], json!({}));
    let waits = client.get("/app/u/msg/e/endpoint?expanded_statuses=true").await.json();
    assert_eq!((&waits["data"][0]["status"], &waits["data"][0]["nextAttempt"]), (&json!(2), &Value::Null));
    client.delete("/app/u/msg/e/content").await.is_empty(204);
    for path in ["/app/u/msg/x/content", "/app/v/msg/e/content"] {
        client.is_refused(Method::DELETE, path, "", 404, &not_found()).await;
    }
    let error = json!({
        "code": "missing_payload", "detail": "The message has no payload any more: there is nothing to send.",
    });
    let path = "/app/u/msg/e/endpoint/ep_00000000001/resend";
    client.is_refused(Method::POST, path, "", 400, &error).await;
}

#[tokio::test]
async fn payloads_are_forgotten_together() {
    let platform = Platform::new().await;
    let client = &platform.client;
    let id = platform.sends_type("a").await;
    platform.sends(&json!({ "eventType": "a", "payload": {}, "eventId": "e" })).await;
    let path = "/app/u/msg/bulk-expunge";
    let reply = client.post(path, &json!({ "ids": [id, "e", "x", "a b", "msg_00000000001", "e"] })).await;
    reply.is(200);
    let results = json!({
        id.as_str(): "expunged", "e": "expunged", "x": "not-found", "a b": "not-found",
        "msg_00000000001": "not-found",
    });
    assert_eq!(reply.json(), json!({ "results": results }));
    for found in client.get(MSG).await.json()["data"].as_array().unwrap() {
        assert_eq!(found["payload"], json!({ "expired": true }));
    }
    assert_eq!(client.post(path, &json!({ "ids": [] })).await.json(), json!({ "results": {} }));
    let many = json!({ "ids": vec!["x"; 251] });
    let msg = "may have at most 250 items at line 1 column 1012";
    let problem = json!({ "loc": ["body", "ids"], "msg": msg, "type": "value_error.jsondecode" });
    client.is_refused(Method::POST, path, &many.to_string(), 422, &json!({ "detail": [problem] })).await;
    client.is_refused(Method::POST, "/app/v/msg/bulk-expunge", r#"{"ids":[]}"#, 404, &not_found()).await;
}
