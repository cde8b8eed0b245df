//! Whose turn it is, and what is done in it.

use domain::id::{AppId, EndpointId};
use domain::throttle::Pace;
use domain::time::Timestamp;

use super::memory::{Level, Part};
use super::rates::soon;
use super::{Decision, Lanes};
use crate::ports::queue::Job;

/// Who is to be looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Alarm {
    Lane(EndpointId),
    /// An app that was put aside.
    App(AppId),
}

/// Where a lane waits for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    None,
    /// In the rotation.
    Ready,
    /// Standing back while places are scarce.
    Deferred,
    /// Among those that could claim if there were room in memory, at this place.
    Starved(u64),
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
    Claim(Part),
}

impl Lanes {
    /// What to do next, if anything can be done now.
    pub fn next(&mut self, now: Timestamp) -> Option<Decision> {
        self.ring(now);
        if self.halted {
            return None;
        }
        if let Some(decision) = self.give_back(now) {
            return Some(decision);
        }
        while self.free_places() > 0 {
            let endpoint = self.take_turn(now)?;
            let scarce = self.places_are_scarce();
            let Some(lane) = self.lanes.get_mut(&endpoint) else { continue };
            if scarce && lane.stands_back() {
                lane.listing = Listing::Deferred;
                self.deferred.insert(endpoint);
                continue;
            }
            lane.listing = Listing::None;
            lane.share = self.apps.share(lane.app);
            match lane.next(now, &mut self.memory) {
                Some(step) => {
                    self.charge(endpoint, &step, now);
                    self.review(endpoint, now);
                    return Some(Decision::of(endpoint, step));
                }
                None if lane.readiness(now) == Readiness::Now => {
                    lane.listing = Listing::Starved(self.starvations);
                    self.starved.insert((self.starvations, endpoint));
                    self.starvations += 1;
                }
                None => self.review(endpoint, now),
            }
        }
        None
    }

    /// Lets a lane give back what it has too much.
    fn give_back(&mut self, now: Timestamp) -> Option<Decision> {
        while let Some(endpoint) = self.giving_back.pop_front() {
            let Some(lane) = self.lanes.get_mut(&endpoint) else { continue };
            lane.gives_back = false;
            let jobs = lane.give_back(now);
            self.review(endpoint, now);
            if !jobs.is_empty() {
                return Some(Decision::Release(jobs));
            }
        }
        None
    }

    /// Whose turn it is: of those that starved, once nobody else is ready and there is room again. Apps that are called
    /// as fast as they may be have none.
    fn take_turn(&mut self, now: Timestamp) -> Option<EndpointId> {
        loop {
            if let Some(app) = self.ready.next_app() {
                let ready_at = self.apps.ready_at(app);
                if ready_at <= now {
                    return self.ready.take();
                }
                self.ready.put_aside();
                self.alarms.insert((ready_at, Alarm::App(app)));
                continue;
            }
            let has_room = self.memory.level() < Level::Scarce && self.memory.has_room_for_a_claim();
            let (_, endpoint) = if has_room { self.starved.pop_first()? } else { return None };
            if let Some(lane) = self.lanes.get_mut(&endpoint) {
                lane.listing = Listing::None;
                self.review(endpoint, now);
            }
        }
    }

    /// Takes what a step needs. A claim for a lane whose app has a rate takes a token of it until it has ended, so that
    /// no more is claimed than can start then.
    fn charge(&mut self, endpoint: EndpointId, step: &Next, now: Timestamp) {
        let Some(lane) = self.lanes.get_mut(&endpoint) else { return };
        self.apps.take(lane.app, now);
        match step {
            Next::Start(_) => {
                self.in_flight += 1;
                self.buckets.take(endpoint, lane.pace.endpoint, now);
                lane.paced_until = self.buckets.ready_at(&endpoint, lane.pace.endpoint);
            }
            Next::Claim(_) => lane.reserved(),
        }
    }

    /// Gives back what an attempt had taken that was not made.
    pub(super) fn refund(&mut self, endpoint: EndpointId) {
        let Some(lane) = self.lanes.get_mut(&endpoint) else { return };
        self.buckets.give_back(&endpoint, lane.pace.endpoint);
        lane.paced_until = self.buckets.ready_at(&endpoint, lane.pace.endpoint);
        let app = lane.app;
        self.apps.give_back(app);
        self.ready.bring_back(app);
    }

