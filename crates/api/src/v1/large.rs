//! Bodies that may be larger than usual: there is room for only so many of their bytes at once.

use axum::body::HttpBody as _;
use axum::extract::Request;
use domain::limits::{BATCH_BODIES_BYTES_MAX, BATCH_BODY_BYTES_MAX, BATCH_WAIT_TIME_MAX};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::body as bodies;
use crate::error::Refusal;

/// Room for bodies.
pub(super) struct Room(Semaphore);

/// What the room is counted in: a semaphore counts no further than to four billion.
const UNIT: usize = 1024;

impl Default for Room {
    fn default() -> Self {
        Self(Semaphore::new(BATCH_BODIES_BYTES_MAX / UNIT))
    }
}

impl Room {
    /// Reads the whole body of a request into memory, and answers with the room that it has there.
    pub(super) async fn buffer(&self, request: &mut Request) -> Result<SemaphorePermit<'_>, Refusal> {
        let told = request.body().size_hint().upper();
        let place = match self.take(told).await {
            Ok(place) => place,
            Err(refusal) => {
                bodies::discard(request).await;
                return Err(refusal);
            }
        };
        bodies::buffer_up_to(BATCH_BODY_BYTES_MAX, request).await?;
        Ok(place)
    }

    /// Takes room for a body: for as many bytes as it has, or, where that is not told, as it may have.
    async fn take(&self, told: Option<u64>) -> Result<SemaphorePermit<'_>, Refusal> {
        let told = told.and_then(|bytes| usize::try_from(bytes).ok());
        let bytes = told.unwrap_or(usize::MAX).min(BATCH_BODY_BYTES_MAX);
        let units = u32::try_from(bytes.div_ceil(UNIT)).expect("a body has few kibibytes");
        let taken = tokio::time::timeout(BATCH_WAIT_TIME_MAX, self.0.acquire_many(units));
        taken.await.ok().and_then(Result::ok).ok_or_else(Refusal::crowded)
    }
}
