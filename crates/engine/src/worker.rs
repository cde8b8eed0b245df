//! Strings the steps together for a server: what is accepted is delivered, what waits is claimed, what was tried
//! is settled. The scheduling is in [`crate::lanes`]; here are only tasks and signals.

mod attempts;
mod records;
mod rounds;
mod stop;
mod trouble;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::birth::Birth;
use domain::delivery::{Lease, State};
use domain::id::{AppId, EndpointId};
use domain::limits::IDEMPOTENCY_TIME_DEFAULT;
use domain::receiver_auth::ReceiverAuth;
use tokio::sync::{Notify, watch};

use crate::claim::Claim;
use crate::deliver::Deliver;
use crate::lanes::{Decision, Expected, Lanes, Limits};
use crate::live::{Change, Live};
use crate::ports::clock::Clock;
use crate::ports::fault::StoreError;
use crate::ports::inbox::AcceptedMessage;
use crate::ports::queue::{Job, WaitingLane};
use crate::ports::store::Store;
use crate::replay::Replay;
use crate::settle::Settle;
use crate::sweep::Sweep;

use records::Records;
use trouble::Trouble;

/// Works off the deliveries of one node.
pub struct Worker {
    clock: Arc<dyn Clock>,
    claim: Claim,
    deliver: Deliver,
    settle: Settle,
    replay: Replay,
    sweep: Sweep,
    lanes: Mutex<Lanes>,
    records: Mutex<Records>,
    /// The next alarm of the lanes is earlier than the one that is waited for.
    rearm: Notify,
    /// A delivery has left memory.
    left: Notify,
    /// A background task has begun.
    tasks: Notify,
    phase: watch::Sender<Phase>,
    trouble: Trouble,
    live: Arc<Live>,
}

/// What a worker is told.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How much it does and holds at once.
    pub limits: Limits,
    /// How long answers to requests with an idempotency key are remembered.
    pub idempotency_time: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { limits: Limits::default(), idempotency_time: IDEMPOTENCY_TIME_DEFAULT }
    }
}

/// How far the worker is in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It delivers.
    Working,
    /// It starts nothing any more, and waits for what is under way.
    Stopping,
    /// What is still under way is given up.
    Abandoning,
    /// The store is broken; the process must end.
    Broken(StoreError),
}

/// After a claim or sweep that did not reach the store.
const STORE_PAUSE: Duration = Duration::from_millis(250);

