//! `/executions`.

use std::time::Duration;

use domain::retry::Retries;
use serde_json::{Value, json};

use crate::node::{NOW, Node, Setup, candidate, invalid};

fn states(execution: &Value) -> Vec<(&str, &str)> {
    let steps = execution["steps"].as_array().unwrap().iter();
    steps.map(|step| (step["id"].as_str().unwrap(), step["state"].as_str().unwrap())).collect()
}

async fn until(node: &Node, id: &str, status: &str) -> Value {
    let path = format!("/executions/{id}");
    node.until(&path, |found| found["data"]["status"] == status).await["data"].take()
}

#[tokio::test]
async fn an_execution_tells_each_step() {
    let node = Node::new().await;
    node.register("https://example.com/ok").await;
    let id = node.create_candidate().await;
    let done = until(&node, &id, "succeeded").await;
    let all = ["S6a", "S6b", "S6c", "S6d", "S6e", "S6f", "S6g", "S6h", "S6i", "S6j"];
    let expected = all.map(|id| (id, if id == "S6i" { "notEntered" } else { "succeeded" }));
    assert_eq!(states(&done), expected);
    let resource = done["input"]["resourceId"].clone();
    let input = json!({
        "companyId": "42",
        "webhookEvent": "candidate.created",
        "resourceType": "candidate",
        "resourceId": resource,
    });
    let app = node.get("/api/v1/app/42").await.json()["id"].clone();
    let head = json!({
        "id": id,
        "appId": app,
        "companyId": "42",
        "eventType": "candidate.created",
        "source": "whimbrel",
        "detailType": "resource.insert",
        "status": "succeeded",
        "startedAt": NOW,
        "endedAt": NOW,
        "input": input,
    });
    let mut rest = done.clone();
    let (steps, deliveries) = (rest["steps"].take(), rest["deliveries"].take());
    rest.as_object_mut().unwrap().retain(|name, _| name != "steps" && name != "deliveries");
    assert_eq!(rest, head);
    assert_eq!(steps[0]["input"], input);
    assert_eq!(steps[0].get("deliveryId"), None);
    assert_eq!(steps[7]["deliveryId"], deliveries[0]["id"]);
    assert_eq!(steps[7]["name"], "Call Webhook");
}

#[tokio::test]
async fn a_delivery_shows_its_attempts() {
    let node = Node::new().await;
    node.register("https://example.com/fail").await;
    let id = node.create_candidate().await;
    let failed = until(&node, &id, "failed").await;
    let delivery = &failed["deliveries"][0];
    let request = &delivery["attempts"][0]["request"];
    let attempt = json!({
        "id": delivery["attempts"][0]["id"],
        "number": 1,
        "startedAt": NOW,
        "endedAt": "2026-01-31T12:34:56.796Z",
        "durationMs": 7,
        "url": "https://example.com/fail",
        "trigger": "scheduled",
        "request": request,
        "response": { "status": 503, "body": "not \u{fffd} now \0", "truncated": false },
        "failure": { "code": "http_status", "detail": "The receiver answered 503." },
    });
    let expected = json!({
        "id": delivery["id"],
        "endpointId": delivery["endpointId"],
        "url": "https://example.com/fail",
        "status": "failed",
        "reason": "exhausted",
        "error": "http_status: The receiver answered 503.",
        "body": delivery["body"],
        "attempts": [attempt],
        "interruptions": 0,
    });
    assert_eq!(delivery, &expected);
    assert_eq!(failed.get("cause"), None);
}

#[tokio::test]
async fn a_delivery_that_waits_says_until_when() {
    let retries = Retries::new(vec![Duration::from_secs(60)], 0.0).unwrap();
    let node = Node::with(Setup { retries, ..Setup::default() }).await;
    node.register("https://example.com/fail").await;
    let id = node.create_candidate().await;
    let path = format!("/executions/{id}");
    let waits = |found: &Value| found["data"]["deliveries"][0].get("nextAttemptAt").is_some();
    let found = node.until(&path, |found| waits(found)).await;
    assert_eq!(found["data"]["deliveries"][0]["nextAttemptAt"], "2026-01-31T12:35:56.789Z");
    assert_eq!(found["data"]["deliveries"][0]["status"], "pending");
    assert_eq!(found["data"]["status"], "running");
    assert_eq!(found["data"]["endedAt"], Value::Null);
    node.post(&format!("/api/v1/app/42/msg/{id}/cancel"), "").await.is(200);
    let canceled = &node.get(&path).await.json()["data"]["deliveries"][0];
    let said = (&canceled["status"], &canceled["reason"], &canceled["error"]);
    assert_eq!(said, (&json!("failed"), &json!("canceled"), &json!("It was cancelled.")));
}

