//! The step that looks for what nobody told us of: deliveries of dead nodes, and lanes with work in the store.
//! News of work is a hint; this is the promise.

use std::sync::Arc;

use domain::delivery::Lease;
use domain::limits::SWEEP_ROWS_MAX;

use crate::ports::clock::Clock;
use crate::ports::fault::StoreError;
use crate::ports::queue::{Queue, WaitingLane};

/// Looks for work.
pub struct Sweep {
    queue: Arc<dyn Queue>,
    clock: Arc<dyn Clock>,
    lease: Lease,
}

impl Sweep {
    /// Looks in `queue` on behalf of the node that lives under `lease`.
    pub fn new(queue: Arc<dyn Queue>, clock: Arc<dyn Clock>, lease: Lease) -> Self {
        Self { queue, clock, lease }
    }

    /// Frees a bounded batch of dead nodes' deliveries; answers whether there may be more.
    ///
    /// # Errors
    /// As [`Queue::take_over`].
    pub async fn take_over(&self) -> Result<bool, StoreError> {
        let freed = self.queue.take_over(self.lease, SWEEP_ROWS_MAX).await?;
        Ok(freed == SWEEP_ROWS_MAX)
    }

    /// A bounded batch of lanes with work in the store, after the last one of the batch before; empty at the end.
    ///
    /// # Errors
    /// As [`Queue::waiting_lanes`].
    pub async fn lanes(&self, last: Option<&WaitingLane>) -> Result<Vec<WaitingLane>, StoreError> {
        self.queue.waiting_lanes(last.map(|lane| lane.endpoint), SWEEP_ROWS_MAX).await
    }
}
