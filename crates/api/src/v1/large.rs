//! The gate of requests whose bodies may be larger than usual: there is room for only so many of their bytes at once.

use std::sync::Arc;

use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::limits::{BATCH_BODIES_BYTES_MAX, BATCH_BODY_BYTES_MAX, BATCH_WAIT_TIME_MAX};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::Error;
use crate::body as bodies;
use crate::error::Refusal;
use crate::gate::Gate;

/// The gate, and the room behind it.
#[derive(Clone)]
pub(super) struct LargeGate {
    gate: Gate,
    room: Arc<Semaphore>,
}

/// What the room is counted in: a semaphore counts no further than to four billion.
const UNIT: usize = 1024;

impl LargeGate {
    pub(super) fn new(gate: Gate) -> Self {
        Self { gate, room: Arc::new(Semaphore::new(BATCH_BODIES_BYTES_MAX / UNIT)) }
    }
}

/// Takes room for a body: for as many bytes as it has, or, where that is not told, as it may have.
async fn take(room: Arc<Semaphore>, told: Option<u64>) -> Result<OwnedSemaphorePermit, Refusal> {
    let told = told.and_then(|bytes| usize::try_from(bytes).ok());
    let bytes = told.unwrap_or(usize::MAX).min(BATCH_BODY_BYTES_MAX);
    let units = u32::try_from(bytes.div_ceil(UNIT)).expect("a body has few kibibytes");
    let taken = tokio::time::timeout(BATCH_WAIT_TIME_MAX, room.acquire_many_owned(units));
    taken.await.ok().and_then(Result::ok).ok_or_else(Refusal::crowded)
}

/// Passes a request on with its body in memory, which keeps its room until the answer is there.
pub(super) async fn pass(
    State(LargeGate { gate, room }): State<LargeGate>,
    request: Request,
    next: Next,
) -> Response {
    let handle = async move |request: Request| {
        let _room = match take(room, request.body().size_hint().upper()).await {
            Ok(room) => room,
            Err(refusal) => {
                bodies::discard(request).await;
                return Error::from(refusal).into_response();
            }
        };
        match bodies::buffered_up_to(BATCH_BODY_BYTES_MAX, request).await {
            Ok(request) => next.run(request).await,
            Err(refusal) => Error::from(refusal).into_response(),
        }
    };
    gate.pass::<Error>(request, handle).await
}
