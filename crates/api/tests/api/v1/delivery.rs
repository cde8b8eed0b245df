//! `/api/v1/delivery`.

use axum::body::Body;
use axum::http::{Method, Request};
use domain::endpoint::{Disabled, DisabledReason, Door, Endpoint};
use domain::id::{AppId, EndpointId};
use domain::key::Scope;
use domain::subscription::Subscription;
use domain::time::Timestamp;
use serde_json::{Value, json};

use super::client::{AT, Client, not_found, problems};
use super::platform::{Platform, ids};

/// The name of the delivery of a message to an endpoint.
fn name(message: &str, endpoint: i64) -> String {
    let endpoint = EndpointId::from_number(endpoint).to_string();
    format!("dlv_{}{}", &message[4..], &endpoint[3..])
}

/// One endpoint for each way in which a delivery may stand, and a message of type `a` to all of them.
async fn all_ways(platform: &Platform) -> String {
    let asked = Disabled { at: Timestamp::default(), reason: DisabledReason::Asked };
    platform.endpoint(1, Door::Api, "/ok", |it| it).await;
    platform.endpoint(2, Door::Webhook, "/fail", |it| it).await;
    platform.endpoint(3, Door::Api, "/refuse", |it| it).await;
    platform.endpoint(4, Door::Api, "/hang", |it| it).await;
    platform.endpoint(5, Door::Api, "/ok", |it| Endpoint { disabled: Some(asked), ..it }).await;
    platform.endpoint(6, Door::Api, "/fail", |it| Endpoint { uid: Some("six".parse().unwrap()), ..it }).await;
    let id = platform.sends(&json!({ "eventType": "a", "payload": {}, "eventId": "m", "tags": ["t"] })).await;
    platform.attempts(&id, 4).await;
    let cancelled = platform.client.post("/app/u/msg/m/cancel?endpoint_id=six", &Value::Null).await;
    assert_eq!(cancelled.json(), json!({ "canceled": 1 }));
    id
}

async fn check(client: &Client, query: &str, expected: &[String]) {
    let list = client.get(&format!("/delivery?{query}")).await;
    list.is(200);
    assert_eq!(ids(&list.json()), expected, "{query}");
    assert_eq!(list.json()["done"], true, "{query}");
}

#[tokio::test]
async fn a_delivery_tells_where_it_stands_and_how_it_went() {
    let platform = Platform::new().await;
    let message = all_ways(&platform).await;
    let list = platform.client.get("/delivery").await.json();
    let expected = |number: i64, url: &str, status: &str, attempts: u32, last: Value, next: Value| {
        json!({
            "id": name(&message, number),
            "appId": platform.app.to_string(),
            "appUid": "u",
            "messageId": message,
            "endpointId": EndpointId::from_number(number).to_string(),
            "endpointUrl": format!("https://example.com{url}"),
            "eventType": "a",
            "status": status,
            "attempts": attempts,
            "lastAttempt": last,
            "nextAttempt": next,
            "createdAt": AT,
        })
    };
    let last = |status: u16, code: Value| json!({ "responseStatusCode": status, "failureCode": code, "at": AT, "durationMs": 7 });
    let rows = [
        expected(6, "/fail", "canceled", 1, last(503, json!("http_status")), Value::Null),
        expected(5, "/ok", "fail", 0, Value::Null, Value::Null),
        expected(4, "/hang", "sending", 0, Value::Null, Value::Null),
        expected(
            3,
            "/refuse",
            "sending",
            1,
            last(0, json!("connect_refused")),
            json!("2026-01-31T12:35:01.789Z"),
        ),
        expected(2, "/fail", "fail", 1, last(503, json!("http_status")), Value::Null),
        expected(1, "/ok", "success", 1, last(200, Value::Null), Value::Null),
    ];
    assert_eq!(list["data"], json!(rows));
    let execution = Request::get(format!("/executions/{}", name(&message, 3)));
    let execution = execution.header("authorization", "Bearer admin").body(Body::empty()).unwrap();
    assert_eq!(platform.client.node.send(execution).await.json()["data"]["id"], message);
}

#[tokio::test]
async fn deliveries_are_found_by_whose_they_are_and_where_they_stand() {
    let platform = Platform::new().await;
    let client = &platform.client;
    let first = all_ways(&platform).await;
    let other = client.makes("/app", &json!({ "name": "x", "uid": "v" })).await;
    let endpoint = json!({ "url": "https://example.com/hang", "uid": "six" });
    let theirs = client.makes("/app/v/endpoint", &endpoint).await;
    let sent = client.post("/app/v/msg", &json!({ "eventType": "b", "payload": {} })).await.json();
    let second = format!("dlv_{}{}", &sent["id"].as_str().unwrap()[4..], &theirs[3..]);
    let of_first = |numbers: &[i64]| numbers.iter().map(|number| name(&first, *number)).collect::<Vec<_>>();
    let mine = of_first(&[6, 5, 4, 3, 2, 1]);
    let all = [vec![second.clone()], mine.clone()].concat();
    for query in [
        "",
        "event_types=a,b",
        "order=ascending",
        "after=2026-01-31T12:34:56.789",
        "status=",
        "before=2026-01-31T12:34:56.790Z",
    ] {
        check(client, query, &all).await;
    }
    for query in ["app_id=u", &format!("app_id={}", platform.app), "event_types=a", "tag=t"] {
        check(client, query, &mine).await;
    }
    let own = [second];
    for query in [
        "app_id=v".to_owned(),
        format!("app_id={other}"),
        format!("endpoint_id={theirs}"),
        "app_id=v&endpoint_id=six".to_owned(),
        "event_types[]=b".to_owned(),
    ] {
        check(client, &query, &own).await;
    }
    check(client, "endpoint_id=ep_00000000002", &of_first(&[2])).await;
    check(client, "app_id=u&endpoint_id=six&status=canceled", &of_first(&[6])).await;
    check(client, "app_id=u&status=fail,canceled", &of_first(&[6, 5, 2])).await;
    check(client, "app_id=u&status=success", &of_first(&[1])).await;
    check(client, "status=sending,pending&event_types=a", &of_first(&[4, 3])).await;
    for nothing in [
        "status=pending",
        "event_types=c",
        "app_id=v&status=fail",
        "before=2026-01-31T12:34:56.789",
        "channel=c",
    ] {
        check(client, nothing, &[]).await;
    }
}

