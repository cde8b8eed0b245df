//! Drives lanes through virtual time against a store that is a list per endpoint.

use std::collections::{BTreeMap, HashMap, VecDeque};

use domain::endpoint::Ordering;
use domain::throttle::Rate;

use super::*;

pub(super) struct Driver {
    pub(super) lanes: Lanes,
    pub(super) now: Timestamp,
    /// What was started, when.
    pub(super) started: Vec<(Timestamp, i64, i64)>,
    /// The most that was in memory at once.
    pub(super) most_in_memory: usize,
    pub(super) claims: usize,
    /// How a receiver answers an attempt, and after how long.
    answer: fn(i64, i64) -> (Outcome, u64),
    stored: HashMap<i64, VecDeque<(Timestamp, i64)>>,
    held_until: HashMap<i64, Timestamp>,
    paces: HashMap<i64, Pace>,
    coming: BTreeMap<(Timestamp, u64), Coming>,
    events: u64,
}

#[derive(Debug)]
enum Coming {
    Answer(Job, Outcome),
    Claimed(i64, usize),
    Settled(Job, Option<Outcome>),
}

/// The store takes its time.
const COMMIT: Duration = Duration::from_millis(3);
/// After a failure.
const RETRY: Duration = Duration::from_secs(60);

pub(super) fn succeeds(_: i64, _: i64) -> (Outcome, u64) {
    (answer(200, None), 10)
}

pub(super) fn rated(endpoint: Option<u16>, app: Option<u16>) -> Pace {
    let rate = |per_second| Rate::new(per_second).unwrap();
    Pace { ordering: Ordering::None, endpoint: endpoint.map(rate), app: app.map(rate) }
}

pub(super) fn fifo() -> Pace {
    Pace { ordering: Ordering::Fifo, ..Pace::default() }
}

impl Driver {
    pub(super) fn new(answer: fn(i64, i64) -> (Outcome, u64)) -> Self {
        let mut lanes = Lanes::new(LEASE, Limits::default());
        lanes.no_orphans_left(at(0));
        Self {
            lanes,
            now: at(0),
            started: Vec::new(),
            most_in_memory: 0,
            claims: 0,
            answer,
            stored: HashMap::new(),
            held_until: HashMap::new(),
            paces: HashMap::new(),
            coming: BTreeMap::new(),
            events: 0,
        }
    }

    /// So many messages wait for an endpoint in the store, and it is announced.
    pub(super) fn store(&mut self, endpoint: i64, pace: Pace, messages: i64) {
        let now = self.now;
        self.paces.insert(endpoint, pace);
        self.stored.entry(endpoint).or_default().extend((1..=messages).map(|message| (now, message)));
        self.lanes.waiting(WaitingLane { pace, ..waiting(endpoint, now) }, now);
    }

    /// A message is accepted now.
    pub(super) fn accept(&mut self, endpoint: i64, pace: Pace, message: i64) {
        self.paces.insert(endpoint, pace);
        let now = self.now;
        let (birth, expected) = self.lanes.expect(1, now);
        let keeper = birth.keeper(EndpointId::from_number(endpoint), 2);
        if pace.ordering == Ordering::None && keeper.is_some() {
            self.lanes.born(job(endpoint, message), pace, now);
        } else {
            self.stored.entry(endpoint).or_default().push_back((now, message));
            self.lanes.born_waiting(WaitingLane { pace, ..waiting(endpoint, now) }, now);
        }
        self.lanes.arrived(expected);
    }

    /// Something else than time has freed an endpoint that was held up.
    pub(super) fn free(&mut self, endpoint: i64) {
        self.held_until.remove(&endpoint);
        let pace = self.paces[&endpoint];
        self.lanes.waiting(WaitingLane { pace, ..waiting(endpoint, self.now) }, self.now);
    }

