//! A row that cannot be read fails the moves that are about it, by name, and holds up no others.

use domain::app::App;
use domain::attempt::Verdict;
use domain::delivery::{Delivery, Lease};
use domain::id::{EndpointId, MessageId};
use domain::key::{Key, Scope};
use domain::message::{Message, MessageRef};
use domain::payload::Payload;
use domain::task::{TaskKind, TaskStatus};
use domain::time::Timestamp;
use engine::ports::catalog::{Catalog, Put};
use engine::ports::fault::StoreError;
use engine::ports::history::{DeliveriesOf, DeliveryFilter, History};
use engine::ports::inbox::Inbox;
use engine::ports::keyring::Keyring as _;
use engine::ports::page::{Order, Slice, Start};
use engine::ports::queue::{Applied, Claim, Queue};
use engine::ports::tasks::{Advance, Tasks};
use stores::sqlite::SqliteStore;
use tempfile::TempDir;

use super::look;
use super::world::records::{put_app, put_endpoint};
use super::world::sending::send_one;
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

/// A store with three deliveries of one lane, waiting or claimed, of which the first one is damaged.
async fn damaged(sql: &str, lease: Option<Lease>) -> (TempDir, SqliteStore, World, [Delivery; 3]) {
    let directory = fast_directory();
    let store = SqliteStore::open(directory.path()).unwrap();
    let mut world = World::new();
    listen(&store, &mut world, "acme").await;
    let mut deliveries = Vec::new();
    for _ in 0..3 {
        deliveries.push(deliver_one(&store, &mut world, "acme", None).await);
        world.pass(10);
    }
    if let Some(lease) = lease {
        let endpoint = deliveries[0].id.endpoint;
        let claim = Claim { endpoint, lease, now: Timestamp::MAX, limit: 3, payload_bytes: usize::MAX };
        let jobs = store.claim(claim).await.unwrap().jobs;
        deliveries = jobs.into_iter().map(|job| job.delivery).collect();
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
    names(store.settle(settle(&first).into()).await, "token");
    assert_eq!(store.settle(settle(&second).into()).await.unwrap().applied, [Applied::Yes]);
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
    store.settle([again].into()).await.unwrap();
    claim(&store, delivery.id.endpoint, 1).await;
    damage(&directory, "UPDATE delivery SET attempts = 0 WHERE message = ?1", delivery.id.message.number());
    let second = world.settlement(&delivery, Verdict::Done, answered(200, b""));
    names(store.settle([second].into()).await, "attempt");
}

/// It may be another organization's.
#[tokio::test]
async fn deliveries_of_an_organization_are_listed_past_what_cannot_be_read() {
    let ids = async |store: &SqliteStore, of| {
        let slice = Slice { limit: 9, order: Order::Descending, start: Start::First };
        let found = store.deliveries(of, DeliveryFilter::default(), slice).await?;
        Ok::<_, StoreError>(found.page.map(|past| past.delivery.id).rows)
    };
    for sql in DELIVERY_DAMAGE[..2].iter().chain(&MESSAGE_DAMAGE) {
        let (_directory, store, _, [first, second, third]) = damaged(sql, None).await;
        let here = ids(&store, DeliveriesOf::Organization(HERE)).await;
        assert_eq!(here, Ok(vec![third.id, second.id]), "{sql}");
        let of_endpoint = ids(&store, DeliveriesOf::Endpoint(first.id.endpoint)).await;
        assert!(matches!(of_endpoint, Err(StoreError::Damaged(_))), "{sql} {of_endpoint:?}");
    }
}

/// What can be wrong with an endpoint; `?1` is its id.
const ENDPOINT_DAMAGE: [&str; 3] = [
    "UPDATE endpoint SET throttle = -1 WHERE id = ?1",
    "UPDATE endpoint SET secret_kind = 9 WHERE id = ?1",
    "UPDATE endpoint SET headers = '[' WHERE id = ?1",
];

#[tokio::test]
async fn deliveries_go_on_where_their_endpoint_cannot_be_read() {
    for sql in ENDPOINT_DAMAGE {
        let directory = fast_directory();
        let mut world = World::new();
        let store = SqliteStore::open(directory.path()).unwrap();
        listen(&store, &mut world, "acme").await;
        let leased = deliver_one(&store, &mut world, "acme", Some(LEASE)).await;
        let waiting = deliver_one(&store, &mut world, "acme", None).await;
        drop(store);
        let lane = waiting.id.endpoint;
        damage(&directory, sql, lane.number());
        let store = SqliteStore::open(directory.path()).unwrap();
        let lanes = store.waiting_lanes(None, 9).await.unwrap();
        assert_eq!(lanes.iter().map(|lane| lane.endpoint).collect::<Vec<_>>(), [lane], "{sql}");
        assert_eq!(claim(&store, lane, 9).await, (vec![waiting.id.message], None), "{sql}");
        let done = world.settlement(&leased, Verdict::Done, answered(200, b""));
        assert_eq!(store.settle([done].into()).await.unwrap().applied, [Applied::Yes], "{sql}");
    }
}

#[tokio::test]
async fn an_app_can_be_changed_where_an_endpoint_of_it_cannot_be_read() {
    let directory = fast_directory();
    let mut world = World::new();
    let store = SqliteStore::open(directory.path()).unwrap();
    listen(&store, &mut world, "acme").await;
    let delivery = deliver_one(&store, &mut world, "acme", None).await;
    drop(store);
    damage(&directory, ENDPOINT_DAMAGE[0], delivery.id.endpoint.number());
    let store = SqliteStore::open(directory.path()).unwrap();
    let app = store.app(HERE, &"acme".parse().unwrap()).await.unwrap().unwrap();
    let put = store.put_app(App { name: "ACME".to_owned(), ..app.clone() }).await;
    assert_eq!(put, Ok(Put::Stored));
    assert_eq!(store.app(HERE, &app.id.into()).await.unwrap().unwrap().name, "ACME");
}

/// Both the message and its delivery are damaged; the sweep forgets what they carried, and the others as well.
#[tokio::test]
async fn payloads_expire_past_what_cannot_be_read() {
    let directory = fast_directory();
    let store = SqliteStore::open(directory.path()).unwrap();
    let mut world = World::new();
    let app = world.app("acme");
    let app = put_app(&store, app).await;
    let endpoint = world.endpoint(app.id);
    put_endpoint(&store, endpoint).await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let message = Message { expires_at: Some(world.now), ..world.message("x") };
        ids.push(send_one(&store, &world, &app, message, None).await.message.id);
    }
    damage(&directory, DELIVERY_DAMAGE[0], ids[0].number());
    damage(&directory, MESSAGE_DAMAGE[0], ids[0].number());
    assert_eq!(store.expunge_expired(world.now, 9).await, Ok(2));
    assert_eq!(store.expunge_expired(world.now, 9).await, Ok(0));
    let second = store.message(app.id, &MessageRef::Id(ids[1])).await.unwrap().unwrap();
    assert_eq!(second.payload, Payload::Expunged);
}

