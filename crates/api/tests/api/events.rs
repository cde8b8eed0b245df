//! `POST /events`.

use axum::http::Method;
use serde_json::{Value, json};

use crate::node::{Node, invalid, required};

fn event() -> Value {
    json!({
        "source": "crm",
        "detail-type": "OrderPaid",
        "detail": { "companyId": 42, "webhookEvent": "order.paid", "resourceType": "order", "resourceId": 7 },
    })
}

const FIELDS: [&str; 6] = [
    "source",
    "detail-type",
    "detail.companyId",
    "detail.webhookEvent",
    "detail.resourceType",
    "detail.resourceId",
];

fn missing(place: &str, fields: &[&str]) -> Value {
    let errors: Vec<String> = fields.iter().map(|field| required(&format!("{place}{field}"))).collect();
    json!({ "message": "Validation errors", "errors": errors })
}

#[tokio::test]
async fn an_event_calls_the_webhook_with_the_resource_as_it_is() {
    let node = Node::new().await;
    let webhook = json!({ "companyId": 42, "url": "https://example.com/ok", "eventType": "order.paid" });
    node.post_json("/webhooks", &webhook).await.is(200);
    node.put_json("/resources/order/7", &json!({ "companyId": "42", "total": 12.50 })).await.is(200);
    let reply = node.post_json("/events", &event()).await;
    reply.is(200);
    let answer = reply.json();
    let id = answer["data"][0]["id"].as_str().unwrap();
    assert_eq!(answer, json!({ "message": "Events published", "data": [{ "id": id }] }));
    let done = node.until(&format!("/executions/{id}"), |found| found["data"]["status"] == "succeeded").await;
    assert_eq!(done["data"]["source"], "crm");
    assert_eq!(done["data"]["detailType"], "OrderPaid");
    let body: Value = serde_json::from_slice(&node.receivers.requests()[0].body).unwrap();
    assert_eq!(body["resource"]["total"], json!(12.5));
}

#[tokio::test]
async fn many_events_are_answered_in_their_order() {
    let node = Node::new().await;
    for count in [1, 2, 100] {
        let events: Vec<Value> = (0..count)
            .map(|number| {
                let mut event = event();
                event["detail"]["resourceId"] = json!(number);
                event
            })
            .collect();
        let reply = node.post_json("/events", &json!(events)).await;
        reply.is(200);
        let answer = reply.json();
        let published = answer["data"].as_array().unwrap();
        assert_eq!(published.len(), count);
        for (number, published) in published.iter().enumerate() {
            let id = published["id"].as_str().unwrap();
            let execution = node.get(&format!("/executions/{id}")).await.json();
            assert_eq!(execution["data"]["input"]["resourceId"], number.to_string());
        }
    }
}

#[tokio::test]
async fn errors_name_the_event_and_the_field() {
    let node = Node::new().await;
    for body in ["{}", r#"{"source":7,"detail-type":[],"detail":{}}"#, r#"{"detail":[1,2,3,4]}"#] {
        node.refuses_post("/events", body, 422, &missing("", &FIELDS)).await;
    }
    for detail in ["null", "7", "\"text\"", "[]", "true", "-1", "1.5"] {
        let body = format!(r#"{{"source":"a","detail-type":"b","detail":{detail}}}"#);
        node.refuses_post("/events", &body, 422, &missing("", &FIELDS[2..])).await;
    }
    let cases = [
        ("webhookEvent", json!("a b")),
        ("companyId", json!(-1)),
        ("resourceType", json!(7)),
        ("resourceId", json!("a/b")),
        ("resourceId", Value::Null),
    ];
    for (field, value) in cases {
        let mut wrong = event();
        wrong["detail"][field] = value;
        let field = format!("detail.{field}");
        node.refuses_post("/events", &wrong.to_string(), 422, &missing("", &[&field])).await;
        let events = json!([event(), event(), event(), wrong, event()]);
        node.refuses_post("/events", &events.to_string(), 422, &missing("[3].", &[&field])).await;
    }
    let mut empty = event();
    empty["source"] = json!("");
    empty["detail-type"] = json!("x".repeat(1025));
    node.refuses_post("/events", &empty.to_string(), 422, &missing("", &FIELDS[..2])).await;
}

#[tokio::test]
async fn all_events_are_published_or_none() {
    let node = Node::new().await;
    let events = json!([event(), 7, {}, event()]);
    let errors: Vec<String> = ["[1].", "[2]."]
        .iter()
        .flat_map(|at| FIELDS.map(|field| required(&format!("{at}{field}"))))
        .collect();
    let errors: Vec<&str> = errors.iter().map(String::as_str).collect();
    node.refuses_post("/events", &events.to_string(), 422, &invalid(&errors)).await;
}

#[tokio::test]
async fn the_number_of_events_is_bounded() {
    let node = Node::new().await;
    let answer = invalid(&["The body must have 1 to 100 events"]);
    for count in [0, 101, 2000] {
        let events = vec![event(); count];
        node.refuses_post("/events", &json!(events).to_string(), 422, &answer).await;
    }
}

#[tokio::test]
async fn what_the_events_of_a_request_carry_is_bounded() {
    let node = Node::new().await;
    let webhook = json!({ "companyId": 42, "url": "https://example.com/ok", "eventType": "order.paid" });
    node.post_json("/webhooks", &webhook).await.is(200);
    let order = json!({ "companyId": 42, "text": "x".repeat(1024 * 1000) });
    node.put_json("/resources/order/7", &order).await.is(200);
    let why = "The calls that follow from one request may carry at most 8388608 bytes together.";
    let answer = json!({ "message": "Request too large", "errors": [why] });
    node.refuses_post("/events", &json!(vec![event(); 9]).to_string(), 413, &answer).await;
    node.post_json("/events", &json!(vec![event(); 8])).await.is(200);
}

#[tokio::test]
async fn what_is_no_event_is_refused() {
    let node = Node::new().await;
    for body in ["7", "null", "\"text\"", "true"] {
        node.post("/events", body).await.is(422);
    }
    let twice = event().to_string().replacen('{', r#"{"source":"other","#, 1);
    let why = "The body has the wrong form: duplicate field `source`";
    let reply = node.post("/events", twice).await;
    reply.is(422);
    assert!(reply.json()["errors"][0].as_str().unwrap().starts_with(why), "{}", reply.text);
    let reply = node.request(Method::PUT, "/events", event().to_string()).await;
    reply.is(405);
}
