//! The step that records what became of a claim. It does not give up: an outcome that is not recorded would be
//! an attempt that nobody can see.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;

use crate::ports::fault::StoreError;
use crate::ports::queue::{Applied, Queue, Settlement, Settlements};

/// Records settlements.
pub struct Settle {
    queue: Arc<dyn Queue>,
}

/// Between two tries to reach a store that has no room or is not available.
const RETRY_PAUSE: Duration = Duration::from_millis(250);

impl Settle {
    /// Records into `queue`.
    pub fn new(queue: Arc<dyn Queue>) -> Self {
        Self { queue }
    }

    /// Records settlements, and repeats it for as long as the store has no room or is not available. One that meets a row
    /// that cannot be read is left out ([`Applied::Stale`]); the others have nothing to do with it.
    /// `troubled` is told of each failure, so that the node can stop making more work for the store.
    ///
    /// # Errors
    /// If repeating is of no use: [`StoreError::Unknown`].
    pub async fn settle(
        &self,
        settlements: Arc<[Settlement]>,
        troubled: impl Fn(&StoreError) + Send + Sync,
    ) -> Result<Settlements, StoreError> {
        match self.record(settlements.clone(), &troubled).await {
            Err(StoreError::Damaged(_)) => {}
            recorded => return recorded,
        }
        // All at once, so that they share commits.
        let alone = settlements.iter().map(|settlement| self.record_alone(settlement.clone(), &troubled));
        let recorded = try_join_all(alone).await?;
        Ok(recorded.into_iter().fold(Settlements::default(), |mut settled, Settlements { applied, told }| {
            settled.applied.extend(applied);
            settled.told.extend(told);
            settled
        }))
    }

    /// Records one; it counts for nothing where a row cannot be read.
    async fn record_alone(
        &self,
        settlement: Settlement,
        troubled: &(impl Fn(&StoreError) + Send + Sync),
    ) -> Result<Settlements, StoreError> {
        match self.record([settlement].into(), troubled).await {
            Err(error @ StoreError::Damaged(_)) => {
                troubled(&error);
                Ok(Settlements { applied: vec![Applied::Stale], told: Vec::new() })
            }
            recorded => recorded,
        }
    }

    /// Records them all, or none where a row cannot be read.
    async fn record(
        &self,
        settlements: Arc<[Settlement]>,
        troubled: &(impl Fn(&StoreError) + Send + Sync),
    ) -> Result<Settlements, StoreError> {
        loop {
            match self.queue.settle(settlements.clone()).await {
                Ok(settled) => return Ok(settled),
                Err(error @ (StoreError::Unknown(_) | StoreError::Damaged(_))) => return Err(error),
                Err(error) => troubled(&error),
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }
}

#[cfg(test)]
#[path = "settle_tests.rs"]
mod tests;
