//! Trouble with the store, told once: a line when it begins and a line when it is over, however many moves meet it.
//! That the store is broken is told by whoever then ends the process.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Phase, Worker};
use crate::ports::fault::StoreError;

/// Whether the store is in trouble.
#[derive(Debug, Default)]
pub(super) struct Trouble(AtomicBool);

impl Worker {
    /// Notes that the store did not do `what`. If it is broken, the worker's life ends.
    pub(crate) fn troubled(&self, what: &str, error: &StoreError) {
        if let StoreError::Damaged(_) = error {
            tracing::error!(%error, "cannot {what}");
        } else if let StoreError::Unknown(_) = error {
            tracing::debug!(%error, "cannot {what}");
            self.phase.send_replace(Phase::Broken(error.clone()));
            // In this order: whoever still sees a working node may resume the lanes, but not after they are halted.
            self.lanes().halt();
        } else if !self.trouble.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, "cannot {what}; trying again until the store works");
        }
    }

    /// Whether the last that was heard of the store is trouble.
    pub(super) fn is_troubled(&self) -> bool {
        self.trouble.0.load(Ordering::Relaxed)
    }

    /// Notes that the store did something.
    pub(crate) fn untroubled(&self) {
        if self.trouble.0.load(Ordering::Relaxed) && self.trouble.0.swap(false, Ordering::Relaxed) {
            tracing::info!("the store works again");
        }
    }
}
