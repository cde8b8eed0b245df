//! What went out, in `/executions/{id}`: the requests of its attempts.

use api::Access;
use axum::body::Body;
use axum::http::Request;
use domain::key::Scope;
use serde_json::{Value, json};

use crate::node::{NOW, Node, Setup};

async fn node() -> Node {
    let node = Node::with(Setup { access: Access::Keys, ..Setup::default() }).await;
    node.key("admin", Scope::Admin).await;
    node.key("read", Scope::Read).await;
    node
}

async fn ask(node: &Node, key: &str, path: &str, body: Option<&Value>) -> crate::node::Reply {
    let request = Request::builder().method(if body.is_some() { "POST" } else { "GET" }).uri(path);
    let request = request.header("authorization", format!("Bearer {key}"));
    node.send(request.body(body.map_or(Body::empty(), |body| body.to_string().into())).unwrap()).await
}

async fn post(node: &Node, path: &str, body: &Value) -> Value {
    let reply = ask(node, "admin", path, Some(body)).await;
    assert!(reply.status.is_success(), "{path} {}", reply.text);
    reply.json()
}

/// An app with an endpoint, by its URL's path, for each of these.
async fn app(node: &Node, uid: &str, paths: &[&str]) -> String {
    let app = post(node, "/api/v1/app", &json!({ "name": uid, "uid": uid })).await;
    for path in paths {
        let endpoint = json!({
            "url": format!("https://example.com{path}"),
            "headers": { "x-mine": "secret" },
            "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        });
        post(node, &format!("/api/v1/app/{uid}/endpoint"), &endpoint).await;
    }
    app["id"].as_str().unwrap().to_owned()
}

async fn send(node: &Node, uid: &str, message: &Value) -> String {
    let sent = post(node, &format!("/api/v1/app/{uid}/msg"), message).await;
    sent["id"].as_str().unwrap().to_owned()
}

async fn read(node: &Node, key: &str, id: &str) -> Value {
    let reply = ask(node, key, &format!("/executions/{id}"), None).await;
    reply.is(200);
    reply.json()["data"].take()
}

/// Waits until so many attempts of each delivery are over.
async fn tried(node: &Node, id: &str, count: usize) -> Value {
    const ROUNDS_MAX: usize = 10_000;
    for _ in 0..ROUNDS_MAX {
        let found = read(node, "admin", id).await;
        let mut deliveries = found["deliveries"].as_array().unwrap().iter();
        if deliveries.all(|delivery| delivery["attempts"].as_array().unwrap().len() == count) {
            return found;
        }
        tokio::task::yield_now().await;
    }
    panic!("{id} was never tried: {}", read(node, "admin", id).await);
}

/// What the receivers got, as it is told.
fn received(node: &Node, number: usize) -> (Value, Value) {
    let request = &node.receivers.requests()[number];
    let mut headers = vec![("host", "example.com".to_owned())];
    headers.extend(request.headers.iter().take(1).cloned());
    headers.push(("content-length", request.body.len().to_string()));
    headers.extend(request.headers.iter().skip(1).cloned());
    let told = json!({ "method": "POST", "headers": headers });
    (told, json!(String::from_utf8_lossy(&request.body)))
}

#[tokio::test]
async fn a_request_is_told_as_it_went_out() {
    let node = node().await;
    app(&node, "u", &["/ok"]).await;
    for payload in ["{\"is\": [1,  2]}", "<script>\u{0}", ""] {
        let before = node.receivers.requests().len();
        let raw =
            json!({ "eventType": "a", "payload": {}, "transformationsParams": { "rawPayload": payload } });
        let id = send(&node, "u", &raw).await;
        let told = tried(&node, &id, 1).await;
        let delivery = &told["deliveries"][0];
        let (request, body) = received(&node, before);
        assert_eq!((&delivery["attempts"][0]["request"], &delivery["body"]), (&request, &body));
        assert_eq!(body, payload);
        assert!(!told.to_string().contains("x-mine"));
        // Who may not see the secret is not told what was made with it.
        let mut told = read(&node, "read", &id).await;
        let headers = told["deliveries"][0]["attempts"][0]["request"]["headers"].as_array_mut().unwrap();
        let names: Vec<_> = headers.iter().map(|header| header[0].as_str().unwrap().to_owned()).collect();
        let expected = ["host", "content-type", "content-length", "webhook-id", "webhook-timestamp"];
        assert_eq!(names, expected);
    }
}

#[tokio::test]
async fn the_body_of_the_article_has_its_token() {
    let node = node().await;
    let webhook =
        json!({ "companyId": 42, "url": "https://example.com/ok", "eventType": "candidate.created" });
    post(&node, "/webhooks", &webhook).await;
    let created = ask(&node, "admin", "/candidates", Some(&crate::node::candidate())).await;
    let id = created.header("whimbrel-message-id").unwrap().to_owned();
    let told = tried(&node, &id, 1).await;
    let (request, body) = received(&node, 0);
    assert_eq!(
        (&told["deliveries"][0]["attempts"][0]["request"], &told["deliveries"][0]["body"]),
        (&request, &body)
    );
    assert!(body.as_str().unwrap().contains("\"token\":"), "{body}");
    assert_eq!(told["startedAt"], NOW);
}

#[tokio::test]
async fn of_what_did_not_go_out_or_is_forgotten_there_is_nothing() {
    let node = node().await;
    app(&node, "u", &["/refuse"]).await;
    let id = send(&node, "u", &json!({ "eventType": "a", "payload": {} })).await;
    let refused = tried(&node, &id, 1).await;
    assert_eq!(refused["deliveries"][0]["attempts"][0]["request"], Value::Null);
    app(&node, "v", &["/ok"]).await;
    let id = send(&node, "v", &json!({ "eventType": "a", "payload": {} })).await;
    tried(&node, &id, 1).await;
    let path = format!("/api/v1/app/v/msg/{id}/content");
    let expunge = Request::delete(path).header("authorization", "Bearer admin").body(Body::empty()).unwrap();
    node.send(expunge).await.is_empty(204);
    let expunged = read(&node, "admin", &id).await;
    let delivery = &expunged["deliveries"][0];
    let headers = json!([
        ["host", "example.com"],
        ["content-type", "application/json"],
        ["webhook-id", id],
        ["webhook-timestamp", "1769862896"],
    ]);
    assert_eq!((&delivery["body"], &delivery["attempts"][0]["request"]["headers"]), (&Value::Null, &headers));
}

#[tokio::test]
async fn an_attempt_that_was_asked_for_says_so() {
    let node = node().await;
    app(&node, "u", &["/ok"]).await;
    let id = send(&node, "u", &json!({ "eventType": "a", "payload": {} })).await;
    let endpoint = tried(&node, &id, 1).await["deliveries"][0]["endpointId"].as_str().unwrap().to_owned();
    post(&node, &format!("/api/v1/app/u/msg/{id}/endpoint/{endpoint}/resend"), &Value::Null).await;
    let told = tried(&node, &id, 2).await;
    let triggers = [0, 1].map(|number| told["deliveries"][0]["attempts"][number]["trigger"].clone());
    assert_eq!(triggers, ["scheduled", "manual"]);
}

#[tokio::test]
async fn bodies_of_many_calls_do_not_make_an_answer_grow_without_bound() {
    let node = node().await;
    app(&node, "u", &["/ok"; 6]).await;
    let large = json!({ "eventType": "a", "payload": { "x": "x".repeat(1_000_000) } });
    let id = send(&node, "u", &large).await;
    let told = tried(&node, &id, 1).await;
    let with_body = |told: &Value| {
        let deliveries = told["deliveries"].as_array().unwrap().iter();
        deliveries.map(|delivery| delivery["body"].is_string()).collect::<Vec<_>>()
    };
    assert_eq!(with_body(&told), [true, true, true, true, false, false]);
    let left_out = &told["deliveries"][5]["attempts"][0]["request"]["headers"];
    assert!(!left_out.to_string().contains("-signature") && !left_out.to_string().contains("content-length"));
    let last = told["deliveries"][5]["id"].as_str().unwrap();
    assert_eq!(with_body(&read(&node, "admin", last).await), [true, true, true, false, false, true]);
}

#[tokio::test]
async fn a_key_of_one_app_reads_its_own_messages_alone() {
    let node = node().await;
    let (own, other) = (app(&node, "u", &["/ok"]).await, app(&node, "v", &["/ok"]).await);
    node.key("own", Scope::App(own.parse().unwrap())).await;
    node.key("other", Scope::App(other.parse().unwrap())).await;
    node.key("send", Scope::Send).await;
    let id = send(&node, "u", &json!({ "eventType": "a", "payload": {} })).await;
    let told = tried(&node, &id, 1).await;
    assert_eq!(read(&node, "own", &id).await, told);
    let pk = told["deliveries"][0]["id"].as_str().unwrap();
    assert_eq!(read(&node, "own", pk).await, told);
    for (key, status) in [("other", 404), ("send", 403)] {
        for id in [&id, pk] {
            ask(&node, key, &format!("/executions/{id}"), None).await.is(status);
        }
    }
    let delete = Request::delete("/api/v1/app/u").header("authorization", "Bearer admin").body(Body::empty());
    node.send(delete.unwrap()).await.is_empty(204);
    ask(&node, "own", &format!("/executions/{id}"), None).await.is(404);
    ask(&node, "read", &format!("/executions/{id}"), None).await.is(200);
}
