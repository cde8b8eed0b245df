//! Every operation of the document: who may call it, and a body that it takes. None can be forgotten.

use axum::http::Method;
use serde_json::Value;

/// An operation that the document describes.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    /// With the names of its parameters, behind the API's base.
    path: String,
    /// Who may call it: `a` an admin, `s` a sender, `r` a reader, `p` the app's own key, `-` anybody.
    pub(crate) allowed: &'static str,
    /// A body that it takes; empty if it takes none.
    pub(crate) body: &'static str,
    /// The parameters of its query, with their schemas.
    pub(crate) query: Vec<(String, Value)>,
    /// The schema of its body, if it takes one.
    pub(crate) schema: Option<Value>,
    /// Whether there must be a body.
    pub(crate) needs_body: bool,
}

impl Operation {
    /// The names of the parameters of its path.
    pub(crate) fn parameters(&self) -> Vec<&str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
    }

    /// Its path, with what stands for each parameter.
    pub(crate) fn path(&self, value: impl Fn(&str) -> String) -> String {
        let part = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => value(name),
            None => part.to_owned(),
        };
        self.path.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    /// Whether it is about an app that its path names.
    pub(crate) fn is_about_an_app(&self) -> bool {
        self.parameters().contains(&"app_id")
    }

    /// Whether anybody may call it.
    pub(crate) fn is_open(&self) -> bool {
        self.allowed == "-"
    }
}

/// All operations of the document.
pub(crate) fn operations() -> Vec<Operation> {
    let document = document();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, described) in item.as_object().unwrap() {
            found.push(operation(&document, path, method, described));
        }
    }
    assert_eq!(found.len(), OPERATIONS.len(), "an operation is gone");
    found
}

/// The document.
pub(crate) fn document() -> Value {
    serde_json::from_str(&api::document()).unwrap()
}

/// A schema, or the one that it refers to.
pub(crate) fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let Some(reference) = schema["$ref"].as_str() else { return schema };
    let found = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
    found.unwrap_or_else(|| panic!("{reference} is not in the document"))
}

fn operation(document: &Value, path: &str, method: &str, described: &Value) -> Operation {
    let name = described["operationId"].as_str().unwrap();
    let known = OPERATIONS.iter().find(|(known, ..)| *known == name);
    let &(name, allowed, body) =
        known.unwrap_or_else(|| panic!("say who may call {name}, and with which body"));
    let parameters = described["parameters"].as_array().into_iter().flatten();
    let query = parameters.filter(|one| one["in"] == "query");
    let query = query.map(|one| (one["name"].as_str().unwrap().to_owned(), one["schema"].clone())).collect();
    let schema = described.pointer("/requestBody/content/application~1json/schema");
    let schema = schema.map(|schema| resolved(document, schema).clone());
    assert_eq!(schema.is_some(), !body.is_empty(), "{name}: a body for those that take one");
    Operation {
        name,
        method: method.to_uppercase().parse().unwrap(),
        path: path.strip_prefix("/api/v1").unwrap().to_owned(),
        allowed,
        body,
        query,
        schema,
        needs_body: described["requestBody"]["required"] == true,
    }
}

const NAMED: &str = r#"{"name":"z"}"#;
const URL: &str = r#"{"url":"https://example.com/hang"}"#;
const HEADERS: &str = r#"{"headers":{"x-a":"1"}}"#;
const SINCE: &str = r#"{"since":"2026-01-31T00:00:00Z"}"#;
const MESSAGE: &str = r#"{"eventType":"a.b","payload":{}}"#;

