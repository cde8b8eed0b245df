//! A platform that sends to one app: the client, the app `u`, its endpoints.

use axum::http::Method;
use domain::endpoint::{Door, Endpoint};
use domain::id::{AppId, EndpointId};
use domain::secret::Secret;
use domain::target::Target;
use engine::ports::catalog::{Catalog as _, Put};
use serde_json::{Value, json};

use super::client::Client;
use crate::node::Reply;

pub(crate) struct Platform {
    pub(crate) client: Client,
    pub(crate) app: AppId,
}

impl Platform {
    pub(crate) async fn new() -> Self {
        let client = Client::new().await;
        let app = client.makes("/app", &json!({ "name": "Ada's", "uid": "u" })).await;
        Self { client, app: app.parse().unwrap() }
    }

    /// An endpoint that wants everything; its receiver does what the path says. A delivery to it that fails is tried again
    /// with [`Door::Api`], and not with [`Door::Webhook`]. The later it comes, the higher its number must be.
    pub(crate) async fn endpoint(
        &self,
        number: i64,
        door: Door,
        path: &str,
        as_wanted: impl FnOnce(Endpoint) -> Endpoint,
    ) -> String {
        let target = Target::stored(&format!("https://example.com{path}")).unwrap();
        let secret = Secret::symmetric([7; 24]);
        let id = EndpointId::from_number(number);
        let endpoint = as_wanted(Endpoint::new(id, self.app, door, target, secret));
        let stored = self.client.node.store.put_endpoint(endpoint, None).await.unwrap();
        assert_eq!(stored.put, Put::Stored);
        id.to_string()
    }

    /// Sends a message to the app, and answers its id.
    pub(crate) async fn sends(&self, message: &Value) -> String {
        let reply = self.client.post("/app/u/msg", message).await;
        reply.is(202);
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// Sends a small message of this type.
    pub(crate) async fn sends_type(&self, event_type: &str) -> String {
        self.sends(&json!({ "eventType": event_type, "payload": {} })).await
    }

    /// Posts a text under an idempotency key.
    pub(crate) async fn posts_under(&self, key: &str, path: &str, body: &str) -> Reply {
        let mut request = self.client.request(Method::POST, path, body.to_owned());
        request.headers_mut().insert("idempotency-key", key.parse().unwrap());
        self.client.node.send(request).await
    }

    /// Asks until the answer holds.
    pub(crate) async fn until(&self, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
        const ROUNDS_MAX: usize = 10_000;
        for _ in 0..ROUNDS_MAX {
            let found = self.client.get(path).await.json();
            if holds(&found) {
                return found;
            }
            tokio::task::yield_now().await;
        }
        panic!("{path} never got there: {}", self.client.get(path).await.text);
    }

    /// Waits until so many attempts of a message are over, and answers them, the newest first.
    pub(crate) async fn attempts(&self, message: &str, count: usize) -> Vec<Value> {
        let path = format!("/app/u/attempt/msg/{message}");
        let list = self.until(&path, |found| found["data"].as_array().is_some_and(|all| all.len() == count));
        list.await["data"].as_array().unwrap().clone()
    }
}

/// The ids of the rows on a page.
pub(crate) fn ids(list: &Value) -> Vec<String> {
    let rows = list["data"].as_array().unwrap_or_else(|| panic!("{list}"));
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}
