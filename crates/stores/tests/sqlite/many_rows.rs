//! With many rows the store starts and answers as with few.

use std::path::Path;
use std::time::Duration;

use domain::delivery::Lease;
use domain::id::{AppId, DeliveryId, EndpointId, MessageId};
use domain::message::Fate;
use domain::time::Timestamp;
use engine::ports::history::{
    AttemptFilter, AttemptsOf, DeliveriesOf, DeliveryFilter, History, MessageFilter,
};
use engine::ports::page::{Order, Slice, Start};
use engine::ports::queue::{Claim, Queue};
use engine::ports::statistics::{CountsOf, Statistics};
use rusqlite::Row;
use stores::sqlite::SqliteStore;
use tokio::time::Instant;

use super::look;
use super::world::HERE;

/// Half of the messages of each app are skipped, then come the routed ones; a tenth of these wait, and a hundredth
/// is leased to a life that is over. App 1 has nothing but skipped ones, and half of all.
const LOAD: &str = "
    PRAGMA synchronous = OFF;
    BEGIN;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
    INSERT INTO app (id, organization, kind, uid, name, updated_at, revision)
        SELECT i, 1, 0, 'app' || i, '', 0, 1 FROM n;
    INSERT INTO endpoint (id, app, door, url, description, version, event_types, ordering, secret_kind, secret, updated_at,
            revision)
        SELECT 1000 + id, id, 0, 'https://receiver.example/', '', 1, '[\"x\"]', 0, 0, x'00', 0, 1 FROM app;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :messages)
    INSERT INTO message (id, app, event_type, source, detail_type, resource_kind, resource_id, fate, payload_kind, payload)
        SELECT 1000000 + i, iif(i % 2, 1, 2 + i / 2 % 999), 'x', 'whimbrel', 'resource.insert', 'order', i, i % 2,
            iif(i % 2, 2, 0), iif(i % 2, NULL, zeroblob(300))
        FROM n;
    INSERT INTO delivery (message, endpoint, state, due, lease, settled_at, attempts, earlier, next_trigger,
            interruptions, token)
        SELECT id, 1000 + app, state, iif(state = 0, 1000 + id, NULL), iif(state = 1, 0, NULL),
            iif(state = 2, 1, NULL), 0, 0, 0, 0, zeroblob(32)
        FROM (
            SELECT id, app, iif(id % 10 = 0, 0, iif(id % 50 = 2, 1, 2)) AS state FROM message WHERE fate = 0
        );
    UPDATE delivery
        SET first_id = message, first_made_by = 0, first_started_at = 0, first_duration_ns = 0, first_url = '',
            first_status = 200, first_truncated = 0, first_body = x''
        WHERE state = 2 AND message % 4 = 0;
    INSERT INTO attempt (message, endpoint, number, id, made_by, started_at, duration_ns, url, status, truncated, body)
        SELECT message, endpoint, 1, message, 0, 0, 0, '', 200, 0, x'' FROM delivery WHERE state = 2 AND first_id IS NULL;
    COMMIT;
";

fn load(directory: &Path, messages: usize) {
    drop(SqliteStore::open(directory).unwrap());
    let connection = look(directory);
    connection.execute_batch(&LOAD.replace(":messages", &messages.to_string())).unwrap();
}

/// As much as there can be of what was born leased; all of it has ended.
fn fill_born(directory: &Path) {
    let connection = look(directory);
    let mut ended = connection
        .prepare(
            "SELECT app, message, endpoint FROM delivery JOIN message ON id = message WHERE state = 2
            ORDER BY message DESC LIMIT 16384",
        )
        .unwrap();
    let bytes = |row: &Row<'_>| {
        let numbers: [i64; 4] = [row.get(0)?, row.get(1)?, row.get(2)?, 1];
        Ok(numbers.iter().flat_map(|number| number.to_be_bytes()).chain([0]).collect::<Vec<u8>>())
    };
    let born: Vec<Vec<u8>> = ended.query_map([], bytes).unwrap().map(Result::unwrap).collect();
    assert_eq!(born.len(), 16384);
    for commit in born.chunks(16) {
        connection.execute("INSERT INTO born (deliveries) VALUES (?1)", [commit.concat()]).unwrap();
    }
}

async fn timed<T>(what: &str, most: Duration, work: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let result = work.await;
    let taken = start.elapsed();
    println!("{what}: {taken:?}");
    assert!(taken <= most, "{what} took {taken:?}");
    result
}

async fn check(messages: usize) {
    let directory = tempfile::tempdir().unwrap();
    load(directory.path(), messages);
    let start = Duration::from_secs(2);
    let (store, life) = timed("start", start, async {
        let store = SqliteStore::open(directory.path()).unwrap();
        let life = store.open().await.unwrap();
        let lanes = store.waiting_lanes(None, 1000).await.unwrap();
        assert_eq!(lanes.len(), lanes_expected(messages));
        (store, life)
    })
    .await;
    assert_eq!(life.id_floor, 1_000_000 + i64::try_from(messages).unwrap());
    let look = Duration::from_millis(500);
    take_over(&store, life.lease, look).await;
    claim(&store, life.lease, look).await;
    fill_born(directory.path());
    pages(&store, look).await;
    lists(&store, look).await;
    deliveries(&store, look).await;
    store.close().await;
}

