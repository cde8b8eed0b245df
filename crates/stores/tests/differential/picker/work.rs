//! Claims, settlements, and what carries deliveries and tasks on.

use bytes::Bytes;
use domain::attempt::{FailureCode, Outcome, Response, Verdict};
use domain::delivery::{Delivery, Effort, Fence, Settled, State};
use domain::endpoint::Health;
use domain::id::{AttemptId, EndpointId, MessageId};
use domain::notice::{DisableTrigger, LastAttempt, News, Notice};
use domain::task::{Task, TaskKind};
use engine::ports::queue::{Claim, Queue, Redelivery, Settlement};
use engine::ports::tasks::{Advance, Tasks};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use super::super::moves::Move;
use super::super::world::URL;
use super::Picker;

impl Picker {
    pub(super) async fn work(&mut self) -> Move {
        match self.rng.random_range(0..20) {
            0..9 => self.claim().await,
            9..12 => self.redeliver(),
            12..14 => Move::TakeOver(self.lease(), self.limit()),
            14 => Move::Open(),
            15 => self.begin_task(),
            _ => self.advance_task().await,
        }
    }

    /// Mostly of a lane in which something is due.
    async fn claim(&mut self) -> Move {
        let lanes = self.memory.waiting_lanes(None, usize::MAX).await.unwrap();
        let due: Vec<_> = lanes.iter().filter(|lane| lane.due <= self.world.now).collect();
        let lane = due.choose(&mut self.rng).map(|lane| lane.endpoint);
        let endpoint = match lane.filter(|_| self.rng.random_bool(0.8)) {
            Some(endpoint) => endpoint,
            None => self.endpoint(),
        };
        let lease = self.lease();
        let now = if self.rng.random_bool(0.7) { self.world.now } else { self.time() };
        let payload_bytes = *[0, 1, 300, usize::MAX].choose(&mut self.rng).expect("there are some");
        Move::Claim(Claim { endpoint, lease, now, limit: self.limit(), payload_bytes })
    }

    fn redeliver(&mut self) -> Move {
        let known = self.deliveries.choose(&mut self.rng).map(|delivery| delivery.id);
        let (message, endpoint) = match known.filter(|_| self.rng.random_bool(0.6)) {
            Some(id) => (id.message, id.endpoint),
            None => (self.message(), self.endpoint()),
        };
        Move::Redeliver(Redelivery { message, endpoint, now: self.world.now })
    }

    fn begin_task(&mut self) -> Move {
        let kinds = [TaskKind::Recover, TaskKind::ReplayMissing, TaskKind::BulkReplay];
        let kind = *kinds.choose(&mut self.rng).unwrap();
        let endpoint = self.old_endpoints.choose(&mut self.rng).cloned();
        let Some(endpoint) = endpoint else { return Move::RunningTasks(9) };
        let whole = self.world.task(&endpoint, kind);
        let known = self.maybe(0.05, |picker| picker.tasks.choose(&mut picker.rng).copied()).flatten();
        let task = match self.rng.random_range(0..3) {
            0 => Task { since: self.time(), ..whole },
            1 => Task { until: self.time(), ..whole },
            _ => whole,
        };
        let task = Task { id: known.unwrap_or(task.id), ..task };
        self.tasks.push(task.id);
        self.old_tasks.push(task.clone());
        Move::BeginTask(task)
    }

    async fn advance_task(&mut self) -> Move {
        let running = self.memory.running_tasks(usize::MAX).await.unwrap();
        let task = running.choose(&mut self.rng).cloned();
        let task = match task.filter(|_| self.rng.random_bool(0.8)) {
            Some(task) => Some(task),
            None => self.old_tasks.choose(&mut self.rng).cloned(),
        };
        let Some(task) = task else { return self.begin_task() };
        self.old_tasks.push(task.clone());
        let limit = self.rng.random_range(1..20);
        Move::AdvanceTask(Advance { task, limit, now: self.world.now, notice_id: self.world.id() })
    }

    pub(super) fn settle(&mut self) -> Move {
        let count = *[0, 1, 1, 1, 1, 2, 3].choose(&mut self.rng).unwrap();
        Move::Settle((0..count).filter_map(|_| self.settlement()).collect())
    }

