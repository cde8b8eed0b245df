//! The API over the engine with a store in memory: requests and their whole answers, for every fact of the wire
//! contract and every bad input. No socket is opened; a request goes straight into the router.

#![expect(clippy::unwrap_used, reason = "a test may fail, and says so")]

#[path = "api/access.rs"]
mod access;
#[path = "api/bodies.rs"]
mod bodies;
#[path = "api/candidates.rs"]
mod candidates;
#[path = "api/events.rs"]
mod events;
#[path = "api/executions.rs"]
mod executions;
#[path = "api/history.rs"]
mod history;
#[path = "api/node.rs"]
mod node;
#[path = "api/requests.rs"]
mod requests;
#[path = "api/resources.rs"]
mod resources;
#[path = "api/routes.rs"]
mod routes;
#[path = "api/store.rs"]
mod store;
#[path = "api/tenants.rs"]
mod tenants;
#[path = "api/trouble.rs"]
mod trouble;
#[path = "api/v1.rs"]
mod v1;
#[path = "api/webhooks.rs"]
mod webhooks;