/// Every lane has the rows of one residue of the message's number; what waits is in every tenth of them.
fn lanes_expected(messages: usize) -> usize {
    let waiting = (1..=messages).filter(|number| number % 2 == 0 && number % 10 == 0);
    waiting.map(|number| number / 2 % 999).collect::<std::collections::HashSet<_>>().len()
}

async fn take_over(store: &SqliteStore, living: Lease, most: Duration) {
    let freed = timed("take over 1000", most, store.take_over(living, 1000)).await;
    assert_eq!(freed, Ok(1000));
}

async fn claim(store: &SqliteStore, lease: Lease, most: Duration) {
    let lane = store.waiting_lanes(None, 1).await.unwrap()[0];
    let claim =
        Claim { endpoint: lane.endpoint, lease, now: Timestamp::MAX, limit: 100, payload_bytes: usize::MAX };
    let claimed = timed("claim", most, store.claim(claim)).await.unwrap();
    assert!(!claimed.jobs.is_empty());
}

/// Lists with a filter that lets nothing pass look at a bounded part of the history.
async fn lists(store: &SqliteStore, most: Duration) {
    let (app, endpoint) = (AppId::from_number(7), EndpointId::from_number(1007));
    let last = Slice { limit: 50, order: Order::Descending, start: Start::First };
    let all = MessageFilter::default();
    let none = MessageFilter { tag: Some("rare".parse().unwrap()), ..all.clone() };
    let found = timed("messages", most, store.messages(app, all.clone(), last.clone())).await.unwrap();
    assert_eq!(found.page.rows.len(), 50);
    let everybody = AppId::from_number(1);
    let found =
        timed("no messages", most, store.messages(everybody, none.clone(), last.clone())).await.unwrap();
    assert_eq!((found.page.rows.len(), found.page.more), (0, true));
    let of_endpoint = store.messages_of_endpoint(endpoint, all, None, last.clone());
    let found = timed("messages of an endpoint", most, of_endpoint).await.unwrap();
    assert_eq!(found.page.rows.len(), 50);
    let last = Slice { limit: 30, order: Order::Descending, start: Start::First };
    let of_endpoint = store.attempts(AttemptsOf::Endpoint(endpoint), AttemptFilter::default(), last);
    let found = timed("attempts of an endpoint", most, of_endpoint).await.unwrap();
    assert_eq!(found.page.rows.len(), 30);
    let now = Timestamp::from_millis(1);
    let stats = timed("what waits for an endpoint", most, store.stats(endpoint, now, now)).await.unwrap();
    assert!(stats.pending > 0, "{stats:?}");
    let all = CountsOf { organization: HERE, app: None };
    let backlog = timed("what is to be delivered", most, store.backlog(all)).await.unwrap();
    assert!(backlog.pending > 1000, "{backlog:?}");
    let of_one = CountsOf { app: Some(app), ..all };
    let backlog = timed("what is to be delivered to one", most, store.backlog(of_one)).await.unwrap();
    assert!(backlog.pending > 0, "{backlog:?}");
}

/// Deliveries, and deliveries of which none is so: of an organization, an app, an endpoint.
async fn deliveries(store: &SqliteStore, most: Duration) {
    let here = DeliveriesOf::Organization(HERE);
    let busy = [
        here,
        DeliveriesOf::App(AppId::from_number(7)),
        DeliveriesOf::Endpoint(EndpointId::from_number(1007)),
    ];
    for of in busy {
        let last = Slice { limit: 50, order: Order::Descending, start: Start::First };
        let all = DeliveryFilter::default();
        let found = timed("deliveries", most, store.deliveries(of, all.clone(), last.clone())).await.unwrap();
        assert_eq!(found.page.rows.len(), 50, "{of:?}");
        let tag = Some("rare".parse().unwrap());
        let none = DeliveryFilter { message: MessageFilter { tag, ..all.message }, ..all };
        let found = timed("no deliveries", most, store.deliveries(of, none, last)).await.unwrap();
        assert_eq!((found.page.rows.len(), found.page.more), (0, of == here), "{of:?}");
    }
}

async fn pages(store: &SqliteStore, most: Duration) {
    let (skipped, routed) = ("app1".parse().unwrap(), "app7".parse().unwrap());
    let calls = timed("calls of an app that has none", most, store.calls(&skipped, None, 50)).await;
    assert_eq!(calls.unwrap().rows.len(), 0);
    let calls = timed("calls", most, store.calls(&routed, None, 50)).await.unwrap();
    assert_eq!(calls.rows.len(), 50);
    let middle = DeliveryId {
        message: MessageId::from_number(1_000_000 + calls.rows[0].message.id.number() % 1_000_000 / 2),
        endpoint: EndpointId::from_number(i64::MAX),
    };
    timed("calls from the middle", most, store.calls(&routed, Some(middle), 5)).await.unwrap();
    let messages = timed("messages", most, store.executions(&skipped, None, None, 50)).await;
    assert_eq!(messages.unwrap().rows.len(), 50);
    let fate = Some(Fate::DataNotFound);
    let messages = timed("messages of a rare fate", most, store.executions(&skipped, fate, None, 50)).await;
    assert_eq!(messages.unwrap().rows.len(), 0);
}

#[tokio::test]
async fn a_hundred_thousand_messages_do_not_slow_the_start() {
    check(100_000).await;
}

/// A million stored messages and 100,000 that wait.
#[tokio::test]
#[ignore = "loads a gigabyte: run it in release mode"]
async fn a_million_messages_do_not_slow_the_start() {
    check(1_000_000).await;
}
