//! The HTTP API. It turns requests into calls of the engine's doors and what is stored into answers; it decides
//! nothing about messages, and knows no adapter.
//!
//! Every answer is JSON. Errors have one shape: see `error.rs`.

mod access;
mod answer;
mod body;
mod browser;
mod email;
mod error;
mod fields;
mod gate;
mod health;
mod json;
mod query;
mod seed;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use domain::address::Networks;
use engine::doors::Doors;

pub use access::Access;
pub use health::Ready;

use crate::error::Refusal;
use crate::gate::Gate;

/// What the handlers work with.
pub struct Api {
    /// The ways into the engine, and the store behind it for questions.
    pub doors: Arc<Doors>,
    /// The networks that the operator opened for webhooks.
    pub opened: Networks,
    /// Who may call.
    pub access: Access,
    /// What `GET /ready` tells.
    pub ready: Ready,
}

/// All routes. Whatever is added to the inner router is behind the gate, and so are paths that lead nowhere.
pub fn router(api: Arc<Api>) -> Router {
    let gate = from_fn_with_state(Gate::new(api.clone()), gate::pass);
    let gated = seed::routes().method_not_allowed_fallback(wrong_method).fallback(no_route).layer(gate);
    let open = health::routes().method_not_allowed_fallback(wrong_method);
    gated.merge(open).with_state(api)
}

async fn no_route(request: Request) -> Response {
    body::discard(request).await;
    Refusal::not_found("There is no such route.").into_response()
}

async fn wrong_method(request: Request) -> Response {
    body::discard(request).await;
    Refusal::method_not_allowed().into_response()
}
