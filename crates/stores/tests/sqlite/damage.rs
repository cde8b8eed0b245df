//! A row that cannot be read fails the moves that are about it, by name, and holds up no others.

use domain::attempt::Verdict;
use domain::delivery::{Delivery, Lease};
use domain::id::{EndpointId, MessageId};
use domain::time::Timestamp;
use engine::ports::catalog::Catalog;
use engine::ports::fault::StoreError;
use engine::ports::history::History;
use engine::ports::inbox::Inbox;
use engine::ports::queue::{Applied, Claim, Queue};
use stores::sqlite::SqliteStore;
use tempfile::TempDir;

use super::look;
use super::world::{HERE, World, acceptance, answered, deliver_one, fast_directory, listen};

const LEASE: Lease = Lease(5);

/// What can be wrong with a delivery that waits or is leased; `?1` is its message.
const DELIVERY_DAMAGE: [&str; 3] = [
    "UPDATE delivery SET token = x'010203' WHERE message = ?1",
    "UPDATE delivery SET attempts = -1 WHERE message = ?1",
    "UPDATE delivery SET due = NULL, lease = iif(state = 1, -9223372036854775808, NULL), token = x'' WHERE message = ?1",
];

/// What can be wrong with its message.
const MESSAGE_DAMAGE: [&str; 3] = [
    "UPDATE message SET event_type = 'not a name' WHERE id = ?1",
    "UPDATE message SET fate = 9 WHERE id = ?1",
    "DELETE FROM message WHERE id = ?1",
];

/// A store with three deliveries of one lane, of which the first one is damaged.
async fn damaged(sql: &str, lease: Option<Lease>) -> (TempDir, SqliteStore, World, [Delivery; 3]) {
    let directory = fast_directory();
    let store = SqliteStore::open(directory.path()).unwrap();
    let mut world = World::new();
    listen(&store, &mut world, "acme").await;
    let mut deliveries = Vec::new();
    for _ in 0..3 {
        deliveries.push(deliver_one(&store, &mut world, "acme", lease).await);
        world.pass(10);
    }
    let deliveries: [Delivery; 3] = deliveries.try_into().unwrap();
    damage(&directory, sql, deliveries[0].id.message.number());
    (directory, store, world, deliveries)
}

fn damage(directory: &TempDir, sql: &str, id: i64) {
    assert_eq!(look(directory.path()).execute(sql, [id]), Ok(1), "{sql}");
}

async fn claim(
    store: &SqliteStore,
    endpoint: EndpointId,
    limit: usize,
) -> (Vec<MessageId>, Option<Timestamp>) {
    let claim = Claim { endpoint, lease: LEASE, now: Timestamp::MAX, limit, payload_bytes: usize::MAX };
    let claimed = store.claim(claim).await.unwrap();
    (claimed.jobs.iter().map(|job| job.message.id).collect(), claimed.next_due)
}

#[tokio::test]
async fn a_claim_goes_past_what_cannot_be_read() {
    for sql in DELIVERY_DAMAGE.iter().chain(&MESSAGE_DAMAGE) {
        let (_directory, store, _, [_, second, third]) = damaged(sql, None).await;
        let lane = second.id.endpoint;
        let due = Some(third.id.message.timestamp());
        assert_eq!(claim(&store, lane, 1).await, (vec![second.id.message], due), "{sql}");
        assert_eq!(claim(&store, lane, 9).await, (vec![third.id.message], None), "{sql}");
        assert_eq!(claim(&store, lane, 9).await, (vec![], None), "{sql}");
    }
}

#[tokio::test]
async fn a_lane_is_found_whatever_its_first_row_says() {
    for sql in DELIVERY_DAMAGE.iter().chain(&MESSAGE_DAMAGE) {
        let (_directory, store, mut world, [first, ..]) = damaged(sql, None).await;
        listen(&store, &mut world, "bolt").await;
        let other = deliver_one(&store, &mut world, "bolt", None).await;
        let lanes = store.waiting_lanes(None, 9).await.unwrap();
        let lanes: Vec<EndpointId> = lanes.iter().map(|lane| lane.endpoint).collect();
        assert_eq!(lanes, [first.id.endpoint, other.id.endpoint], "{sql}");
    }
}

#[tokio::test]
async fn leases_of_the_dead_are_taken_over_past_what_cannot_be_read() {
    for sql in &DELIVERY_DAMAGE {
        let (_directory, store, _, [_, second, third]) = damaged(sql, Some(Lease(4))).await;
        assert_eq!(store.take_over(LEASE, 1).await, Ok(1), "{sql}");
        assert_eq!(store.take_over(LEASE, 1).await, Ok(1), "{sql}");
        assert_eq!(store.take_over(LEASE, 1).await, Ok(0), "{sql}");
        let claimed = claim(&store, second.id.endpoint, 9).await;
        assert_eq!(claimed, (vec![second.id.message, third.id.message], None), "{sql}");
    }
}

fn names<T: std::fmt::Debug>(answer: Result<T, StoreError>, column: &str) {
    match answer {
        Err(StoreError::Damaged(why)) => assert!(why.contains(column), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_move_about_what_cannot_be_read_fails_alone_and_says_what_it_is() {
    let sql = "UPDATE delivery SET token = x'010203' WHERE message = ?1";
    let (directory, store, mut world, [first, second, _]) = damaged(sql, Some(LEASE)).await;
    let mut settle = |delivery| vec![world.settlement(delivery, Verdict::Done, answered(200, b""))];
    names(store.settle(settle(&first)).await, "token");
    assert_eq!(store.settle(settle(&second)).await.unwrap().applied, [Applied::Yes]);
    names(store.story(HERE, first.id.message).await, "token");
    assert!(store.story(HERE, second.id.message).await.is_ok());

    let sql = "UPDATE endpoint SET event_types = 'not a list' WHERE id = ?1";
    let store = {
        store.close().await;
        drop(store);
        damage(&directory, sql, first.id.endpoint.number());
        SqliteStore::open(directory.path()).unwrap()
    };
    names(store.endpoint(first.id.endpoint).await, "event_types");
    let event = world.event("acme", "thing.happened", "thing", "acme");
    names(store.accept(acceptance(vec![event], None)).await, "event_types");
    listen(&store, &mut world, "bolt").await;
    deliver_one(&store, &mut world, "bolt", None).await;
}

#[tokio::test]
async fn what_contradicts_a_stored_row_is_not_tried_for_ever() {
    let directory = fast_directory();
    let store = SqliteStore::open(directory.path()).unwrap();
    let mut world = World::new();
    listen(&store, &mut world, "acme").await;
    let delivery = deliver_one(&store, &mut world, "acme", Some(LEASE)).await;
    let again = world.settlement(&delivery, Verdict::RetryAt(world.now), answered(500, b""));
    store.settle(vec![again]).await.unwrap();
    claim(&store, delivery.id.endpoint, 1).await;
    damage(&directory, "UPDATE delivery SET attempts = 0 WHERE message = ?1", delivery.id.message.number());
    let second = world.settlement(&delivery, Verdict::Done, answered(200, b""));
    names(store.settle(vec![second]).await, "attempt");
}
