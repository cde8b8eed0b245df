//! What is not the client's fault.

use std::time::Duration;

use axum::http::Method;
use engine::ports::fault::StoreError;
use serde_json::{Value, json};

use crate::node::{Node, candidate};
use crate::store::Fault;

fn requests() -> Vec<(Method, &'static str, &'static str, Value)> {
    let webhook =
        json!({ "companyId": 42, "url": "https://example.com/ok", "eventType": "candidate.created" });
    let detail = json!({ "companyId": 1, "webhookEvent": "a", "resourceType": "b", "resourceId": "c" });
    let event = json!({ "source": "a", "detail-type": "b", "detail": detail });
    vec![
        (Method::POST, "/webhooks", "error", webhook),
        (Method::POST, "/candidates", "errors", candidate()),
        (Method::POST, "/events", "errors", event),
        (Method::PUT, "/resources/a/b", "errors", json!({ "companyId": 42 })),
        (Method::GET, "/resources/a/b", "errors", Value::Null),
        (Method::DELETE, "/resources/a/b", "errors", Value::Null),
        (Method::GET, "/webhook_history/42", "errors", Value::Null),
        (Method::GET, "/executions?companyId=42", "errors", Value::Null),
        (Method::GET, "/executions/msg_00000000001", "errors", Value::Null),
    ]
}

#[tokio::test]
async fn a_store_in_trouble_is_told_with_a_time_to_come_again() {
    let cases = [
        (StoreError::Full("the disk is full".to_owned()), "no room left to store: the disk is full", "10"),
        (StoreError::Unavailable("busy".to_owned()), "the store is not available: busy", "1"),
    ];
    for (error, why, retry_after) in cases {
        let node = Node::new().await;
        let before = node.store.dump();
        node.store.fail(Fault::Error(error));
        for (method, path, key, body) in requests() {
            let reply = node.request(method, path, body.to_string()).await;
            reply.is(503);
            assert_eq!(reply.json(), json!({ "message": "Service unavailable", key: [why] }), "{path}");
            assert_eq!(reply.header("retry-after"), Some(retry_after));
        }
        assert_eq!(node.store.dump(), before);
        node.store.heal();
        node.post_json("/candidates", &candidate()).await.is(200);
    }
}

#[tokio::test]
async fn a_broken_store_ends_the_service() {
    for (method, path, key, body) in requests() {
        let node = Node::new().await;
        node.store.fail(Fault::Error(StoreError::Unknown("sync failed".to_owned())));
        let reply = node.request(method, path, body.to_string()).await;
        reply.is(503);
        let why = "the store is broken: sync failed";
        assert_eq!(reply.json(), json!({ "message": "Service unavailable", key: [why] }), "{path}");
    }
    for (method, path, _, body) in requests().into_iter().take(4) {
        let node = Node::new().await;
        node.store.fail(Fault::Error(StoreError::Unknown("sync failed".to_owned())));
        node.request(method, path, body.to_string()).await.is(503);
        node.get("/ready").await.is(503);
        node.store.heal();
        node.post_json("/candidates", &candidate()).await.is(503);
        node.get("/health").await.is(200);
    }
}

#[tokio::test]
async fn what_is_damaged_is_our_fault_and_not_worth_another_try() {
    let node = Node::new().await;
    node.store.fail(Fault::Error(StoreError::Damaged("a bad fate".to_owned())));
    let why = "what is stored cannot be read: a bad fate";
    for (method, path, key, body) in requests() {
        let reply = node.request(method, path, body.to_string()).await;
        reply.is(500);
        assert_eq!(reply.json(), json!({ "message": "Internal error", key: [why] }), "{path}");
        assert_eq!(reply.header("retry-after"), None);
    }
    node.store.heal();
    node.post_json("/candidates", &candidate()).await.is(200);
}

#[tokio::test]
async fn a_defect_ends_the_request_and_nothing_else() {
    let node = Node::new().await;
    node.store.fail(Fault::Panic);
    let why = "The request met a defect of the server, which was logged.";
    for (method, path, _, body) in requests() {
        let reply = node.request(method, path, body.to_string()).await;
        reply.is(500);
        assert_eq!(reply.json(), json!({ "message": "Internal error", "errors": [why] }), "{path}");
    }
    node.store.heal();
    node.post_json("/candidates", &candidate()).await.is(200);
}

#[tokio::test]
async fn a_server_that_stops_sends_clients_away() {
    let node = Node::new().await;
    node.worker.stop(Duration::ZERO).await;
    let answer = json!({ "message": "Service unavailable", "errors": ["The server is stopping."] });
    let mut paths: Vec<(Method, &str)> =
        requests().into_iter().map(|(method, path, _, _)| (method, path)).collect();
    paths.extend([(Method::GET, "/nowhere"), (Method::GET, "/ready")]);
    for (method, path) in paths {
        let reply = node.request(method, path, "{}").await;
        reply.is(503);
        assert_eq!(reply.json(), answer, "{path}");
        assert_eq!(reply.header("connection"), Some("close"));
        assert_eq!(reply.header("retry-after"), Some("1"));
    }
    node.get("/health").await.is(200);
}

/// A client that hangs up after its request was stored does not keep the delivery from being made.
#[tokio::test]
async fn what_is_stored_is_delivered_though_the_client_hangs_up() {
    let node = Node::new().await;
    node.register("https://example.com/ok").await;
    let before = node.store.dump();
    {
        let candidate = candidate();
        let mut request = std::pin::pin!(node.post_json("/candidates", &candidate));
        // Poll until the acceptance is stored, then drop the request.
        while node.store.dump() == before {
            tokio::select! {
                biased;
                () = tokio::task::yield_now() => {}
                reply = &mut request => panic!("answered before it was stored: {}", reply.text),
            }
        }
    }
    node.until("/webhook_history/42", |found| found["data"][0]["status"] == "success").await;
}
