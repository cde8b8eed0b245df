//! How many acceptances and settlements the store takes per second, on the disk under the temporary directory.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::attempt::Verdict;
use engine::ports::inbox::Inbox;
use engine::ports::queue::{Applied, Queue};
use stores::sqlite::SqliteStore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::world::{World, acceptance, answered};

const CALLERS: i64 = 64;
const TIME: Duration = Duration::from_secs(10);

/// Each caller puts a candidate for which there is one webhook, and settles its delivery alone.
async fn call_until(
    store: Arc<SqliteStore>,
    end: Instant,
    next: Arc<AtomicI64>,
    world: Arc<Mutex<World>>,
) -> Vec<Duration> {
    let lease = store.open().await.unwrap().lease;
    let mut waited = Vec::new();
    while Instant::now() < end {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let entry = {
            let mut world = world.lock().unwrap();
            world.pass(1);
            let json = r#"{"firstName":"Ada","lastName":"Lovelace","email":"ada@example.com"}"#;
            world.put(
                "acme",
                "candidate",
                &format!("{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64)),
                json,
            )
        };
        let asked = Instant::now();
        let accepted = store.accept(acceptance(vec![entry], Some(lease))).await.unwrap().unwrap();
        waited.push(asked.elapsed());
        let delivery = &accepted[0].messages[0].deliveries[0];
        let settlement = world.lock().unwrap().settlement(delivery, Verdict::Done, answered(200, b"ok"));
        assert_eq!(store.settle([settlement].into()).await.unwrap().applied, [Applied::Yes]);
    }
    waited
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures for ten seconds: run it in release mode, with nothing beside it"]
async fn acceptances_and_settlements_per_second() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(directory.path()).unwrap());
    let mut world = World::new();
    world.rules = Arc::new(domain::rule::Rules::default());
    let webhook = world.webhook("acme", "candidate.created");
    engine::ports::catalog::Catalog::register(&*store, webhook).await.unwrap();
    let (world, next) = (Arc::new(Mutex::new(world)), Arc::new(AtomicI64::new(0)));
    let start = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        callers.spawn(call_until(store.clone(), start + TIME, next.clone(), world.clone()));
    }
    let mut waited = callers.join_all().await.concat();
    let per_second = waited.len() as f64 / start.elapsed().as_secs_f64();
    waited.sort();
    let [p50, p99] = [50, 99].map(|percent| waited[waited.len() * percent / 100]);
    println!("{per_second:.0} acceptances and as many settlements per second");
    println!("an acceptance took {p50:?} (p50), {p99:?} (p99), {:?} (max)", waited[waited.len() - 1]);
    let log = std::fs::metadata(directory.path().join("whimbrel.db-wal")).unwrap().len();
    println!("the log has {} MiB", log >> 20);
    store.close().await;
}
