//! The full API, in the same manner.

#[path = "v1/access.rs"]
mod access;
#[path = "v1/apps.rs"]
mod apps;
#[path = "v1/attempts.rs"]
mod attempts;
#[path = "v1/bad_input.rs"]
mod bad_input;
#[path = "v1/bad_messages.rs"]
mod bad_messages;
#[path = "v1/batches.rs"]
mod batches;
#[path = "v1/client.rs"]
mod client;
#[path = "v1/deliveries.rs"]
mod deliveries;
#[path = "v1/delivery.rs"]
mod delivery;
#[path = "v1/document.rs"]
mod document;
#[path = "v1/endpoints.rs"]
mod endpoints;
#[path = "v1/event_types.rs"]
mod event_types;
#[path = "v1/idempotency.rs"]
mod idempotency;
#[path = "v1/keys.rs"]
mod keys;
#[path = "v1/live.rs"]
mod live;
#[path = "v1/messages.rs"]
mod messages;
#[path = "v1/operational_webhooks.rs"]
mod operational_webhooks;
#[path = "v1/operations.rs"]
mod operations;
#[path = "v1/organization.rs"]
mod organization;
#[path = "v1/past_messages.rs"]
mod past_messages;
#[path = "v1/payloads.rs"]
mod payloads;
#[path = "v1/platform.rs"]
mod platform;
#[path = "v1/portal.rs"]
mod portal;
#[path = "v1/repeated_messages.rs"]
mod repeated_messages;
#[path = "v1/rules.rs"]
mod rules;
#[path = "v1/sessions.rs"]
mod sessions;
#[path = "v1/statistics.rs"]
mod statistics;
#[path = "v1/tenants.rs"]
mod tenants;
#[path = "v1/tokens.rs"]
mod tokens;
#[path = "v1/trouble.rs"]
mod trouble;
#[path = "v1/wire.rs"]
mod wire;
