//! S6: each event has an execution that one can look at, step by step.

use serde_json::{Value, json};

use crate::dev;
use crate::support::client::Client;
use crate::support::patience::eventually;
use crate::support::platform::{candidate, create, ended_call, execution, register};
use crate::support::receiver::{Answer, Receiver};

/// Creates a candidate; answers the id of its execution.
fn start(client: &mut Client, company: &str) -> String {
    let answer = client.post("/candidates", &candidate(company));
    answer.expect(200);
    answer.message.header("whimbrel-message-id").unwrap().to_owned()
}

/// The states of the steps S6a to S6j, one letter each.
fn states(execution: &Value) -> String {
    let steps = execution["steps"].as_array().unwrap();
    let ids: Vec<&str> = steps.iter().map(|step| step["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["S6a", "S6b", "S6c", "S6d", "S6e", "S6f", "S6g", "S6h", "S6i", "S6j"]);
    let letter = |step: &Value| match step["state"].as_str().unwrap() {
        "succeeded" => 's',
        "failed" => 'F',
        "running" => 'r',
        "pending" => 'p',
        "notEntered" => '-',
        other => panic!("{other}"),
    };
    steps.iter().map(letter).collect()
}

/// What has begun says when, what has ended too, and nothing ends before it began.
fn check_times(execution: &Value) {
    let mut begun = execution["startedAt"].as_str().unwrap();
    for step in execution["steps"].as_array().unwrap() {
        let (started, ended) = (step["startedAt"].as_str(), step["endedAt"].as_str());
        match step["state"].as_str().unwrap() {
            "succeeded" | "failed" => assert!(begun <= started.unwrap() && started <= ended, "{step}"),
            "running" => assert!(ended.is_none(), "{step}"),
            _ => assert_eq!((started, ended), (None, None), "{step}"),
        }
        begun = started.unwrap_or(begun);
    }
}

fn step<'a>(execution: &'a Value, id: &str) -> &'a Value {
    execution["steps"].as_array().unwrap().iter().find(|step| step["id"] == id).unwrap()
}

/// Waits until the execution has ended.
fn ended(client: &mut Client, id: &str) -> Value {
    let execution = eventually("the execution ends", || {
        Some(execution(client, id)).filter(|execution| execution["status"] != "running")
    });
    assert!(execution["endedAt"].is_string(), "{execution}");
    check_times(&execution);
    execution
}

#[test]
fn a_call_that_succeeds_at_once() {
    let (_data, program) = dev(&[]);
    let receiver = Receiver::new(|_, _| {
        Answer::Raw(b"HTTP/1.1 201 Created\r\ncontent-length: 6\r\n\r\nthanks".to_vec())
    });
    let mut client = program.client();
    register(&mut client, "42", &receiver.url("/"));
    let id = start(&mut client, "42");
    let execution = ended(&mut client, &id);
    assert_eq!(execution["status"], "succeeded");
    assert_eq!(states(&execution), "ssssssss-s");
    assert_eq!(
        (&execution["companyId"], &execution["eventType"]),
        (&json!("42"), &json!("candidate.created"))
    );
    let call = ended_call(&mut client, "42");
    let detail = json!({
        "companyId": "42",
        "webhookEvent": "candidate.created",
        "resourceType": "candidate",
        "resourceId": call["payload"]["resourceId"],
    });
    assert_eq!(execution["input"], detail);
    assert_eq!(step(&execution, "S6a")["input"], detail);
    assert_eq!(step(&execution, "S6d")["output"], call["payload"]["resource"]);
    let attempt = &execution["deliveries"][0]["attempts"][0];
    let mut in_step = attempt.clone();
    assert!(in_step.as_object_mut().unwrap().remove("request").is_some());
    assert_eq!(step(&execution, "S6h")["output"], in_step);
    let headers = attempt["request"]["headers"].as_array().unwrap();
    assert!(headers.iter().any(|header| header[0] == "webhook-signature"), "{attempt}");
    let sent: Value = serde_json::from_str(execution["deliveries"][0]["body"].as_str().unwrap()).unwrap();
    assert_eq!(sent, call["payload"]);
    assert_eq!(attempt["number"], 1);
    assert_eq!(attempt["url"], receiver.url("/"));
    assert_eq!(attempt["response"], json!({ "status": 201, "body": "thanks", "truncated": false }));
    assert_eq!(attempt["failure"], Value::Null);
    assert!(attempt["durationMs"].is_u64());
    assert_eq!(execution["deliveries"][0]["id"], call["pk"]);
    // The id of the call leads to the same execution.
    assert_eq!(crate::support::platform::execution(&mut client, call["pk"].as_str().unwrap()), execution);
}

#[test]
fn a_call_that_needs_a_retry() {
    let (_data, program) = dev(&["--retry-schedule", "10ms,10ms,10ms"]);
    let receiver = Receiver::new(|_, before| Answer::Status(if before < 2 { 503 } else { 200 }));
    let mut client = program.client();
    register(&mut client, "42", &receiver.url("/"));
    let id = start(&mut client, "42");
    let execution = ended(&mut client, &id);
    assert_eq!(execution["status"], "succeeded");
    assert_eq!(states(&execution), "sssssssFss");
    assert_eq!(step(&execution, "S6i")["output"].as_array().map(Vec::len), Some(2));
    assert_eq!(step(&execution, "S6j")["output"], json!({ "status": "success" }));
}

