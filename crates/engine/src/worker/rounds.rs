//! The worker's rounds: it wakes lanes when their time has come, sweeps for work that nobody announced, and carries
//! background tasks on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::id::TaskId;

use super::{Phase, STORE_PAUSE, Worker};
use crate::ports::fault::StoreError;
use crate::ports::tasks::Advanced;

/// Between two looks for lanes with work in the store.
const SWEEP_PAUSE: Duration = Duration::from_secs(30);
/// Between two moves of background tasks.
const MOVE_PAUSE_MIN: Duration = Duration::from_millis(1);
/// Background tasks that are carried on at once, in turns.
const TASKS_AT_ONCE: usize = 4;
/// Without alarms, the lanes are asked again after this time.
const ALARM_PAUSE_MAX: Duration = Duration::from_secs(60);

impl Worker {
    /// Works until it is stopped or the store breaks. First it takes over what earlier lives of this node left.
    pub async fn run(self: Arc<Self>) {
        let mut phase = self.phase.subscribe();
        tokio::select! {
            biased;
            _ = phase.wait_for(|phase| *phase != Phase::Working) => {}
            () = self.wake_lanes() => {}
            () = self.sweep_for_work() => {}
            () = self.carry_tasks_on() => {}
        }
    }

    async fn wake_lanes(self: &Arc<Self>) {
        loop {
            let rearmed = self.rearm.notified();
            let alarm = self.lanes().arm();
            let now = self.clock.now();
            let pause = alarm.map_or(ALARM_PAUSE_MAX, |at| at.since(now).min(ALARM_PAUSE_MAX));
            tokio::select! {
                biased;
                () = rearmed => {}
                () = tokio::time::sleep(pause) => self.dispatch(),
            }
        }
    }

    async fn sweep_for_work(self: &Arc<Self>) {
        loop {
            let pause = match self.sweep_once().await {
                Ok(()) => SWEEP_PAUSE,
                Err(error) => {
                    self.troubled("look for waiting deliveries", &error);
                    STORE_PAUSE
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn sweep_once(self: &Arc<Self>) -> Result<(), StoreError> {
        loop {
            let taken_over = self.sweep.take_over().await;
            // Also when nothing could be taken over: what waits has nothing to do with it.
            self.announce_lanes().await?;
            if !taken_over? {
                break;
            }
        }
        self.lanes().no_orphans_left(self.clock.now());
        self.dispatch();
        while self.sweep.clean().await? {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    async fn announce_lanes(self: &Arc<Self>) -> Result<(), StoreError> {
        let mut last = None;
        loop {
            let batch = self.sweep.lanes(last.as_ref()).await?;
            let Some(lane) = batch.last().copied() else { return Ok(()) };
            last = Some(lane);
            let now = self.clock.now();
            batch.into_iter().for_each(|lane| self.lanes().waiting(lane, now));
            self.dispatch();
        }
    }

    async fn carry_tasks_on(self: &Arc<Self>) {
        // What cannot be read is not tried again in this life.
        let mut damaged = BTreeSet::new();
        loop {
            let begun = self.tasks.notified();
            let pause = match self.carry_each_on(&mut damaged).await {
                Ok(0) => SWEEP_PAUSE,
                Ok(_) if !self.is_troubled() => continue,
                Ok(_) => STORE_PAUSE,
                Err(error) => {
                    self.troubled("carry background tasks on", &error);
                    STORE_PAUSE
                }
            };
            tokio::select! {
                biased;
                () = begun, if pause > STORE_PAUSE => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Makes one move of each task; answers how many are running.
    async fn carry_each_on(self: &Arc<Self>, damaged: &mut BTreeSet<TaskId>) -> Result<usize, StoreError> {
        let mut running = self.replay.running(TASKS_AT_ONCE + damaged.len()).await?;
        running.retain(|task| !damaged.contains(&task.id));
        let count = running.len();
        for task in running {
            let (id, began) = (task.id, self.clock.now());
            match self.replay.advance(task).await {
                Ok(Some(Advanced { task, waiting, told })) => {
                    waiting.iter().for_each(|_| self.live.tell_many(task.app));
                    self.announce(waiting);
                    self.take(told);
                }
                Ok(None) => {}
                Err(error @ StoreError::Damaged(_)) => {
                    self.troubled("carry a background task on", &error);
                    damaged.insert(id);
                }
                Err(error) => return Err(error),
            }
            // As long as the move took: the store is there for others too.
            tokio::time::sleep(self.clock.now().since(began).max(MOVE_PAUSE_MIN)).await;
        }
        Ok(count)
    }
}
