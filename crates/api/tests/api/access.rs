//! Who may call.

use api::Access;
use axum::body::Body;
use axum::http::{Method, Request};
use domain::id::AppId;
use domain::key::{KeyHash, Scope};
use serde_json::json;

use crate::node::{Node, Setup};

async fn node(keys: &[&str]) -> Node {
    let node = Node::with(Setup { access: Access::Keys, ..Setup::default() }).await;
    for key in keys {
        node.key(key, Scope::Admin).await;
    }
    node
}

fn request(method: Method, path: &str, authorizations: &[&[u8]]) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for authorization in authorizations {
        request = request.header("authorization", *authorization);
    }
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn no_route_is_open_but_health_and_readiness() {
    let node = node(&["key-1"]).await;
    let why = "The header Authorization must be there once, with \"Bearer \" and a key.";
    let answer = json!({ "message": "Unauthorized", "errors": [why] });
    let paths = [
        "/webhooks",
        "/candidates",
        "/webhook_history/42",
        "/events",
        "/resources/a/b",
        "/executions",
        "/executions/7",
        "/",
        "/nowhere",
        "/metrics",
        "/health/",
        "/ready/x",
    ];
    for path in paths {
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH]
        {
            node.refuses(request(method, path, &[]), 401, &answer).await;
        }
    }
    let reply = node.send(request(Method::GET, "/executions", &[])).await;
    assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    node.get("/health").await.is(200);
    node.get("/ready").await.is(200);
}

#[tokio::test]
async fn only_a_known_key_opens() {
    let node = node(&["key-1", "key-2"]).await;
    let path = "/webhook_history/42";
    for good in [b"Bearer key-1", b"Bearer key-2"] {
        node.send(request(Method::GET, path, &[good])).await.is(200);
    }
    let hash = format!("Bearer {:x?}", KeyHash::of(b"key-1").0);
    let bad: [&[&[u8]]; 16] = [
        &[b""],
        &[b"Bearer"],
        &[b"Bearer "],
        &[b"bearer key-1"],
        &[b"BEARER key-1"],
        &[b"key-1"],
        &[b"Basic key-1"],
        &[b"Bearer  key-1"],
        &[b"Bearer\tkey-1"],
        &[b"Bearer key-3"],
        &[b"Bearer key-1key-2"],
        &[b"Bearer key-1,Bearer key-2"],
        &[b"Bearer \xff"],
        &[b"Bearer key-1", b"Bearer key-1"],
        &[b"Bearer key-1", b"Basic x"],
        &[hash.as_bytes()],
    ];
    for authorizations in bad {
        node.send(request(Method::GET, path, authorizations)).await.is(401);
    }
}

#[tokio::test]
async fn without_keys_nobody_may_call() {
    let node = node(&[]).await;
    for authorization in [b"Bearer ".as_slice(), b"Bearer x"] {
        node.send(request(Method::GET, "/executions", &[authorization])).await.is(401);
    }
}

#[tokio::test]
async fn an_open_api_is_closed_to_foreign_pages() {
    let node = Node::new().await;
    let why =
        "Without keys, only programs and pages of this machine may call, by its address or as localhost.";
    let answer = json!({ "message": "Forbidden", "errors": [why] });
    let foreign =
        [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("host", "evil.example")];
    for (name, value) in foreign {
        let request = Request::post("/candidates").header(name, value);
        node.refuses(request.body(Body::from("{}")).unwrap(), 403, &answer).await;
    }
    let request = Request::get("/executions?companyId=1").header("host", "127.0.0.1:8071");
    node.send(request.body(Body::empty()).unwrap()).await.is(200);
}

#[tokio::test]
async fn each_key_opens_what_it_is_for() {
    const CALLS: [(Method, &str, &str); 9] = [
        (Method::POST, "/webhooks", "a"),
        (Method::POST, "/candidates", "as"),
        (Method::POST, "/events", "as"),
        (Method::PUT, "/resources/a/b", "as"),
        (Method::DELETE, "/resources/a/b", "as"),
        (Method::GET, "/resources/a/b", "ar"),
        (Method::GET, "/webhook_history/42", "ar"),
        (Method::GET, "/executions", "ar"),
        (Method::GET, "/executions/7", "arp"),
    ];
    let node = node(&["key-a"]).await;
    node.key("key-s", Scope::Send).await;
    node.key("key-r", Scope::Read).await;
    node.key("key-p", Scope::App(AppId::from_number(1))).await;
    let answer = json!({ "message": "Forbidden", "errors": ["The key does not allow this."] });
    for (method, path, allowed) in CALLS {
        for scope in ["a", "s", "r", "p"] {
            let key = format!("Bearer key-{scope}");
            let request = request(method.clone(), path, &[key.as_bytes()]);
            if allowed.contains(scope) {
                let reply = node.send(request).await;
                assert!(![401, 403].contains(&reply.status.as_u16()), "{method} {path} {scope}");
            } else {
                node.refuses(request, 403, &answer).await;
            }
        }
    }
}

#[tokio::test]
async fn an_open_api_heeds_the_keys_that_it_knows() {
    let node = Node::new().await;
    node.key("key-r", Scope::Read).await;
    node.revoked_key("key-x").await;
    let path = "/resources/a/b";
    let status = async |authorizations: &[&[u8]]| {
        node.send(request(Method::DELETE, path, authorizations)).await.status.as_u16()
    };
    assert_eq!(status(&[]).await, 404);
    assert_eq!(status(&[b"Bearer unknown"]).await, 404);
    assert_eq!(status(&[b"Bearer key-r"]).await, 403);
    assert_eq!(status(&[b"Bearer key-x"]).await, 401);
}