#[tokio::test]
async fn keys_are_forgotten_where_they_cannot_be_read() {
    let directory = fast_directory();
    let store = SqliteStore::open(directory.path()).unwrap();
    let mut world = World::new();
    for number in 0..2 {
        let (scope, expires_at) = (Scope::App(world.id()), Some(world.now));
        let key = Key { scope, expires_at, ..world.api_key(number) };
        assert_eq!(store.put_key(key.clone()).await, Ok(Put::Stored));
        if number == 0 {
            damage(
                &directory,
                "UPDATE api_key SET hash = x'00', revision = -1 WHERE id = ?1",
                key.id.number(),
            );
        }
    }
    assert_eq!(store.forget_app_keys(Timestamp::MAX, 9).await, Ok(2));
    assert_eq!(store.forget_app_keys(Timestamp::MAX, 9).await, Ok(0));
}

#[tokio::test]
async fn tasks_are_carried_on_past_what_cannot_be_read() {
    let directory = fast_directory();
    let store = SqliteStore::open(directory.path()).unwrap();
    let mut world = World::new();
    let app = world.app("acme");
    let app = put_app(&store, app).await;
    let endpoint = world.endpoint(app.id);
    let endpoint = put_endpoint(&store, endpoint).await;
    let tasks = [TaskKind::Recover, TaskKind::BulkReplay].map(|kind| world.task(&endpoint, kind));
    for task in tasks.clone() {
        assert_eq!(store.begin_task(task).await, Ok(Put::Stored));
    }
    damage(&directory, "UPDATE task SET kind = 9 WHERE id = ?1", tasks[0].id.number());
    assert_eq!(store.running_tasks(1).await, Ok(vec![tasks[1].clone()]));
    let message = world.message("x");
    let message = send_one(&store, &world, &app, message, None).await.message.id;
    damage(&directory, MESSAGE_DAMAGE[0], message.number());
    let (task, now) = (tasks[1].clone(), world.now);
    let advance = Advance { task, limit: 9, now, notice_id: world.id() };
    let advanced = store.advance_task(advance).await.unwrap().unwrap();
    assert_eq!((advanced.task.status, advanced.task.examined), (TaskStatus::Finished, 0));
}
