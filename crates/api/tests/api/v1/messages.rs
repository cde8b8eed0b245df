//! `/api/v1/app/{app_id}/msg`: sending.

use axum::http::Method;
use domain::endpoint::{Door, Endpoint};
use domain::key::Scope;
use domain::message::MessageRef;
use domain::subscription::Subscription;
use engine::ports::history::History as _;
use serde_json::{Value, json};

use super::client::{AT, forbidden, not_found};
use super::platform::{Platform, ids};

const MSG: &str = "/app/u/msg";

#[tokio::test]
async fn a_message_is_sent_and_found_by_its_id_and_its_event_id() {
    let platform = Platform::new().await;
    let client = &platform.client;
    let sent = client
        .post(
            MSG,
            &json!({
                "eventId": "e-1",
                "eventType": "candidate.created",
                "payload": { "email": "ada@example.com" },
                "channels": ["c1", "c2"],
                "tags": ["t1"],
                "more": 1,
            }),
        )
        .await;
    sent.is(202);
    let id = sent.json()["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("msg_"), "{id}");
    let mut expected = json!({
        "id": id,
        "eventId": "e-1",
        "eventType": "candidate.created",
        "payload": { "email": "ada@example.com" },
        "channels": ["c1", "c2"],
        "tags": ["t1"],
        "timestamp": AT,
    });
    assert_eq!(sent.json(), expected);
    for path in [format!("{MSG}/{id}"), format!("{MSG}/e-1"), format!("/app/{}/msg/e-1", platform.app)] {
        let found = client.get(&path).await;
        found.is(200);
        assert_eq!(found.json(), expected, "{path}");
    }
    expected["payload"] = json!({});
    assert_eq!(client.get(&format!("{MSG}/e-1?with_content=false")).await.json(), expected);
    for path in ["/app/u/msg/e-2", "/app/u/msg/msg_00000000001", "/app/u/msg/a%20b", "/app/v/msg/e-1"] {
        client.is_refused(Method::GET, path, "", 404, &not_found()).await;
    }
}

#[tokio::test]
async fn only_type_and_payload_are_needed() {
    let platform = Platform::new().await;
    for body in [
        r#"{"eventType":"a","payload":{}}"#,
        r#"{"eventType":"a","data":{}}"#,
        r#"{"eventType":"a","payload":{},"eventId":null,"channels":null,"tags":null,"application":null,
            "deliverAt":null,"delaySeconds":null,"transformationsParams":null,"payloadRetentionPeriod":null,
            "payloadRetentionHours":null}"#,
        r#"{"eventType":"a","payload":{},"tags":[],"transformationsParams":{"headers":{"content-type":"text/plain"}}}"#,
    ] {
        let sent = platform.client.call(Method::POST, &format!("{MSG}?with_content=false"), body).await;
        sent.is(202);
        let sent = sent.json();
        let expected = json!({
            "id": sent["id"], "eventId": null, "eventType": "a", "payload": {}, "channels": null, "tags": null,
            "timestamp": AT,
        });
        assert_eq!(sent, expected, "{body}");
    }
}

/// Payloads whose bytes a parser would change.
const PAYLOADS: [&str; 4] = [
    "{ \"a\" :\n\t1.0 ,\r\n \"b\":  [ ] }",
    r#"{"a":1,"a":2,"a":{"b":1,"b":2}}"#,
    r#"{"n":1e400,"m":-0.0,"big":123456789012345678901234567890,"small":1E-999}"#,
    r#"{"\u0061":"\u00e9\ud83d\ude00\ud800\/é😀"}"#,
];