#[tokio::test]
async fn without_a_webhook_it_is_skipped() {
    let node = Node::new().await;
    let id = node.create_candidate().await;
    let skipped = until(&node, &id, "skipped").await;
    assert_eq!(skipped["endedAt"], NOW);
    assert_eq!(skipped["deliveries"], json!([]));
    let expected = [("S6a", "succeeded"), ("S6b", "succeeded"), ("S6c", "notEntered"), ("S6d", "notEntered")];
    assert_eq!(states(&skipped)[..4], expected);
}

/// An event about a resource that is not there.
async fn publish_dangling(node: &Node) -> String {
    let detail = json!({
        "companyId": "42",
        "webhookEvent": "candidate.created",
        "resourceType": "candidate",
        "resourceId": "gone",
    });
    let event = json!({ "source": "crm", "detail-type": "Created", "detail": detail });
    let answer = node.post_json("/events", &event).await.json();
    answer["data"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn without_its_resource_it_fails() {
    let node = Node::new().await;
    node.register("https://example.com/ok").await;
    let id = publish_dangling(&node).await;
    let failed = until(&node, &id, "failed").await;
    assert_eq!(failed["cause"], "dataNotFound");
    assert_eq!(states(&failed)[4], ("S6e", "failed"));
    assert_eq!(node.get("/webhook_history/42").await.text, r#"{"data":[]}"#);
}

#[tokio::test]
async fn an_execution_is_found_by_the_pk_of_a_call() {
    let node = Node::new().await;
    node.register("https://example.com/ok").await;
    let id = node.create_candidate().await;
    let pk = node.get("/webhook_history/42").await.json()["data"][0]["pk"].take();
    let pk = pk.as_str().unwrap();
    assert_eq!(node.get(&format!("/executions/{pk}")).await.json()["data"]["id"], id);
    let other = format!("{}{}", &pk[..pk.len() - 11], "00000000001");
    node.get(&format!("/executions/{other}")).await.is(404);
}

#[tokio::test]
async fn absent_executions_are_not_found() {
    let node = Node::new().await;
    let answer = json!({ "message": "Not found", "errors": ["There is no such execution."] });
    for id in ["msg_00000000001", "msg_", "7", "%00", "%ff", "dlv_0000000000100000000001", "a%2Fb"] {
        let reply = node.get(&format!("/executions/{id}")).await;
        reply.is(404);
        assert_eq!(reply.json(), answer, "{id}");
    }
}

#[tokio::test]
async fn the_list_shows_how_routing_ended() {
    let node = Node::new().await;
    let skipped = node.create_candidate().await;
    node.register("https://example.com/ok").await;
    let routed = node.create_candidate().await;
    let dangling = publish_dangling(&node).await;
    let ids = |found: Value| -> Vec<String> {
        found["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    let cases = [
        ("", vec![&dangling, &routed, &skipped]),
        ("&status=skipped", vec![&skipped]),
        ("&status=dataNotFound", vec![&dangling]),
        ("&status=routed", vec![&routed]),
    ];
    for (query, expected) in cases {
        let found = node.get(&format!("/executions?companyId=42{query}")).await;
        found.is(200);
        assert_eq!(ids(found.json()).iter().collect::<Vec<_>>(), expected, "{query}");
    }
    let row = json!({
        "id": dangling,
        "companyId": "42",
        "eventType": "candidate.created",
        "source": "crm",
        "detailType": "Created",
        "resourceType": "candidate",
        "resourceId": "gone",
        "status": "dataNotFound",
        "startedAt": NOW,
    });
    let found = node.get("/executions?companyId=42&limit=1").await.json();
    assert_eq!(found, json!({ "data": [row], "iterator": dangling }));
    let next = node.get(&format!("/executions?companyId=42&limit=2&iterator={dangling}")).await.json();
    assert_eq!(ids(next.clone()), [routed, skipped]);
    assert_eq!(next.get("iterator"), None);
    assert_eq!(node.get("/executions?companyId=43").await.text, r#"{"data":[]}"#);
}

#[tokio::test]
async fn bad_questions_are_told_what_is_wrong() {
    let node = Node::new().await;
    let missing = "Query parameter companyId missing: it must be the id of a company";
    let company = "Query parameter companyId invalid: it must be the id of a company, once";
    let status = "Query parameter status invalid: it must be routed, skipped or dataNotFound, once";
    let limit = "Query parameter limit invalid: it must be a whole number from 1 to 250, once";
    let iterator = "Query parameter iterator invalid: it must be the id of the last row seen, once";
    let cases = [
        ("", vec![missing]),
        ("?companyId=", vec![company]),
        ("?companyId=a%20b&status=failed&limit=0&iterator=x", vec![company, status, limit, iterator]),
        ("?status=&status=", vec![missing, status]),
        ("?companyId=1&iterator=dlv_0000000000100000000001", vec![iterator]),
    ];
    for (query, errors) in cases {
        let reply = node.get(&format!("/executions{query}")).await;
        reply.is(422);
        assert_eq!(reply.json(), invalid(&errors), "{query}");
    }
    node.post_json("/candidates", &candidate()).await.is(200);
}