impl Worker {
    /// A worker that lives under `lease`.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        deliver: Deliver,
        lease: Lease,
        settings: Settings,
    ) -> Arc<Self> {
        let mut live_key = [0; 32];
        deliver.chance.fill(&mut live_key);
        Arc::new(Self {
            claim: Claim::new(store.clone(), clock.clone(), lease),
            settle: Settle::new(store.clone()),
            replay: Replay::new(store.clone(), clock.clone(), deliver.ids.clone()),
            sweep: Sweep::new(store, clock.clone(), lease, settings.idempotency_time),
            deliver,
            live: Live::new(&live_key, clock.clone()),
            clock,
            lanes: Mutex::new(Lanes::new(lease, settings.limits)),
            records: Mutex::default(),
            rearm: Notify::new(),
            left: Notify::new(),
            tasks: Notify::new(),
            phase: watch::Sender::new(Phase::Working),
            trouble: Trouble::default(),
        })
    }

    /// How the deliveries of an acceptance with so many entries should be born. The room that is set aside for them
    /// is given back when the second value is dropped, after [`Worker::take`].
    pub fn expect(self: &Arc<Self>, entries: usize) -> (Birth, Expecting) {
        let (birth, expected) = self.lanes().expect(entries, self.clock.now());
        (birth, Expecting { worker: self.clone(), expected: Some(expected) })
    }

    /// Takes what was accepted: the deliveries leased to this node start as soon as their lanes allow.
    pub fn take(self: &Arc<Self>, messages: impl IntoIterator<Item = AcceptedMessage>) {
        messages.into_iter().for_each(|message| self.take_message(message));
        self.dispatch();
    }

    /// Takes the news that deliveries wait in these lanes.
    pub fn announce(self: &Arc<Self>, lanes: impl IntoIterator<Item = WaitingLane>) {
        let now = self.clock.now();
        lanes.into_iter().for_each(|lane| self.lanes().waiting(lane, now));
        self.dispatch();
    }

    /// Looks whether anything waits for an endpoint, because it may be called now.
    pub fn look_at(self: &Arc<Self>, app: AppId, endpoint: EndpointId) {
        let now = self.clock.now();
        self.lanes().look(app, endpoint, now);
        self.dispatch();
    }

    /// Takes the news that there is a background task to carry on.
    pub fn task_begun(&self) {
        self.tasks.notify_one();
    }

    fn take_message(&self, accepted: AcceptedMessage) {
        let now = self.clock.now();
        let AcceptedMessage { message, deliveries, paces } = accepted;
        self.live.tell(|| deliveries.iter().map(|delivery| Change::of(delivery, message.app)));
        for delivery in deliveries {
            let (endpoint, app) = (delivery.id.endpoint, message.app);
            let pace = paces.iter().find(|(paced, _)| *paced == endpoint);
            let pace = pace.map(|(_, pace)| *pace).unwrap_or_default();
            match delivery.state {
                State::Leased { .. } => {
                    self.lanes().born(Job { delivery, message: message.clone() }, pace, now);
                }
                State::Waiting { due } => {
                    self.lanes().born_waiting(WaitingLane { endpoint, app, due, pace }, now);
                }
                State::Succeeded { .. } | State::Failed { .. } => {}
            }
        }
    }

    /// Does everything that the lanes allow now, each in a task of its own.
    fn dispatch(self: &Arc<Self>) {
        let now = self.clock.now();
        while let Some(decision) = { self.lanes().next(now) } {
            match decision {
                Decision::Start(job) => tokio::spawn(self.clone().attempt(job)),
                Decision::Release(jobs) => tokio::spawn(self.clone().give_back(jobs)),
                Decision::Claim { endpoint, limit, payload_bytes } => {
                    tokio::spawn(self.clone().fetch(endpoint, limit, payload_bytes))
                }
            };
        }
        if self.lanes().alarm_moved_up() {
            self.rearm.notify_one();
        }
    }

    async fn fetch(self: Arc<Self>, endpoint: EndpointId, limit: usize, payload_bytes: usize) {
        let claimed = self.claim.claim(endpoint, limit, payload_bytes).await;
        let now = self.clock.now();
        match claimed {
            Ok(claimed) => {
                self.untroubled();
                let jobs = claimed.jobs.iter();
                self.live.tell(|| jobs.map(|job| Change::of(&job.delivery, job.message.app)));
                self.lanes().claimed(endpoint, claimed, now);
            }
            Err(error) => {
                self.troubled("claim deliveries", &error);
                self.lanes().claim_failed(endpoint, now + STORE_PAUSE, now);
            }
        }
        self.dispatch();
    }

    /// As [`crate::ports::sender::Sender::check_auth`].
    pub(crate) fn check_auth(&self, auth: &ReceiverAuth) -> Result<(), String> {
        self.deliver.sender.check_auth(auth)
    }

    /// What happens to deliveries, for whoever watches.
    pub fn live(&self) -> &Arc<Live> {
        &self.live
    }

    /// Deliveries that this node holds: under way, waiting for a place, or not settled yet.
    pub fn in_memory(&self) -> usize {
        self.lanes().in_memory()
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room set aside for an acceptance under way.
pub struct Expecting {
    worker: Arc<Worker>,
    expected: Option<Expected>,
}

impl Drop for Expecting {
    fn drop(&mut self) {
        if let Some(expected) = self.expected.take() {
            self.worker.lanes().arrived(expected);
            self.worker.left.notify_waiters();
        }
    }
}
