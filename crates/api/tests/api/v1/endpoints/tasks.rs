//! What is delivered again by background tasks.

use axum::http::Method;
use domain::key::Scope;
use serde_json::{Value, json};

use super::{URL, client};
use crate::v1::client::{AT, Client, not_found};
use crate::v1::platform;

const SINCE: &str = "2026-01-31T00:00:00Z";

async fn begin(client: &Client, what: &str, body: &Value) -> Value {
    let begun = client.post(&format!("/app/a/endpoint/u/{what}"), body).await;
    begun.is(202);
    begun.json()
}

/// The task at its end.
async fn ended(client: &Client, task: &Value) -> Value {
    let path = format!("/background-task/{}", task["id"].as_str().unwrap());
    client.until(&path, |found| found["status"] != "running").await
}

#[tokio::test]
async fn an_endpoint_gets_what_it_has_missed_once() {
    let client = client().await;
    tokio::spawn(client.node.worker.clone().run());
    for _ in 0..3 {
        client.post("/app/a/msg", &json!({ "eventType": "paid", "payload": {} })).await.is(202);
    }
    client.makes("/app/a/endpoint", &json!({ "url": URL, "uid": "u" })).await;
    let endpoint = client.get("/app/a/endpoint/u").await.json();
    for (sent, total) in [(3, 3), (0, 3)] {
        let task = begin(&client, "replay-missing", &json!({ "since": SINCE })).await;
        let begun =
            json!({ "id": task["id"], "status": "running", "task": "endpoint.replay", "updatedAt": AT });
        assert_eq!(task, begun);
        let ended = ended(&client, &task).await;
        let data = json!({
            "appId": client.get("/app/a").await.json()["id"], "endpointId": endpoint["id"],
            "messagesExamined": 3, "messagesSent": sent,
        });
        let expected = json!({
            "id": task["id"], "status": "finished", "task": "endpoint.replay", "updatedAt": AT, "data": data,
        });
        assert_eq!(ended, expected);
        client.node.until_called(total).await;
    }
    assert_eq!(client.node.receivers.requests().len(), 3);
    let task = begin(&client, "bulk-replay", &json!({ "since": SINCE, "eventTypes": [] })).await;
    assert_eq!(task["task"], "endpoint.bulk-replay");
    assert_eq!(ended(&client, &task).await["data"]["messagesSent"], 3);
    client.node.until_called(6).await;
}

#[tokio::test]
async fn what_came_while_it_was_disabled_is_recovered() {
    let client = client().await;
    tokio::spawn(client.node.worker.clone().run());
    client.makes("/app/a/endpoint", &json!({ "url": URL, "uid": "u", "disabled": true })).await;
    client.post("/app/a/msg", &json!({ "eventType": "paid", "payload": {} })).await.is(202);
    let task = begin(&client, "recover", &json!({ "since": SINCE, "until": null })).await;
    assert_eq!(ended(&client, &task).await["status"], "failed", "it is disabled");
    client.patch("/app/a/endpoint/u", &json!({ "disabled": false })).await.is(200);
    let task = begin(&client, "recover", &json!({ "since": SINCE })).await;
    assert_eq!(task["task"], "endpoint.recover");
    let ended = ended(&client, &task).await;
    assert_eq!((&ended["status"], &ended["data"]["messagesSent"]), (&json!("finished"), &json!(1)));
    client.node.until_called(1).await;
}

