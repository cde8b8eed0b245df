//! Routes that are there, and those that are not.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::json;

use crate::node::{Node, candidate};

#[tokio::test]
async fn unknown_routes_are_not_found() {
    let node = Node::new().await;
    let answer = json!({ "message": "Not found", "errors": ["There is no such route."] });
    let paths = [
        "/",
        "/webhook",
        "/webhooks/7",
        "/webhooks//",
        "//webhooks",
        "/WEBHOOKS",
        "/webhook_history",
        "/resources/a",
        "/resources/a/b/c",
        "/webhook_history/../webhooks",
        "/%77ebhooks",
        "/executions/a/b",
        "/metrics",
        "/admin",
    ];
    for path in paths {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            node.refuses(request, 404, &answer).await;
        }
    }
}

#[tokio::test]
async fn wrong_methods_are_told_the_right_ones() {
    let node = Node::new().await;
    let why = "The route does not have this method; the header Allow lists those it has.";
    let answer = json!({ "message": "Method not allowed", "errors": [why] });
    let cases = [
        ("/webhooks", "POST"),
        ("/candidates", "POST"),
        ("/events/", "POST"),
        ("/webhook_history/42", "GET,HEAD"),
        ("/resources/a/b", "DELETE,GET,HEAD,PUT"),
        ("/executions", "GET,HEAD"),
        ("/executions/7", "GET,HEAD"),
        ("/health", "GET,HEAD"),
        ("/ready", "GET,HEAD"),
    ];
    for (path, allow) in cases {
        for method in [Method::PATCH, Method::OPTIONS, Method::TRACE] {
            let reply = node.request(method, path, Body::empty()).await;
            reply.is(405);
            assert_eq!(reply.json(), answer, "{path}");
            let mut allowed: Vec<&str> = reply.header("allow").unwrap().split(',').collect();
            allowed.sort_unstable();
            assert_eq!(allowed.join(","), allow, "{path}");
        }
    }
}

#[tokio::test]
async fn a_slash_at_the_end_changes_nothing() {
    let node = Node::new().await;
    node.post_json("/candidates/", &candidate()).await.is(200);
    node.get("/webhook_history/42/").await.is(200);
    node.get("/executions/?companyId=42").await.is(200);
    node.put_json("/resources/a/b/", &json!({ "companyId": 1 })).await.is(200);
    node.get("/resources/a/b/").await.is(200);
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let node = Node::new().await;
    let reply = node.request(Method::HEAD, "/webhook_history/42", Body::empty()).await;
    reply.is(200);
    assert_eq!((reply.text.as_str(), reply.header("content-length")), ("", Some("11")));
}

#[tokio::test]
async fn health_and_readiness_are_told() {
    let node = Node::new().await;
    let health = node.get("/health").await;
    health.is(200);
    assert_eq!(health.text, r#"{"status":"ok"}"#);
    let ready = node.get("/ready").await;
    ready.is(200);
    let expected =
        r#"{"status":"ready","version":"1.2.3","listen":"127.0.0.1:8071","receiver":"127.0.0.1:8072"}"#;
    assert_eq!(ready.text, expected);
}
