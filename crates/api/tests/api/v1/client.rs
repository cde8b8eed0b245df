//! A client of the full API, with a key.

use api::Access;
use axum::body::Body;
use axum::http::{Method, Request};
use domain::id::{KeyId, OrganizationId};
use domain::key::Scope;
use domain::organization::Organization;
use serde_json::{Value, json};

use crate::node::{NOW, Node, Reply, Setup};

/// A node that asks for keys, and who calls it.
pub(crate) struct Client {
    pub(crate) node: Node,
    key: String,
}

impl Client {
    /// A client that may do everything in the default organization.
    pub(crate) async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let node = Node::with(Setup { access: Access::Keys, ..setup }).await;
        node.key("admin", Scope::Admin).await;
        Self { node, key: "admin".to_owned() }
    }

    /// Makes a key of the default organization.
    pub(crate) async fn has_key(&self, key: &str, scope: Scope) -> KeyId {
        self.node.key_of(Organization::DEFAULT, key, scope).await
    }

    /// Calls with another key from now on.
    pub(crate) fn becomes(&mut self, key: &str) {
        key.clone_into(&mut self.key);
    }

    pub(crate) fn request(&self, method: Method, path: &str, body: impl Into<Body>) -> Request<Body> {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        request.header("authorization", format!("Bearer {}", self.key)).body(body.into()).unwrap()
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: impl Into<Body>) -> Reply {
        self.node.send(self.request(method, path, body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.call(Method::POST, path, body.to_string()).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        self.call(Method::PUT, path, body.to_string()).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.call(Method::PATCH, path, body.to_string()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.call(Method::DELETE, path, Body::empty()).await
    }

    /// Asks until the answer holds.
    pub(crate) async fn until(&self, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
        const ROUNDS_MAX: usize = 10_000;
        for _ in 0..ROUNDS_MAX {
            let found = self.get(path).await.json();
            if holds(&found) {
                return found;
            }
            tokio::task::yield_now().await;
        }
        panic!("{path} never got there: {}", self.get(path).await.text);
    }

    /// Makes something, and answers its id.
    pub(crate) async fn makes(&self, path: &str, body: &Value) -> String {
        let reply = self.post(path, body).await;
        reply.is(201);
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// Checks that a call is answered with exactly this error, and changes nothing.
    pub(crate) async fn is_refused(
        &self,
        method: Method,
        path: &str,
        body: &str,
        status: u16,
        answer: &Value,
    ) {
        self.node.refuses(self.request(method, path, body.to_owned()), status, answer).await;
    }

    /// Checks that a part of a body is refused.
    pub(crate) async fn is_invalid(&self, method: Method, path: &str, body: &Value, loc: &[&str], msg: &str) {
        let answer = problems(&[(loc, msg)]);
        self.is_refused(method, path, &body.to_string(), 422, &answer).await;
    }
}

/// The answer that names parts that are missing or wrong.
pub(crate) fn problems(problems: &[(&[&str], &str)]) -> Value {
    let problem = |(loc, msg): &(&[&str], &str)| json!({ "loc": loc, "msg": msg, "type": "value_error" });
    json!({ "detail": problems.iter().map(problem).collect::<Vec<_>>() })
}

/// 404.
pub(crate) fn not_found() -> Value {
    json!({ "code": "not_found", "detail": "Entity not found" })
}

/// 403.
pub(crate) fn forbidden() -> Value {
    json!({ "code": "insufficient access", "detail": "Insufficient access for the given operation." })
}

/// The default organization's id.
pub(crate) const HOME: OrganizationId = Organization::DEFAULT;
/// The moment of everything in a test.
pub(crate) const AT: &str = NOW;
