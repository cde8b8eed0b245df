//! The full API, in the same manner.

#[path = "v1/apps.rs"]
mod apps;
#[path = "v1/attempts.rs"]
mod attempts;
#[path = "v1/bad_messages.rs"]
mod bad_messages;
#[path = "v1/batches.rs"]
mod batches;
#[path = "v1/client.rs"]
mod client;
#[path = "v1/deliveries.rs"]
mod deliveries;
#[path = "v1/document.rs"]
mod document;
#[path = "v1/idempotency.rs"]
mod idempotency;
#[path = "v1/messages.rs"]
mod messages;
#[path = "v1/past_messages.rs"]
mod past_messages;
#[path = "v1/payloads.rs"]
mod payloads;
#[path = "v1/platform.rs"]
mod platform;
#[path = "v1/wire.rs"]
mod wire;
