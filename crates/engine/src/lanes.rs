//! The scheduler: one lane per endpoint with work, so that one bad receiver never slows another.
//!
//! It is a state machine without IO. It takes `now` and tells what to do next: start this attempt, claim more for
//! that lane, give these back, or wake up at some time. Ready lanes take turns, apps before endpoints. Memory is
//! bounded in total and per lane; what does not fit stays in the store.

mod concurrency;
mod lane;
mod memory;
mod order;
mod rates;
mod rotation;
mod stored;
mod turns;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use domain::attempt::Attempt;
use domain::birth::{Birth, Crowded, Room};
use domain::delivery::Lease;
use domain::id::{AppId, EndpointId, IdMap};
use domain::limits::{BIRTH_BYTES_PER_ENTRY_MAX, BIRTHS_PER_ENTRY_MAX};
use domain::throttle::Pace;
use domain::time::Timestamp;

use crate::ports::queue::{Claimed, Job, WaitingLane};

use lane::Lane;
pub use memory::Limits;
use memory::{Memory, Part};
use rates::{Apps, Buckets};
use rotation::Rotation;
use turns::Alarm;

/// All lanes of a node.
#[derive(Debug)]
pub struct Lanes {
    lease: Lease,
    lanes: IdMap<EndpointId, Lane>,
    apps: Apps,
    buckets: Buckets<EndpointId>,
    ready: Rotation,
    /// Ready lanes that stand back while places are scarce.
    deferred: BTreeSet<EndpointId>,
    /// Lanes that could claim if there were room in memory, the first first.
    starved: BTreeSet<(u64, EndpointId)>,
    /// How many lanes have starved.
    starvations: u64,
    /// Lanes that give something back.
    giving_back: VecDeque<EndpointId>,
    alarms: BTreeSet<(Timestamp, Alarm)>,
    /// The alarm that the worker waits for.
    armed: Option<Timestamp>,
    crowded: Arc<Crowded>,
    places: usize,
    in_flight: usize,
    memory: Memory,
    halted: bool,
    /// Deliveries may still be leased to dead nodes.
    orphaned: bool,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    /// Make the next attempt of this delivery; report [`Lanes::attempted`], then [`Lanes::settled`].
    Start(Job),
    /// Give these back to the store, unsent; report [`Lanes::settled`] for each.
    Release(Vec<Job>),
    /// Claim for this lane; report [`Lanes::claimed`] or [`Lanes::claim_failed`].
    Claim {
        /// The lane.
        endpoint: EndpointId,
        /// How many deliveries at most.
        limit: usize,
        /// How many bytes of payload are enough.
        payload_bytes: usize,
    },
}

/// How a delivery has left memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// It is not tried any more.
    Ended,
    /// It waits in the store until then.
    Waits(Timestamp),
    /// It was not this node's any more.
    Lost,
}

/// Room set aside for the deliveries of an acceptance under way.
#[derive(Debug)]
#[must_use = "room that is set aside has to be given back by Lanes::arrived"]
pub struct Expected(Part);

impl Lanes {
    /// Lanes of the node that lives under `lease`.
    pub fn new(lease: Lease, limits: Limits) -> Self {
        Self {
            lease,
            lanes: IdMap::default(),
            apps: Apps::default(),
            buckets: Buckets::default(),
            ready: Rotation::default(),
            deferred: BTreeSet::new(),
            starved: BTreeSet::new(),
            starvations: 0,
            giving_back: VecDeque::new(),
            alarms: BTreeSet::new(),
            armed: None,
            crowded: Arc::default(),
            places: limits.places,
            in_flight: 0,
            memory: Memory::new(limits),
            halted: false,
            orphaned: true,
        }
    }

    /// How the deliveries of an acceptance with so many entries should be born, and the room that is set aside for
    /// them until [`Lanes::arrived`].
    pub fn expect(&mut self, entries: usize, now: Timestamp) -> (Birth, Expected) {
        let wanted = Part {
            deliveries: entries.saturating_mul(BIRTHS_PER_ENTRY_MAX),
            payload_bytes: entries.saturating_mul(BIRTH_BYTES_PER_ENTRY_MAX),
        };
        let part = if self.halted { Part::default() } else { self.memory.promise(wanted) };
        let room = Arc::new(Room::new(part.deliveries, part.payload_bytes));
        let lease = (part.deliveries > 0).then_some(self.lease);
        (Birth { lease, crowded: self.crowded.clone(), room, now }, Expected(part))
    }

    /// An acceptance has ended, and what was born of it has been reported.
    pub fn arrived(&mut self, Expected(part): Expected) {
        self.memory.release(part);
    }

    /// Takes a delivery that was leased to this node at its birth.
    pub fn born(&mut self, job: Job, pace: Pace, now: Timestamp) {
        let (endpoint, app) = (job.delivery.id.endpoint, job.message.app);
        self.memory.hold(Part::of(&job));
        self.lane(endpoint, app).hold(job);
        self.heard(endpoint, pace);
        self.review(endpoint, now);
    }