    /// Gives back what was set aside for a claim.
    pub(super) fn claim_ended(&mut self, endpoint: EndpointId) {
        let Some(lane) = self.lanes.get_mut(&endpoint) else { return };
        let (room, reserved) = lane.claim_ended();
        self.memory.release(room);
        if reserved {
            self.apps.give_back(lane.app);
            self.ready.bring_back(lane.app);
        }
    }

    /// Takes the news how an endpoint and its app are to be called.
    pub(super) fn heard(&mut self, endpoint: EndpointId, pace: Pace) {
        let Some(lane) = self.lanes.get_mut(&endpoint) else { return };
        lane.pace = pace;
        lane.paced_until = self.buckets.ready_at(&endpoint, pace.endpoint);
        if self.apps.heard(lane.app, pace.app) {
            self.ready.bring_back(lane.app);
        }
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
    pub(super) fn recall(&mut self, endpoint: EndpointId, now: Timestamp) {
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

    pub(super) fn first_alarm(&self) -> Option<Timestamp> {
        self.alarms.first().map(|(at, _)| *at)
    }

    fn ring(&mut self, now: Timestamp) {
        while let Some((at, alarm)) = self.alarms.first().copied()
            && at <= now
        {
            self.alarms.pop_first();
            match alarm {
                Alarm::App(app) => self.ready.bring_back(app),
                Alarm::Lane(endpoint) => {
                    if let Some(lane) = self.lanes.get_mut(&endpoint) {
                        lane.alarm = None;
                    }
                    self.review(endpoint, now);
                }
            }
        }
    }

    /// Brings a lane's places in the rotation, the alarms and the crowd up to date; forgets it when it is idle.
    pub(super) fn review(&mut self, endpoint: EndpointId, now: Timestamp) {
        let level = self.memory.level();
        let Some(lane) = self.lanes.get_mut(&endpoint) else { return };
        lane.level = level;
        lane.is_barred = self.orphaned && lane.is_in_order();
        lane.share = self.apps.share(lane.app);
        let rate = self.apps.rate(lane.app);
        lane.is_far = rate.is_some_and(|rate| self.ready.waiting(lane.app) >= soon(rate));
        if !lane.gives_back && lane.surplus(now) > 0 {
            lane.gives_back = true;
            self.giving_back.push_back(endpoint);
        }
        let alarm = match lane.readiness(now) {
            Readiness::Now => {
                self.list(endpoint, now);
                None
            }
            Readiness::At(at) => Some(at),
            Readiness::Never => None,
        };
        let Some(lane) = self.lanes.get_mut(&endpoint) else { return };
        let crowded = lane.is_crowded(now);
        if crowded != lane.crowded {
            lane.crowded = crowded;
            self.crowded.set(endpoint, crowded);
        }
        if alarm != lane.alarm {
            if let Some(old) = lane.alarm {
                self.alarms.remove(&(old, Alarm::Lane(endpoint)));
            }
            self.alarms.extend(alarm.map(|at| (at, Alarm::Lane(endpoint))));
            lane.alarm = alarm;
        }
        if lane.is_idle() {
            self.apps.leave(lane.app);
            self.lanes.remove(&endpoint);
        }
    }

    /// Puts a lane that can do something into the rotation.
    fn list(&mut self, endpoint: EndpointId, now: Timestamp) {
        let Some(lane) = self.lanes.get_mut(&endpoint) else { return };
        match lane.listing {
            // First it gives back what it has too much.
            _ if lane.gives_back => return,
            Listing::None => {}
            // What it has in memory needs no room.
            Listing::Starved(place) if lane.can_start(now) => _ = self.starved.remove(&(place, endpoint)),
            Listing::Starved(_) | Listing::Ready | Listing::Deferred => return,
        }
        lane.listing = Listing::Ready;
        if std::mem::take(&mut lane.is_first) {
            self.ready.put_first(lane.app, endpoint);
        } else {
            self.ready.put(lane.app, endpoint);
        }
    }
}

impl Decision {
    fn of(endpoint: EndpointId, step: Next) -> Self {
        match step {
            Next::Start(job) => Decision::Start(job),
            Next::Claim(Part { deliveries, payload_bytes }) => {
                Decision::Claim { endpoint, limit: deliveries, payload_bytes }
            }
        }
    }
}
