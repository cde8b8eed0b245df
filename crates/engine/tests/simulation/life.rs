//! One life of a node: from its start to its crash, its freezing or its stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::retry::Retries;
use domain::rule::Rules;
use engine::accept::{Accept, Ids};
use engine::deliver::{Deliver, Schedules};
use engine::doors::Doors;
use engine::ports::queue::Queue;
use engine::worker::{Phase, Settings, Worker};

use super::receivers::Wire;
use super::store::Shaky;
use super::world::World;

/// Everything that a life does to the world passes its gate. Once that is shut, the life is dead: what it was
/// doing never goes on.
#[derive(Default)]
pub(crate) struct Gate(AtomicBool);

impl Gate {
    pub(crate) async fn pass(&self, world: &World) {
        if world.trouble(2000) {
            self.shut();
        }
        if self.is_shut() {
            std::future::pending::<()>().await;
        }
    }

    pub(crate) fn shut(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_shut(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// One life of the node.
pub(crate) struct Life {
    gate: Arc<Gate>,
    pub(crate) doors: Arc<Doors>,
    left_behind: bool,
}

impl Life {
    pub(crate) async fn begin(world: &Arc<World>) -> Self {
        let gate = world.gate();
        let store = Arc::new(Shaky { world: world.clone(), gate: gate.clone() });
        let life = store.open().await.unwrap();
        let ids = Arc::new(Ids::new(world.clone(), &life));
        let deliver = Deliver {
            catalog: store.clone(),
            sender: Arc::new(Wire::new(world.clone(), gate.clone(), life.lease)),
            clock: world.clone(),
            chance: world.clone(),
            ids: ids.clone(),
            schedules: schedules(),
            failing_time: world.failing_time,
        };
        let settings = Settings { limits: world.limits, ..Settings::default() };
        let worker = Worker::new(store.clone(), world.clone(), deliver, life.lease, settings);
        tokio::spawn(worker.clone().run());
        let rules = r#"{"change":"insert","type":"record","event_type":"type-0"}"#;
        let rules = Arc::new(Rules::new(vec![serde_json::from_str(rules).unwrap()]).unwrap());
        let accept = Accept::new(store.clone(), ids.clone(), rules);
        let (chance, clock) = (world.clone(), world.clone());
        let doors = Arc::new(Doors { accept, worker, store, ids, chance, clock });
        Self { gate, doors, left_behind: false }
    }

    /// Dies on the spot.
    pub(crate) fn crash(&self) {
        self.gate.shut();
    }

    /// Is given up by its operator, who starts another; but it is not dead and goes on with what it holds.
    pub(crate) fn leave_behind(&mut self) {
        self.left_behind = true;
    }

    /// Is stopped in order, and then dies.
    pub(crate) async fn stop(&self) {
        let patience = Duration::from_secs(10);
        let stopped = tokio::time::timeout(Duration::from_secs(60), self.doors.worker.stop(patience)).await;
        assert!(stopped.is_ok(), "stopping takes a bounded time");
        self.crash();
    }

    pub(crate) fn is_behind(&self, gate: &Arc<Gate>) -> bool {
        Arc::ptr_eq(&self.gate, gate)
    }

    /// It never holds more than it may.
    pub(crate) fn check_bounds(&self, world: &World) {
        let (held, limit) = (self.doors.worker.in_memory(), world.limits.deliveries);
        assert!(held <= limit, "{held} deliveries in memory, {limit} are allowed");
    }

    /// Waits until it holds no delivery any more.
    pub(crate) async fn becomes_empty(&self) {
        while self.doors.worker.in_memory() > 0 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        let broken = matches!(*self.doors.worker.phase().borrow(), Phase::Broken(_));
        if broken {
            self.gate.shut();
        }
        self.left_behind || self.gate.is_shut()
    }
}

/// The article's, and a short one for all others.
pub(crate) fn schedules() -> Schedules {
    let seconds = [5, 10, 20, 30, 40];
    let standard = Retries::new(seconds.map(Duration::from_secs).to_vec(), 0.2).unwrap();
    Schedules { standard, ..Schedules::default() }
}
