//! The full API, in the same manner.

#[path = "v1/apps.rs"]
mod apps;
#[path = "v1/client.rs"]
mod client;
#[path = "v1/document.rs"]
mod document;
#[path = "v1/endpoints.rs"]
mod endpoints;
#[path = "v1/operational_webhooks.rs"]
mod operational_webhooks;
#[path = "v1/wire.rs"]
mod wire;
