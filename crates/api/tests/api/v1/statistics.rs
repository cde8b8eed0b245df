//! `/api/v1/stats`.

use axum::http::Method;
use domain::endpoint::Door;
use domain::key::Scope;
use serde_json::{Value, json};

use super::client::{AT, not_found};
use super::platform::Platform;

/// Two messages to three endpoints, of which each delivery was tried once.
async fn delivered() -> (Platform, [String; 3]) {
    let platform = Platform::new().await;
    let mut endpoints = Vec::new();
    for (number, door, path) in
        [(1, Door::Webhook, "/ok"), (2, Door::Webhook, "/refuse"), (3, Door::Api, "/fail")]
    {
        endpoints.push(platform.endpoint(number, door, path, |endpoint| endpoint).await);
    }
    for event_type in ["a", "b"] {
        let message = platform.sends_type(event_type).await;
        platform.attempts(&message, 3).await;
    }
    let ended = |found: &Value| found["underWay"] == 0;
    platform.until("/stats/attempts", ended).await;
    (platform, endpoints.try_into().unwrap())
}

#[tokio::test]
async fn attempts_are_told_by_the_minute_and_by_the_hour() {
    let (platform, _) = delivered().await;
    let check = async |query: &str, since: &str, seconds: u64, count: usize| {
        let found = platform.client.get(&format!("/stats/attempts{query}")).await.json();
        let buckets = found["buckets"].as_array().unwrap().clone();
        assert_eq!((buckets.len(), &found["bucketSeconds"]), (count, &json!(seconds)), "{query}");
        assert_eq!((&found["since"], &buckets[0]["at"]), (&json!(since), &json!(since)), "{query}");
        let of = |bucket: &Value| [&bucket["success"], &bucket["fail"]].map(|count| count.as_u64().unwrap());
        assert!(buckets[..count - 1].iter().all(|bucket| of(bucket) == [0, 0]), "{query}");
        assert_eq!(of(&buckets[count - 1]), [2, 4], "{query}");
        found
    };
    let found = check("?since=2026-01-31T11:34:56.789Z", "2026-01-31T11:34:00.000Z", 60, 61).await;
    let ms = 6.912;
    let expected = json!({
        "since": "2026-01-31T11:34:00.000Z",
        "until": AT,
        "bucketSeconds": 60,
        "buckets": found["buckets"],
        "latency": { "p50Ms": ms, "p95Ms": ms },
        "delivered": 2,
        "failed": 2,
        "pending": 0,
        "sending": 2,
        "underWay": 0,
        "backlogIsCapped": false,
    });
    assert_eq!(found, expected);
    check("?app_id=u&since=2026-01-31T12:34:00Z", "2026-01-31T12:34:00.000Z", 60, 1).await;
    check("?since=2026-01-31T09:34:56.788Z", "2026-01-31T09:00:00.000Z", 3600, 4).await;
    check("?app_id=u", "2026-01-30T12:00:00.000Z", 3600, 25).await;
    check("?since=2025-12-31T12:34:56Z", "2025-12-31T12:00:00.000Z", 3600, 24 * 31 + 1).await;
    let before = "/stats/attempts?since=2026-01-31T11:00:00Z&until=2026-01-31T12:00:00Z";
    let found = platform.client.get(before).await.json();
    assert_eq!(found["buckets"].as_array().map(Vec::len), Some(60), "the end is not in the time");
    assert_eq!((&found["latency"]["p50Ms"], &found["delivered"]), (&Value::Null, &json!(0)));
}

#[tokio::test]
async fn endpoints_in_most_trouble_come_first() {
    let (platform, [ok, refuse, fail]) = delivered().await;
    let found = platform.client.get("/stats/endpoints").await.json();
    assert_eq!(found["since"], "2026-01-30T12:00:00.000Z");
    let rows = found["data"].as_array().unwrap();
    let ids: Vec<&Value> = rows.iter().map(|row| &row["id"]).collect();
    assert_eq!(ids, [&refuse, &fail, &ok]);
    let expected = json!({
        "id": refuse,
        "appId": platform.app,
        "appUid": "u",
        "url": "https://example.com/refuse",
        "description": "",
        "disabled": false,
        "failingSince": AT,
        "success": 0,
        "fail": 2,
        "p95Ms": 6.912,
        "waiting": 0,
        "lastFailure": { "code": "connect_refused", "detail": "Nobody listens there.", "at": AT },
    });
    assert_eq!(rows[0], expected);
    assert_eq!([&rows[1]["waiting"], &rows[2]["waiting"]], [2, 0]);
    assert_eq!(rows[2]["lastFailure"], Value::Null);
    let one = platform.client.get("/stats/endpoints?app_id=u&limit=1").await.json();
    assert_eq!(one["data"], json!([rows[0]]));
}

#[tokio::test]
async fn a_key_of_one_app_sees_that_app() {
    let (mut platform, _) = delivered().await;
    let other = platform.client.makes("/app", &json!({ "name": "Bob's", "uid": "v" })).await;
    platform.client.has_key("own", Scope::App(platform.app)).await;
    platform.client.has_key("other", Scope::App(other.parse().unwrap())).await;
    platform.client.has_key("read", Scope::Read).await;
    let own = platform.app.to_string();
    for (key, app, attempts) in [
        ("read", "", 6),
        ("read", "?app_id=v", 0),
        ("own", "", 6),
        ("own", "?app_id=u", 6),
        ("own", &format!("?app_id={own}"), 6),
        ("other", "", 0),
    ] {
        platform.client.becomes(key);
        let found = platform.client.get(&format!("/stats/attempts{app}")).await.json();
        let count = |bucket: &Value| bucket["success"].as_u64().unwrap() + bucket["fail"].as_u64().unwrap();
        let all: u64 = found["buckets"].as_array().unwrap().iter().map(count).sum();
        assert_eq!((all, &found["sending"]), (attempts, &json!(attempts / 3)), "{key} {app}");
        let found = platform.client.get(&format!("/stats/endpoints{app}")).await.json();
        assert_eq!(found["data"].as_array().unwrap().len() as u64, attempts / 2, "{key} {app}");
    }
    for (key, app) in
        [("other", "u"), ("other", own.as_str()), ("own", "v"), ("read", "w"), ("read", "%20"), ("read", "")]
    {
        platform.client.becomes(key);
        for name in ["attempts", "endpoints"] {
            let path = format!("/stats/{name}?app_id={app}");
            platform.client.is_refused(Method::GET, &path, "", 404, &not_found()).await;
        }
    }
}

#[tokio::test]
async fn times_that_make_no_sense_are_refused() {
    let platform = Platform::new().await;
    for (path, why) in [
        ("attempts?until=2026-01-31T12:40:00Z", "`until` must not be in the future."),
        (
            "attempts?since=2026-01-31T12:35:00Z",
            "`since` must not be after `until`, which is now unless it is said.",
        ),
        (
            "endpoints?since=2026-01-31T12:35:00Z",
            "`since` must not be after `until`, which is now unless it is said.",
        ),
        ("attempts?since=2025-12-31T12:29:00Z", "There may be at most 31 days between `since` and `until`."),
        ("endpoints?since=2025-12-31T12:29:00Z", "There may be at most 31 days between `since` and `until`."),
    ] {
        let answer = json!({ "code": "invalid_range", "detail": why });
        platform.client.is_refused(Method::GET, &format!("/stats/{path}"), "", 400, &answer).await;
    }
}
