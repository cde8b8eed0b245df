//! The step that fetches waiting deliveries of a lane into this node's memory.

use std::sync::Arc;

use domain::delivery::Lease;
use domain::id::EndpointId;

use crate::ports::clock::Clock;
use crate::ports::fault::StoreError;
use crate::ports::queue::{self, Claimed, Queue};

/// Claims deliveries for one node.
pub struct Claim {
    queue: Arc<dyn Queue>,
    clock: Arc<dyn Clock>,
    lease: Lease,
}

impl Claim {
    /// Claims from `queue` under `lease`.
    pub fn new(queue: Arc<dyn Queue>, clock: Arc<dyn Clock>, lease: Lease) -> Self {
        Self { queue, clock, lease }
    }

    /// Leases up to `limit` deliveries of a lane that are due now, and stops once they have `payload_bytes`.
    ///
    /// # Errors
    /// As [`Queue::claim`].
    pub async fn claim(
        &self,
        endpoint: EndpointId,
        limit: usize,
        payload_bytes: usize,
    ) -> Result<Claimed, StoreError> {
        let now = self.clock.now();
        self.queue.claim(queue::Claim { endpoint, lease: self.lease, now, limit, payload_bytes }).await
    }
}
