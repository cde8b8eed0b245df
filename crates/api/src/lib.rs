//! The HTTP API. It turns requests into calls of the engine's doors and what is stored into answers; it decides
//! nothing about messages, and knows no adapter.
//!
//! Two doors lead to the same things: the article's routes (`seed`) and the full API under `/api/v1` (`v1`). Every
//! answer is JSON, but for the files of the console (`console`). The errors of each have one shape: see `error.rs` and
//! `v1/error.rs`.

mod access;
mod answer;
mod body;
mod browser;
mod console;
mod email;
mod error;
mod fields;
mod front;
mod gate;
mod health;
mod json;
mod query;
mod seed;
mod settings;
mod v1;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use engine::doors::Doors;

pub use access::{Access, JwtSecret};
pub use front::Front;
pub use health::Ready;
pub use settings::Settings;
pub use v1::document;

use crate::error::Refusal;
use crate::gate::Gate;

/// What the handlers work with.
pub struct Api {
    /// The ways into the engine, and the store behind it for questions.
    doors: Arc<Doors>,
    settings: Settings,
    schemas: v1::Schemas,
    /// Who is signed in to the console.
    sessions: access::session::Sessions,
    /// Who watches what happens.
    live: v1::Places,
}

impl Api {
    /// The API of a node.
    pub fn new(doors: Arc<Doors>, settings: Settings) -> Self {
        Self {
            doors,
            settings,
            schemas: v1::Schemas::default(),
            sessions: access::session::Sessions::default(),
            live: v1::Places::default(),
        }
    }
}

/// The console and all routes.
pub fn front(api: &Arc<Api>) -> Front {
    let gate = Gate::new(api.clone());
    Front { console: console::files(), full: v1::router(api, gate.clone()), article: article(api, gate) }
}

/// Whatever is added to the inner router is behind the gate, and so are paths that lead nowhere.
fn article(api: &Arc<Api>, gate: Gate) -> Router {
    let gate = from_fn_with_state(gate, gate::pass);
    let gated = seed::routes().method_not_allowed_fallback(wrong_method).fallback(no_route).layer(gate);
    let open = health::routes().method_not_allowed_fallback(wrong_method);
    gated.merge(open).with_state(api.clone())
}

async fn no_route(request: Request) -> Response {
    body::discard(request).await;
    Refusal::not_found("There is no such route.").into_response()
}

async fn wrong_method(request: Request) -> Response {
    body::discard(request).await;
    Refusal::method_not_allowed().into_response()
}
