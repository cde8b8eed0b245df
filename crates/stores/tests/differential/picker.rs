//! Picks moves that are likely to matter: few organizations, apps, names and resources, so that moves meet; ids,
//! records and fences from what is stored, and at times old ones, or some from nowhere.

#[path = "picker/looks.rs"]
mod looks;
#[path = "picker/records.rs"]
mod records;
#[path = "picker/sends.rs"]
mod sends;
#[path = "picker/work.rs"]
mod work;

use std::sync::Arc;
use std::time::Duration;

use domain::app::App;
use domain::delivery::{Delivery, Lease};
use domain::endpoint::Endpoint;
use domain::id::{AppId, AttemptId, EndpointId, Id, KeyId, MessageId, OrganizationId, TaskId};
use domain::message::Message;
use domain::name::{EventTypeName, InvalidName};
use domain::task::Task;
use domain::time::Timestamp;
use engine::ports::inbox::{AcceptedMessage, Sent};
use engine::ports::memory::MemoryStore;
use engine::ports::queue::Applied;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::moves::{Answer, Move};
use super::world::{HERE, World};

const THERE: &str = "there";
const APPS: [&str; 3] = ["acme", "bolt", "1"];
const EVENT_TYPES: [&str; 8] = [
    "order.insert",
    "order.update",
    "order.delete",
    "candidate.created",
    "person.created",
    "endpoint.updated",
    "endpoint.disabled",
    "message.attempt.exhausted",
];
const KINDS: [&str; 2] = ["order", "candidate"];
const IDS: [&str; 3] = ["1", "2", "3"];
const SHORT: [&str; 3] = ["x", "y", "z"];

pub(crate) struct Picker {
    rng: StdRng,
    world: World,
    /// The specification, of which the picker reads what it changes.
    memory: Arc<MemoryStore>,
    lease: Lease,
    organizations: Vec<OrganizationId>,
    apps: Vec<AppId>,
    operational: Vec<AppId>,
    endpoints: Vec<EndpointId>,
    messages: Vec<Arc<Message>>,
    attempts: Vec<(MessageId, AttemptId)>,
    keys: Vec<KeyId>,
    tasks: Vec<TaskId>,
    /// As they were last seen; some have moved on since.
    deliveries: Vec<Delivery>,
    old_apps: Vec<App>,
    old_endpoints: Vec<Endpoint>,
    old_tasks: Vec<Task>,
}

impl Picker {
    pub(crate) fn new(seed: u64, memory: Arc<MemoryStore>) -> Self {
        Self {
            rng: StdRng::seed_from_u64(seed),
            world: World::new(),
            memory,
            lease: Lease(1),
            organizations: vec![HERE],
            apps: Vec::new(),
            operational: Vec::new(),
            endpoints: Vec::new(),
            messages: Vec::new(),
            attempts: Vec::new(),
            keys: Vec::new(),
            tasks: Vec::new(),
            deliveries: Vec::new(),
            old_apps: Vec::new(),
            old_endpoints: Vec::new(),
            old_tasks: Vec::new(),
        }
    }

    pub(crate) async fn pick(&mut self) -> Move {
        let millis = if self.rng.random_bool(0.01) { 3_000_000 } else { self.rng.random_range(0..50) };
        self.world.pass(millis);
        self.world.organization = self.organization();
        match self.rng.random_range(0..100) {
            0..10 => self.accept(),
            10..12 => self.register(),
            12..24 => self.send(),
            24..38 => self.settle(),
            38..56 => self.work().await,
            56..70 => self.put().await,
            70..74 => self.take_back(),
            74..78 => self.forget(),
            78..98 => self.look(),
            _ => Move::Reopen,
        }
    }

