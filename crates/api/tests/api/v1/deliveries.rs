//! Where deliveries stand, and delivering again.

use axum::http::Method;
use domain::endpoint::{Disabled, DisabledReason, Door, Endpoint};
use domain::key::Scope;
use domain::subscription::Subscription;
use domain::throttle::Rate;
use domain::time::Timestamp;
use serde_json::{Value, json};

use super::client::{AT, forbidden, not_found, problems};
use super::platform::{Platform, ids};

fn disabled(endpoint: Endpoint) -> Endpoint {
    let disabled = Disabled { at: Timestamp::default(), reason: DisabledReason::Asked };
    Endpoint { disabled: Some(disabled), ..endpoint }
}

/// One endpoint for each way in which a delivery may stand, and the message.
async fn all_ways(platform: &Platform) -> String {
    platform.endpoint(1, Door::Api, "/ok", |it| it).await;
    platform.endpoint(2, Door::Webhook, "/fail", |it| it).await;
    platform.endpoint(3, Door::Api, "/fail", |it| it).await;
    platform.endpoint(4, Door::Api, "/hang", |it| it).await;
    platform.endpoint(5, Door::Api, "/ok", disabled).await;
    platform.endpoint(6, Door::Api, "/fail", |it| it).await;
    let id = platform.sends(&json!({ "eventType": "a", "payload": { "is": 1 }, "eventId": "m" })).await;
    platform.attempts(&id, 4).await;
    let reply = platform.client.post("/app/u/msg/m/cancel?endpoint_id=ep_00000000006", &Value::Null).await;
    assert_eq!(reply.json(), json!({ "canceled": 1 }));
    id
}

#[tokio::test]
async fn the_endpoints_of_a_message_tell_where_it_stands() {
    let platform = Platform::new().await;
    all_ways(&platform).await;
    let check = async |query: &str, last: (u8, &str)| {
        let list = platform.client.get(&format!("/app/u/msg/m/endpoint?{query}")).await.json();
        let found: Vec<Value> = list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| json!([row["status"], row["statusText"], row["nextAttempt"]]))
            .collect();
        let expected = json!([
            [0, "success", null],
            [2, "fail", null],
            [3, "sending", "2026-01-31T12:35:01.789Z"],
            [3, "sending", null],
            [2, "fail", null],
            [last.0, last.1, null],
        ]);
        assert_eq!(json!(found), expected, "{query}");
        assert_eq!(list["done"], true);
    };
    check("", (2, "fail")).await;
    check("expanded_statuses=true", (4, "canceled")).await;
    let list = platform.client.get("/app/u/msg/m/endpoint?limit=1&iterator=ep_00000000004").await.json();
    assert_eq!((ids(&list), &list["done"]), (vec!["ep_00000000005".to_owned()], &json!(false)));
    assert_eq!(list["data"][0]["disabled"], true);
}

#[tokio::test]
async fn the_endpoint_of_a_message_is_shown_without_its_notes() {
    let platform = Platform::new().await;
    let subscription = Subscription {
        event_types: Some(vec!["a".parse().unwrap()]),
        channels: Some(vec!["c".parse().unwrap()]),
        pattern: None,
    };
    platform
        .endpoint(1, Door::Api, "/hang", |it| Endpoint {
            uid: Some("e".parse().unwrap()),
            description: "mine".to_owned(),
            throttle: Rate::new(9),
            subscription,
            ..it
        })
        .await;
    let id = platform
        .sends(&json!({ "eventType": "a", "payload": {}, "channels": ["c"], "delaySeconds": 5 }))
        .await;
    let list = platform.client.get(&format!("/app/u/msg/{id}/endpoint")).await.json();
    let made = list["data"][0]["createdAt"].clone();
    let expected = json!({
        "id": "ep_00000000001", "uid": "e", "url": "https://example.com/hang", "description": "mine", "version": 1,
        "disabled": false, "eventTypes": ["a"], "filterTypes": ["a"], "channels": ["c"], "throttleRate": 9,
        "rateLimit": 9, "createdAt": made, "updatedAt": made, "status": 1, "statusText": "pending",
        "nextAttempt": "2026-01-31T12:35:01.789Z",
    });
    assert_eq!(list["data"], json!([expected]));
}

