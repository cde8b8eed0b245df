//! What every request passes before its handler, so that no route can forget it: the server is not stopping,
//! the caller may call, and a panic ends the request instead of the connection.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use engine::guard::unless_it_panics;
use engine::worker::Phase;
use tokio::sync::watch;

use crate::error::Refusal;
use crate::{Api, body};

/// What the gate looks at.
#[derive(Clone)]
pub(crate) struct Gate {
    api: Arc<Api>,
    phase: watch::Receiver<Phase>,
}

impl Gate {
    pub(crate) fn new(api: Arc<Api>) -> Self {
        let phase = api.doors.worker.phase();
        Self { api, phase }
    }

    fn check(&self, request: &Request) -> Result<(), Refusal> {
        if *self.phase.borrow() != Phase::Working {
            return Err(Refusal::stopping());
        }
        self.api.access.check(request.headers())
    }
}

/// Passes a request on, or refuses it.
pub(crate) async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    if let Err(refusal) = gate.check(&request) {
        body::discard(request).await;
        return refusal.into_response();
    }
    let handled = unless_it_panics(next.run(request)).await;
    handled.unwrap_or_else(|| Refusal::defect().into_response())
}