#[tokio::test]
async fn deliveries_are_walked_in_both_directions() {
    let platform = Platform::new().await;
    let message = all_ways(&platform).await;
    let page = async |query: &str| {
        let list = platform.client.get(&format!("/delivery?limit=2&{query}")).await.json();
        let iterator = |name: &str| list[name].as_str().unwrap_or_default().to_owned();
        (ids(&list), list["done"].as_bool().unwrap(), iterator("iterator"), iterator("prevIterator"))
    };
    for of in ["", "app_id=u&", "event_types=a&"] {
        let (mut found, mut next) = (Vec::new(), String::new());
        loop {
            let (rows, done, behind, _) = page(&format!("{of}{next}")).await;
            found.extend(rows);
            if done {
                break;
            }
            next = format!("iterator={behind}");
        }
        let expected: Vec<String> = (1..=6).rev().map(|number| name(&message, number)).collect();
        assert_eq!(found, expected, "{of}");
        let (rows, done, _, before) = page(&format!("{of}iterator=-{}", expected[3])).await;
        assert_eq!((&rows[..], done), (&expected[1..3], false));
        let (rows, done, ..) = page(&format!("{of}iterator={before}")).await;
        assert_eq!((&rows[..], done), (&expected[..1], true));
    }
    // The failing ones of one endpoint: the page goes on from where another one stood.
    let (rows, done, next, _) = page(&format!("status=success&iterator={}", name(&message, 3))).await;
    assert_eq!((rows, done, next), (vec![name(&message, 1)], true, name(&message, 1)));
}

#[tokio::test]
async fn a_key_of_one_app_sees_that_app_alone() {
    let mut platform = Platform::new().await;
    let first = all_ways(&platform).await;
    let client = &mut platform.client;
    let other: AppId = client.makes("/app", &json!({ "name": "x", "uid": "v" })).await.parse().unwrap();
    client.has_key("own", Scope::App(platform.app)).await;
    client.has_key("other", Scope::App(other)).await;
    client.has_key("read", Scope::Read).await;
    let mine: Vec<String> = (1..=6).rev().map(|number| name(&first, number)).collect();
    client.becomes("own");
    check(client, "", &mine).await;
    check(client, "app_id=u", &mine).await;
    check(client, "endpoint_id=six", &mine[..1]).await;
    client.is_refused(Method::GET, "/delivery?app_id=v", "", 404, &not_found()).await;
    client.becomes("other");
    check(client, "", &[]).await;
    for query in [
        "app_id=u",
        "endpoint_id=ep_00000000001",
        "endpoint_id=six",
        "app_id=v&endpoint_id=ep_00000000001",
        "app_id=u&endpoint_id=ep_00000000001",
    ] {
        client.is_refused(Method::GET, &format!("/delivery?{query}"), "", 404, &not_found()).await;
    }
    client.becomes("read");
    check(client, "", &mine).await;
}

#[tokio::test]
async fn what_the_organization_is_told_is_not_among_the_deliveries() {
    let platform = Platform::new().await;
    let client = &platform.client;
    let hook = json!({ "url": "https://example.com/hang", "filterTypes": ["endpoint.created"] });
    let hook = client.makes("/operational-webhook/endpoint", &hook).await;
    client.makes("/app/u/endpoint", &json!({ "url": "https://example.com/hang" })).await;
    client.node.until_called(1).await;
    check(client, "", &[]).await;
    client.is_refused(Method::GET, &format!("/delivery?endpoint_id={hook}"), "", 404, &not_found()).await;
}

#[tokio::test]
async fn what_is_asked_for_in_vain_is_said() {
    let platform = Platform::new().await;
    let client = &platform.client;
    let gone = platform
        .endpoint(1, Door::Api, "/ok", |it| Endpoint {
            subscription: Subscription::to("z".parse().unwrap()),
            ..it
        })
        .await;
    client.delete(&format!("/app/u/endpoint/{gone}")).await.is_empty(204);
    for nothing in [
        "app_id=x",
        "app_id=",
        "app_id=a%20b",
        "endpoint_id=ep_00000000009",
        "endpoint_id=ep_00000000001",
        "app_id=u&endpoint_id=x",
        "endpoint_id=",
    ] {
        client.is_refused(Method::GET, &format!("/delivery?{nothing}"), "", 404, &not_found()).await;
    }
    for (query, parameter, msg) in [
        ("status=failed", "status", "must be of success, pending, fail, sending, canceled"),
        ("status=2", "status", "must be of success, pending, fail, sending, canceled"),
        ("iterator=msg_00000000001", "iterator", "The iterator is not one of this list"),
        ("limit=251", "limit", "Given limit must not exceed 250"),
        ("endpoint_id=x", "endpoint_id", "must be the endpoint's id, or come with the app_id of its app"),
    ] {
        let answer = problems(&[(&["query", parameter], msg)]);
        client.is_refused(Method::GET, &format!("/delivery?{query}"), "", 422, &answer).await;
    }
}
