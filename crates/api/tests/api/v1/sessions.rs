//! Signing in to the console, and what its cookie opens.

use api::Access;
use axum::body::Body;
use axum::http::Request;
use domain::id::KeyId;
use domain::key::Scope;
use serde_json::{Value, json};

use crate::node::{Node, Reply, Setup};

const OWN: (&str, &str) = ("sec-fetch-site", "same-origin");

struct SignedIn {
    node: Node,
    key: KeyId,
    cookie: String,
    csrf: String,
}

async fn ask(node: &Node, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
    let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    node.send(request.body(Body::from(body.to_string())).unwrap()).await
}

impl SignedIn {
    async fn new() -> Self {
        let node = Node::with(Setup { access: Access::Keys, ..Setup::default() }).await;
        let key = node.key("admin", Scope::Admin).await;
        let reply = ask(&node, "POST", "/session", &[OWN], &json!({ "key": "admin" })).await;
        reply.is(200);
        let set = reply.header("set-cookie").unwrap();
        let (cookie, flags) = set.split_once("; ").unwrap();
        assert_eq!(flags, "HttpOnly; SameSite=Strict; Path=/; Max-Age=43200");
        assert!(!reply.text.contains(cookie.split_once('=').unwrap().1));
        let cookie = cookie.to_owned();
        let csrf = reply.json()["csrf"].as_str().unwrap().to_owned();
        Self { node, key, cookie, csrf }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
        let headers = [&[("cookie", self.cookie.as_str())], headers].concat();
        ask(&self.node, method, path, &headers, &json!({ "name": "x" })).await
    }
}

#[tokio::test]
async fn a_key_becomes_a_session_which_changes_things_only_with_its_proof() {
    let one = SignedIn::new().await;
    let told = one.ask("GET", "/session", &[OWN]).await.json();
    assert_eq!(told, json!({ "mode": "key", "scope": "admin", "appId": null, "csrf": one.csrf }));
    one.ask("GET", "/app", &[OWN]).await.is(200);
    one.ask("POST", "/app", &[OWN]).await.is(403);
    one.ask("POST", "/app", &[OWN, ("x-whimbrel-csrf", "guessed")]).await.is(403);
    one.ask("POST", "/app", &[OWN, ("x-whimbrel-csrf", &one.csrf)]).await.is(201);
}

#[tokio::test]
async fn pages_of_others_get_nothing_out_of_it() {
    let one = SignedIn::new().await;
    let proof = ("x-whimbrel-csrf", one.csrf.as_str());
    for foreign in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        one.ask("GET", "/app", &[foreign, proof]).await.is(403);
        one.ask("POST", "/app", &[foreign, proof]).await.is(403);
        one.ask("DELETE", "/session", &[foreign, proof]).await.is(403);
        ask(&one.node, "POST", "/session", &[foreign], &json!({ "key": "admin" })).await.is(403);
    }
    let own = [("origin", "http://127.0.0.1:8071"), ("host", "127.0.0.1:8071")];
    one.ask("GET", "/app", &own).await.is(200);
}

#[tokio::test]
async fn a_session_ends_with_a_sign_out_and_with_its_key() {
    let one = SignedIn::new().await;
    let proof = ("x-whimbrel-csrf", one.csrf.as_str());
    one.ask("DELETE", "/session", &[OWN]).await.is(403);
    let out = one.ask("DELETE", "/session", &[OWN, proof]).await;
    out.is_empty(204);
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    one.ask("GET", "/app", &[OWN]).await.is(401);

    let one = SignedIn::new().await;
    let bearer = [("authorization", "Bearer admin")];
    ask(&one.node, "DELETE", &format!("/key/{}", one.key), &bearer, &json!({})).await.is_empty(204);
    one.ask("GET", "/app", &[OWN]).await.is(401);
    one.ask("GET", "/session", &[OWN]).await.is(401);
}

#[tokio::test]
async fn a_key_beside_the_cookie_counts_alone() {
    let one = SignedIn::new().await;
    one.ask("GET", "/app", &[OWN, ("authorization", "Bearer unknown")]).await.is(401);
    one.ask("POST", "/app", &[("authorization", "Bearer admin")]).await.is(201);
}

#[tokio::test]
async fn what_is_no_key_signs_nobody_in() {
    let node = Node::with(Setup { access: Access::Keys, ..Setup::default() }).await;
    node.revoked_key("revoked").await;
    for key in ["", "unknown", "revoked"] {
        let reply = ask(&node, "POST", "/session", &[OWN], &json!({ "key": key })).await;
        reply.is(401);
        assert_eq!(reply.header("set-cookie"), None);
    }
    ask(&node, "GET", "/session", &[OWN], &json!({})).await.is(401);
    let open = Node::new().await;
    let told = ask(&open, "GET", "/session", &[OWN], &json!({})).await.json();
    assert_eq!(told, json!({ "mode": "dev", "scope": "admin", "appId": null, "csrf": null }));
}
