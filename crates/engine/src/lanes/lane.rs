//! One lane: the work of one endpoint, and what its receiver's behaviour allows.
//!
//! This is the place of everything that holds an endpoint back: its concurrency, its breaker, a pause that it
//! asked for. A rate limit or an order of its deliveries belongs here too.

use std::collections::VecDeque;

use domain::attempt::Attempt;
use domain::breaker::Breaker;
use domain::id::AppId;
use domain::limits::{
    CLAIM_ROWS_MAX, HELD_IN_MEMORY_TIME_MAX, LANE_CONCURRENCY_MIN, LANE_DELIVERIES_MAX,
    LANE_PAYLOAD_BYTES_MAX,
};
use domain::time::Timestamp;

use super::concurrency::Concurrency;
use super::memory::{Level, Memory, Part};
use crate::ports::queue::{Claimed, Job};

/// The work of one endpoint.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) app: AppId,
    /// Leased and in memory, waiting for a place.
    pub(super) queue: VecDeque<Job>,
    /// Where it waits for its turn.
    pub(super) listing: Listing,
    /// When it asked to be looked at again.
    pub(super) alarm: Option<Timestamp>,
    /// Whether it is among the crowded.
    pub(super) crowded: bool,
    /// What it has in memory: in its queue, under way, or not settled yet.
    held: Part,
    in_flight: usize,
    /// The last attempt met silence.
    silent: bool,
    concurrency: Concurrency,
    breaker: Breaker,
    /// The receiver asked to be left alone until then.
    paused_until: Timestamp,
    stored: Stored,
}

/// What is known of the lane's deliveries that wait in the store.
#[derive(Debug, Default)]
struct Stored {
    /// When the first of them is due, as far as we heard.
    due: Option<Timestamp>,
    /// The room set aside for a claim under way.
    claiming: Option<Part>,
    /// The last claim left due deliveries behind: fresh ones go to the store, behind those that wait longer.
    backlog: bool,
}

/// Where a lane waits for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    None,
    /// In the rotation.
    Ready,
    /// Standing back while places are scarce.
    Deferred,
    /// Among those that could claim if there were room in memory.
    Starved,
}

/// When a lane can do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    Now,
    At(Timestamp),
    /// Not before something happens to it.
    Never,
}

/// What a lane does next.
#[derive(Debug)]
pub(super) enum Next {
    Start(Job),
    Release(Vec<Job>),
    Claim(Part),
}

impl Lane {
    pub(super) fn new(app: AppId) -> Self {
        Self {
            app,
            queue: VecDeque::new(),
            listing: Listing::None,
            alarm: None,
            crowded: false,
            held: Part::default(),
            in_flight: 0,
            silent: false,
            concurrency: Concurrency::default(),
            breaker: Breaker::default(),
            paused_until: Timestamp::default(),
            stored: Stored::default(),
        }
    }

    /// Takes a delivery into its queue.
    pub(super) fn hold(&mut self, job: Job) {
        self.held.grow(Part::of(&job));
        self.queue.push_back(job);
    }

    /// Does what it can do now, as far as there is room in memory.
    pub(super) fn next(&mut self, now: Timestamp, memory: &mut Memory) -> Option<Next> {
        if self.gives_back(now) {
            return Some(Next::Release(self.queue.drain(..).collect()));
        }
        if self.held_until() > now {
            return None;
        }
        let may_claim = memory.level() < Level::Scarce || self.held.deliveries == 0;
        if may_claim
            && self.can_claim(now)
            && let Some(room) = memory.promise_claim(self.claim_limit())
        {
            self.stored.claiming = Some(room);
            self.stored.due = None;
            return Some(Next::Claim(room));
        }
        if self.in_flight >= self.limit() {
            return None;
        }
        let job = self.queue.pop_front()?;
        self.in_flight += 1;
        Some(Next::Start(job))
    }

    /// When it can do something, if there is room for it.
    pub(super) fn readiness(&self, now: Timestamp) -> Readiness {
        if self.gives_back(now) {
            return Readiness::Now;
        }
        let startable = !self.queue.is_empty() && self.in_flight < self.limit();
        let claimable = match self.stored.due {
            Some(due) if self.stored.claiming.is_none() && self.claim_limit() > 0 => Some(due),
            _ => None,
        };
        let at = match (startable, claimable) {
            (true, _) => self.held_until(),
            (false, Some(due)) => due.max(self.held_until()),
            (false, None) if self.crowded => self.held_until(),
            (false, None) => return Readiness::Never,
        };
        match at {
            _ if at > now => Readiness::At(at),
            _ if startable || claimable.is_some() => Readiness::Now,
            _ => Readiness::Never,
        }
    }

