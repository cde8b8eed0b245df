//! The full API, under `/api/v1`: it speaks the wire contract of Svix, so that its client libraries work, and has
//! resources of its own in the same style.
//!
//! Each handler carries its description; it is registered with the macro `routes!`, so that no route can be missing in
//! the document ([`document`]). What each handler may do, its first argument says: see `access.rs`.

#![expect(unused_qualifications, reason = "utoipa's macros write them")]

mod access;
mod answer;
mod app;
mod attempt;
mod auth;
mod background_task;
mod body;
mod check;
mod delivery;
mod document;
mod endpoint;
mod error;
mod event_type;
mod front;
mod health;
mod idempotency;
mod items;
mod key;
mod large;
mod live;
mod msg;
mod operational_webhook;
mod organization;
mod page;
mod patch;
mod query;
mod rule;
mod schemas;
mod session;
mod statistics;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use utoipa_axum::router::OpenApiRouter;

use self::idempotency::{Idempotency, Keeping};
use crate::Api;
use crate::gate::Gate;

pub use document::document;
pub(crate) use front::Front;
pub(crate) use live::Places;
pub(crate) use schemas::Schemas;

/// Where it all is.
pub(crate) const BASE: &str = "/api/v1";

type Routes = OpenApiRouter<Arc<Api>>;

/// The operations whose answers are remembered for requests with an idempotency key.
fn remembered() -> Routes {
    Routes::new()
        .merge(app::routes())
        .merge(event_type::routes())
        .merge(organization::routes())
        .merge(auth::routes())
        .merge(endpoint::routes())
        .merge(msg::routes())
        .merge(attempt::routes())
        .merge(background_task::routes())
        .merge(operational_webhook::routes())
        .merge(delivery::routes())
        .merge(rule::routes())
        .merge(statistics::routes())
}

/// The operations whose answers are not kept: keys are in them, or they remember for themselves.
fn unremembered() -> Routes {
    Routes::new()
        .merge(key::routes())
        .merge(auth::key_routes())
        .merge(endpoint::secret_routes())
        .merge(operational_webhook::secret_routes())
}

/// The operations that remember their answers with what they store, or that change nothing.
fn sending() -> Routes {
    Routes::new().merge(msg::sending()).merge(msg::questions()).merge(live::routes())
}

/// The same, with larger bodies.
fn batches() -> Routes {
    msg::batches()
}

/// The operations that need no key.
fn open() -> Routes {
    Routes::new().merge(health::routes()).merge(document::routes()).merge(session::routes())
}

/// The whole API.
pub(crate) fn front(api: &Arc<Api>, gate: Gate) -> Front {
    let idempotency =
        |keeping| from_fn_with_state(Idempotency::new(api.clone(), keeping), idempotency::answer_once);
    let gated = Router::from(remembered())
        .layer(idempotency(Keeping::Stored))
        .merge(Router::from(unremembered()).layer(idempotency(Keeping::Brief)))
        .merge(sending())
        .merge(batches());
    Front::new(api, gate, open(), gated)
}
