//! What is wrong with a request, on every route: refused in the contract's shape, as the client's fault, and nothing is
//! changed.

use axum::body::Body;
use axum::http::Method;
use domain::limits::{REQUEST_BODY_BYTES_MAX, REQUEST_DISCARD_BYTES_MAX};
use serde_json::{Value, json};

use super::operations::{Operation, document, operations, resolved};
use super::tenants::{Tenants, value};
use crate::node::Reply;

/// Checks that a request is refused as the client's fault, in the shape of the contract.
fn check_shape(reply: &Reply, what: &str) {
    let what = format!("{what}: {} {}", reply.status, reply.text);
    assert!(reply.status.is_client_error(), "{what}");
    assert_eq!(reply.header("content-type"), Some("application/json"), "{what}");
    let answer = reply.json();
    if reply.status == 422 {
        let problems = answer["detail"].as_array().unwrap_or_else(|| panic!("{what}"));
        assert!(!problems.is_empty(), "{what}");
        for problem in problems {
            let loc = problem["loc"].as_array().unwrap_or_else(|| panic!("{what}"));
            assert!(loc.iter().all(Value::is_string), "{what}");
            assert!(["body", "query", "path"].contains(&loc[0].as_str().unwrap()), "{what}");
            assert!(problem["msg"].is_string() && problem["type"].is_string(), "{what}");
        }
    } else {
        assert!(answer["code"].is_string() && answer["detail"].is_string(), "{what}");
    }
}

struct World {
    tenants: Tenants,
    before: String,
}

impl World {
    async fn new() -> Self {
        let tenants = Tenants::new().await;
        let before = tenants.dump();
        Self { tenants, before }
    }

    fn path(&self, operation: &Operation) -> String {
        operation.path(|name| value(operation, &self.tenants.own, name))
    }

    async fn call(&self, operation: &Operation, path: &str, body: impl Into<Body>) -> Reply {
        self.tenants.client.call(operation.method.clone(), path, body).await
    }

    /// Checks that nothing of it was done.
    fn is_unchanged(&self, what: &str) {
        assert!(self.tenants.dump() == self.before, "{what} changed something");
    }

    async fn refuses(&self, operation: &Operation, path: &str, body: impl Into<Body>, what: &str) -> Reply {
        let reply = self.call(operation, path, body).await;
        let what = format!("{} {what}", operation.name);
        check_shape(&reply, &what);
        self.is_unchanged(&what);
        reply
    }
}

fn with_bodies() -> impl Iterator<Item = Operation> {
    operations().into_iter().filter(|operation| operation.schema.is_some())
}

