//! What is counted gathers, and is added up when it is much.

use domain::attempt::Verdict;
use domain::id::EndpointId;
use domain::time::Timestamp;
use engine::ports::history::History;
use engine::ports::inbox::Inbox;
use engine::ports::queue::{Claim, Queue, Settlement};
use stores::sqlite::SqliteStore;

use super::look;
use super::world::records::{put_app, put_endpoint};
use super::world::sending::{known, sending};
use super::world::{LEASE, World, answered, fast_directory};

/// Deliveries of one move: each is counted twice, as an attempt and as a delivery.
const DELIVERIES: usize = 1000;

/// Sends to the endpoint, and settles all of it in one move.
async fn deliver(store: &SqliteStore, world: &mut World, app: &domain::app::App, endpoint: EndpointId) {
    let messages = (0..DELIVERIES).map(|_| known(app, world.message("x"))).collect();
    store.send(sending(world, messages, None)).await.unwrap();
    let claim =
        Claim { endpoint, lease: LEASE, now: world.now, limit: DELIVERIES, payload_bytes: usize::MAX };
    let jobs = store.claim(claim).await.unwrap().jobs;
    let settlements: Vec<Settlement> =
        jobs.iter().map(|job| world.settlement(&job.delivery, Verdict::Done, answered(200, b""))).collect();
    store.settle(settlements.into()).await.unwrap();
}

#[tokio::test]
async fn what_is_counted_is_added_up_when_it_is_much_whatever_stands_there() {
    let directory = fast_directory();
    let store = SqliteStore::open(directory.path()).unwrap();
    let mut world = World::new();
    let app = put_app(&store, world.app("acme")).await;
    let endpoint = put_endpoint(&store, world.endpoint(app.id)).await.id;
    let other = look(directory.path());
    let rows = |table: &str| -> i64 {
        other.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    let mut check = async |succeeded: usize, tally: i64, added_up: i64| {
        deliver(&store, &mut world, &app, endpoint).await;
        let stats = store.stats(endpoint, Timestamp::default(), Timestamp::MAX).await.unwrap();
        assert_eq!(
            (stats.succeeded, rows("tally"), rows("attempt_stats")),
            (succeeded as u64, tally, added_up)
        );
    };
    check(DELIVERIES, 1, 0).await;
    check(2 * DELIVERIES, 2, 0).await;
    // As much as if thirty more commits had counted what these did.
    other.execute("UPDATE tally SET things = things + 30 * 1000", []).unwrap();
    check(3 * DELIVERIES, 0, 5).await;
    // Many commits that counted little.
    other.execute("INSERT INTO tally (number, things, counts) VALUES (2046, 2, x'')", []).unwrap();
    check(4 * DELIVERIES, 2, 5).await;
    check(5 * DELIVERIES, 0, 5).await;
    // What cannot be read is left out, and nothing else is.
    check(6 * DELIVERIES, 1, 5).await;
    other.execute("UPDATE tally SET counts = x'00', number = 2047", []).unwrap();
    other.execute("UPDATE attempt_stats SET latencies = x'01ff'", []).unwrap();
    check(DELIVERIES, 0, 5).await;
}
