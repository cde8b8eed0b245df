//! The scheduler: one lane per endpoint with work, so that one bad receiver never slows another.
//!
//! It is a state machine without IO. It takes `now` and tells what to do next: start this attempt, claim more for
//! that lane, give these back, or wake up at some time. Ready lanes take turns, apps before endpoints. Memory is
//! bounded in total and per lane; what does not fit stays in the store.

mod concurrency;
mod lane;
mod memory;
mod rotation;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use domain::attempt::Attempt;
use domain::birth::{Birth, Crowded, Room};
use domain::delivery::Lease;
use domain::id::{AppId, EndpointId};
use domain::limits::{BIRTH_BYTES_PER_ENTRY_MAX, BIRTHS_PER_ENTRY_MAX};
use domain::time::Timestamp;

use crate::ports::queue::{Claimed, Job, WaitingLane};

use lane::{Lane, Listing, Next, Readiness};
pub use memory::Limits;
use memory::{Level, Memory, Part};
use rotation::Rotation;

/// All lanes of a node.
#[derive(Debug)]
pub struct Lanes {
    lease: Lease,
    lanes: HashMap<EndpointId, Lane>,
    ready: Rotation,
    /// Ready lanes that stand back while places are scarce.
    deferred: BTreeSet<EndpointId>,
    /// Lanes that could claim if there were room in memory.
    starved: VecDeque<EndpointId>,
    alarms: BTreeSet<(Timestamp, EndpointId)>,
    /// The alarm that the worker waits for.
    armed: Option<Timestamp>,
    crowded: Arc<Crowded>,
    places: usize,
    in_flight: usize,
    memory: Memory,
    halted: bool,
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

/// Room set aside for the deliveries of an acceptance under way.
#[derive(Debug)]
#[must_use = "room that is set aside has to be given back by Lanes::arrived"]
pub struct Expected(Part);

impl Lanes {
    /// Lanes of the node that lives under `lease`.
    pub fn new(lease: Lease, limits: Limits) -> Self {
        Self {
            lease,
            lanes: HashMap::new(),
            ready: Rotation::default(),
            deferred: BTreeSet::new(),
            starved: VecDeque::new(),
            alarms: BTreeSet::new(),
            armed: None,
            crowded: Arc::default(),
            places: limits.places,
            in_flight: 0,
            memory: Memory::new(limits),
            halted: false,
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
    pub fn born(&mut self, job: Job, now: Timestamp) {
        let (endpoint, app) = (job.delivery.id.endpoint, job.message.app);
        self.memory.hold(Part::of(&job));
        self.lane(endpoint, app).hold(job);
        self.review(endpoint, now);
    }

    /// Takes the news that deliveries of a lane wait in the store. It is a hint: it may be late, or wrong.
    pub fn waiting(&mut self, waiting: WaitingLane, now: Timestamp) {
        self.lane(waiting.endpoint, waiting.app).note_stored(waiting.due);
        self.review(waiting.endpoint, now);
    }

    /// Takes the news that something may wait in a lane.
    pub fn look(&mut self, app: AppId, endpoint: EndpointId, now: Timestamp) {
        self.lane(endpoint, app).note_stored(now);
        self.review(endpoint, now);
    }

    /// What to do next, if anything can be done now.
    pub fn next(&mut self, now: Timestamp) -> Option<Decision> {
        self.ring(now);
        while !self.halted && self.free_places() > 0 {
            let endpoint = self.take_turn()?;
            let scarce = self.places_are_scarce();
            let Some(lane) = self.lanes.get_mut(&endpoint) else { continue };
            if scarce && lane.stands_back() {
                lane.listing = Listing::Deferred;
                self.deferred.insert(endpoint);
                continue;
            }
            lane.listing = Listing::None;
            match lane.next(now, &mut self.memory) {
                Some(step) => {
                    self.in_flight += usize::from(matches!(step, Next::Start(_)));
                    self.review(endpoint, now);
                    return Some(Decision::of(endpoint, step));
                }
                None if lane.readiness(now) == Readiness::Now => {
                    lane.listing = Listing::Starved;
                    self.starved.push_back(endpoint);
                }
                None => self.review(endpoint, now),
            }
        }
        None
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
        if let Some(lane) = self.lanes.get_mut(&endpoint) {
            self.memory.release(lane.claim_ended());
            claimed.jobs.iter().for_each(|job| self.memory.hold(Part::of(job)));
            lane.claimed(claimed, now);
        }
        self.review(endpoint, now);
    }

    /// A claim did not reach the store; the lane asks again at `retry_at`.
    pub fn claim_failed(&mut self, endpoint: EndpointId, retry_at: Timestamp, now: Timestamp) {
        self.claimed(endpoint, Claimed { next_due: Some(retry_at), ..Claimed::default() }, now);
    }

    /// A job has left its place: by this attempt, or without one.
    pub fn attempted(&mut self, endpoint: EndpointId, attempt: Option<&Attempt>, now: Timestamp) {
        self.in_flight -= 1;
        if let Some(lane) = self.lanes.get_mut(&endpoint) {
            lane.attempted(attempt, now);
        }
        self.recall(endpoint, now);
    }

    /// What became of a delivery is stored, and its memory is free. `due` is set if it waits for a retry.
    pub fn settled(&mut self, job: &Job, due: Option<Timestamp>, now: Timestamp) {
        let (endpoint, app) = (job.delivery.id.endpoint, job.message.app);
        self.memory.free(Part::of(job));
        let lane = self.lane(endpoint, app);
        lane.settled(job);
        if let Some(due) = due {
            lane.note_stored(due);
        }
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

    fn first_alarm(&self) -> Option<Timestamp> {
        self.alarms.first().map(|(at, _)| *at)
    }

    fn lane(&mut self, endpoint: EndpointId, app: AppId) -> &mut Lane {
        self.lanes.entry(endpoint).or_insert_with(|| Lane::new(app))
    }

    /// Whose turn it is: of those that starved, once nobody else is ready and there is room again.
    fn take_turn(&mut self) -> Option<EndpointId> {
        let has_room = self.memory.level() < Level::Scarce && self.memory.has_room_for_a_claim();
        self.ready.take().or_else(|| if has_room { self.starved.pop_front() } else { None })
    }

    fn free_places(&self) -> usize {
        self.places.saturating_sub(self.in_flight)
    }

    /// Then only lanes that hold no place, and whose receivers answered last, get one: lanes whose attempts hang do
    /// not take the last places from those that work.
    fn places_are_scarce(&self) -> bool {
        self.free_places() <= self.places / 4
    }

    /// Puts lanes back into the rotation that stood back, when there is no more need for it.
    fn recall(&mut self, endpoint: EndpointId, now: Timestamp) {
        let scarce = self.places_are_scarce();
        let candidates = if scarce { [endpoint].into() } else { std::mem::take(&mut self.deferred) };
        for candidate in candidates {
            if let Some(lane) = self.lanes.get_mut(&candidate)
                && lane.listing == Listing::Deferred
                && !(scarce && lane.stands_back())
            {
                lane.listing = Listing::None;
                self.deferred.remove(&candidate);
                self.review(candidate, now);
            }
        }
        self.review(endpoint, now);
    }

    fn ring(&mut self, now: Timestamp) {
        while let Some((at, endpoint)) = self.alarms.first().copied()
            && at <= now
        {
            self.alarms.pop_first();
            if let Some(lane) = self.lanes.get_mut(&endpoint) {
                lane.alarm = None;
            }
            self.review(endpoint, now);
        }
    }

    /// Brings a lane's places in the rotation, the alarms and the crowd up to date; forgets it when it is idle.
    fn review(&mut self, endpoint: EndpointId, now: Timestamp) {
        let level = self.memory.level();
        let Some(lane) = self.lanes.get_mut(&endpoint) else { return };
        let crowded = lane.is_crowded(now, level);
        if crowded != lane.crowded {
            lane.crowded = crowded;
            self.crowded.set(endpoint, crowded);
        }
        let alarm = match lane.readiness(now) {
            Readiness::Now => {
                if lane.listing == Listing::None {
                    lane.listing = Listing::Ready;
                    self.ready.put(lane.app, endpoint);
                }
                None
            }
            Readiness::At(at) => Some(at),
            Readiness::Never => None,
        };
        if alarm != lane.alarm {
            if let Some(old) = lane.alarm {
                self.alarms.remove(&(old, endpoint));
            }
            self.alarms.extend(alarm.map(|at| (at, endpoint)));
            lane.alarm = alarm;
        }
        if lane.is_idle() {
            self.lanes.remove(&endpoint);
        }
    }
}

impl Decision {
    fn of(endpoint: EndpointId, step: Next) -> Self {
        match step {
            Next::Start(job) => Decision::Start(job),
            Next::Release(jobs) => Decision::Release(jobs),
            Next::Claim(Part { deliveries, payload_bytes }) => {
                Decision::Claim { endpoint, limit: deliveries, payload_bytes }
            }
        }
    }
}

#[cfg(test)]
#[path = "lanes_tests.rs"]
mod tests;
