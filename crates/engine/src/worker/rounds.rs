//! The worker's rounds: it wakes lanes when their time has come, and sweeps for work that nobody announced.

use std::sync::Arc;
use std::time::Duration;

use super::{Phase, STORE_PAUSE, Worker};
use crate::ports::fault::StoreError;

/// Between two looks for lanes with work in the store.
const SWEEP_PAUSE: Duration = Duration::from_secs(30);
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
                return Ok(());
            }
        }
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
}