#[test]
fn a_call_that_fails_to_the_end() {
    let (_data, program) = dev(&["--retry-schedule", "10ms,10ms,10ms"]);
    let receiver = Receiver::answering(500);
    let mut client = program.client();
    register(&mut client, "42", &receiver.url("/"));
    let id = start(&mut client, "42");
    let execution = ended(&mut client, &id);
    assert_eq!(execution["status"], "failed");
    assert_eq!(execution.get("cause"), None);
    assert_eq!(states(&execution), "sssssssFFs");
    let delivery = &execution["deliveries"][0];
    assert_eq!(delivery["status"], "failed");
    assert_eq!(delivery["error"], "http_status: The receiver answered 500.");
    assert_eq!(delivery["attempts"].as_array().map(Vec::len), Some(4));
    assert_eq!(step(&execution, "S6j")["output"]["error"], delivery["error"]);
}

#[test]
fn a_call_under_way_and_between_attempts() {
    let (_data, program) = dev(&["--retry-schedule", "1h"]);
    let hanging = Receiver::new(|_, _| Answer::Hang);
    let failing = Receiver::answering(500);
    let mut client = program.client();
    register(&mut client, "1", &hanging.url("/"));
    register(&mut client, "2", &failing.url("/"));
    let under_way = start(&mut client, "1");
    hanging.wait_for(1);
    let execution_under_way = execution(&mut client, &under_way);
    assert_eq!(execution_under_way["status"], "running");
    assert_eq!(execution_under_way["endedAt"], Value::Null);
    assert_eq!(states(&execution_under_way), "sssssssr-p");
    let waiting = start(&mut client, "2");
    let between = eventually("it waits for the retry", || {
        let execution = execution(&mut client, &waiting);
        execution["deliveries"][0]["nextAttemptAt"].is_string().then_some(execution)
    });
    assert_eq!(states(&between), "sssssssFrp");
    check_times(&between);
    assert_eq!(between["status"], "running");
}

#[test]
fn a_skipped_execution_ends_at_once() {
    let (_data, program) = dev(&[]);
    let mut client = program.client();
    let id = start(&mut client, "42");
    let execution = ended(&mut client, &id);
    assert_eq!(execution["status"], "skipped");
    assert_eq!(states(&execution), "ss--------");
    assert_eq!(step(&execution, "S6b")["output"], json!({ "next": "SkipExecution" }));
    assert_eq!(execution["deliveries"], json!([]));
    assert_eq!(execution["endedAt"], execution["startedAt"]);
}

#[test]
fn an_execution_without_its_resource_fails() {
    let (_data, program) = dev(&[]);
    let receiver = Receiver::answering(200);
    let mut client = program.client();
    register(&mut client, "42", &receiver.url("/"));
    let event = json!({
        "source": "test",
        "detail-type": "Test",
        "detail": {
            "companyId": 42,
            "webhookEvent": "candidate.created",
            "resourceType": "candidate",
            "resourceId": "gone",
        },
    });
    let published = client.post("/events", &event).expect(200);
    let execution = ended(&mut client, published["data"][0]["id"].as_str().unwrap());
    assert_eq!((&execution["status"], &execution["cause"]), (&json!("failed"), &json!("dataNotFound")));
    assert_eq!(states(&execution), "ssssF-----");
    assert_eq!(step(&execution, "S6d")["output"], Value::Null);
    assert_eq!(step(&execution, "S6e")["output"], json!({ "error": "dataNotFound" }));
}

#[test]
fn executions_are_listed_newest_first() {
    let (_data, program) = dev(&[]);
    let mut client = program.client();
    let mut skipped: Vec<String> = (0..3).map(|_| start(&mut client, "42")).collect();
    let receiver = Receiver::answering(200);
    register(&mut client, "42", &receiver.url("/"));
    let mut routed: Vec<String> = (0..3).map(|_| start(&mut client, "42")).collect();
    create(&mut client, "43");
    skipped.reverse();
    routed.reverse();
    let mut list = |query: &str| {
        let page = client.get(&format!("/executions?companyId=42{query}")).expect(200);
        let ids = page["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned());
        (ids.collect::<Vec<_>>(), page["iterator"].as_str().map(ToOwned::to_owned))
    };
    let all = [routed.clone(), skipped.clone()].concat();
    assert_eq!(list("").0, all);
    assert_eq!(list("&status=skipped").0, skipped);
    assert_eq!(list("&status=routed").0, routed);
    assert_eq!(list("&status=dataNotFound").0, Vec::<String>::new());
    let (first, iterator) = list("&limit=4");
    let (second, end) = list(&format!("&limit=4&iterator={}", iterator.unwrap()));
    assert_eq!([first, second].concat(), all);
    assert_eq!(end, None);
    client.get("/executions").expect(422);
    client.get("/executions?companyId=42&status=running").expect(422);
    client.get("/executions/msg_00000000000").expect(404);
    client.get("/executions/nonsense").expect(404);
}
