//! One attempt after the other: it is made, and what became of it is stored, whatever the store says at first.

use std::sync::Arc;
use std::time::Duration;

use domain::delivery::Effort;

use super::{Phase, STORE_PAUSE, Worker};
use crate::deliver;
use crate::lanes::Left;
use crate::ports::fault::StoreError;
use crate::ports::queue::{Applied, Job, Settlement, Settlements};

impl Worker {
    pub(super) async fn attempt(self: Arc<Self>, job: Job) {
        let (settlement, pause) = self.settlement_of(&job).await;
        self.lanes().attempted(&job, settlement.attempt.as_ref(), self.clock.now());
        self.dispatch();
        self.record(&[job], vec![settlement], pause).await;
        self.dispatch();
    }

    pub(super) async fn give_back(self: Arc<Self>, jobs: Vec<Job>) {
        self.release(&jobs).await;
        self.dispatch();
    }

    /// Stores that these wait again, unsent.
    pub(super) async fn release(&self, jobs: &[Job]) {
        let now = self.clock.now();
        let settlements = jobs.iter().map(|job| deliver::release(job, Effort::None, now)).collect();
        self.record(jobs, settlements, Duration::ZERO).await;
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

    /// Stores what became of jobs, and frees their memory. While the store has no room, nothing new is started.
    async fn record(&self, jobs: &[Job], settlements: Vec<Settlement>, pause: Duration) {
        let due = |settlement: &Settlement| {
            let asked_again = settlement.at + pause;
            settlement.settled.verdict.waits_until(asked_again).map(|due| due.max(asked_again))
        };
        let lefts: Vec<Left> =
            settlements.iter().map(|settlement| due(settlement).map_or(Left::Ended, Left::Waits)).collect();
        let troubled = |error: &StoreError| {
            self.troubled("record attempts", error);
            self.lanes().halt();
        };
        match self.settle.settle(settlements, troubled).await {
            Ok(Settlements { applied, told }) => {
                self.untroubled();
                let left = |(left, applied): (&Left, &Applied)| match applied {
                    Applied::Yes => *left,
                    Applied::Stale => Left::Lost,
                };
                self.recorded(jobs, lefts.iter().zip(&applied).map(left));
                told.into_iter().for_each(|message| self.take_message(message));
            }
            Err(error) => {
                self.troubled("record attempts", &error);
                // What cannot be read is not tried again in this life.
                self.recorded(jobs, jobs.iter().map(|_| Left::Lost));
            }
        }
    }

    fn recorded(&self, jobs: &[Job], lefts: impl Iterator<Item = Left>) {
        let now = self.clock.now();
        let mut lanes = self.lanes();
        jobs.iter().zip(lefts).for_each(|(job, left)| lanes.settled(job, left, now));
        if *self.phase.borrow() == Phase::Working {
            lanes.resume();
        }
        drop(lanes);
        self.left.notify_waiters();
    }
}
