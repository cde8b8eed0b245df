//! What every request passes before its handler, so that no route can forget it: the server is not stopping, it is
//! known who calls, and a panic ends the request instead of the connection.

use std::pin::pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use engine::guard::unless_it_panics;
use engine::worker::Phase;
use tokio::sync::watch;

use crate::access::Unidentified;
use crate::error::Refusal;
use crate::{Api, body};

/// What the gate looks at.
#[derive(Clone)]
pub(crate) struct Gate {
    api: Arc<Api>,
    phase: watch::Receiver<Phase>,
}

/// Why a request does not pass.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The server is.
    Stopping,
    /// Nobody knows who calls.
    Unidentified(Unidentified),
}

impl From<Stopped> for Refusal {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Stopping => Refusal::stopping(),
            Stopped::Unidentified(unidentified) => unidentified.into(),
        }
    }
}

impl Gate {
    pub(crate) fn new(api: Arc<Api>) -> Self {
        let phase = api.doors.worker.phase();
        Self { api, phase }
    }

    async fn check(&self, request: &mut Request) -> Result<(), Stopped> {
        if *self.phase.borrow() != Phase::Working {
            return Err(Stopped::Stopping);
        }
        let identity =
            self.api.identify(request.method(), request.headers()).await.map_err(Stopped::Unidentified)?;
        request.extensions_mut().insert(identity);
        Ok(())
    }

    /// Passes a request on, or refuses it in the shape of the error `E`.
    pub(crate) async fn pass<E>(
        &self,
        request: &mut Request,
        handle: impl AsyncFnOnce(&mut Request) -> Response,
    ) -> Response
    where
        E: From<Stopped> + From<Refusal> + IntoResponse,
    {
        // To find out who calls may panic as well.
        let checked = match unless_it_panics(pin!(self.check(request))).await {
            Some(checked) => checked.map_err(E::from),
            None => Err(E::from(Refusal::defect())),
        };
        if let Err(refused) = checked {
            body::discard(request).await;
            return refused.into_response();
        }
        let handled = unless_it_panics(pin!(handle(request))).await;
        handled.unwrap_or_else(|| E::from(Refusal::defect()).into_response())
    }
}
