//! Attempts, each in a task of its own, and jobs that are given back without one.

use std::sync::Arc;
use std::time::Duration;

use domain::delivery::Effort;

use super::records::Ended;
use super::{Phase, STORE_PAUSE, Worker};
use crate::deliver;
use crate::ports::queue::{Job, Settlement};

impl Worker {
    pub(super) async fn attempt(self: Arc<Self>, job: Job) {
        let (settlement, pause) = self.settlement_of(&job).await;
        self.lanes().attempted(&job, settlement.attempt.as_ref(), self.clock.now());
        self.dispatch();
        self.record_with_others(Ended { job, settlement, pause }).await;
    }

    pub(super) async fn give_back(self: Arc<Self>, jobs: Vec<Job>) {
        self.release(&jobs).await;
        self.dispatch();
    }

    /// Stores that these wait again, unsent.
    pub(super) async fn release(&self, jobs: &[Job]) {
        let now = self.clock.now();
        let released = |job: &Job| Ended {
            job: job.clone(),
            settlement: deliver::release(job, Effort::None, now),
            pause: Duration::ZERO,
        };
        self.record(jobs.iter().map(released).collect()).await;
    }

    /// What becomes of a job, and how long its lane leaves it alone if it was not tried.
    async fn settlement_of(&self, job: &Job) -> (Settlement, Duration) {
        let mut phase = self.phase.subscribe();
        let release = |effort| deliver::release(job, effort, self.clock.now());
        tokio::select! {
            biased;
            _ = phase.wait_for(|phase| *phase == Phase::Abandoning) => {
                (release(Effort::Interrupted), Duration::ZERO)
            }
            delivered = self.deliver.deliver(job) => match delivered {
                Ok(settlement) => (settlement, Duration::ZERO),
                Err(error) => {
                    self.troubled("look up an endpoint", &error);
                    (release(Effort::None), STORE_PAUSE)
                }
            }
        }
    }
}