#[tokio::test]
async fn tasks_are_listed_by_what_they_do_and_where_they_stand() {
    let client = client().await;
    client.makes("/app/a/endpoint", &json!({ "url": URL, "uid": "u" })).await;
    let mut ids = Vec::new();
    for what in ["recover", "replay-missing", "recover"] {
        ids.push(begin(&client, what, &json!({ "since": SINCE })).await["id"].clone());
    }
    let check = async |query: &str, expected: &[usize], done: bool| {
        let found = client.get(&format!("/background-task?{query}")).await;
        found.is(200);
        let found = found.json();
        let rows: Vec<Value> =
            found["data"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
        let expected: Vec<Value> = expected.iter().map(|index| ids[*index].clone()).collect();
        assert_eq!((rows, &found["done"]), (expected, &json!(done)), "{query}");
        found
    };
    check("", &[2, 1, 0], true).await;
    check("order=ascending", &[0, 1, 2], true).await;
    check("task=endpoint.recover", &[2, 0], true).await;
    check("task=endpoint.replay&status=running", &[1], true).await;
    check("status=finished", &[], true).await;
    check("task=message.broadcast", &[], true).await;
    let first = check("task=endpoint.recover&limit=1", &[2], false).await;
    let iterator = first["iterator"].as_str().unwrap();
    let second = check(&format!("task=endpoint.recover&limit=1&iterator={iterator}"), &[0], true).await;
    let back = second["prevIterator"].as_str().unwrap();
    check(&format!("task=endpoint.recover&limit=1&iterator={back}"), &[2], true).await;
    client.get("/background-task?status=paused").await.is(400);
    for id in ["qtask_00000000001", "nothing"] {
        let path = format!("/background-task/{id}");
        client.is_refused(Method::GET, &path, "", 404, &not_found()).await;
    }
}

#[tokio::test]
async fn the_key_of_an_app_sees_its_tasks_alone() {
    let mut client = client().await;
    let own = client.get("/app/a").await.json()["id"].as_str().unwrap().to_owned();
    client.has_key("own", Scope::App(own.parse().unwrap())).await;
    client.makes("/app", &json!({ "name": "b", "uid": "b" })).await;
    let mut ids = Vec::new();
    for app in ["a", "b", "a"] {
        let endpoint = client.makes(&format!("/app/{app}/endpoint"), &json!({ "url": URL })).await;
        let path = format!("/app/{app}/endpoint/{endpoint}/recover");
        ids.push(client.post(&path, &json!({ "since": SINCE })).await.json()["id"].clone());
    }
    let list = async |client: &Client, query: &str, expected: &[usize]| {
        let found = client.get(&format!("/background-task{query}")).await.json();
        let expected: Vec<&str> = expected.iter().map(|index| ids[*index].as_str().unwrap()).collect();
        assert_eq!(platform::ids(&found), expected, "{query}");
        found
    };
    list(&client, "", &[2, 1, 0]).await;
    list(&client, "?app_id=b", &[1]).await;
    list(&client, "?app_id=b&status=finished", &[]).await;
    client.becomes("own");
    for query in ["", "?app_id=a", "?status=running"] {
        let found = list(&client, query, &[2, 0]).await;
        assert!(!found.to_string().contains(ids[1].as_str().unwrap()), "{query}");
    }
    let first = list(&client, "?limit=1", &[2]).await;
    assert_eq!((&first["iterator"], &first["done"]), (&ids[2], &json!(false)), "no place is another's");
    client.is_refused(Method::GET, "/background-task?app_id=b", "", 404, &not_found()).await;
    for (index, status) in [(0, 200), (1, 404), (2, 200)] {
        let path = format!("/background-task/{}", ids[index].as_str().unwrap());
        assert_eq!(client.get(&path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn an_endpoint_has_only_so_many_tasks_at_once() {
    let client = client().await;
    client.makes("/app/a/endpoint", &json!({ "url": URL, "uid": "u" })).await;
    for _ in 0..4 {
        begin(&client, "recover", &json!({ "since": SINCE })).await;
    }
    let answer = json!({
        "code": "limit_reached", "detail": "The endpoint has 4 background tasks; wait until one has ended.",
    });
    let body = json!({ "since": SINCE }).to_string();
    client.is_refused(Method::POST, "/app/a/endpoint/u/recover", &body, 400, &answer).await;
}

#[tokio::test]
async fn what_is_wrong_with_a_window_is_named() {
    let client = client().await;
    client.makes("/app/a/endpoint", &json!({ "url": URL, "uid": "u" })).await;
    let far = "may be at most 14 days before `until`";
    let cases = [
        (json!({ "since": "2026-01-17T12:29:00Z" }), far),
        (json!({ "since": "2026-01-01T00:00:00Z", "until": "2026-01-20T00:00:00Z" }), far),
        (json!({ "since": "2026-02-01T00:00:00Z" }), "must not be after `until`"),
    ];
    for (body, msg) in cases {
        for what in ["recover", "replay-missing", "bulk-replay"] {
            let path = format!("/app/a/endpoint/u/{what}");
            client.is_invalid(Method::POST, &path, &body, &["body", "since"], msg).await;
        }
    }
    begin(&client, "recover", &json!({ "since": "2026-01-17T12:31:00" })).await;
    client.post("/app/a/endpoint/u/recover", &json!({})).await.is(422);
    client.post("/app/a/endpoint/u/recover", &json!({ "since": "yesterday" })).await.is(422);
    let msg = "is not supported: all messages of the time are replayed that the endpoint wants";
    let filters =
        [("eventTypes", json!(["paid"])), ("channel", json!("x")), ("tag", json!("x")), ("status", json!(2))];
    for (name, filter) in filters {
        let body = json!({ "since": SINCE, name: filter });
        client.is_invalid(Method::POST, "/app/a/endpoint/u/bulk-replay", &body, &["body", name], msg).await;
    }
}
