//! What a run is made of: its random numbers, its clock, what was acknowledged, what was received.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::delivery::Lease;
use domain::id::{AppId, DeliveryId, EndpointId, IdMint, MessageId};
use domain::secret::Secret;
use domain::target::Target;
use domain::time::Timestamp;
use engine::lanes::Limits;
use engine::ports::catalog::{Catalog, NewWebhook, Registered};
use engine::ports::chance::Chance;
use engine::ports::clock::Clock;
use engine::ports::memory::MemoryStore;
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use tokio::time::Instant;

use super::life::{Gate, Life};
use super::receivers::Mode;

/// One run.
pub(crate) struct World {
    pub(crate) store: MemoryStore,
    pub(crate) receivers: BTreeMap<EndpointId, Mode>,
    /// Of the node: from tiny, so that they are met, to large.
    pub(crate) limits: Limits,
    /// Messages whose acceptance was acknowledged to a client.
    pub(crate) acknowledged: Mutex<Vec<MessageId>>,
    /// Requests that arrived, in order.
    pub(crate) receipts: Mutex<Vec<Receipt>>,
    gates: Mutex<Vec<Arc<Gate>>>,
    began: Instant,
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

/// What happens next.
pub(crate) enum Roll {
    Accept,
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
        let mut receivers = BTreeMap::new();
        let mut ids = IdMint::new(1, 0);
        let many = if rng.random_bool(0.1) { 40 } else { 6 };
        for number in 0..rng.random_range(1..many) {
            let id: EndpointId = ids.mint(start());
            let app = format!("company-{}", number / 2);
            let webhook = NewWebhook {
                app: app.parse().unwrap(),
                app_id: ids.mint::<AppId>(start()),
                id,
                target: Target::stored(&format!("http://192.0.2.1/{id}")).unwrap(),
                event_type: format!("type-{}", number % 2).parse().unwrap(),
                secret: Secret::from_bytes(id.to_string().as_bytes()),
            };
            assert_eq!(store.register(webhook).await, Ok(Registered::Created));
            receivers.insert(id, Mode::draw(&mut rng));
        }
        let limits = Limits {
            places: rng.random_range(4..100),
            deliveries: rng.random_range(4..200),
            ..Limits::default()
        };
        Arc::new(Self {
            store,
            receivers,
            limits,
            acknowledged: Mutex::default(),
            receipts: Mutex::default(),
            gates: Mutex::default(),
            began: Instant::now(),
            rng: Mutex::new(rng),
            calm: AtomicBool::new(false),
            full_until: Mutex::default(),
        })
    }

    pub(crate) fn draw(&self, range: Range<u64>) -> u64 {
        self.rng.lock().unwrap().random_range(range)
    }

    /// True once in `times`, and never after calm has come.
    pub(crate) fn trouble(&self, times: u64) -> bool {
        !self.calm.load(Ordering::Relaxed) && self.draw(0..times) == 0
    }

    pub(crate) fn roll(&self) -> Roll {
        match self.draw(0..20) {
            0 => Roll::Crash,
            1 => Roll::Freeze,
            2 => Roll::Stop,
            3 => Roll::Full,
            4..8 => Roll::Wait,
            _ => Roll::Accept,
        }
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
fn start() -> Timestamp {
    Timestamp::from_millis(1_769_862_896_000)
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        start() + self.began.elapsed()
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
