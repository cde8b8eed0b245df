//! What every request passes before its handler, so that no route can forget it: the server is not stopping,
//! the caller may call, and a panic ends the request instead of the connection.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
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
        body::discard(request.into_body()).await;
        return refusal.into_response();
    }
    let mut handling = pin!(next.run(request));
    std::future::poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| handling.as_mut().poll(context)));
        // The panic hook has reported it. What was half done is dropped here, and never polled again.
        polled.unwrap_or_else(|_| Poll::Ready(Refusal::defect().into_response()))
    })
    .await
}
