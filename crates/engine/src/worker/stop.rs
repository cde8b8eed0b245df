//! How a worker ends: it starts nothing any more, waits for what is under way, gives up what takes too long, and
//! releases everything it holds, so that the next life need not guess.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::{Phase, Worker};

impl Worker {
    /// Stops: what is under way may end within `patience`; the rest is released and will be tried by the next life.
    pub async fn stop(self: &Arc<Self>, patience: Duration) {
        // In this order: whoever still sees a working node may resume the lanes, but not after they are halted.
        self.enter(&Phase::Working, Phase::Stopping);
        self.lanes().halt();
        self.live.close();
        if self.empties_within(patience).await {
            return;
        }
        let abandoned = self.lanes().in_flight();
        tracing::warn!(abandoned, "attempts still under way are given up; they will be made again");
        self.enter(&Phase::Stopping, Phase::Abandoning);
        if !self.empties_within(RELEASE_TIME_MAX).await {
            tracing::warn!("not everything could be released; the next start takes it over");
        }
    }

    /// Goes from one phase to the next, unless the store has broken meanwhile.
    fn enter(&self, from: &Phase, to: Phase) {
        self.phase.send_if_modified(|phase| {
            let expected = *phase == *from;
            if expected {
                *phase = to;
            }
            expected
        });
    }

    /// Waits until this node holds nothing, or will never get rid of it because the store is broken.
    async fn empties_within(&self, limit: Duration) -> bool {
        let mut phase = self.phase.subscribe();
        tokio::select! {
            biased;
            _ = phase.wait_for(|phase| matches!(phase, Phase::Broken(_))) => true,
            emptied = tokio::time::timeout(limit, self.emptied()) => emptied.is_ok(),
        }
    }

    /// Follows the worker's life, in particular to its end by a broken store.
    pub fn phase(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Waits until this node holds no delivery any more, and none is on its way. What comes in late is released too.
    async fn emptied(&self) {
        loop {
            let left = self.left.notified();
            let unstarted = self.lanes().drain();
            if !unstarted.is_empty() {
                self.release(&unstarted).await;
            }
            if self.lanes().is_empty() {
                return;
            }
            tokio::select! {
                biased;
                () = left => {}
                () = tokio::time::sleep(LATE_CLAIMS_PAUSE) => {}
            }
        }
    }
}

/// Storing the release of everything that was given up.
const RELEASE_TIME_MAX: Duration = Duration::from_secs(5);
/// How often to look for claims that came in after the stop.
const LATE_CLAIMS_PAUSE: Duration = Duration::from_millis(100);
