//! One lane: the work of one endpoint, and what its receiver's behaviour and its owner's wishes allow.
//!
//! This is the place of everything that holds an endpoint back: its concurrency, its breaker, a pause that it
//! asked for, its rate, the order of its deliveries.

use std::collections::VecDeque;

use domain::attempt::Attempt;
use domain::breaker::Breaker;
use domain::endpoint::Ordering;
use domain::id::AppId;
use domain::limits::{
    CLAIM_IN_ORDER_ROWS_MAX, CLAIM_ROWS_MAX, HELD_IN_MEMORY_TIME_MAX, LANE_CONCURRENCY_MIN,
    LANE_DELIVERIES_MAX, LANE_PAYLOAD_BYTES_MAX,
};
use domain::throttle::Pace;
use domain::time::Timestamp;

use super::Left;
use super::concurrency::Concurrency;
use super::memory::{Level, Memory, Part};
use super::order::Order;
use super::rates::soon;
use super::stored::Stored;
use super::turns::{Listing, Next, Readiness};
use crate::ports::queue::{Claimed, Job};

/// The work of one endpoint.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) app: AppId,
    /// How its owner wants it to be called, as far as we heard.
    pub(super) pace: Pace,
    /// Leased and in memory, waiting for a place.
    pub(super) queue: VecDeque<Job>,
    /// Where it waits for its turn.
    pub(super) listing: Listing,
    /// When it asked to be looked at again.
    pub(super) alarm: Option<Timestamp>,
    /// Whether it is among the crowded.
    pub(super) crowded: bool,
    /// Whether it is among those that give something back.
    pub(super) gives_back: bool,
    /// Its rate allows nothing before then.
    pub(super) paced_until: Timestamp,
    /// How many it may hold because of its app's rate.
    pub(super) share: Option<usize>,
    /// So many lanes of its app wait for a turn that it will not come soon.
    pub(super) is_far: bool,
    /// Its turn has begun: what it has claimed starts before its app's other lanes have theirs.
    pub(super) is_first: bool,
    /// How full the memory is.
    pub(super) level: Level,
    /// Nothing of it may be claimed, for a reason that is not its own.
    pub(super) is_barred: bool,
    /// What it has in memory: in its queue, under way, or not settled yet.
    held: Part,
    in_flight: usize,
    /// The last attempt met silence.
    silent: bool,
    concurrency: Concurrency,
    breaker: Breaker,
    /// The receiver asked to be left alone until then.
    paused_until: Timestamp,
    order: Order,
    stored: Stored,
}

