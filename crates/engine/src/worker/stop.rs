//! How a worker ends: it starts nothing any more, waits for what is under way, gives up what takes too long, and
//! releases everything it holds, so that the next life need not guess.

use std::sync::Arc;
use std::time::Duration;

use domain::delivery::Effort;
use tokio::sync::watch;

use super::{Phase, Worker};
use crate::deliver;

impl Worker {
    /// Stops: what is under way may end within `patience`; the rest is released and will be tried by the next life.
    pub async fn stop(self: &Arc<Self>, patience: Duration) {
        self.lanes().halt();
        self.phase.send_if_modified(|phase| {
            let working = *phase == Phase::Working;
            if working {
                *phase = Phase::Stopping;
            }
            working
        });
        if tokio::time::timeout(patience, self.emptied()).await.is_ok() {
            return;
        }
        let abandoned = self.lanes().in_flight();
        tracing::warn!(abandoned, "attempts still under way are given up; they will be made again");
        self.phase.send_if_modified(|phase| {
            let stopping = *phase == Phase::Stopping;
            if stopping {
                *phase = Phase::Abandoning;
            }
            stopping
        });
        // What the store does not take within this time either, the next life takes over.
        let released = tokio::time::timeout(RELEASE_TIME_MAX, self.emptied()).await;
        if released.is_err() {
            tracing::warn!("not everything could be released; the next start takes it over");
        }
    }

    /// Follows the worker's life, in particular to its end by a broken store.
    pub fn phase(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    async fn release_unstarted(&self) {
        let jobs = self.lanes().drain();
        let now = self.clock.now();
        let settlements = jobs.iter().map(|job| deliver::release(job, Effort::None, now)).collect();
        if !jobs.is_empty() {
            self.record(&jobs, settlements).await;
        }
    }

    /// Waits until this node holds no delivery any more. Claims that come in late are released too.
    async fn emptied(&self) {
        loop {
            let left = self.left.notified();
            self.release_unstarted().await;
            if self.lanes().in_memory() == 0 {
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
