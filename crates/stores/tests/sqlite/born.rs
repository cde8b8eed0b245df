//! What is born leased gets a row when it ends, and is met in its place until then.

use domain::attempt::Verdict;
use domain::delivery::{Delivery, Lease, State};
use domain::time::Timestamp;
use engine::ports::history::{DeliveriesOf, DeliveryFilter, History};
use engine::ports::queue::{Applied, Claim, Queue};
use engine::ports::statistics::{CountsOf, Statistics};
use rusqlite::Connection;
use stores::sqlite::SqliteStore;

use super::look;
use super::world::{HERE, LEASE, World, accept_one, all, answered, deliver_one, fast_directory, listen};

fn rows(connection: &Connection, table: &str) -> usize {
    let count: i64 =
        connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
    count.try_into().unwrap()
}

/// The deliveries of the organization, in the order of their ids.
async fn listed(store: &SqliteStore) -> Vec<Delivery> {
    let of = DeliveriesOf::Organization(HERE);
    let found = store.deliveries(of, DeliveryFilter::default(), all()).await.unwrap();
    found.page.rows.into_iter().map(|past| past.delivery).collect()
}

async fn under_way(store: &SqliteStore) -> u64 {
    store.backlog(CountsOf { organization: HERE, app: None }).await.unwrap().under_way
}

#[tokio::test]
async fn a_delivery_gets_its_row_when_it_ends_and_is_met_before() {
    let directory = fast_directory();
    let store = SqliteStore::open(directory.path()).unwrap();
    let other = look(directory.path());
    let mut world = World::new();
    listen(&store, &mut world, "acme").await;
    let [first, second] = [(); 2].map(|()| world.event("acme", "thing.happened", "thing", "acme"));
    // They need not come in the order of their ids.
    let second = accept_one(&store, second, Some(LEASE)).await.deliveries.remove(0);
    let first = accept_one(&store, first, Some(LEASE)).await.deliveries.remove(0);
    assert_eq!([rows(&other, "born"), rows(&other, "delivery")], [2, 0]);
    assert_eq!(listed(&store).await, [first.clone(), second.clone()]);
    assert_eq!(under_way(&store).await, 2);

    let done = world.settlement(&second, Verdict::Done, answered(200, b""));
    assert_eq!(store.settle([done].into()).await.unwrap().applied, [Applied::Yes]);
    assert_eq!(rows(&other, "delivery"), 1);
    assert_eq!(listed(&store).await[0], first);
    assert!(matches!(listed(&store).await[1].state, State::Succeeded { .. }));
    assert_eq!(under_way(&store).await, 1);

    let again = world.settlement(&first, Verdict::RetryAt(world.now), answered(500, b""));
    assert_eq!(store.settle([again].into()).await.unwrap().applied, [Applied::Yes]);
    assert_eq!([rows(&other, "born"), rows(&other, "delivery")], [0, 2]);
    assert_eq!((listed(&store).await.len(), under_way(&store).await), (2, 0));
}

/// The program ended before its deliveries did.
#[tokio::test]
async fn what_was_kept_by_an_earlier_life_is_taken_over() {
    let directory = fast_directory();
    let store = SqliteStore::open(directory.path()).unwrap();
    let mut world = World::new();
    listen(&store, &mut world, "acme").await;
    let mut kept = Vec::new();
    for _ in 0..3 {
        kept.push(deliver_one(&store, &mut world, "acme", Some(LEASE)).await);
    }
    let ended = world.settlement(&kept[1], Verdict::Done, answered(200, b""));
    store.settle([ended].into()).await.unwrap();
    drop(store);
    // A row that cannot be read holds up no others, and is not thrown away.
    look(directory.path()).execute("UPDATE born SET deliveries = x'00' WHERE number = 3", []).unwrap();

    let store = SqliteStore::open(directory.path()).unwrap();
    let other = look(directory.path());
    assert_eq!([rows(&other, "born"), rows(&other, "delivery")], [1, 2]);
    assert_eq!(other.query_row("SELECT number FROM born", [], |row| row.get(0)), Ok(-1));
    assert_eq!(listed(&store).await[0], kept[0]);
    assert_eq!(store.take_over(Lease(LEASE.0 + 1), 9).await, Ok(1));
    let claim = Claim {
        endpoint: kept[0].id.endpoint,
        lease: Lease(LEASE.0 + 1),
        now: Timestamp::MAX,
        limit: 9,
        payload_bytes: usize::MAX,
    };
    let jobs = store.claim(claim).await.unwrap().jobs;
    assert_eq!(jobs.iter().map(|job| job.delivery.id).collect::<Vec<_>>(), [kept[0].id]);
    assert_eq!(jobs[0].delivery.interruptions, 1);
}
