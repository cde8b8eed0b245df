//! What a request to the full API passes before its handler. These are no layers of the router: it would make a copy of
//! all that is below a layer for each request.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::http::header::ORIGIN;
use axum::response::{IntoResponse as _, Response};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

use super::Routes;
use super::error::Error;
use super::large::Room;
use super::msg::is_batch;
use crate::body as bodies;
use crate::error::Refusal;
use crate::gate::Gate;
use crate::routed::routed;
use crate::{Access, Api};

/// The full API, with paths that begin after [`super::BASE`].
pub(crate) struct Front {
    /// What needs no key, and where it is.
    open: Router,
    open_paths: Vec<String>,
    /// Whatever is here is behind the gate, and so are paths that lead nowhere.
    gated: Router,
    gate: Gate,
    room: Room,
    /// Without keys, no foreign page may call.
    cors: Option<CorsLayer>,
}

impl Front {
    pub(super) fn new(api: &Arc<Api>, gate: Gate, open: Routes, gated: Router<Arc<Api>>) -> Self {
        let (open, description) = open.split_for_parts();
        Self {
            open: open.method_not_allowed_fallback(wrong_method).with_state(api.clone()),
            open_paths: description.paths.paths.into_keys().collect(),
            gated: gated.method_not_allowed_fallback(wrong_method).fallback(no_route).with_state(api.clone()),
            gate,
            room: Room::default(),
            cors: (api.settings.access == Access::Keys).then(cors),
        }
    }

    /// Answers a request.
    pub(crate) async fn answer(&self, request: &mut Request) -> Response {
        match &self.cors {
            Some(cors) if is_of_a_page(request) => {
                let passed = service_fn(async |mut request| Ok(self.pass(&mut request).await));
                let answered = cors.layer(passed).oneshot(std::mem::take(request));
                // Few requests are, so the others need no room for what this takes.
                Box::pin(answered).await.unwrap_or_else(|never: Infallible| match never {})
            }
            _ => self.pass(request).await,
        }
    }

    async fn pass(&self, request: &mut Request) -> Response {
        let path = request.uri().path();
        if self.open_paths.iter().any(|open| open == path) {
            return routed(&self.open, request).await;
        }
        let handle = async |request: &mut Request| {
            self.handle(request).await.unwrap_or_else(|refusal| Error::from(refusal).into_response())
        };
        self.gate.pass::<Error>(request, handle).await
    }

    /// Behind the gate, bodies are in memory.
    async fn handle(&self, request: &mut Request) -> Result<Response, Refusal> {
        // The room is kept until the answer is there.
        let _room = if is_batch(request.uri().path()) {
            Some(self.room.buffer(request).await?)
        } else {
            bodies::buffer(request).await?;
            None
        };
        Ok(routed(&self.gated, request).await)
    }
}

/// Whether a browser asks for a page, or asks whether a page may ask.
fn is_of_a_page(request: &Request) -> bool {
    request.method() == Method::OPTIONS || request.headers().contains_key(ORIGIN)
}

/// Pages of all origins may call, if they have a key.
fn cors() -> CorsLayer {
    const MAX_AGE: std::time::Duration = std::time::Duration::from_secs(600);
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(Any)
        .allow_headers(AllowHeaders::mirror_request())
        .max_age(MAX_AGE)
}

async fn no_route(mut request: Request) -> Error {
    bodies::discard(&mut request).await;
    Refusal::not_found("There is no such route.").into()
}

async fn wrong_method(mut request: Request) -> Error {
    bodies::discard(&mut request).await;
    Refusal::method_not_allowed().into()
}
