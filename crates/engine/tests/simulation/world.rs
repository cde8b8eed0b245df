//! What a run is made of: its random numbers, its clock, what was acknowledged, what was asked for, what was received.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::delivery::Lease;
use domain::endpoint::{self, Endpoint};
use domain::id::{AppId, DeliveryId, EndpointId, MessageId};
use domain::time::Timestamp;
use engine::lanes::Limits;
use engine::ports::chance::Chance;
use engine::ports::clock::Clock;
use engine::ports::inbox::AcceptedMessage;
use engine::ports::memory::MemoryStore;
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use tokio::time::Instant;

use super::life::{Gate, Life};
use super::population::{Population, populate};
use super::receivers::Mode;

/// One run.
pub(crate) struct World {
    pub(crate) store: MemoryStore,
    pub(crate) receivers: BTreeMap<EndpointId, Mode>,
    /// The endpoints as they were set up.
    pub(crate) endpoints: BTreeMap<EndpointId, Endpoint>,
    /// The apps, and how fast each is called.
    pub(crate) apps: BTreeMap<AppId, Option<u16>>,
    /// The organization's own app, if it listens to what happens.
    pub(crate) operational: Option<AppId>,
    /// Of the node: from tiny, so that they are met, to large.
    pub(crate) limits: Limits,
    /// How long an endpoint may fail.
    pub(crate) failing_time: Duration,
    /// Messages whose acceptance was acknowledged to a client.
    pub(crate) acknowledged: Mutex<Vec<MessageId>>,
    /// When each message was stored.
    pub(crate) stored: Mutex<BTreeMap<MessageId, Timestamp>>,
    /// Requests that arrived, in order.
    pub(crate) receipts: Mutex<Vec<Receipt>>,
    /// Attempts that began, in order.
    pub(crate) began: Mutex<Vec<Began>>,
    /// What clients asked for, whether it was done or not.
    pub(crate) asked: Mutex<Asked>,
    gates: Mutex<Vec<Arc<Gate>>>,
    start: Instant,
    rng: Mutex<StdRng>,
    calm: AtomicBool,
    full_until: Mutex<Timestamp>,
}

/// A request that arrived at a receiver.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    pub(crate) delivery: DeliveryId,
    pub(crate) at: Timestamp,
    pub(crate) lease: Lease,
    pub(crate) body: bytes::Bytes,
    pub(crate) accepted: bool,
}

/// An attempt that began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Began {
    pub(crate) endpoint: EndpointId,
    pub(crate) at: Timestamp,
    pub(crate) lease: Lease,
}

/// What clients asked for.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// To be made again.
    pub(crate) again: BTreeSet<DeliveryId>,
    /// To work on their past.
    pub(crate) tasks: BTreeSet<EndpointId>,
    /// To take something back, or to make it again.
    pub(crate) freed: BTreeSet<EndpointId>,
    /// To be called again.
    pub(crate) enabled: BTreeSet<EndpointId>,
}

/// What happens next.
pub(crate) enum Roll {
    Accept,
    Redeliver,
    Cancel,
    Task,
    Enable,
    Wait,
    Crash,
    Freeze,
    Stop,
    Full,
}

impl World {
    pub(crate) async fn new(seed: u64) -> Arc<Self> {
        let mut rng = StdRng::seed_from_u64(seed);
        let store = MemoryStore::default();
        let Population { receivers, endpoints, apps, operational } = populate(&store, &mut rng).await;
        let limits = Limits {
            places: rng.random_range(4..100),
            deliveries: rng.random_range(4..200),
            ..Limits::default()
        };
        let failing_time = Duration::from_secs([0, 120, 1800][rng.random_range(0..3)]);
        Arc::new(Self {
            store,
            receivers,
            endpoints,
            apps,
            operational,
            limits,
            failing_time,
            acknowledged: Mutex::default(),
            stored: Mutex::default(),
            receipts: Mutex::default(),
            began: Mutex::default(),
            asked: Mutex::default(),
            gates: Mutex::default(),
            start: Instant::now(),
            rng: Mutex::new(rng),
            calm: AtomicBool::new(false),
            full_until: Mutex::default(),
        })
    }

    pub(crate) fn draw(&self, range: Range<u64>) -> u64 {
        self.rng.lock().unwrap().random_range(range)
    }

    /// One of them, if there are any.
    pub(crate) fn choose<T: Clone>(&self, among: &[T]) -> Option<T> {
        let chosen = self.draw(0..u64::try_from(among.len()).unwrap().max(1));
        among.get(usize::try_from(chosen).unwrap()).cloned()
    }

    /// True once in `times`, and never after calm has come.
    pub(crate) fn trouble(&self, times: u64) -> bool {
        !self.calm.load(Ordering::Relaxed) && self.draw(0..times) == 0
    }

    pub(crate) fn roll(&self) -> Roll {
        match self.draw(0..24) {
            0 => Roll::Crash,
            // Two lives at once make no promise about the order.
            1 if self.has_order() => Roll::Crash,
            1 => Roll::Freeze,
            2 => Roll::Stop,
            3 => Roll::Full,
            4 => Roll::Redeliver,
            5 => Roll::Cancel,
            6 => Roll::Task,
            7 => Roll::Enable,
            8..12 => Roll::Wait,
            _ => Roll::Accept,
        }
    }

    fn has_order(&self) -> bool {
        self.endpoints.values().any(|endpoint| endpoint.ordering == endpoint::Ordering::Fifo)
    }

    /// Notes that messages were stored now.
    pub(crate) fn committed<'a>(&self, messages: impl Iterator<Item = &'a AcceptedMessage>) {
        let now = self.now();
        self.stored.lock().unwrap().extend(messages.map(|accepted| (accepted.message.id, now)));
    }

    pub(crate) fn calm(&self) {
        self.calm.store(true, Ordering::Relaxed);
        *self.full_until.lock().unwrap() = Timestamp::default();
    }

    /// Makes a gate for a new life.
    pub(crate) fn gate(&self) -> Arc<Gate> {
        let gate = Arc::<Gate>::default();
        self.gates.lock().unwrap().push(gate.clone());
        gate
    }

    /// Ends all lives but the present one.
    pub(crate) fn end_lives_left_behind(&self, present: &Life) {
        let gates = self.gates.lock().unwrap();
        gates.iter().filter(|gate| !present.is_behind(gate)).for_each(|gate| gate.shut());
    }

    pub(crate) fn fill_for(&self, duration: Duration) {
        *self.full_until.lock().unwrap() = self.now() + duration;
    }

    pub(crate) fn is_full(&self) -> bool {
        *self.full_until.lock().unwrap() > self.now()
    }
}

/// 2026-01-31T12:34:56Z.
pub(crate) fn start() -> Timestamp {
    Timestamp::from_millis(1_769_862_896_000)
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        start() + self.start.elapsed()
    }
}

impl Chance for World {
    fn fraction(&self) -> f64 {
        self.rng.lock().unwrap().random_range(0.0..1.0)
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.rng.lock().unwrap().fill_bytes(bytes);
    }
}