#[tokio::test]
async fn the_bytes_of_a_payload_arrive_as_they_are() {
    let platform = Platform::new().await;
    platform.endpoint(1, Door::Api, "/ok", |endpoint| endpoint).await;
    for (index, payload) in PAYLOADS.iter().enumerate() {
        let body = format!(r#"{{"payload": {payload} ,"eventType":"a","eventId":"e{index}"}}"#);
        let sent = platform.client.call(Method::POST, MSG, body).await;
        sent.is(202);
        assert!(sent.text.contains(&format!(r#""payload":{payload},"#)), "{}", sent.text);
        platform.attempts(&format!("e{index}"), 1).await;
        let requests = platform.client.node.receivers.requests();
        assert_eq!(std::str::from_utf8(&requests[index].body).unwrap(), *payload);
        let found = platform.client.get(&format!("{MSG}/e{index}")).await;
        assert_eq!(found.text, sent.text);
    }
}

#[tokio::test]
async fn a_raw_payload_takes_the_place_of_the_payload() {
    let platform = Platform::new().await;
    platform.endpoint(1, Door::Api, "/ok", |endpoint| endpoint).await;
    let check = async |raw: &str, shown: Value| {
        let body = json!({ "eventType": "a", "payload": {}, "transformationsParams": {
            "rawPayload": raw, "headers": { "content-type": "text/plain" },
        } });
        let sent = platform.client.post(MSG, &body).await;
        sent.is(202);
        assert_eq!(sent.json()["payload"], shown);
        platform.attempts(sent.json()["id"].as_str().unwrap(), 1).await;
        assert_eq!(platform.client.node.receivers.requests().last().unwrap().body, raw);
    };
    check("<a>é</a>", json!({ "rawPayload": "<a>é</a>" })).await;
    check("", json!({ "rawPayload": "" })).await;
    check(r#"{"a": 1}"#, json!({ "a": 1 })).await;
    check("[1]", json!({ "rawPayload": "[1]" })).await;
    check("{\"a\":", json!({ "rawPayload": "{\"a\":" })).await;
}

#[tokio::test]
async fn an_event_id_is_taken_for_as_long_as_its_message_is_there() {
    let platform = Platform::new().await;
    let client = &platform.client;
    client.makes("/app", &json!({ "name": "x", "uid": "v" })).await;
    let body = json!({ "eventType": "a", "payload": {}, "eventId": "e" });
    platform.sends(&body).await;
    let answer = json!({ "code": "conflict", "detail": "A message with that eventId already exists" });
    client.is_refused(Method::POST, MSG, &body.to_string(), 409, &answer).await;
    client.post("/app/v/msg", &body).await.is(202);
    client.delete("/app/u/msg/e/content").await.is_empty(204);
    client.is_refused(Method::POST, MSG, &body.to_string(), 409, &answer).await;
}

#[tokio::test]
async fn a_message_may_make_its_app() {
    let platform = Platform::new().await;
    let client = &platform.client;
    let body = |application: Value| json!({ "eventType": "a", "payload": {}, "application": application });
    let missing = json!({ "eventType": "a", "payload": {} }).to_string();
    client.is_refused(Method::POST, "/app/v/msg", &missing, 404, &not_found()).await;
    let check = async |path: &str, application: Value, kind: &str, msg: &str| {
        let problem = json!({ "loc": ["body", "application", "uid"], "msg": msg, "type": kind });
        let answer = json!({ "detail": [problem] });
        client.is_refused(Method::POST, path, &body(application).to_string(), 422, &answer).await;
    };
    let (missing, other) = ("application_uid_missing", "application_uid_mismatch");
    check("/app/v/msg", json!({ "name": "x" }), missing, "must be there, and that of the path").await;
    check("/app/v/msg", json!({ "name": "x", "uid": "w" }), other, "must be that of the path").await;
    let id = "/app/app_00000000001/msg";
    check(id, json!({ "name": "x", "uid": "w" }), other, "must be that of the path").await;
    client.post("/app/v/msg", &body(json!({ "name": "x", "uid": "v", "throttleRate": 5 }))).await.is(202);
    let made = client.get("/app/v").await.json();
    assert_eq!((&made["name"], &made["throttleRate"]), (&json!("x"), &json!(5)));
    for application in
        [json!({ "name": "y", "uid": "v" }), json!({ "name": "y", "uid": "w" }), json!({ "name": "y" })]
    {
        client.post("/app/v/msg", &body(application)).await.is(202);
    }
    assert_eq!(client.get("/app/v").await.json()["name"], "x");
    assert_eq!(ids(&client.get("/app/v/msg").await.json()).len(), 4);
}

#[tokio::test]
async fn who_may_send_may_send_and_no_more() {
    let mut platform = Platform::new().await;
    let app = platform.app;
    let body = json!({ "eventType": "a", "payload": {}, "eventId": "e" });
    let message = body.to_string();
    let batch = json!({ "messages": [{ "eventType": "a", "payload": {} }] });
    let client = &mut platform.client;
    for (key, scope) in [("send", Scope::Send), ("read", Scope::Read), ("app", Scope::App(app))] {
        client.has_key(key, scope).await;
    }
    client.becomes("send");
    client.post(MSG, &body).await.is(202);
    client.post("/app/u/msg/batch", &batch).await.is(202);
    for path in [MSG, "/app/u/msg/e", "/app/u/attempt/msg/e", "/app/u/msg/e/endpoint"] {
        client.is_refused(Method::GET, path, "", 403, &forbidden()).await;
    }
    for key in ["read", "app"] {
        client.becomes(key);
        client.is_refused(Method::POST, MSG, &message, 403, &forbidden()).await;
        client.is_refused(Method::POST, "/app/u/msg/batch", &batch.to_string(), 403, &forbidden()).await;
        client.is_refused(Method::DELETE, "/app/u/msg/e/content", "", 403, &forbidden()).await;
        client.is_refused(Method::POST, "/app/u/msg/e/cancel", "", 403, &forbidden()).await;
        client
            .is_refused(Method::POST, "/app/u/msg/bulk-expunge", r#"{"ids":["e"]}"#, 403, &forbidden())
            .await;
        client.get("/app/u/msg/e").await.is(200);
    }
}

#[tokio::test]
async fn a_message_waits_for_its_time() {
    let platform = Platform::new().await;
    let client = &platform.client;
    platform.endpoint(1, Door::Api, "/ok", |endpoint| endpoint).await;
    let check = async |later: Value, shown: Value| {
        let mut body = json!({ "eventType": "a", "payload": {} });
        body.as_object_mut().unwrap().extend(later.as_object().unwrap().clone());
        let sent = client.post(MSG, &body).await;
        sent.is(202);
        assert_eq!(sent.json().get("deliverAt").cloned().unwrap_or_default(), shown, "{later}");
        let endpoints = client.get(&format!("{MSG}/{}/endpoint", sent.json()["id"].as_str().unwrap())).await;
        assert_eq!(endpoints.json()["data"][0]["nextAttempt"], shown, "{later}");
        if !shown.is_null() {
            assert_eq!(endpoints.json()["data"][0]["statusText"], "pending", "{later}");
        }
    };
    check(json!({ "deliverAt": "2026-02-01T00:00:00.5Z" }), json!("2026-02-01T00:00:00.500Z")).await;
    check(json!({ "deliverAt": "2026-02-01T00:00:00+01:00" }), json!("2026-01-31T23:00:00.000Z")).await;
    check(json!({ "deliverAt": "2026-02-01T00:00:00" }), json!("2026-02-01T00:00:00.000Z")).await;
    check(json!({ "deliverAt": "2027-02-01T12:34:56.789Z" }), json!("2027-02-01T12:34:56.789Z")).await;
    check(json!({ "delaySeconds": 60 }), json!("2026-01-31T12:35:56.789Z")).await;
    assert_eq!(client.node.receivers.requests().len(), 0);
    check(json!({ "deliverAt": "2026-01-31T12:34:56.789Z" }), Value::Null).await;
    check(json!({ "deliverAt": "1970-01-01T00:00:00Z" }), Value::Null).await;
    check(json!({ "delaySeconds": 0 }), Value::Null).await;
}

#[tokio::test]
async fn a_payload_is_kept_for_its_time_after_delivery() {
    let platform = Platform::new().await;
    let check = async |wanted: Value, expires_at: &str| {
        let mut body = json!({ "eventType": "a", "payload": {} });
        body.as_object_mut().unwrap().extend(wanted.as_object().unwrap().clone());
        let id = MessageRef::Id(platform.sends(&body).await.parse().unwrap());
        let found = platform.client.node.store.message(platform.app, &id).await.unwrap().unwrap();
        assert_eq!(found.expires_at.unwrap().to_string(), expires_at, "{wanted}");
    };
    check(json!({}), "2026-05-01T12:34:56.789Z").await;
    check(json!({ "payloadRetentionPeriod": 5 }), "2026-02-05T12:34:56.789Z").await;
    check(json!({ "payloadRetentionHours": 1 }), "2026-01-31T13:34:56.789Z").await;
    check(
        json!({ "payloadRetentionPeriod": 5, "deliverAt": "2026-03-01T00:00:00Z" }),
        "2026-03-06T00:00:00.000Z",
    )
    .await;
}

#[tokio::test]
async fn before_sending_it_can_be_asked_whether_anybody_listens() {
    let platform = Platform::new().await;
    let client = &platform.client;
    let check = async |body: Value, active: bool| {
        let answer = client.post("/app/u/msg/precheck/active", &body).await;
        answer.is(200);
        assert_eq!(answer.json(), json!({ "active": active }), "{body}");
    };
    check(json!({ "eventType": "a" }), false).await;
    let to = |types: &[&str], channels: Option<&str>| Subscription {
        event_types: Some(types.iter().map(|name| name.parse().unwrap()).collect()),
        channels: channels.map(|name| vec![name.parse().unwrap()]),
        pattern: None,
    };
    platform.endpoint(1, Door::Api, "/ok", |it| Endpoint { subscription: to(&["a"], None), ..it }).await;
    platform.endpoint(2, Door::Api, "/ok", |it| Endpoint { subscription: to(&["b"], Some("c")), ..it }).await;
    check(json!({ "eventType": "a" }), true).await;
    check(json!({ "eventType": "a", "channels": ["x"] }), true).await;
    check(json!({ "eventType": "b" }), false).await;
    check(json!({ "eventType": "b", "channels": ["x", "c"] }), true).await;
    check(json!({ "eventType": "c", "channels": null }), false).await;
    let path = "/app/u/msg/precheck/active";
    client
        .is_invalid(
            Method::POST,
            path,
            &json!({ "eventType": "a", "channels": [] }),
            &["body", "channels"],
            "must have at least one item",
        )
        .await;
    client
        .is_refused(Method::POST, "/app/v/msg/precheck/active", r#"{"eventType":"a"}"#, 404, &not_found())
        .await;
}