    fn settlement(&mut self) -> Option<Settlement> {
        // Mostly one that was seen leased lately, because it still is.
        let any = self.rng.random_bool(0.1);
        let newest = self.deliveries.iter().rev().filter(|delivery| any || delivery.fence().is_some());
        let newest: Vec<_> = newest.take(8).collect();
        let delivery = Delivery::clone(newest.choose(&mut self.rng)?);
        let lease = match delivery.state {
            State::Leased { lease } if self.rng.random_bool(0.9) => lease,
            _ => self.lease(),
        };
        let verdict = self.verdict();
        let effort = match self.rng.random_range(0..4) {
            0 => Effort::Interrupted,
            1 => Effort::None,
            _ => Effort::Attempted,
        };
        let outcome = self.outcome();
        let attempt = (effort == Effort::Attempted).then(|| self.world.attempt(&delivery, outcome));
        let health = self.health();
        let count = self.rng.random_range(0..3);
        let notices = (0..count).map(|_| self.notice(delivery.id.message)).collect();
        let fence = Fence { lease, attempts: delivery.attempts };
        let settled = Settled { verdict, effort };
        let (delivery, at) = (delivery.id, self.world.now);
        Some(Settlement { delivery, fence, settled, attempt, at, health, notices })
    }

    fn verdict(&mut self) -> Verdict {
        match self.rng.random_range(0..40) {
            0..8 => Verdict::Done,
            8..16 => Verdict::RetryAt(self.time()),
            16..28 => Verdict::HoldAt(self.time()),
            28..32 => Verdict::Release,
            32..36 => Verdict::Exhausted,
            36 => Verdict::EndpointGone,
            37 | 38 => Verdict::EndpointDisabled,
            _ => Verdict::Expunged,
        }
    }

    fn health(&mut self) -> Health {
        match self.rng.random_range(0..40) {
            0..6 => Health::FailsNow,
            6..10 => Health::Works,
            10..14 => Health::Warned,
            14 => Health::TooLong,
            _ => Health::Same,
        }
    }

    pub(super) fn notice(&mut self, message: MessageId) -> Notice {
        let at = self.world.now;
        let last = LastAttempt { message, id: self.world.id(), status: 503, at };
        let news = match self.rng.random_range(0..6) {
            0 => News::EndpointUpdated,
            1 => News::EndpointDisabled { since: None, trigger: DisableTrigger::Automatic },
            2 => News::EndpointFailing { since: at, disable_at: at },
            3 => News::AttemptRecovered(last),
            _ => News::AttemptExhausted(last),
        };
        Notice { id: self.world.id(), news }
    }

    fn outcome(&mut self) -> Outcome {
        if self.rng.random_bool(0.3) {
            return Outcome::failed(*FailureCode::ALL.choose(&mut self.rng).unwrap(), "It \0 failed.");
        }
        let mut body = vec![0; self.rng.random_range(0..40)];
        self.rng.fill_bytes(&mut body);
        let response = Response {
            status: self.rng.random_range(100..1000),
            body: Bytes::from(body),
            truncated: self.rng.random(),
            retry_after: self.rng.random_bool(0.2).then(|| "17".to_owned()),
        };
        Outcome::answered(response, Some(URL).filter(|_| self.rng.random()))
    }

    pub(super) fn attempt(&mut self) -> (MessageId, AttemptId) {
        let found = self.attempts.choose(&mut self.rng).copied();
        match found.filter(|_| self.rng.random_bool(0.95)) {
            Some(found) => found,
            None => (self.message(), self.world.id()),
        }
    }

    /// A place between deliveries, or at one.
    pub(super) fn place(&mut self) -> Option<domain::id::DeliveryId> {
        let place = self.deliveries.choose(&mut self.rng).map(|delivery| delivery.id)?;
        let endpoint = place.endpoint.number() + self.rng.random_range(-1..=1);
        Some(domain::id::DeliveryId { endpoint: EndpointId::from_number(endpoint), ..place })
    }
}
