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
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use tower_http::cors::{AllowHeaders, Any, CorsLayer};
use utoipa_axum::router::OpenApiRouter;

use self::error::Error;
use self::idempotency::{Idempotency, Keeping};
use self::large::LargeGate;
use crate::error::Refusal;
use crate::gate::Gate;
use crate::{Access, Api, body as bodies};

pub use document::document;
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

/// The whole API, with paths that begin after [`BASE`].
pub(crate) fn router(api: &Arc<Api>, gate: Gate) -> Router {
    let idempotency =
        |keeping| from_fn_with_state(Idempotency::new(api.clone(), keeping), idempotency::answer_once);
    let gated = Router::from(remembered())
        .layer(idempotency(Keeping::Stored))
        .merge(Router::from(unremembered()).layer(idempotency(Keeping::Brief)))
        .merge(Router::from(sending()))
        .method_not_allowed_fallback(wrong_method)
        .fallback(no_route)
        .layer(from_fn_with_state(gate.clone(), pass));
    let gated = gated.merge(
        Router::from(batches())
            .method_not_allowed_fallback(wrong_method)
            .layer(from_fn_with_state(LargeGate::new(gate), large::pass)),
    );
    let all = gated.merge(Router::from(open()).method_not_allowed_fallback(wrong_method));
    let all = match api.settings.access {
        Access::Keys => all.layer(cors()),
        Access::Open => all,
    };
    all.with_state(api.clone())
}

/// Pages of all origins may call, if they have a key; without keys, no foreign page may.
fn cors() -> CorsLayer {
    const MAX_AGE: std::time::Duration = std::time::Duration::from_secs(600);
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(Any)
        .allow_headers(AllowHeaders::mirror_request())
        .max_age(MAX_AGE)
}

/// The gate of the full API. Behind it, bodies are in memory.
async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    gate.pass::<Error>(request, async |request| match bodies::buffered(request).await {
        Ok(request) => next.run(request).await,
        Err(refusal) => Error::from(refusal).into_response(),
    })
    .await
}

async fn no_route(request: Request) -> Error {
    bodies::discard(request).await;
    Refusal::not_found("There is no such route.").into()
}

async fn wrong_method(request: Request) -> Error {
    bodies::discard(request).await;
    Refusal::method_not_allowed().into()
}