impl Lane {
    pub(super) fn new(app: AppId) -> Self {
        Self {
            app,
            pace: Pace::default(),
            queue: VecDeque::new(),
            listing: Listing::None,
            alarm: None,
            crowded: false,
            gives_back: false,
            paced_until: Timestamp::default(),
            share: None,
            is_far: false,
            is_first: false,
            level: Level::Plenty,
            is_barred: false,
            held: Part::default(),
            in_flight: 0,
            silent: false,
            concurrency: Concurrency::default(),
            breaker: Breaker::default(),
            paused_until: Timestamp::default(),
            order: Order::default(),
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
        self.level = memory.level();
        let is_time = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        let may_claim = self.level < Level::Scarce || self.held.deliveries == 0;
        if may_claim
            && is_time(self.claims_at())
            && let Some(room) = memory.promise_claim(self.claim_limit(), self.held.payload_bytes)
        {
            self.stored.claim(room);
            return Some(Next::Claim(room));
        }
        if !is_time(self.starts_at()) {
            return None;
        }
        let job = self.queue.pop_front()?;
        self.in_flight += 1;
        Some(Next::Start(job))
    }

    /// When it can do something, if there is room for it.
    pub(super) fn readiness(&self, now: Timestamp) -> Readiness {
        let at = self.starts_at().into_iter().chain(self.claims_at()).min();
        match at {
            Some(at) if at <= now => Readiness::Now,
            Some(at) => Readiness::At(at),
            None if self.crowded && self.held_until() > now => Readiness::At(self.held_until()),
            None => Readiness::Never,
        }
    }

    /// Whether it can start something now.
    pub(super) fn can_start(&self, now: Timestamp) -> bool {
        self.starts_at().is_some_and(|at| at <= now)
    }

    /// When it can start what is first in its queue.
    fn starts_at(&self) -> Option<Timestamp> {
        let may_start =
            !self.queue.is_empty() && self.in_flight < self.limit() && !self.order.is_interrupted();
        may_start.then(|| self.held_until().max(self.paced_until))
    }

    /// When it can claim.
    fn claims_at(&self) -> Option<Timestamp> {
        let due = self.stored.claimable()?;
        let may_claim = !self.is_barred && self.claim_limit() > 0;
        may_claim.then(|| due.max(self.held_until()).max(self.order.held_until()))
    }

    /// Whether it leaves places to others while they are scarce.
    pub(super) fn stands_back(&self) -> bool {
        self.in_flight > 0 || self.silent
    }

    /// Whether fresh deliveries should rather wait in the store: there are as many in memory as its receiver takes
    /// within a few breaths, others wait there already, or nothing may start.
    pub(super) fn is_crowded(&self, now: Timestamp) -> bool {
        let breaths = match self.level {
            Level::Scarce => return self.held.deliveries > 0,
            Level::Tight => 2,
            Level::Plenty if self.silent => 2,
            Level::Plenty => 16,
        };
        let allowance = (breaths * self.limit()).min(LANE_DELIVERIES_MAX).min(self.soon());
        self.queue.len() >= allowance
            || self.held.payload_bytes >= LANE_PAYLOAD_BYTES_MAX
            || self.stored.backlog
            || self.held_until() > now
            || (self.is_far && self.has_waiting())
    }

    /// Whether there is nothing to remember about it.
    pub(super) fn is_idle(&self) -> bool {
        !self.has_waiting()
            && self.in_flight == 0
            && self.held == Part::default()
            && !self.crowded
            && !self.gives_back
            && self.alarm.is_none()
            && self.listing == Listing::None
            && !self.breaker.is_open()
    }

    fn has_waiting(&self) -> bool {
        !self.queue.is_empty() || !self.stored.is_empty()
    }

    pub(super) fn note_stored(&mut self, due: Timestamp) {
        self.stored.note(due);
    }

    /// The store says when the first of its deliveries may be sent: what we believed to hold them up may be gone.
    pub(super) fn note_first(&mut self, due: Timestamp) {
        self.order.first_is_due(due);
        self.stored.note(due);
    }

    /// A token of its app is set aside for the claim under way.
    pub(super) fn reserved(&mut self) {
        self.stored.reserve();
    }

    /// The claim under way has ended; answers the room that was set aside for it, and whether a token of its app was.
    pub(super) fn claim_ended(&mut self) -> (Part, bool) {
        self.stored.claim_ended()
    }

    /// Takes what a claim got.
    pub(super) fn claimed(&mut self, claimed: Claimed, now: Timestamp) {
        self.stored.left_behind(claimed.next_due, now);
        self.is_first = self.share.is_some() && !claimed.jobs.is_empty();
        claimed.jobs.into_iter().for_each(|job| self.hold(job));
    }

    /// What became of a delivery is stored.
    pub(super) fn settled(&mut self, job: &Job, left: Left) {
        self.held.shrink(Part::of(job));
        if let Left::Waits(due) = left {
            self.stored.note(due);
        }
        self.order.settled(job.delivery.id.message, left, self.queue.len());
    }

    pub(super) fn attempted(&mut self, job: &Job, attempt: Option<&Attempt>, now: Timestamp) {
        self.in_flight -= 1;
        if self.is_in_order() && !attempt.is_some_and(|attempt| attempt.outcome.is_success()) {
            self.order.failed(job.delivery.id.message);
        }
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

    /// How many at the end of its queue are better off in the store: they cannot start for long, or not at all.
    pub(super) fn surplus(&self, now: Timestamp) -> usize {
        let (queued, soon) = (self.queue.len(), self.soon());
        match () {
            () if self.order.is_broken() => queued,
            () if self.held_until() > now + HELD_IN_MEMORY_TIME_MAX => queued,
            () if self.is_far && self.listing == Listing::None && !self.is_first => queued,
            // Not for a few that came at the same time.
            () if queued / 2 > soon => queued - soon,
            () => 0,
        }
    }

    /// Takes what it has too much out of its queue.
    pub(super) fn give_back(&mut self, now: Timestamp) -> Vec<Job> {
        let surplus = self.surplus(now);
        self.order.mend();
        self.queue.split_off(self.queue.len() - surplus).into()
    }

    /// Whether its deliveries are made one at a time, in their order.
    pub(super) fn is_in_order(&self) -> bool {
        self.pace.ordering == Ordering::Fifo
    }

    /// Attempts that may be under way: few probes while the breaker is open.
    fn limit(&self) -> usize {
        match () {
            () if self.is_in_order() => 1,
            () if self.breaker.is_open() => LANE_CONCURRENCY_MIN,
            () => self.concurrency.limit(),
        }
    }

    /// How many to claim: enough to keep the lane busy until the next claim, which waits for a commit that may be a large
    /// one. In order, and where its app's lanes share a rate, only when it has nothing any more; none while it is full of
    /// payloads.
    fn claim_limit(&self) -> usize {
        let target = match () {
            () if self.held.payload_bytes >= LANE_PAYLOAD_BYTES_MAX => return 0,
            () if self.is_in_order() && self.held.deliveries > 0 => return 0,
            () if self.is_in_order() => CLAIM_IN_ORDER_ROWS_MAX,
            () if self.level == Level::Plenty && !self.silent => (4 * self.limit()).min(LANE_DELIVERIES_MAX),
            () => 2 * self.limit(),
        };
        let target = target.min(self.share.unwrap_or(usize::MAX)).min(self.soon());
        match () {
            () if self.share.is_some() && !self.queue.is_empty() => 0,
            () if self.queue.len() > target / 2 => 0,
            () => (target - self.queue.len()).min(CLAIM_ROWS_MAX),
        }
    }

    /// How many can start soon, as far as rates decide that.
    fn soon(&self) -> usize {
        let by_rate = self.pace.endpoint.map_or(usize::MAX, soon);
        by_rate.min(self.share.map_or(usize::MAX, |share| 2 * share))
    }

    /// Until when nothing may start: the breaker is open, or the receiver asked for a pause.
    fn held_until(&self) -> Timestamp {
        self.breaker.closed_until().unwrap_or_default().max(self.paused_until)
    }
}