    /// Whether it leaves places to others while they are scarce.
    pub(super) fn stands_back(&self) -> bool {
        self.in_flight > 0 || self.silent
    }

    /// Whether fresh deliveries should rather wait in the store: there are as many in memory as its receiver takes
    /// within a few breaths, others wait there already, or nothing may start.
    pub(super) fn is_crowded(&self, now: Timestamp, level: Level) -> bool {
        let breaths = match level {
            Level::Scarce => return self.held.deliveries > 0,
            Level::Tight => 2,
            Level::Plenty if self.silent => 2,
            Level::Plenty => 16,
        };
        let allowance = (breaths * self.limit()).min(LANE_DELIVERIES_MAX);
        self.queue.len() >= allowance
            || self.held.payload_bytes >= LANE_PAYLOAD_BYTES_MAX
            || self.stored.backlog
            || self.held_until() > now
    }

    /// Whether there is nothing to remember about it.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty()
            && self.in_flight == 0
            && self.stored.due.is_none()
            && self.stored.claiming.is_none()
            && self.held == Part::default()
            && !self.crowded
            && self.alarm.is_none()
            && self.listing == Listing::None
            && !self.breaker.is_open()
    }

    pub(super) fn note_stored(&mut self, due: Timestamp) {
        self.stored.due = self.stored.due.into_iter().chain([due]).min();
    }

    /// The claim under way has ended; answers the room that was set aside for it.
    pub(super) fn claim_ended(&mut self) -> Part {
        self.stored.claiming.take().unwrap_or_default()
    }

    /// Takes what a claim got. News that came while it was under way is kept: it may be younger.
    pub(super) fn claimed(&mut self, claimed: Claimed, now: Timestamp) {
        self.stored.backlog = claimed.next_due.is_some_and(|due| due <= now);
        self.stored.due = self.stored.due.into_iter().chain(claimed.next_due).min();
        claimed.jobs.into_iter().for_each(|job| self.hold(job));
    }

    /// What became of a delivery is stored.
    pub(super) fn settled(&mut self, job: &Job) {
        self.held.shrink(Part::of(job));
    }

    pub(super) fn attempted(&mut self, attempt: Option<&Attempt>, now: Timestamp) {
        self.in_flight -= 1;
        let Some(Attempt { outcome, duration, .. }) = attempt else { return };
        if outcome.is_silence() {
            self.silent = true;
            self.breaker.silent(now, *duration);
        } else if outcome.response.is_some() {
            self.silent = false;
            if self.breaker.answered() {
                self.concurrency.restart();
            }
        }
        if outcome.is_success() {
            self.concurrency.succeeded(self.in_flight);
        } else if outcome.is_overload() {
            self.concurrency.overloaded(self.in_flight);
        }
        if let Some(pause) = outcome.retry_after(now) {
            self.paused_until = self.paused_until.max(now + pause);
        }
    }

    fn can_claim(&self, now: Timestamp) -> bool {
        self.stored.claiming.is_none() && self.stored.due.is_some_and(|due| due <= now)
    }

    /// Attempts that may be under way: few probes while the breaker is open.
    fn limit(&self) -> usize {
        if self.breaker.is_open() { LANE_CONCURRENCY_MIN } else { self.concurrency.limit() }
    }

    /// How many to claim: enough to keep the lane busy until the next claim, no more than it may hold.
    fn claim_limit(&self) -> usize {
        let target = (2 * self.limit()).min(CLAIM_ROWS_MAX);
        if self.queue.len() > target / 2 { 0 } else { target - self.queue.len() }
    }

    /// Whether what is in its queue is better off in the store: it cannot start for long.
    fn gives_back(&self, now: Timestamp) -> bool {
        !self.queue.is_empty() && self.held_until() > now + HELD_IN_MEMORY_TIME_MAX
    }

    /// Until when nothing may start: the breaker is open, or the receiver asked for a pause.
    fn held_until(&self) -> Timestamp {
        self.breaker.closed_until().unwrap_or_default().max(self.paused_until)
    }
}
