//! Who may do what, for every operation of the document: none can be forgotten.

use std::sync::LazyLock;

use axum::http::Method;
use domain::endpoint::Door;
use domain::id::OrganizationId;
use domain::key::Scope;
use serde_json::{Value, json};

use super::client::Client;
use super::platform::Platform;

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
    ("v1.background-task.list", "ar"),
    ("v1.background-task.get", "ar"),
    ("v1.endpoint.list", "arp"),
    ("v1.endpoint.create", "ap"),
    ("v1.endpoint.get", "arp"),
    ("v1.endpoint.update", "ap"),
    ("v1.endpoint.patch", "ap"),
    ("v1.endpoint.delete", "ap"),
    ("v1.endpoint.get-secret", "ap"),
    ("v1.endpoint.rotate-secret", "ap"),
    ("v1.endpoint.get-headers", "arp"),
    ("v1.endpoint.update-headers", "ap"),
    ("v1.endpoint.patch-headers", "ap"),
    ("v1.endpoint.get-auth", "arp"),
    ("v1.endpoint.set-auth", "ap"),
    ("v1.endpoint.delete-auth", "ap"),
    ("v1.endpoint.get-stats", "arp"),
    ("v1.endpoint.get-attempt-stats", "arp"),
    ("v1.endpoint.send-example", "a"),
    ("v1.endpoint.recover", "ap"),
    ("v1.endpoint.replay-missing", "ap"),
    ("v1.endpoint.bulk-replay", "ap"),
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
    ("v1.message.list", "arp"),
    ("v1.message.create", "as"),
    ("v1.message.create-batch", "as"),
    ("v1.message.get", "arp"),
    ("v1.message.cancel", "a"),
    ("v1.message.precheck", "arp"),
    ("v1.message.expunge-content", "a"),
    ("v1.message.bulk-expunge-content", "a"),
    ("v1.message-attempt.list-by-endpoint", "arp"),
    ("v1.message-attempt.list-by-msg", "arp"),
    ("v1.message-attempt.list-by-endpoint-deprecated", "arp"),
    ("v1.message-attempt.list-by-msg-deprecated", "arp"),
    ("v1.message-attempt.list-attempted-messages", "arp"),
    ("v1.message-attempt.list-attempted-destinations", "arp"),
    ("v1.message-attempt.get", "arp"),
    ("v1.message-attempt.expunge-content", "a"),
    ("v1.message-attempt.resend", "ap"),
    ("v1.openapi.get", "-"),
    ("v1.operational-webhook.endpoint.list", "ar"),
    ("v1.operational-webhook.endpoint.create", "a"),
    ("v1.operational-webhook.endpoint.get", "ar"),
    ("v1.operational-webhook.endpoint.update", "a"),
    ("v1.operational-webhook.endpoint.delete", "a"),
    ("v1.operational-webhook.endpoint.get-secret", "a"),
    ("v1.operational-webhook.endpoint.rotate-secret", "a"),
    ("v1.operational-webhook.endpoint.get-headers", "ar"),
    ("v1.operational-webhook.endpoint.update-headers", "a"),
    ("v1.organization.get", "ar"),
    ("v1.organization.patch", "a"),
    ("v1.session.get", "asrp"),
    ("v1.session.create", "-"),
    ("v1.session.delete", "-"),
];

const OPERATIONAL: &str = "/operational-webhook/endpoint";

/// An operation of the document, with a path to something that is there.
struct Operation {
    method: Method,
    path: String,
    allowed: &'static str,
    is_about_an_app: bool,
}

/// A node with something of each kind, and keys of each scope.
struct World {
    client: Client,
    /// What stands for the parameters of paths.
    things: Vec<(&'static str, String)>,
}

impl World {
    async fn new() -> Self {
        let platform = Platform::new().await;
        let endpoint = platform.endpoint(1, Door::Api, "/ok", |endpoint| endpoint).await;
        let message = platform.sends_type("a.b").await;
        let attempts = platform.attempts(&message, 1).await;
        let attempt = attempts[0]["id"].as_str().unwrap().to_owned();
        let Platform { client, app } = platform;
        let other = client.makes("/app", &json!({ "name": "y", "uid": "other" })).await;
        client.post("/event-type", &json!({ "name": "a.b", "description": "" })).await.is(201);
        let own = client.makes(OPERATIONAL, &json!({ "url": "https://example.com/ok" })).await;
        let recover = format!("/app/{app}/endpoint/{endpoint}/recover");
        let task = client.post(&recover, &json!({ "since": "2026-01-31T00:00:00Z" })).await.json();
        let key = client.has_key("some key", Scope::Read).await;
        client.has_key("s", Scope::Send).await;
        client.has_key("r", Scope::Read).await;
        client.has_key("p", Scope::App(app)).await;
        client.has_key("other app's", Scope::App(other.parse().unwrap())).await;
        client.node.key_of(OrganizationId::from_number(2), "other organization's", Scope::Admin).await;
        let things = [
            ("{app_id}", app.to_string()),
            ("{msg_id}", message),
            ("/operational-webhook/endpoint/{endpoint_id}", format!("{OPERATIONAL}/{own}")),
            ("{endpoint_id}", endpoint),
            ("{task_id}", task["id"].as_str().unwrap().to_owned()),
            ("{attempt_id}", attempt),
            ("{key_id}", key.to_string()),
            ("{event_type_name}", "a.b".to_owned()),
        ];
        Self { client, things: things.into() }
    }

    fn operations(&self) -> Vec<Operation> {
        operations(&self.things)
    }
}

fn operations(things: &[(&str, String)]) -> Vec<Operation> {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(&api::document()).unwrap());
    let mut found = Vec::new();
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            let allowed = OPERATIONS.iter().find(|(known, _)| *known == name);
            let (_, allowed) = allowed.unwrap_or_else(|| panic!("say who may call {name}"));
            let full = path.strip_prefix("/api/v1").unwrap().to_owned();
            let full = things.iter().fold(full, |path, (name, thing)| path.replace(name, thing));
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
            let mut world = World::new().await;
            let Operation { method, path, allowed, .. } = world.operations().swap_remove(at);
            let client = &mut world.client;
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
    // Each operation finds in it what it needs, and ignores the rest.
    let message = json!({ "eventType": "a.b", "payload": {} });
    let body = json!({ "name": "z", "eventType": "a.b", "payload": {}, "messages": [message], "ids": [] });
    let world = World::new().await;
    let operations = world.operations();
    let mut client = world.client;
    for name in ["other app's", "other organization's"] {
        client.becomes(name);
        for Operation { method, path, .. } in operations.iter().filter(|operation| operation.is_about_an_app)
        {
            let before = client.node.store.dump();
            let status = client.call(method.clone(), path, body.to_string()).await.status.as_u16();
            let expected: &[u16] = if name == "other app's" { &[403, 404] } else { &[404] };
            assert!(expected.contains(&status), "{method} {path} {name}: {status}");
            assert_eq!(client.node.store.dump(), before, "{method} {path} {name} changed something");
        }
    }
}
