use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use domain::attempt::{Attempt, Outcome, Response, Trigger};
use domain::delivery::Effort;
use domain::id::{AppId, AttemptId, DeliveryId, EndpointId, MessageId};
use domain::limits::ENDPOINT_FAILING_TIME_DEFAULT;
use domain::throttle::Pace;
use domain::time::Timestamp;

use super::*;
use crate::accept::Ids;
use crate::deliver::{self, Deliver, Schedules};
use crate::lanes::Decision;
use crate::ports::chance::Chance;
use crate::ports::clock::Clock;
use crate::ports::memory::MemoryStore;
use crate::ports::queue::Life;
use crate::ports::sender::{Exchange, Request, Sender};
use crate::samples::{self, LEASE};
use crate::worker::Settings;

/// A world in which nothing is sent, and whose clock stands still.
struct Stub {
    /// So often the clock is looked at before it breaks.
    looks: AtomicI64,
}

impl Clock for Stub {
    fn now(&self) -> Timestamp {
        assert!(self.looks.fetch_sub(1, Ordering::Relaxed) != 0, "the clock breaks (a test wants it so)");
        Timestamp::from_millis(1_700_000_000_000)
    }
}

impl Chance for Stub {
    fn fraction(&self) -> f64 {
        0.5
    }

    fn fill(&self, _: &mut [u8]) {}
}

#[async_trait]
impl Sender for Stub {
    async fn send(&self, _: Request) -> Exchange {
        unreachable!("nothing is sent")
    }
}

fn worker() -> (Arc<Worker>, Arc<Stub>) {
    let stub = Arc::new(Stub { looks: AtomicI64::new(-1) });
    let store = Arc::<MemoryStore>::default();
    let deliver = Deliver {
        catalog: store.clone(),
        sender: stub.clone(),
        clock: stub.clone(),
        chance: stub.clone(),
        ids: Arc::new(Ids::new(stub.clone(), &Life { lease: LEASE, id_floor: 0 })),
        schedules: Schedules::default(),
        failing_time: ENDPOINT_FAILING_TIME_DEFAULT,
    };
    (Worker::new(store, stub.clone(), deliver, LEASE, Settings::default()), stub)
}

fn job(message: i64) -> Job {
    let id = DeliveryId { message: MessageId::from_number(message), endpoint: EndpointId::from_number(1) };
    samples::job(AppId::from_number(1), id)
}

/// A job that was started and given back.
fn ended(worker: &Worker, message: i64) -> Ended {
    let now = worker.clock.now();
    let mut lanes = worker.lanes();
    lanes.born(job(message), Pace::default(), now);
    let Some(Decision::Start(job)) = lanes.next(now) else { panic!("nothing else is there to do") };
    lanes.attempted(&job, None, now);
    let settlement = deliver::release(&job, Effort::None, now);
    Ended { job, settlement, pause: Duration::ZERO }
}

#[tokio::test]
async fn a_panic_ends_the_workers_life_and_keeps_nobody_from_recording() {
    // It looks at the clock when it has recorded, and again for what may start then.
    for looks in 0..2 {
        let (worker, stub) = worker();
        let first = ended(&worker, 1);
        stub.looks.store(looks, Ordering::Relaxed);
        worker.record_with_others(first).await;
        assert!(stub.looks.load(Ordering::Relaxed) < 0, "it has broken");
        assert!(matches!(*worker.phase.borrow(), Phase::Broken(StoreError::Unknown(_))), "{looks}");
        assert!(!worker.records().is_recording, "{looks}");
    }
}

/// Those that wait and have responses of so many bytes are taken in moves of so many.
fn check_moves(count: usize, response_bytes: usize, expected: &[usize]) {
    let (worker, _) = worker();
    let mut records = Records::default();
    let one = answered(&worker, response_bytes);
    let has_to_record: Vec<bool> = (0..count).map(|_| records.add(one.clone())).collect();
    assert_eq!(has_to_record.iter().filter(|has_to| **has_to).count(), 1, "one records for all");
    let moves: Vec<usize> =
        std::iter::from_fn(|| Some(records.take().len()).filter(|len| *len > 0)).collect();
    assert_eq!(moves, expected);
    assert!(records.add(one), "nobody is at it any more");
}

/// An attempt that was answered with so many bytes.
fn answered(worker: &Worker, response_bytes: usize) -> Ended {
    let ended = ended(worker, 1);
    let body = Bytes::from(vec![0; response_bytes]);
    let response = Response { status: 200, body, truncated: false, retry_after: None };
    let attempt = Attempt {
        id: AttemptId::from_number(1),
        number: 1,
        started_at: ended.settlement.at,
        duration: Duration::ZERO,
        url: String::new(),
        trigger: Trigger::Scheduled,
        outcome: Outcome::answered(response, None),
    };
    Ended { settlement: Settlement { attempt: Some(attempt), ..ended.settlement }, ..ended }
}

#[test]
fn one_move_has_so_many_settlements_and_so_many_bytes() {
    check_moves(RECORDED_AT_ONCE_MAX, 0, &[RECORDED_AT_ONCE_MAX]);
    check_moves(RECORDED_AT_ONCE_MAX + 1, 100, &[RECORDED_AT_ONCE_MAX, 1]);
    check_moves(600, RESPONSE_BODY_BYTES_MAX, &[256, 256, 88]);
    // Whatever its size, one goes: nothing may wait for ever.
    check_moves(3, RECORDED_BYTES_MAX, &[1, 1, 1]);
}