    pub(super) fn run_for(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            while let Some(decision) = self.lanes.next(self.now) {
                self.obey(decision);
            }
            self.most_in_memory = self.most_in_memory.max(self.lanes.in_memory());
            let next_event = self.coming.keys().next().map(|(at, _)| *at);
            let next = self.lanes.arm().into_iter().chain(next_event).min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            assert!(next > self.now || next_event == Some(next), "an alarm that rings at once");
            self.now = self.now.max(next);
            while let Some(((at, _), _)) = self.coming.first_key_value()
                && *at <= self.now
            {
                let (_, coming) = self.coming.pop_first().unwrap();
                self.meet(coming);
            }
        }
        self.now = end;
    }

    fn obey(&mut self, decision: Decision) {
        match decision {
            Decision::Start(job) => {
                let (endpoint, message) =
                    (job.delivery.id.endpoint.number(), job.delivery.id.message.number());
                self.started.push((self.now, endpoint, message));
                let (outcome, millis) = (self.answer)(endpoint, message);
                self.after(Duration::from_millis(millis), Coming::Answer(job, outcome));
            }
            Decision::Claim { endpoint, limit, .. } => {
                self.claims += 1;
                self.after(COMMIT, Coming::Claimed(endpoint.number(), limit));
            }
            Decision::Release(jobs) => {
                jobs.into_iter().for_each(|job| self.after(COMMIT, Coming::Settled(job, None)));
            }
        }
    }

    fn after(&mut self, duration: Duration, coming: Coming) {
        self.events += 1;
        self.coming.insert((self.now + duration, self.events), coming);
    }

    fn meet(&mut self, coming: Coming) {
        let now = self.now;
        match coming {
            Coming::Answer(job, outcome) => {
                self.lanes.attempted(&job, Some(&attempt(&outcome)), now);
                self.after(COMMIT, Coming::Settled(job, Some(outcome)));
            }
            Coming::Claimed(endpoint, limit) => {
                let claimed = self.claim(endpoint, limit);
                self.lanes.claimed(EndpointId::from_number(endpoint), claimed, now);
            }
            Coming::Settled(job, outcome) => {
                let left = self.settle(&job, outcome.as_ref());
                self.lanes.settled(&job, left, now);
            }
        }
    }

    fn claim(&mut self, endpoint: i64, limit: usize) -> Claimed {
        let pace = self.paces[&endpoint];
        let stored = self.stored.entry(endpoint).or_default();
        let held_until = self.held_until.get(&endpoint).copied().filter(|held| *held > self.now);
        let mut jobs = Vec::new();
        while jobs.len() < limit
            && held_until.is_none()
            && let Some((due, message)) = stored.front().copied()
            && due <= self.now
        {
            stored.pop_front();
            jobs.push(job(endpoint, message));
        }
        let next_due = stored.front().map(|(due, _)| (*due).max(held_until.unwrap_or_default()));
        Claimed { jobs, next_due, pace }
    }

    fn settle(&mut self, job: &Job, outcome: Option<&Outcome>) -> Left {
        let (endpoint, message) = (job.delivery.id.endpoint.number(), job.delivery.id.message.number());
        let in_order = self.paces[&endpoint].ordering == Ordering::Fifo;
        let (place, left) = match outcome {
            Some(outcome) if outcome.is_success() => return Left::Ended,
            Some(_) if in_order => {
                self.held_until.insert(endpoint, self.now + RETRY);
                (at(0), Left::Waits(self.now + RETRY))
            }
            Some(_) => (self.now + RETRY, Left::Waits(self.now + RETRY)),
            None => (at(0), Left::Waits(self.now)),
        };
        let stored = self.stored.entry(endpoint).or_default();
        let before = |(due, other): &(Timestamp, i64)| match in_order {
            true => *other < message,
            false => (*due, *other) < (place, message),
        };
        let index = stored.iter().position(|other| !before(other)).unwrap_or(stored.len());
        stored.insert(index, (place, message));
        left
    }

    /// How many attempts began in the busiest `window`, among those that `of` chooses.
    pub(super) fn busiest(&self, window: Duration, of: impl Fn(i64) -> bool) -> usize {
        let times = self.started.iter().filter(|(_, endpoint, _)| of(*endpoint)).map(|(at, _, _)| *at);
        let times: Vec<Timestamp> = times.collect();
        let within = |first: usize| times[first..].partition_point(|at| *at < times[first] + window);
        (0..times.len()).map(within).max().unwrap_or(0)
    }

    /// How many attempts began, among those that `of` chooses.
    pub(super) fn count(&self, of: impl Fn(i64) -> bool) -> usize {
        self.started.iter().filter(|(_, endpoint, _)| of(*endpoint)).count()
    }
}
