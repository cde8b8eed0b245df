//! S5: other services publish on the bus, by reference: `POST /events`.

use serde_json::{Value, json};

use crate::dev;
use crate::support::client::Client;
use crate::support::platform::{calls, ended_call, execution, register_for};
use crate::support::receiver::Receiver;

const TYPE: &str = "order.shipped";

/// An event as a publisher on the article's bus writes it.
fn event(company: &Value, id: &str) -> Value {
    json!({
        "source": "shop.orders",
        "detail-type": "Order shipped",
        "detail": { "companyId": company, "webhookEvent": TYPE, "resourceType": "order", "resourceId": id },
    })
}

fn put(client: &mut Client, id: &str, version: usize) {
    let body = json!({ "companyId": 42, "version": version }).to_string();
    client.send("PUT", &format!("/resources/order/{id}"), Some(body.as_bytes())).unwrap().expect(200);
}

/// Publishes one event; answers its id, which is the id of its execution.
#[track_caller]
fn publish(client: &mut Client, event: &Value) -> String {
    let answer = client.post("/events", event).expect(200);
    assert_eq!(answer["message"], "Events published");
    assert_eq!(answer["data"].as_array().map(Vec::len), Some(1));
    answer["data"][0]["id"].as_str().unwrap().to_owned()
}

fn executions(client: &mut Client) -> usize {
    let page = client.get("/executions?companyId=42&limit=250").expect(200);
    page["data"].as_array().unwrap().len()
}

#[test]
fn the_resource_is_fetched_when_the_call_is_prepared() {
    let (_data, program) = dev(&["--retry-schedule", "50ms,50ms"]);
    let receiver = Receiver::answering(500);
    let mut client = program.client();
    register_for(&mut client, "42", &receiver.url("/"), TYPE);
    put(&mut client, "7", 1);
    put(&mut client, "7", 2);
    let id = publish(&mut client, &event(&json!(42), "7"));
    put(&mut client, "7", 3);
    client.send("DELETE", "/resources/order/7", None).unwrap().expect(200);
    let requests = receiver.wait_for(3);
    for request in &requests {
        assert_eq!(request.json()["resource"]["version"], 2, "not as it was before, and not as it is later");
        assert_eq!(request.json()["resourceType"], "order");
        assert_eq!(request.header("webhook-id"), Some(id.as_str()));
    }
    let call = ended_call(&mut client, "42");
    assert_eq!(call["payload"]["resource"]["version"], 2);
    let execution = execution(&mut client, &id);
    assert_eq!(execution["source"], "shop.orders");
    assert_eq!(execution["detailType"], "Order shipped");
    assert_eq!(execution["input"], event(&json!("42"), "7")["detail"]);
}

#[test]
fn a_resource_that_is_not_there_fails_the_execution() {
    let (_data, program) = dev(&[]);
    let receiver = Receiver::answering(200);
    let mut client = program.client();
    register_for(&mut client, "42", &receiver.url("/"), TYPE);
    register_for(&mut client, "43", &receiver.url("/"), TYPE);
    put(&mut client, "7", 1);
    // It never existed, it is of another type, or it belongs to another company.
    let mut other_type = event(&json!(42), "7");
    other_type["detail"]["resourceType"] = json!("offer");
    for nowhere in [event(&json!(42), "8"), other_type, event(&json!(43), "7")] {
        let id = publish(&mut client, &nowhere);
        let execution = execution(&mut client, &id);
        assert_eq!(execution["status"], "failed", "{nowhere}");
        assert_eq!(execution["cause"], "dataNotFound", "{nowhere}");
        assert_eq!(execution["deliveries"], json!([]));
    }
    assert_eq!(calls(&mut client, "42"), Vec::<Value>::new());
    assert_eq!(calls(&mut client, "43"), Vec::<Value>::new());
    assert!(receiver.calls().is_empty());
}

#[test]
fn an_event_that_nobody_wants_is_skipped() {
    let (_data, program) = dev(&[]);
    let mut client = program.client();
    put(&mut client, "7", 1);
    for resource in ["7", "gone"] {
        let id = publish(&mut client, &event(&json!(42), resource));
        let execution = execution(&mut client, &id);
        assert_eq!(execution["status"], "skipped", "whether or not the resource is there: {resource}");
        assert_eq!(execution.get("cause"), None);
    }
}

#[test]
fn up_to_a_hundred_events_come_at_once() {
    let (_data, program) = dev(&[]);
    let receiver = Receiver::answering(200);
    let mut client = program.client();
    register_for(&mut client, "42", &receiver.url("/"), TYPE);
    put(&mut client, "7", 1);
    let events = |count: usize| Value::from(vec![event(&json!(42), "7"); count]);
    let answer = client.post("/events", &events(100)).expect(200);
    let ids: Vec<&str> =
        answer["data"].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 100);
    assert!(ids.is_sorted_by(|a, b| a < b), "in the order of the array, each its own");
    let received = receiver.wait_for(100);
    let mut ids_received: Vec<&str> =
        received.iter().map(|request| request.header("webhook-id").unwrap()).collect();
    ids_received.sort_unstable();
    assert_eq!(ids_received, ids);
    for refused in [101, 0, 1000] {
        let answer = client.post("/events", &events(refused)).expect(422);
        assert_eq!(answer["errors"], json!(["The body must have 1 to 100 events"]), "{refused}");
    }
    assert_eq!(executions(&mut client), 100);
    assert_eq!(receiver.calls().len(), 100);
}

#[test]
fn all_events_of_a_request_are_published_or_none() {
    let (_data, program) = dev(&[]);
    let receiver = Receiver::answering(200);
    let mut client = program.client();
    register_for(&mut client, "42", &receiver.url("/"), TYPE);
    put(&mut client, "7", 1);
    let before = executions(&mut client);
    let good = event(&json!(42), "7");
    let bad = [
        (event(&json!(-1), "7"), "[1].detail.companyId"),
        (event(&json!(42), "a b"), "[1].detail.resourceId"),
        (json!({ "source": "a", "detail-type": "b", "detail": {} }), "[1].detail.webhookEvent"),
        (json!({}), "[1].source"),
        (json!(null), "[1].detail-type"),
        (json!([good]), "[1].detail.resourceType"),
    ];
    for (bad, field) in bad {
        let answer = client.post("/events", &json!([good, bad, good])).expect(422);
        let expected = json!(format!("Required field {field} not found or invalid"));
        assert!(answer["errors"].as_array().unwrap().contains(&expected), "{answer}");
    }
    assert_eq!(executions(&mut client), before);
    let published = client.post("/events", &json!([good])).expect(200);
    let request = receiver.wait_for(1).remove(0);
    assert_eq!(
        request.header("webhook-id"),
        published["data"][0]["id"].as_str(),
        "and nothing came before it"
    );
}

#[test]
fn a_single_event_names_its_fields() {
    let (_data, program) = dev(&[]);
    let mut client = program.client();
    let answer = client.post("/events", &json!({ "detail": { "resourceId": 7 } })).expect(422);
    let fields = ["source", "detail-type", "detail.companyId", "detail.webhookEvent", "detail.resourceType"];
    let expected = fields.map(|field| format!("Required field {field} not found or invalid"));
    assert_eq!(answer, json!({ "message": "Validation errors", "errors": expected }));
    for nonsense in ["1", "\"text\"", "true", "null"] {
        let answer = client.send("POST", "/events", Some(nonsense.as_bytes())).unwrap();
        assert_eq!(answer.status, 422, "{nonsense}");
    }
}
