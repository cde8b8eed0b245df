//! How the process is: `GET /health` says that it lives, `GET /ready` that it works, and where.
//!
//! Both are open to everybody, and tell nothing of what is stored.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use engine::worker::Phase;
use serde::Serialize;

use crate::error::Refusal;
use crate::{Api, answer};

/// What `GET /ready` tells: which program works where.
#[derive(Clone, Debug)]
pub struct Ready {
    /// The program's version.
    pub version: &'static str,
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Where the sample receiver listens, if there is one.
    pub receiver: Option<SocketAddr>,
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

#[derive(Serialize)]
struct Readiness {
    status: &'static str,
    version: &'static str,
    listen: SocketAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    receiver: Option<SocketAddr>,
}

/// Where the routes are that need no key.
pub(crate) const PATHS: [&str; 2] = [HEALTH, READY];
const HEALTH: &str = "/health";
const READY: &str = "/ready";

/// The routes that need no key.
pub(crate) fn routes() -> Router<Arc<Api>> {
    Router::new().route(HEALTH, get(health)).route(READY, get(ready))
}

async fn health() -> Response {
    answer::json(StatusCode::OK, &Health { status: "ok" })
}

async fn ready(State(api): State<Arc<Api>>) -> Response {
    if *api.doors.worker.phase().borrow() != Phase::Working {
        return Refusal::stopping().into_response();
    }
    let Ready { version, listen, receiver } = api.settings.ready;
    answer::json(StatusCode::OK, &Readiness { status: "ready", version, listen, receiver })
}
