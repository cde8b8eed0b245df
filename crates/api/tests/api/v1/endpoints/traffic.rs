//! Examples, and how the attempts of an endpoint went.

use axum::http::Method;
use serde_json::{Value, json};

use super::{URL, client};

#[tokio::test]
async fn an_example_goes_to_one_endpoint_whatever_it_wants() {
    let client = client().await;
    client.makes("/app/a/endpoint", &json!({ "url": URL, "uid": "other" })).await;
    client
        .makes(
            "/app/a/endpoint",
            &json!({ "url": "https://example.com/ok?u", "uid": "u", "eventTypes": ["paid"] }),
        )
        .await;
    let sent = client.post("/app/a/endpoint/u/send-example", &json!({ "eventType": "svix.ping" })).await;
    sent.is(200);
    let sent = sent.json();
    assert!(sent["id"].as_str().unwrap().starts_with("msg_"));
    assert_eq!((&sent["eventType"], &sent["payload"]), (&json!("svix.ping"), &json!({})));
    client.node.until_called(1).await;
    let requests = client.node.receivers.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].target.as_str(), "https://example.com/ok?u");
    assert_eq!(&requests[0].body[..], br#"{"success": true}"#);
}

#[tokio::test]
async fn examples_come_from_the_schema_or_the_body() {
    let client = client().await;
    client.makes("/app/a/endpoint", &json!({ "url": URL, "uid": "u" })).await;
    let schema = json!({ "type": "object", "examples": [{ "n": 1 }, { "n": 2 }, 3] });
    let body = json!({ "description": "", "schemas": { "1": schema } });
    client.put("/event-type/paid", &body).await.is(200);
    let cases = [
        (json!({ "eventType": "paid" }), r#"{"n":1}"#),
        (json!({ "eventType": "paid", "exampleIndex": 1 }), r#"{"n":2}"#),
        (json!({ "eventType": "paid", "payload": { "n": 7 } }), r#"{"n":7}"#),
        (json!({ "eventType": "unknown", "payload": { "n": 8 } }), r#"{"n":8}"#),
    ];
    for (index, (body, expected)) in cases.into_iter().enumerate() {
        client.post("/app/a/endpoint/u/send-example", &body).await.is(200);
        client.node.until_called(index + 1).await;
        let sent = client.node.receivers.requests()[index].body.clone();
        assert_eq!(std::str::from_utf8(&sent).unwrap(), expected);
    }
    let detail = "The schema of the event type has no such example; give a payload instead.";
    let answer = json!({ "code": "invalid_scheme", "detail": detail });
    let cases = [
        json!({ "eventType": "paid", "exampleIndex": 2 }),
        json!({ "eventType": "paid", "exampleIndex": 3 }),
        json!({ "eventType": "paid", "exampleIndex": u16::MAX }),
        json!({ "eventType": "signed" }),
        json!({ "eventType": "unknown" }),
    ];
    for body in cases {
        let path = "/app/a/endpoint/u/send-example";
        client.is_refused(Method::POST, path, &body.to_string(), 400, &answer).await;
    }
    let body = json!({ "eventType": "paid", "payload": [] });
    let path = "/app/a/endpoint/u/send-example";
    client.is_invalid(Method::POST, path, &body, &["body", "payload"], "must be an object").await;
}

#[tokio::test]
async fn attempts_are_counted() {
    let client = client().await;
    for (uid, path) in [("u", "/ok"), ("v", "/fail")] {
        let url = format!("https://example.com{path}");
        client.makes("/app/a/endpoint", &json!({ "url": url, "uid": uid })).await;
        client
            .post(&format!("/app/a/endpoint/{uid}/send-example"), &json!({ "eventType": "svix.ping" }))
            .await;
    }
    let check = async |uid: &str, stats: Value, attempts: Value| {
        let path = format!("/app/a/endpoint/{uid}");
        client.until(&format!("{path}/stats"), |found| *found == stats).await;
        client.until(&format!("{path}/attempt-stats"), |found| *found == attempts).await;
    };
    check(
        "u",
        json!({ "success": 1, "pending": 0, "sending": 0, "fail": 0, "canceled": 0 }),
        json!({ "success": 1, "fail": 0, "canceled": 0 }),
    )
    .await;
    check(
        "v",
        json!({ "success": 0, "pending": 0, "sending": 1, "fail": 1, "canceled": 0 }),
        json!({ "success": 0, "fail": 1, "canceled": 0 }),
    )
    .await;
    let old = "since=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00Z";
    assert_eq!(client.get(&format!("/app/a/endpoint/u/stats?{old}")).await.json()["success"], 0);
}

#[tokio::test]
async fn only_a_few_weeks_are_counted_at_once() {
    let client = client().await;
    client.makes("/app/a/endpoint", &json!({ "url": URL, "uid": "u" })).await;
    let future = "`until` must not be in the future.";
    let cases = [
        ("until=2026-01-31T12:40:00Z", future),
        ("since=2026-01-30T00:00:00Z&until=2026-01-29T00:00:00Z", "`since` must not be after `until`."),
        ("since=2026-01-03T12:29:00Z", "There may be at most 28 days between `since` and `until`."),
        ("since=2026-01-01T00:00:00", "There may be at most 28 days between `since` and `until`."),
    ];
    for (query, detail) in cases {
        for name in ["stats", "attempt-stats"] {
            let path = format!("/app/a/endpoint/u/{name}?{query}");
            let answer = json!({ "code": "invalid_range", "detail": detail });
            client.is_refused(Method::GET, &path, "", 400, &answer).await;
        }
    }
    client.get("/app/a/endpoint/u/stats?since=2026-01-03T12:31:00%2B00:00").await.is(200);
    client.get("/app/a/endpoint/u/stats?since=yesterday").await.is(400);
}
