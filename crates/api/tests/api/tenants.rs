//! The article's routes see and change what belongs to the caller's organization, and nothing else.

use api::Access;
use axum::body::Body;
use axum::http::{Method, Request};
use domain::id::OrganizationId;
use domain::key::Scope;
use serde_json::json;

use crate::node::{Node, Reply, Setup, candidate};

async fn call(node: &Node, key: &str, method: Method, path: &str, body: String) -> Reply {
    let request =
        Request::builder().method(method).uri(path).header("authorization", format!("Bearer {key}"));
    node.send(request.body(Body::from(body)).unwrap()).await
}

/// A node where the first organization has a webhook, a resource and an execution; answers the execution's path.
async fn world() -> (Node, String) {
    let node = Node::with(Setup { access: Access::Keys, ..Setup::default() }).await;
    node.key("first", Scope::Admin).await;
    node.key_of(OrganizationId::from_number(2), "second", Scope::Admin).await;
    let webhook =
        json!({ "companyId": 42, "url": "https://example.com/hang", "eventType": "candidate.created" });
    call(&node, "first", Method::POST, "/webhooks", webhook.to_string()).await.is(200);
    let resource = json!({ "companyId": 42, "secret": "of the first" }).to_string();
    call(&node, "first", Method::PUT, "/resources/order/7", resource).await.is(200);
    let created = call(&node, "first", Method::POST, "/candidates", candidate().to_string()).await;
    let message = created.header("whimbrel-message-id").unwrap().to_owned();
    (node, format!("/executions/{message}"))
}

#[tokio::test]
async fn another_organization_finds_nothing() {
    let (node, execution) = world().await;
    call(&node, "first", Method::GET, &execution, String::new()).await.is(200);
    let before = node.store.dump();
    for path in [&*execution, "/resources/order/7", "/webhook_history/42", "/executions?companyId=42"] {
        let reply = call(&node, "second", Method::GET, path, String::new()).await;
        let expected = if path.contains("42") { 200 } else { 404 };
        reply.is(expected);
        assert!(
            !reply.text.contains("of the first") && !reply.text.contains("candidate"),
            "{path}: {}",
            reply.text
        );
    }
    call(&node, "second", Method::DELETE, "/resources/order/7", String::new()).await.is(404);
    assert!(node.store.dump() == before, "something changed");
}

#[tokio::test]
async fn what_another_organization_makes_is_its_own() {
    let (node, _) = world().await;
    let own = call(&node, "first", Method::GET, "/webhook_history/42", String::new()).await.text;
    let resource = json!({ "companyId": 42, "secret": "of the second" }).to_string();
    call(&node, "second", Method::PUT, "/resources/order/7", resource).await.is(200);
    call(&node, "second", Method::POST, "/candidates", candidate().to_string()).await.is(200);
    call(&node, "second", Method::DELETE, "/resources/order/7", String::new()).await.is(200);
    let found = call(&node, "first", Method::GET, "/resources/order/7", String::new()).await;
    found.is(200);
    assert!(found.text.contains("of the first"), "{}", found.text);
    assert_eq!(call(&node, "first", Method::GET, "/webhook_history/42", String::new()).await.text, own);
}