/// Each operation, who may call it, and a body that it takes.
const OPERATIONS: &[(&str, &str, &str)] = &[
    ("v1.application.list", "ar", ""),
    ("v1.application.create", "a", NAMED),
    ("v1.application.get", "arp", ""),
    ("v1.application.update", "a", NAMED),
    ("v1.application.patch", "a", NAMED),
    ("v1.application.delete", "a", ""),
    ("v1.authentication.app-portal-access", "a", "{}"),
    ("v1.authentication.dashboard-access", "a", ""),
    ("v1.authentication.expire-all", "a", "{}"),
    ("v1.authentication.logout", "p", ""),
    ("v1.authentication.whoami", "asrp", ""),
    ("v1.background-task.get", "arp", ""),
    ("v1.background-task.list", "arp", ""),
    ("v1.delivery.list", "arp", ""),
    ("v1.endpoint.bulk-replay", "ap", SINCE),
    ("v1.endpoint.create", "ap", URL),
    ("v1.endpoint.delete", "ap", ""),
    ("v1.endpoint.delete-auth", "ap", ""),
    ("v1.endpoint.get", "arp", ""),
    ("v1.endpoint.get-attempt-stats", "arp", ""),
    ("v1.endpoint.get-auth", "arp", ""),
    ("v1.endpoint.get-headers", "arp", ""),
    ("v1.endpoint.get-secret", "ap", ""),
    ("v1.endpoint.get-stats", "arp", ""),
    ("v1.endpoint.list", "arp", ""),
    ("v1.endpoint.patch", "ap", URL),
    ("v1.endpoint.patch-headers", "ap", HEADERS),
    ("v1.endpoint.recover", "ap", SINCE),
    ("v1.endpoint.replay-missing", "ap", SINCE),
    ("v1.endpoint.rotate-secret", "ap", "{}"),
    ("v1.endpoint.send-example", "a", r#"{"eventType":"svix.ping"}"#),
    ("v1.endpoint.set-auth", "ap", r#"{"type":"bearer","token":"t"}"#),
    ("v1.endpoint.update", "ap", URL),
    ("v1.endpoint.update-headers", "ap", HEADERS),
    ("v1.event-type.list", "arp", ""),
    ("v1.event-type.create", "a", r#"{"name":"c.d","description":""}"#),
    ("v1.event-type.get", "arp", ""),
    ("v1.event-type.update", "a", r#"{"description":""}"#),
    ("v1.event-type.patch", "a", r#"{"description":"z"}"#),
    ("v1.event-type.delete", "a", ""),
    ("v1.health.get", "-", ""),
    ("v1.health.ping", "-", ""),
    ("v1.key.list", "ar", ""),
    ("v1.key.create", "a", r#"{"name":"z","scope":"read"}"#),
    ("v1.key.get", "ar", ""),
    ("v1.key.revoke", "a", ""),
    ("v1.live.get", "arp", ""),
    ("v1.message-attempt.expunge-content", "a", ""),
    ("v1.message-attempt.get", "arp", ""),
    ("v1.message-attempt.list-attempted-destinations", "arp", ""),
    ("v1.message-attempt.list-attempted-messages", "arp", ""),
    ("v1.message-attempt.list-by-endpoint", "arp", ""),
    ("v1.message-attempt.list-by-endpoint-deprecated", "arp", ""),
    ("v1.message-attempt.list-by-msg", "arp", ""),
    ("v1.message-attempt.list-by-msg-deprecated", "arp", ""),
    ("v1.message-attempt.resend", "ap", ""),
    ("v1.message.bulk-expunge-content", "a", r#"{"ids":["msg_00000000001"]}"#),
    ("v1.message.cancel", "a", ""),
    ("v1.message.create", "as", MESSAGE),
    ("v1.message.create-batch", "as", r#"{"messages":[{"eventType":"a.b","payload":{}}]}"#),
    ("v1.message.expunge-content", "a", ""),
    ("v1.message.get", "arp", ""),
    ("v1.message.list", "arp", ""),
    ("v1.message.precheck", "arp", r#"{"eventType":"a.b"}"#),
    ("v1.openapi.get", "-", ""),
    ("v1.operational-webhook.endpoint.create", "a", URL),
    ("v1.operational-webhook.endpoint.delete", "a", ""),
    ("v1.operational-webhook.endpoint.get", "ar", ""),
    ("v1.operational-webhook.endpoint.get-headers", "ar", ""),
    ("v1.operational-webhook.endpoint.get-secret", "a", ""),
    ("v1.operational-webhook.endpoint.list", "ar", ""),
    ("v1.operational-webhook.endpoint.rotate-secret", "a", "{}"),
    ("v1.operational-webhook.endpoint.update", "a", URL),
    ("v1.operational-webhook.endpoint.update-headers", "a", HEADERS),
    ("v1.organization.get", "ar", ""),
    ("v1.organization.patch", "a", NAMED),
    ("v1.rule.list", "ar", ""),
    ("v1.session.create", "-", r#"{"key":"admin"}"#),
    ("v1.session.delete", "-", ""),
    ("v1.session.get", "asrp", ""),
    ("v1.statistics.attempts", "arp", ""),
    ("v1.statistics.endpoints", "arp", ""),
];
