//! A node with several tenants: two organizations with two apps each, something of each kind in every app, and keys of
//! each scope.

use std::collections::BTreeMap;

use domain::id::OrganizationId;
use domain::key::Scope;
use serde_json::{Value, json};

use super::client::Client;
use super::operations::Operation;
use super::tokens::{SECRET, token};
use crate::node::Setup;

/// The ids of things of one tenant, by the name of the parameter that a path has for them.
pub(crate) type Names = BTreeMap<&'static str, String>;

/// Several tenants.
pub(crate) struct Tenants {
    pub(crate) client: Client,
    /// An app of the first organization, by ids.
    pub(crate) own: Names,
    /// The same, by the names that the platform has given.
    pub(crate) own_uids: Names,
    /// Another app of the same organization.
    pub(crate) other: Names,
    /// An app of another organization.
    pub(crate) foreign: Names,
}

/// What is written into everything of the first app, and may be in no answer to others.
pub(crate) const MARK: &str = "only-for-the-first";

/// Organizations of another server: one with two apps, and one with nothing.
pub(crate) const ELSEWHERE: &str = "org_23rb8YdGqMT0qIzpgGwdXfHirMu";
pub(crate) const NOWHERE: &str = "org_23rb8YdGqMT0qIzpgGwdXfHirMv";

/// The keys of the first organization, by the letter of their scope, and some that open nothing.
pub(crate) const KEYS: [(&str, &str); 4] = [("a", "admin"), ("s", "s"), ("r", "r"), ("p", "p")];

impl Tenants {
    /// The first app, and nobody else.
    pub(crate) async fn alone() -> Self {
        let client = Client::with(Setup { jwt_secret: Some(SECRET), ..Setup::default() }).await;
        tokio::spawn(client.node.worker.clone().run());
        let own = fill(&client, MARK).await;
        let app = app(&own);
        for (key, scope) in [("s", Scope::Send), ("r", Scope::Read), ("p", app)] {
            client.has_key(key, scope).await;
        }
        let uids = ["app_id", "endpoint_id", "msg_id"].map(|name| (name, MARK.to_owned()));
        let own_uids = own.clone().into_iter().chain(uids).collect();
        Self { client, own, own_uids, other: Names::new(), foreign: Names::new() }
    }

    /// The first app, with others beside it, and nothing that is under way.
    pub(crate) async fn new() -> Self {
        let mut tenants = Self::alone().await;
        tenants.other = fill(&tenants.client, "other").await;
        tenants.client.has_key("p 2", app(&tenants.other)).await;
        tenants.client.node.revoked_key("revoked").await;
        tenants.client.node.expired_key("expired").await;
        let elsewhere = tenants.organization(ELSEWHERE, "admin 2").await;
        tenants.foreign = fill(&tenants.client, "foreign").await;
        tenants.client.node.key_of(elsewhere, "p 3", app(&tenants.foreign)).await;
        fill(&tenants.client, "foreign too").await;
        tenants.organization(NOWHERE, "admin 3").await;
        tenants.client.becomes("admin");
        tenants
    }

    /// Makes another organization, with an admin key, by which the client calls from then on.
    async fn organization(&mut self, external: &str, key: &str) -> OrganizationId {
        self.client.becomes(&token(&json!({ "sub": external })));
        let id = self.client.get("/organization").await.json()["id"].as_str().unwrap().parse().unwrap();
        self.client.node.key_of(id, key, Scope::Admin).await;
        // The app of the operational webhooks is made when somebody first asks for it.
        self.client.get("/operational-webhook/endpoint").await.is(200);
        id
    }

    /// Calls an operation with these ids.
    pub(crate) async fn call(&self, operation: &Operation, names: &Names) -> crate::node::Reply {
        let path = operation.path(|name| value(operation, names, name));
        self.client.call(operation.method.clone(), &path, operation.body).await
    }

    /// Everything that is stored.
    pub(crate) fn dump(&self) -> String {
        self.client.node.store.dump()
    }
}

/// What a key for an app is for.
fn app(names: &Names) -> Scope {
    Scope::App(names["app_id"].parse().unwrap())
}

/// The id for a parameter of a path.
pub(crate) fn value(operation: &Operation, names: &Names, parameter: &str) -> String {
    let is_operational = operation.name.starts_with("v1.operational-webhook");
    let parameter = if is_operational { "operational" } else { parameter };
    names
        .get(parameter)
        .unwrap_or_else(|| panic!("say what stands for {parameter} of {}", operation.name))
        .clone()
}

/// Makes an app with something of each kind in it, and names all of it `mark`.
async fn fill(client: &Client, mark: &str) -> Names {
    let uid = mark.replace(' ', "-");
    let metadata = json!({ "mark": mark });
    client.put("/event-type/a.b", &json!({ "description": mark })).await;
    let app = client.makes("/app", &json!({ "name": mark, "uid": uid, "metadata": metadata })).await;
    let endpoint = json!({
        "url": "https://example.com/fail", "uid": uid, "description": mark, "metadata": metadata,
    });
    let endpoint = client.makes(&format!("/app/{app}/endpoint"), &endpoint).await;
    let operational =
        json!({ "url": "https://example.com/ok", "description": mark, "filterTypes": ["endpoint.created"] });
    let operational = client.makes("/operational-webhook/endpoint", &operational).await;
    let message = json!({ "eventType": "a.b", "payload": { "mark": mark }, "eventId": uid, "tags": [uid] });
    let message =
        client.post(&format!("/app/{app}/msg"), &message).await.json()["id"].as_str().unwrap().to_owned();
    let attempts = format!("/app/{app}/attempt/msg/{message}");
    let attempts = client.until(&attempts, |found| !found["data"].as_array().unwrap().is_empty()).await;
    let key = client.post("/key", &json!({ "name": mark, "scope": "read" })).await.json();
    let recover = json!({ "since": "2026-01-31T00:00:00Z", "until": "2026-01-31T00:00:01Z" });
    let task = client.post(&format!("/app/{app}/endpoint/{endpoint}/recover"), &recover).await.json();
    let task = task["id"].as_str().unwrap().to_owned();
    client.until(&format!("/background-task/{task}"), |found| found["status"] != "running").await;
    let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
    Names::from([
        ("app_id", app),
        ("endpoint_id", endpoint),
        ("operational", operational),
        ("msg_id", message),
        ("attempt_id", id(&attempts["data"][0])),
        ("key_id", id(&key)),
        ("task_id", task),
        ("event_type_name", "a.b".to_owned()),
    ])
}
