//! The scheduler: one lane per endpoint with work, so that one bad receiver never slows another.
//!
//! It is a state machine without IO. It takes `now` and tells what to do next: start this attempt, claim more for
//! that lane, or wake up at some time. Ready lanes take turns, apps before endpoints. Memory is bounded in total
//! and per lane; what does not fit stays in the store.

mod concurrency;
mod lane;
mod rotation;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use domain::attempt::Attempt;
use domain::delivery::{Birth, Crowded, Lease};
use domain::id::{AppId, EndpointId};
use domain::limits::{ATTEMPTS_IN_FLIGHT_MAX, DELIVERIES_IN_MEMORY_MAX, PAYLOAD_BYTES_IN_MEMORY_MAX};
use domain::time::Timestamp;

use crate::ports::queue::{Claimed, Job, WaitingLane};

use lane::{Lane, Listing, Next, Readiness};
use rotation::Rotation;

/// All lanes of a node.
#[derive(Debug)]
pub struct Lanes {
    lease: Lease,
    lanes: HashMap<EndpointId, Lane>,
    ready: Rotation,
    /// Ready lanes that are put off while places are scarce, because they hold some.
    deferred: BTreeSet<EndpointId>,
    /// Lanes that could claim if there were room in memory.
    starved: Vec<EndpointId>,
    alarms: BTreeSet<(Timestamp, EndpointId)>,
    /// The alarm that the worker waits for.
    armed: Option<Timestamp>,
    crowded: Arc<Crowded>,
    in_flight: usize,
    in_memory: usize,
    payload_bytes: usize,
    halted: bool,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    /// Make the next attempt of this delivery; report [`Lanes::attempted`], then [`Lanes::settled`].
    Start(Job),
    /// Claim up to `limit` deliveries of this lane; report [`Lanes::claimed`] or [`Lanes::claim_failed`].
    Claim {
        /// The lane.
        endpoint: EndpointId,
        /// How many at most.
        limit: usize,
    },
}

impl Lanes {
    /// Lanes of the node that lives under `lease`.
    pub fn new(lease: Lease) -> Self {
        Self {
            lease,
            lanes: HashMap::new(),
            ready: Rotation::default(),
            deferred: BTreeSet::new(),
            starved: Vec::new(),
            alarms: BTreeSet::new(),
            armed: None,
            crowded: Arc::default(),
            in_flight: 0,
            in_memory: 0,
            payload_bytes: 0,
            halted: false,
        }
    }

    /// How deliveries that are accepted now should be born.
    pub fn birth(&self) -> Birth {
        let room = self.room() > 0 && !self.halted;
        Birth { lease: room.then_some(self.lease), crowded: self.crowded.clone() }
    }

    /// Takes a delivery that was leased to this node at its birth.
    pub fn born(&mut self, job: Job, now: Timestamp) {
        let (endpoint, app) = (job.delivery.id.endpoint, job.message.app);
        self.hold(&job);
        self.lane(endpoint, app).queue.push_back(job);
        self.review(endpoint, now);
    }

    /// Takes the news that deliveries of a lane wait in the store. It is a hint: it may be late, or wrong.
    pub fn waiting(&mut self, waiting: WaitingLane, now: Timestamp) {
        self.lane(waiting.endpoint, waiting.app).note_stored(waiting.due);
        self.review(waiting.endpoint, now);
    }

    /// What to do next, if anything can be done now.
    pub fn next(&mut self, now: Timestamp) -> Option<Decision> {
        self.ring(now);
        while !self.halted && self.free_places() > 0 {
            let endpoint = self.ready.take()?;
            let (scarce, room) = (self.places_are_scarce(), self.room());
            let Some(lane) = self.lanes.get_mut(&endpoint) else { continue };
            if scarce && lane.is_busy() {
                lane.listing = Listing::Deferred;
                self.deferred.insert(endpoint);
                continue;
            }
            lane.listing = Listing::None;
            match lane.next(now, room) {
                Some(step) => {
                    self.in_flight += usize::from(matches!(step, Next::Start(_)));
                    self.review(endpoint, now);
                    return Some(Decision::of(endpoint, step));
                }
                None if lane.readiness(now) == Readiness::Now => self.starved.push(endpoint),
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
        claimed.jobs.iter().for_each(|job| self.hold(job));
        if let Some(lane) = self.lanes.get_mut(&endpoint) {
            lane.claimed(claimed, now);
        }
        self.review(endpoint, now);
    }

    /// A claim did not reach the store; the lane asks again at `retry_at`.
    pub fn claim_failed(&mut self, endpoint: EndpointId, retry_at: Timestamp, now: Timestamp) {
        if let Some(lane) = self.lanes.get_mut(&endpoint) {
            lane.claimed(Claimed { jobs: Vec::new(), next_due: Some(retry_at) }, now);
        }
        self.review(endpoint, now);
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
        self.in_memory -= 1;
        self.payload_bytes -= job.message.payload.len();
        let endpoint = job.delivery.id.endpoint;
        if let Some(due) = due {
            self.lane(endpoint, job.message.app).note_stored(due);
        }
        self.review(endpoint, now);
        if !self.starved.is_empty() && self.room() >= DELIVERIES_IN_MEMORY_MAX / 8 {
            std::mem::take(&mut self.starved).into_iter().for_each(|endpoint| self.review(endpoint, now));
        }
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
        self.in_memory
    }

    fn first_alarm(&self) -> Option<Timestamp> {
        self.alarms.first().map(|(at, _)| *at)
    }

    fn lane(&mut self, endpoint: EndpointId, app: AppId) -> &mut Lane {
        self.lanes.entry(endpoint).or_insert_with(|| Lane::new(app))
    }

    fn hold(&mut self, job: &Job) {
        self.in_memory += 1;
        self.payload_bytes += job.message.payload.len();
    }

    /// How many more deliveries fit into memory.
    fn room(&self) -> usize {
        let bytes_left = self.payload_bytes < PAYLOAD_BYTES_IN_MEMORY_MAX;
        if bytes_left { DELIVERIES_IN_MEMORY_MAX.saturating_sub(self.in_memory) } else { 0 }
    }

    fn free_places(&self) -> usize {
        ATTEMPTS_IN_FLIGHT_MAX.saturating_sub(self.in_flight)
    }

    /// Then only lanes that hold no place get one: lanes whose attempts hang never take the last places from those
    /// that work.
    fn places_are_scarce(&self) -> bool {
        self.free_places() <= ATTEMPTS_IN_FLIGHT_MAX / 4
    }

    /// Puts lanes back into the rotation that had to stand back while places were scarce.
    fn recall(&mut self, endpoint: EndpointId, now: Timestamp) {
        let all =
            if self.places_are_scarce() { [endpoint].into() } else { std::mem::take(&mut self.deferred) };
        for endpoint in all {
            if let Some(lane) = self.lanes.get_mut(&endpoint)
                && lane.listing == Listing::Deferred
            {
                lane.listing = Listing::None;
                self.deferred.remove(&endpoint);
            }
            self.review(endpoint, now);
        }
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
        let tight = self.in_memory > DELIVERIES_IN_MEMORY_MAX / 2;
        let Some(lane) = self.lanes.get_mut(&endpoint) else { return };
        let crowded = lane.is_crowded(now, tight);
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
            Next::Claim(limit) => Decision::Claim { endpoint, limit },
        }
    }
}

#[cfg(test)]
#[path = "lanes_tests.rs"]
mod tests;
