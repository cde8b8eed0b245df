//! What a request for one of the article's routes passes before its handler.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};

use crate::error::Refusal;
use crate::gate::Gate;
use crate::routed::routed;
use crate::{Api, body, health, seed};

/// The article's routes.
pub(crate) struct Article {
    /// What needs no key.
    open: Router,
    /// Whatever is here is behind the gate, and so are paths that lead nowhere.
    gated: Router,
    gate: Gate,
}

impl Article {
    pub(crate) fn new(api: &Arc<Api>, gate: Gate) -> Self {
        let open = health::routes().method_not_allowed_fallback(wrong_method);
        let gated = seed::routes().method_not_allowed_fallback(wrong_method).fallback(no_route);
        Self { open: open.with_state(api.clone()), gated: gated.with_state(api.clone()), gate }
    }

    /// Answers a request.
    pub(crate) async fn answer(&self, request: &mut Request) -> Response {
        if health::PATHS.contains(&request.uri().path()) {
            return routed(&self.open, request).await;
        }
        self.gate.pass::<Refusal>(request, async |request| routed(&self.gated, request).await).await
    }
}

async fn no_route(mut request: Request) -> Response {
    body::discard(&mut request).await;
    Refusal::not_found("There is no such route.").into_response()
}

async fn wrong_method(mut request: Request) -> Response {
    body::discard(&mut request).await;
    Refusal::method_not_allowed().into_response()
}
