//! What is not the client's fault, in the shape of the full API.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use engine::ports::fault::StoreError;
use serde_json::{Value, json};

use super::client::Client;
use crate::node::Node;
use crate::store::Fault;

fn requests() -> Vec<(Method, &'static str, Value)> {
    vec![
        (Method::GET, "/app", Value::Null),
        (Method::POST, "/app", json!({ "name": "x", "uid": "u" })),
        (Method::POST, "/app", json!({ "name": "x" })),
        (Method::GET, "/app/u", Value::Null),
        (Method::PUT, "/app/u", json!({ "name": "x" })),
        (Method::PATCH, "/app/u", json!({})),
        (Method::DELETE, "/app/u", Value::Null),
        (Method::GET, "/event-type", Value::Null),
        (Method::POST, "/event-type", json!({ "name": "a", "description": "" })),
        (Method::DELETE, "/event-type/a", Value::Null),
        (Method::DELETE, "/event-type/a?expunge=true", Value::Null),
        (Method::GET, "/organization", Value::Null),
        (Method::PATCH, "/organization", json!({})),
        (Method::GET, "/key", Value::Null),
        (Method::POST, "/key", json!({ "name": "x", "scope": "read" })),
        (Method::DELETE, "/key/key_00000000001", Value::Null),
        (Method::POST, "/auth/app-portal-access/u", json!({})),
        (Method::POST, "/auth/app/u/expire-all", json!({})),
    ]
}

async fn call(node: &Node, method: &Method, path: &str, body: &Value) -> crate::node::Reply {
    let request = Request::builder().method(method).uri(format!("/api/v1{path}"));
    // With an idempotency key, so that what is remembered is asked for as well.
    let request = request.header("idempotency-key", "k").body(Body::from(body.to_string()));
    node.send(request.unwrap()).await
}

async fn check(fault: Fault, status: u16, code: &str, detail: &str, retry_after: Option<&str>) {
    let node = Node::new().await;
    let before = node.store.dump();
    node.store.fail(fault);
    for (method, path, body) in requests() {
        let reply = call(&node, &method, path, &body).await;
        reply.is(status);
        assert_eq!(reply.json(), json!({ "code": code, "detail": detail }), "{method} {path}");
        assert_eq!(reply.header("retry-after"), retry_after, "{method} {path}");
    }
    assert_eq!(node.store.dump(), before);
    node.store.heal();
    call(&node, &Method::POST, "/app", &json!({ "name": "x" })).await.is(201);
}

#[tokio::test]
async fn trouble_is_told_with_a_time_to_come_again() {
    let full = Fault::Error(StoreError::Full("the disk is full".to_owned()));
    check(full, 503, "service_unavailable", "no room left to store: the disk is full", Some("10")).await;
    let busy = Fault::Error(StoreError::Unavailable("busy".to_owned()));
    check(busy, 503, "service_unavailable", "the store is not available: busy", Some("1")).await;
    let damaged = Fault::Error(StoreError::Damaged("a bad row".to_owned()));
    check(damaged, 500, "internal_error", "what is stored cannot be read: a bad row", None).await;
    let defect = "The request met a defect of the server, which was logged.";
    check(Fault::Panic, 500, "internal_error", defect, None).await;
}

#[tokio::test]
async fn a_broken_store_ends_the_service() {
    for (method, path, body) in requests() {
        if method == Method::GET {
            continue;
        }
        let node = Node::new().await;
        node.store.fail(Fault::Error(StoreError::Unknown("sync failed".to_owned())));
        call(&node, &method, path, &body).await.is(503);
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_looked_up_is_not_refused() {
    let client = Client::new().await;
    client.node.store.fail(Fault::Error(StoreError::Unavailable("busy".to_owned())));
    let answer = json!({ "code": "service_unavailable", "detail": "the store is not available: busy" });
    client.is_refused(Method::GET, "/app", "", 503, &answer).await;
    let health = client.node.get("/api/v1/health").await;
    health.is(503);
    let error = json!({ "status": "error" });
    assert_eq!(health.json(), json!({ "database": error, "queue": error, "cache": error }));
    client.node.store.fail(Fault::Panic);
    client.get("/app").await.is(500);
}

#[tokio::test]
async fn a_server_that_stops_sends_clients_away() {
    let client = Client::new().await;
    client.node.worker.stop(Duration::ZERO).await;
    let answer = json!({ "code": "service_unavailable", "detail": "The server is stopping." });
    for path in ["/app", "/nowhere"] {
        client.is_refused(Method::GET, path, "", 503, &answer).await;
        assert_eq!(client.get(path).await.header("connection"), Some("close"));
    }
    client.node.get("/api/v1/health/ping").await.is_empty(204);
}

/// A client that hangs up and comes again with the same key gets what its first request did.
#[tokio::test]
async fn what_a_client_hung_up_on_is_answered_when_it_comes_again() {
    let node = Node::new().await;
    let body = json!({ "name": "x" });
    let before = node.store.dump();
    {
        let mut request = std::pin::pin!(call(&node, &Method::POST, "/app", &body));
        while node.store.dump() == before {
            tokio::select! {
                biased;
                () = tokio::task::yield_now() => {}
                reply = &mut request => panic!("answered before it was stored: {}", reply.text),
            }
        }
    }
    call(&node, &Method::POST, "/app", &body).await.is(201);
    assert_eq!(node.get("/api/v1/app").await.json()["data"].as_array().map(Vec::len), Some(1));
}
