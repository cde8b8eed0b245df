//! Who may do what, for every operation of the document: none can be forgotten.

use axum::http::Method;
use domain::id::OrganizationId;
use domain::key::Scope;
use serde_json::{Value, json};

use super::client::Client;

/// Who may call each operation: `a` an admin, `s` a sender, `r` a reader, `p` the app's own key, `-` anybody.
const OPERATIONS: &[(&str, &str)] = &[
    ("v1.application.list", "ar"),
    ("v1.application.create", "a"),
    ("v1.application.get", "arp"),
    ("v1.application.update", "a"),
    ("v1.application.patch", "a"),
    ("v1.application.delete", "a"),
    ("v1.authentication.app-portal-access", "a"),
    ("v1.authentication.dashboard-access", "a"),
    ("v1.authentication.expire-all", "a"),
    ("v1.authentication.logout", "p"),
    ("v1.authentication.whoami", "asrp"),
    ("v1.event-type.list", "arp"),
    ("v1.event-type.create", "a"),
    ("v1.event-type.get", "arp"),
    ("v1.event-type.update", "a"),
    ("v1.event-type.patch", "a"),
    ("v1.event-type.delete", "a"),
    ("v1.health.get", "-"),
    ("v1.health.ping", "-"),
    ("v1.key.list", "ar"),
    ("v1.key.create", "a"),
    ("v1.key.get", "ar"),
    ("v1.key.revoke", "a"),
    ("v1.openapi.get", "-"),
    ("v1.organization.get", "ar"),
    ("v1.organization.patch", "a"),
];

/// An operation of the document, with a path to something that is there.
struct Operation {
    method: Method,
    path: String,
    allowed: &'static str,
    is_about_an_app: bool,
}

/// A node with something of each kind, and keys of each scope.
async fn world() -> (Client, String, String) {
    let client = Client::new().await;
    let app = client.makes("/app", &json!({ "name": "x", "uid": "own" })).await;
    let other = client.makes("/app", &json!({ "name": "y", "uid": "other" })).await;
    client.post("/event-type", &json!({ "name": "a.b", "description": "" })).await.is(201);
    let key = client.has_key("some key", Scope::Read).await;
    client.has_key("s", Scope::Send).await;
    client.has_key("r", Scope::Read).await;
    client.has_key("p", Scope::App(app.parse().unwrap())).await;
    client.has_key("other app's", Scope::App(other.parse().unwrap())).await;
    client.node.key_of(OrganizationId::from_number(2), "other organization's", Scope::Admin).await;
    (client, app, key.to_string())
}

fn operations(app: &str, key: &str) -> Vec<Operation> {
    let document: Value = serde_json::from_str(&api::document()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            let allowed = OPERATIONS.iter().find(|(known, _)| *known == name);
            let (_, allowed) = allowed.unwrap_or_else(|| panic!("say who may call {name}"));
            let full = path.strip_prefix("/api/v1").unwrap();
            let full =
                full.replace("{app_id}", app).replace("{key_id}", key).replace("{event_type_name}", "a.b");
            assert!(!full.contains('{'), "say what stands for the parameters of {path}");
            found.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: full,
                allowed,
                is_about_an_app: path.contains("{app_id}"),
            });
        }
    }
    assert_eq!(found.len(), OPERATIONS.len(), "an operation is gone");
    found
}

#[tokio::test]
async fn each_scope_is_enough_for_what_it_is_for_and_nothing_else() {
    for at in 0..OPERATIONS.len() {
        for (scope, name) in [("a", "admin"), ("s", "s"), ("r", "r"), ("p", "p"), ("-", "unknown")] {
            let (mut client, app, key) = world().await;
            let Operation { method, path, allowed, .. } = operations(&app, &key).swap_remove(at);
            client.becomes(name);
            let before = client.node.store.dump();
            let status = client.call(method.clone(), &path, "{}").await.status.as_u16();
            let what = format!("{method} {path} {name}");
            if allowed == "-" || allowed.contains(scope) {
                assert!(![401, 403, 404].contains(&status), "{what}: {status}");
            } else {
                assert_eq!(status, if scope == "-" { 401 } else { 403 }, "{what}");
                assert_eq!(client.node.store.dump(), before, "{what} changed something");
            }
        }
    }
}

#[tokio::test]
async fn apps_of_others_are_not_there() {
    let (mut client, app, key) = world().await;
    for name in ["other app's", "other organization's"] {
        client.becomes(name);
        for Operation { method, path, is_about_an_app, .. } in operations(&app, &key) {
            if !is_about_an_app {
                continue;
            }
            let before = client.node.store.dump();
            let status = client.call(method.clone(), &path, r#"{"name":"z"}"#).await.status.as_u16();
            let expected: &[u16] = if name == "other app's" { &[403, 404] } else { &[404] };
            assert!(expected.contains(&status), "{method} {path} {name}: {status}");
            assert_eq!(client.node.store.dump(), before, "{method} {path} {name} changed something");
        }
    }
}