    /// Remembers what an answer tells about ids, leases and states.
    pub(crate) fn learn(&mut self, done: &Move, answer: &Answer) {
        if let (Move::Settle(settlements), Answer::Settle(settled)) = (done, answer) {
            let applied = settled.iter().flat_map(|settled| &settled.applied);
            let counted = settlements.iter().zip(applied).filter(|(_, applied)| **applied == Applied::Yes);
            let attempts = counted
                .filter_map(|(settled, _)| Some((settled.delivery.message, settled.attempt.as_ref()?.id)));
            self.attempts.extend(attempts);
        }
        match answer {
            Answer::Accept(accepted) => {
                let accepted = accepted.iter().flatten().flatten();
                accepted.flat_map(|accepted| &accepted.messages).for_each(|message| self.meet(message));
            }
            Answer::Send(sent) => {
                if let Ok(Sent::Stored(sent)) = &**sent {
                    sent.iter().flatten().for_each(|message| self.meet(message));
                }
            }
            Answer::Claim(claimed) => {
                let jobs = claimed.iter().flat_map(|claimed| &claimed.jobs);
                self.deliveries.extend(jobs.map(|job| job.delivery.clone()));
            }
            Answer::Settle(settled) => {
                settled.iter().flat_map(|settled| &settled.told).for_each(|message| self.meet(message));
            }
            Answer::PutEndpoint(stored) => {
                stored.iter().flat_map(|stored| &stored.told).for_each(|message| self.meet(message));
            }
            Answer::AdvanceTask(advanced) => {
                let advanced = advanced.iter().flatten();
                advanced.flat_map(|advanced| &advanced.told).for_each(|message| self.meet(message));
            }
            Answer::Open(life) => {
                self.lease = life.as_ref().as_ref().map_or(self.lease, |life| life.lease);
            }
            Answer::OrganizationOf(found) => {
                self.organizations.extend(found.iter().map(|found| found.id));
            }
            Answer::OperationalApp(app) => self.operational.extend(app.iter().map(|app| app.id)),
            _ => {}
        }
    }

    fn meet(&mut self, accepted: &AcceptedMessage) {
        self.apps.extend(Some(accepted.message.app).filter(|app| !self.operational.contains(app)));
        self.messages.push(accepted.message.clone());
        self.deliveries.extend(accepted.deliveries.iter().cloned());
    }

    fn organization(&mut self) -> OrganizationId {
        if self.rng.random_bool(0.7) { HERE } else { *self.organizations.choose(&mut self.rng).unwrap() }
    }

    fn one(&mut self, of: &[&'static str]) -> &'static str {
        of.choose(&mut self.rng).expect("there are some")
    }

    fn name<N: std::str::FromStr<Err = InvalidName>>(&mut self, of: &[&'static str]) -> N {
        self.one(of).parse().unwrap()
    }

    /// Often nothing, or some of these names.
    fn names<N: std::str::FromStr<Err = InvalidName>>(&mut self, of: &[&'static str]) -> Vec<N> {
        let count = self.rng.random_range(0..3);
        (0..count).map(|_| self.name(of)).collect()
    }

    fn event_type(&mut self) -> EventTypeName {
        self.name(&EVENT_TYPES)
    }

    fn maybe<T>(&mut self, probability: f64, pick: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.rng.random_bool(probability).then(|| pick(self))
    }

    fn lease(&mut self) -> Lease {
        Lease(self.lease.0 + self.rng.random_range(-1..=0))
    }

    fn limit(&mut self) -> usize {
        *[0, 1, 2, 3, 1000].choose(&mut self.rng).unwrap()
    }

    /// Mostly near the present, so that some things are due and others are not; or when something happened.
    fn time(&mut self) -> Timestamp {
        if self.rng.random_bool(0.15) {
            return self.message().timestamp();
        }
        let later = self.world.now + Duration::from_millis(self.rng.random_range(0..400));
        match self.rng.random_range(0..20) {
            0 => Timestamp::MAX,
            1 => Timestamp::default(),
            _ => Timestamp::from_millis(later.millis() - 200),
        }
    }

    fn app(&mut self) -> AppId {
        self.known(|picker| &picker.apps)
    }

    fn endpoint(&mut self) -> EndpointId {
        self.known(|picker| &picker.endpoints)
    }

    fn message(&mut self) -> MessageId {
        let recent = self.messages.len().saturating_sub(self.rng.random_range(1..20));
        let found = self.messages[recent..].choose(&mut self.rng).map(|message| message.id);
        found.unwrap_or_else(|| self.world.id())
    }

    /// One of those that were seen, or one that is unknown.
    fn known<I: Copy + From<Id>>(&mut self, of: impl FnOnce(&Self) -> &Vec<I>) -> I {
        let list = of(self).clone();
        match list.choose(&mut self.rng) {
            Some(id) if self.rng.random_bool(0.98) => *id,
            _ => self.world.id(),
        }
    }
}