    /// Takes a delivery that waits in the store since its birth. Others may hold it up.
    pub fn born_waiting(&mut self, fresh: WaitingLane, now: Timestamp) {
        self.lane(fresh.endpoint, fresh.app).note_stored(fresh.due);
        self.heard(fresh.endpoint, fresh.pace);
        self.review(fresh.endpoint, now);
    }

    /// Takes the news that deliveries of a lane wait in the store. It is a hint: it may be late, or wrong.
    pub fn waiting(&mut self, waiting: WaitingLane, now: Timestamp) {
        self.lane(waiting.endpoint, waiting.app).note_first(waiting.due);
        self.heard(waiting.endpoint, waiting.pace);
        self.review(waiting.endpoint, now);
    }

    /// Takes the news that something may wait in a lane.
    pub fn look(&mut self, app: AppId, endpoint: EndpointId, now: Timestamp) {
        self.lane(endpoint, app).note_first(now);
        self.review(endpoint, now);
    }

    /// Nothing is leased to dead nodes any more. Before that, what waits of an endpoint that is called in order may not
    /// be the first of it.
    pub fn no_orphans_left(&mut self, now: Timestamp) {
        if std::mem::take(&mut self.orphaned) {
            let in_order = self.lanes.iter().filter(|(_, lane)| lane.is_in_order());
            let in_order: BTreeSet<EndpointId> = in_order.map(|(endpoint, _)| *endpoint).collect();
            in_order.into_iter().for_each(|endpoint| self.review(endpoint, now));
        }
    }

    /// When to ask again, if nothing happens before. Whoever waits for it learns of an earlier one by
    /// [`Lanes::alarm_moved_up`].
    pub fn arm(&mut self) -> Option<Timestamp> {
        self.armed = self.first_alarm();
        self.armed
    }

    /// Whether there is an earlier alarm than the one that was armed.
    pub fn alarm_moved_up(&self) -> bool {
        self.first_alarm().is_some_and(|first| self.armed.is_none_or(|armed| first < armed))
    }

    /// Takes what a claim got.
    pub fn claimed(&mut self, endpoint: EndpointId, claimed: Claimed, now: Timestamp) {
        self.claim_ended(endpoint);
        self.heard(endpoint, claimed.pace);
        if let Some(lane) = self.lanes.get_mut(&endpoint) {
            claimed.jobs.iter().for_each(|job| self.memory.hold(Part::of(job)));
            lane.claimed(claimed, now);
        }
        self.review(endpoint, now);
    }

    /// A claim did not reach the store; the lane asks again at `retry_at`.
    pub fn claim_failed(&mut self, endpoint: EndpointId, retry_at: Timestamp, now: Timestamp) {
        self.claim_ended(endpoint);
        if let Some(lane) = self.lanes.get_mut(&endpoint) {
            lane.note_stored(retry_at);
        }
        self.review(endpoint, now);
    }

    /// A job has left its place: by this attempt, or without one, which then does not count against a rate.
    pub fn attempted(&mut self, job: &Job, attempt: Option<&Attempt>, now: Timestamp) {
        let endpoint = job.delivery.id.endpoint;
        self.in_flight -= 1;
        if let Some(lane) = self.lanes.get_mut(&endpoint) {
            lane.attempted(job, attempt, now);
            if attempt.is_none() {
                self.refund(endpoint);
            }
        }
        self.recall(endpoint, now);
    }

    /// What became of a delivery is stored, and its memory is free.
    pub fn settled(&mut self, job: &Job, left: Left, now: Timestamp) {
        let (endpoint, app) = (job.delivery.id.endpoint, job.message.app);
        self.memory.free(Part::of(job));
        self.lane(endpoint, app).settled(job, left);
        self.review(endpoint, now);
    }

    /// Starts nothing any more, and takes no fresh deliveries, until [`Lanes::resume`].
    pub fn halt(&mut self) {
        self.halted = true;
    }

    /// Goes on.
    pub fn resume(&mut self) {
        self.halted = false;
    }

    /// Takes out everything that is in memory but not under way, so that it can be released.
    pub fn drain(&mut self) -> Vec<Job> {
        let mut jobs: Vec<Job> = self.lanes.values_mut().flat_map(|lane| lane.queue.drain(..)).collect();
        jobs.sort_unstable_by_key(|job| job.delivery.id);
        jobs
    }

    /// Attempts under way.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Deliveries that this node holds: under way, waiting for a place, or not settled yet.
    pub fn in_memory(&self) -> usize {
        self.memory.held()
    }

    /// Whether this node holds no delivery, and none is on its way to it.
    pub fn is_empty(&self) -> bool {
        self.memory.held() == 0 && self.memory.promised() == 0
    }

    fn lane(&mut self, endpoint: EndpointId, app: AppId) -> &mut Lane {
        let apps = &mut self.apps;
        self.lanes.entry(endpoint).or_insert_with(|| {
            apps.join(app);
            Lane::new(app)
        })
    }
}

#[cfg(test)]
#[path = "lanes_tests.rs"]
mod tests;
