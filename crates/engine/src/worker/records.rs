//! What became of attempts is stored, whatever the store says at first. What ends while the store is at work is stored
//! with the next move: under load, one move has many settlements, and wakes one task.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use domain::limits::{ATTEMPTS_IN_FLIGHT_MAX, RESPONSE_BODY_BYTES_MAX};

use super::{Phase, Worker};
use crate::guard::unless_it_panics;
use crate::lanes::Left;
use crate::live::Change;
use crate::ports::fault::StoreError;
use crate::ports::queue::{Applied, Job, Settlement, Settlements};

/// A job that left a lane's hands, and what became of it.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) job: Job,
    pub(super) settlement: Settlement,
    /// How long its lane leaves it alone, if it was not tried.
    pub(super) pause: Duration,
}

/// What has ended and is on its way into the store. Until it is there it is a part of the deliveries in memory, which are
/// bounded (`lanes/memory.rs`); so is what waits here, and with it the responses.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// For the next moves.
    waiting: VecDeque<Ended>,
    /// Whether a task is at work that will take what waits.
    is_recording: bool,
}

/// Settlements of one move: as many attempts as are under way at once may end together, and should not wait for a second
/// sync. Such a move keeps the store for about a tenth of a second, for which others wait.
const RECORDED_AT_ONCE_MAX: usize = ATTEMPTS_IN_FLIGHT_MAX;
/// Bytes of the responses of one move: the largest 256. It bounds what the move adds to the commit that it shares, and
/// how long others wait for it where responses are large.
const RECORDED_BYTES_MAX: usize = 256 * RESPONSE_BODY_BYTES_MAX;

impl Records {
    /// Adds one; answers whether the caller has to record what waits.
    fn add(&mut self, ended: Ended) -> bool {
        self.waiting.push_back(ended);
        !std::mem::replace(&mut self.is_recording, true)
    }

    /// What is to be recorded next, by the one who is at it; nothing ends that.
    fn take(&mut self) -> Vec<Ended> {
        self.is_recording = !self.waiting.is_empty();
        let fitting = self.fitting();
        if fitting == self.waiting.len() {
            return std::mem::take(&mut self.waiting).into();
        }
        self.waiting.drain(..fitting).collect()
    }

    /// How many of those that wait belong to the next move.
    fn fitting(&self) -> usize {
        let mut bytes = 0;
        let has_room = |ended: &&Ended| {
            let had_room = bytes < RECORDED_BYTES_MAX;
            bytes += ended.response_bytes();
            had_room
        };
        self.waiting.iter().take(RECORDED_AT_ONCE_MAX).take_while(has_room).count()
    }
}

impl Worker {
    /// Stores what became of a job together with what else has ended; does nothing but add it where somebody is at that.
    pub(super) async fn record_with_others(self: &Arc<Self>, ended: Ended) {
        if !self.records().add(ended) {
            return;
        }
        loop {
            let ended = self.records().take();
            if ended.is_empty() {
                return;
            }
            let recorded = async {
                self.record(ended).await;
                self.dispatch();
            };
            // Whoever ended with a panic would leave nobody to record what ends from now on.
            if unless_it_panics(pin!(recorded)).await.is_none() {
                self.troubled("record attempts", &StoreError::Unknown("recording has panicked".to_owned()));
            }
        }
    }

    /// Stores what became of jobs, and frees their memory. While the store has no room, nothing new is started.
    pub(super) async fn record(&self, ended: Vec<Ended>) {
        let (jobs, settlements): (Vec<(Job, Left)>, Vec<Settlement>) =
            ended.into_iter().map(Ended::parted).unzip();
        let settlements: Arc<[Settlement]> = settlements.into();
        let troubled = |error: &StoreError| {
            self.troubled("record attempts", error);
            self.lanes().halt();
        };
        match self.settle.settle(settlements.clone(), troubled).await {
            Ok(Settlements { applied, told }) => {
                self.untroubled();
                // Who began to watch while the store was at work is told too: it may have read what was stored before.
                self.live.tell(|| changes(&jobs, &settlements, &applied));
                self.recorded(&jobs, &applied);
                told.into_iter().for_each(|message| self.take_message(message));
            }
            Err(error) => {
                self.troubled("record attempts", &error);
                self.recorded(&jobs, &vec![Applied::Stale; jobs.len()]);
            }
        }
    }

    fn recorded(&self, jobs: &[(Job, Left)], applied: &[Applied]) {
        let now = self.clock.now();
        let mut lanes = self.lanes();
        for ((job, left), applied) in jobs.iter().zip(applied) {
            // What cannot be settled is not tried again in this life.
            let left = if *applied == Applied::Yes { *left } else { Left::Lost };
            lanes.settled(job, left, now);
        }
        if *self.phase.borrow() == Phase::Working {
            lanes.resume();
        }
        drop(lanes);
        self.left.notify_waiters();
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What there is to tell of the settlements that counted.
fn changes(jobs: &[(Job, Left)], settlements: &[Settlement], applied: &[Applied]) -> Vec<Change> {
    let counted = jobs.iter().zip(settlements).zip(applied).filter(|(_, applied)| **applied == Applied::Yes);
    counted.filter_map(|(((job, _), settlement), _)| Change::settled(job, settlement)).collect()
}

impl Ended {
    fn response_bytes(&self) -> usize {
        let attempt = self.settlement.attempt.as_ref();
        attempt
            .and_then(|attempt| attempt.outcome.response.as_ref())
            .map_or(0, |response| response.body.len())
    }

    /// The job with what it is for its lane once it is stored, and what is to be stored.
    fn parted(self) -> ((Job, Left), Settlement) {
        let Self { job, settlement, pause } = self;
        let asked_again = settlement.at + pause;
        let due = settlement.settled.verdict.waits_until(asked_again);
        let left = due.map_or(Left::Ended, |due| Left::Waits(due.max(asked_again)));
        ((job, left), settlement)
    }
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;