#[tokio::test]
async fn bodies_that_are_no_object_are_refused() {
    let deep = format!(r#"{{"x":{}1{}}}"#, "[".repeat(64), "]".repeat(64));
    let bottomless = "[".repeat(100_000);
    let bodies: [&[u8]; 20] = [
        b"{",
        b"nonsense",
        b"[]",
        b"[{}]",
        b"1",
        b"true",
        b"\"x\"",
        b"{} {}",
        b"{}\0",
        b"{\"a\":1,}",
        b"{'a':1}",
        b"{\"a\":NaN}",
        b"{\"a\":01}",
        b"\xef\xbb\xbf{}",
        b"{\"\xff\":1}",
        b"{\"a\":\"\xc3\x28\"}",
        b"\xff\xfe{\0}\0",
        b"name=x&url=y",
        deep.as_bytes(),
        bottomless.as_bytes(),
    ];
    let world = World::new().await;
    for operation in with_bodies() {
        let path = world.path(&operation);
        for body in bodies {
            let reply = world
                .refuses(
                    &operation,
                    &path,
                    body.to_vec(),
                    &String::from_utf8_lossy(&body[..body.len().min(20)]),
                )
                .await;
            assert_eq!(reply.status, 422, "{}", reply.text);
        }
    }
}

#[tokio::test]
async fn bodies_that_must_be_there_are() {
    let world = World::new().await;
    for operation in with_bodies().filter(|operation| operation.needs_body) {
        let path = world.path(&operation);
        for body in ["", "  ", "null"] {
            assert_eq!(world.refuses(&operation, &path, body, body).await.status, 422, "{}", operation.name);
        }
    }
}

#[tokio::test]
async fn large_and_compressed_bodies_are_refused() {
    let world = World::new().await;
    for operation in operations().into_iter().filter(|operation| operation.method != Method::GET) {
        let path = world.path(&operation);
        if operation.schema.is_none() {
            continue;
        }
        let is_batch = operation.name == "v1.message.create-batch";
        let large = if is_batch { REQUEST_DISCARD_BYTES_MAX } else { REQUEST_BODY_BYTES_MAX } + 1;
        let large = format!(r#"{{"x":"{}"}}"#, "x".repeat(large));
        assert_eq!(world.refuses(&operation, &path, large, "large").await.status, 413);
        let mut request = world.tenants.client.request(operation.method.clone(), &path, operation.body);
        request.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
        let reply = world.tenants.client.node.send(request).await;
        check_shape(&reply, operation.name);
        assert_eq!(reply.status, 415, "{}", operation.name);
        world.is_unchanged(operation.name);
    }
}

/// The types that a schema allows; none if it allows everything.
fn types(document: &Value, schema: &Value) -> Vec<String> {
    let schema = resolved(document, schema);
    if let Some(choices) = schema["oneOf"].as_array() {
        return choices.iter().flat_map(|choice| types(document, choice)).collect();
    }
    match &schema["type"] {
        Value::String(one) => vec![one.clone()],
        several => {
            several.as_array().into_iter().flatten().map(|one| one.as_str().unwrap().to_owned()).collect()
        }
    }
}

/// Values of types that a schema does not allow.
fn wrong_values(document: &Value, schema: &Value) -> Vec<Value> {
    let allowed = types(document, schema);
    if allowed.is_empty() {
        return Vec::new();
    }
    let all = [
        ("null", json!(null)),
        ("boolean", json!(true)),
        ("number", json!(1.5)),
        ("string", json!("\u{0}")),
        ("array", json!([{}, 1, null])),
        ("object", json!({ "": [] })),
    ];
    let is_wrong = |kind: &str| !allowed.iter().any(|one| one == kind);
    all.into_iter().filter(|(kind, _)| is_wrong(kind)).map(|(_, value)| value).collect()
}

/// The variants of a body, as pairs of a schema and a body that it takes.
fn variants(operation: &Operation, document: &Value) -> Vec<(Value, Value)> {
    let schema = operation.schema.as_ref().unwrap();
    let choices = schema["oneOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
    let choices =
        choices.iter().map(|choice| resolved(document, choice)).filter(|choice| choice["type"] != "null");
    let body: Value = serde_json::from_str(operation.body).unwrap();
    choices
        .map(|choice| {
            (choice.clone(), if schema["oneOf"].is_array() { filled(document, choice) } else { body.clone() })
        })
        .collect()
}

/// A body with all members that a schema requires.
fn filled(document: &Value, schema: &Value) -> Value {
    let mut body = json!({});
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap();
        let member = resolved(document, &schema["properties"][name]);
        body[name] = member["enum"].get(0).cloned().unwrap_or_else(|| json!("x"));
    }
    body
}

#[tokio::test]
async fn members_of_a_wrong_type_are_refused() {
    let (world, document) = (World::new().await, document());
    let mut count = 0;
    for operation in with_bodies() {
        let path = world.path(&operation);
        for (schema, body) in variants(&operation, &document) {
            for (name, member) in schema["properties"].as_object().into_iter().flatten() {
                for wrong in wrong_values(&document, member) {
                    let mut body = body.clone();
                    body[name.as_str()] = wrong;
                    let reply = world.refuses(&operation, &path, body.to_string(), &body.to_string()).await;
                    assert_eq!(reply.status, 422, "{} {body}: {}", operation.name, reply.text);
                    count += 1;
                }
            }
        }
    }
    assert!(count > 500, "{count} cases");
}

#[tokio::test]
async fn members_that_are_required_are_and_may_be_there_once() {
    let (world, document) = (World::new().await, document());
    for operation in with_bodies() {
        let path = world.path(&operation);
        for (schema, body) in variants(&operation, &document) {
            for name in schema["required"].as_array().into_iter().flatten() {
                let mut body = body.clone();
                assert!(
                    body.as_object_mut().unwrap().remove(name.as_str().unwrap()).is_some(),
                    "{body} {name}"
                );
                let reply = world.refuses(&operation, &path, body.to_string(), &body.to_string()).await;
                assert_eq!(reply.status, 422, "{} {body}: {}", operation.name, reply.text);
            }
            for (name, value) in body.as_object().unwrap() {
                let twice = format!(r#"{{"{name}":{value},"{name}":{value}}}"#);
                let reply = world.refuses(&operation, &path, twice.clone(), &twice).await;
                assert_eq!(reply.status, 422, "{} {twice}: {}", operation.name, reply.text);
            }
        }
    }
}

#[tokio::test]
async fn parameters_of_the_query_that_make_no_sense_are_refused() {
    let (world, document) = (World::new().await, document());
    for operation in operations().into_iter().filter(|operation| !operation.query.is_empty()) {
        let path = world.path(&operation);
        for (name, schema) in &operation.query {
            let kinds = types(&document, schema);
            let is_text = kinds.iter().any(|kind| kind == "string" || kind == "array")
                && resolved(&document, schema)["enum"].is_null()
                && schema["format"].is_null()
                && schema["oneOf"].is_null();
            for wrong in [
                "",
                "nonsense",
                "%00",
                "%FF",
                "-1",
                "1.5",
                "99999999999999999999",
                "%F0%9F%90%A6",
                "a%0d%0ab",
            ] {
                let path = format!("{path}?{name}={wrong}");
                if is_text {
                    // Where any text may be, it is only to make no trouble.
                    if operation.method == Method::GET {
                        let reply = world.call(&operation, &path, operation.body).await;
                        assert!(!reply.status.is_server_error(), "{} {path}: {}", operation.name, reply.text);
                        world.is_unchanged(&path);
                    }
                } else {
                    world.refuses(&operation, &path, operation.body, &path).await;
                }
            }
            if !is_text {
                let twice = format!("{path}?{name}=1&{name}=1");
                world.refuses(&operation, &twice, operation.body, &twice).await;
            }
        }
    }
}

#[tokio::test]
async fn parameters_of_the_path_that_name_nothing_are_refused() {
    let world = World::new().await;
    let long = "x".repeat(4000);
    let nonsense =
        ["%00", "%FF", "%20", "%2F", "%2e%2e%2f", "a%0d%0ab", "%F0%9F%90%A6", "app_!", "ep_!", &long];
    for operation in operations() {
        for parameter in operation.parameters() {
            for wrong in nonsense {
                let path = operation.path(|name| {
                    if name == parameter {
                        wrong.to_owned()
                    } else {
                        value(&operation, &world.tenants.own, name)
                    }
                });
                world.refuses(&operation, &path, operation.body, &path).await;
            }
        }
    }
}