#[tokio::test]
async fn the_messages_of_an_endpoint_are_found_by_where_they_stand() {
    let platform = Platform::new().await;
    let client = &platform.client;
    platform.endpoint(1, Door::Webhook, "/fail", |it| it).await;
    let failed = platform.sends(&json!({ "eventType": "a", "payload": { "is": 1 }, "tags": ["t"] })).await;
    platform.attempts(&failed, 1).await;
    let later = json!({ "eventType": "b", "payload": {}, "channels": ["c"], "delaySeconds": 5 });
    let cancelled = platform.sends(&later).await;
    client.post(&format!("/app/u/msg/{cancelled}/cancel"), &Value::Null).await.is(200);
    let pending = platform.sends(&later).await;
    let path = "/app/u/endpoint/ep_00000000001/msg";
    let check = async |query: &str, expected: &[&String]| {
        let list = client.get(&format!("{path}?{query}")).await;
        list.is(200);
        let expected: Vec<String> = expected.iter().copied().cloned().collect();
        assert_eq!(ids(&list.json()), expected, "{query}");
        assert_eq!(list.json()["done"], true, "{query}");
    };
    check("", &[&pending, &cancelled, &failed]).await;
    check("status=0", &[]).await;
    check("status=1", &[&pending]).await;
    check("status=2", &[&cancelled, &failed]).await;
    check("status=2&expanded_statuses=true", &[&failed]).await;
    check("status=3", &[]).await;
    check("status=4&expanded_statuses=true", &[&cancelled]).await;
    check("tag=t&event_types=a", &[&failed]).await;
    check("channel=c&status=1", &[&pending]).await;
    check("before=2026-01-31T12:34:56.789Z", &[]).await;
    let list = client.get(&format!("{path}?expanded_statuses=true&with_content=false")).await.json();
    let row = |id: &str, event_type: &str, named: Value, rest: Value| {
        let mut row = json!({
            "id": id, "eventId": null, "eventType": event_type, "payload": {}, "timestamp": AT, "channels": null,
            "tags": null,
        });
        row.as_object_mut().unwrap().extend(named.as_object().unwrap().clone());
        row.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        row
    };
    let (in_c, at) = (json!({ "channels": ["c"] }), "2026-01-31T12:35:01.789Z");
    let waits = json!({ "status": 1, "statusText": "pending", "deliverAt": at, "nextAttempt": at });
    let back = json!({ "status": 4, "statusText": "canceled", "deliverAt": at });
    let expected = json!([
        row(&pending, "b", in_c.clone(), waits),
        row(&cancelled, "b", in_c, back),
        row(&failed, "a", json!({ "tags": ["t"] }), json!({ "status": 2, "statusText": "fail" })),
    ]);
    assert_eq!(list["data"], expected);
    let walked = client.get(&format!("{path}?status=2&limit=1")).await.json();
    assert_eq!(walked["done"], false);
    let answer = problems(&[(&["query", "status"], "must be from 0 to 4")]);
    client.is_refused(Method::GET, &format!("{path}?status=9"), "", 422, &answer).await;
    client.is_refused(Method::GET, "/app/u/endpoint/x/msg", "", 404, &not_found()).await;
}

#[tokio::test]
async fn a_delivery_is_made_again() {
    let platform = Platform::new().await;
    let client = &platform.client;
    platform.endpoint(1, Door::Webhook, "/fail", |it| it).await;
    let unwanted = Subscription::to("z".parse().unwrap());
    platform.endpoint(2, Door::Webhook, "/ok", |it| Endpoint { subscription: unwanted, ..it }).await;
    let id = platform.sends(&json!({ "eventType": "a", "payload": {}, "eventId": "m" })).await;
    platform.attempts(&id, 1).await;
    let resend = async |path: String| {
        let reply = client.post(&path, &Value::Null).await;
        reply.is(202);
        assert_eq!(reply.text, "{}");
    };
    resend(format!("/app/u/msg/{id}/endpoint/ep_00000000001/resend")).await;
    let attempts = platform.attempts(&id, 2).await;
    assert_eq!((&attempts[0]["triggerType"], &attempts[1]["triggerType"]), (&json!(1), &json!(0)));
    resend("/app/u/msg/m/endpoint/ep_00000000002/resend".to_owned()).await;
    let attempts = platform.attempts(&id, 3).await;
    assert_eq!((&attempts[0]["statusText"], &attempts[0]["triggerType"]), (&json!("success"), &json!(1)));
}

#[tokio::test]
async fn what_is_under_way_is_not_made_twice() {
    let platform = Platform::new().await;
    platform.endpoint(1, Door::Api, "/hang", |it| it).await;
    let id = platform.sends_type("a").await;
    let path = format!("/app/u/msg/{id}/endpoint/ep_00000000001/resend");
    platform.client.post(&path, &Value::Null).await.is(202);
    assert_eq!(platform.client.node.receivers.requests().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_made_again_is_refused() {
    let mut platform = Platform::new().await;
    platform.endpoint(1, Door::Api, "/ok", disabled).await;
    let id = platform.sends_type("a").await;
    let app = platform.app;
    let client = &mut platform.client;
    client.makes("/app", &json!({ "name": "x", "uid": "v" })).await;
    let answer =
        json!({ "code": "endpoint_disabled", "detail": "The endpoint is disabled: enable it first." });
    let path = format!("/app/u/msg/{id}/endpoint/ep_00000000001/resend");
    client.is_refused(Method::POST, &path, "", 400, &answer).await;
    for path in [
        format!("/app/u/msg/{id}/endpoint/ep_00000000009/resend"),
        format!("/app/v/msg/{id}/endpoint/ep_00000000001/resend"),
        "/app/u/msg/x/endpoint/ep_00000000001/resend".to_owned(),
        "/app/u/msg/msg_00000000001/endpoint/ep_00000000001/resend".to_owned(),
    ] {
        client.is_refused(Method::POST, &path, "", 404, &not_found()).await;
    }
    for (key, scope) in [("read", Scope::Read), ("send", Scope::Send)] {
        client.has_key(key, scope).await;
        client.becomes(key);
        client.is_refused(Method::POST, &path, "", 403, &forbidden()).await;
    }
    client.has_key("app", Scope::App(app)).await;
    client.becomes("app");
    client.is_refused(Method::POST, &path, "", 400, &answer).await;
}
