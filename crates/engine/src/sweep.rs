//! The step that looks for what nobody told us of: deliveries of dead nodes, lanes with work in the store, and what has
//! been kept for long enough. News of work is a hint; this is the promise.

use std::sync::Arc;
use std::time::Duration;

use domain::delivery::Lease;
use domain::limits::{EXPIRED_KEYS_KEPT, MINUTES_KEPT, SWEEP_ROWS_MAX};

use crate::ports::clock::Clock;
use crate::ports::fault::StoreError;
use crate::ports::queue::WaitingLane;
use crate::ports::store::Store;

/// Looks for work.
pub struct Sweep {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    lease: Lease,
    idempotency_time: Duration,
}

impl Sweep {
    /// Looks in `store` on behalf of the node that lives under `lease`. Answers to requests with an idempotency key are
    /// kept for `idempotency_time`.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        lease: Lease,
        idempotency_time: Duration,
    ) -> Self {
        Self { store, clock, lease, idempotency_time }
    }

    /// Frees a bounded batch of dead nodes' deliveries; answers whether there may be more.
    ///
    /// # Errors
    /// As [`Queue::take_over`].
    pub async fn take_over(&self) -> Result<bool, StoreError> {
        let freed = self.store.take_over(self.lease, SWEEP_ROWS_MAX).await?;
        Ok(freed == SWEEP_ROWS_MAX)
    }

    /// A bounded batch of lanes with work in the store, after the last one of the batch before; empty at the end.
    ///
    /// # Errors
    /// As [`Queue::waiting_lanes`].
    pub async fn lanes(&self, last: Option<&WaitingLane>) -> Result<Vec<WaitingLane>, StoreError> {
        self.store.waiting_lanes(last.map(|lane| lane.endpoint), SWEEP_ROWS_MAX).await
    }

    /// Forgets a bounded batch of payloads that have expired, of answers that are old, of keys of one app that expired some
    /// time ago, and of what was counted by the minute; answers whether there may be more.
    ///
    /// # Errors
    /// As [`Inbox::expunge_expired`](crate::ports::inbox::Inbox::expunge_expired),
    /// [`Keyring::forget_answers`](crate::ports::keyring::Keyring::forget_answers),
    /// [`Keyring::forget_app_keys`](crate::ports::keyring::Keyring::forget_app_keys) and
    /// [`Statistics::forget_minutes`](crate::ports::statistics::Statistics::forget_minutes).
    pub async fn clean(&self) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let payloads = self.store.expunge_expired(now, SWEEP_ROWS_MAX).await?;
        let answers = self.store.forget_answers(now - self.idempotency_time, SWEEP_ROWS_MAX).await?;
        let keys = self.store.forget_app_keys(now - EXPIRED_KEYS_KEPT, SWEEP_ROWS_MAX).await?;
        let minutes = self.store.forget_minutes(now - MINUTES_KEPT, SWEEP_ROWS_MAX).await?;
        Ok(payloads.max(answers).max(keys).max(minutes) >= SWEEP_ROWS_MAX)
    }
}

#[cfg(test)]
#[path = "sweep_tests.rs"]
mod tests;
