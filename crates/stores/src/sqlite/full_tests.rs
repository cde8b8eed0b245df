//! A full disk, provoked by a bound on the database's pages, which SQLite answers with the same error.

use domain::delivery::Lease;
use domain::id::MessageId;
use engine::ports::fault::StoreError;
use engine::ports::history::History;
use engine::ports::inbox::Inbox;
use engine::ports::queue::Queue;

use super::SqliteStore;
use super::writer::Done;

#[path = "../../tests/support/world.rs"]
#[expect(dead_code, reason = "other tests use more of the world")]
mod world;

use world::{World, acceptance, answered, deliver_one, fast_directory, listen, message_ids};

const MESSAGES_MAX: usize = 1000;

/// Lets the database grow by this many pages, from now on.
async fn leave_room(store: &SqliteStore, pages: i64) {
    let bound = store.writer.carry_out(move |work| {
        let used: i64 = work.connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
        let query = format!("PRAGMA max_page_count = {}", used + pages);
        work.connection.query_row(&query, [], |_| Ok(Done::Keep(())))
    });
    bound.await.unwrap();
}

/// Accepts until there is no room, and tells what was acknowledged.
async fn fill(store: &SqliteStore, world: &mut World) -> Vec<MessageId> {
    let mut acknowledged = Vec::new();
    for number in 0..MESSAGES_MAX {
        let json = format!(r#"{{"text":"{}"}}"#, "x".repeat(number * 7 % 5000));
        let entries = vec![
            world.put("acme", "order", &number.to_string(), &json),
            world.event("acme", "thing.happened", "order", &number.to_string()),
        ];
        match store.accept(acceptance(entries, None)).await {
            Ok(accepted) => {
                let accepted = accepted.unwrap();
                acknowledged.extend(accepted.iter().map(|accepted| accepted.messages[0].message.id));
            }
            Err(error) => {
                assert!(matches!(error, StoreError::Full(_)), "{error}");
                return acknowledged;
            }
        }
    }
    panic!("{MESSAGES_MAX} messages find room in a few pages");
}

async fn stored(store: &SqliteStore) -> Vec<MessageId> {
    let messages = store.executions(&"acme".parse().unwrap(), None, None, usize::MAX).await.unwrap();
    let mut ids = message_ids(&messages.rows);
    ids.reverse();
    ids
}

async fn integrity(store: &SqliteStore) -> String {
    let check = |connection: &rusqlite::Connection| {
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))
    };
    store.readers.read(check).await.unwrap()
}

#[tokio::test]
async fn what_finds_no_room_is_not_stored_and_all_else_is() {
    for room in 1..12 {
        let directory = fast_directory();
        let store = SqliteStore::open(directory.path()).unwrap();
        let mut world = World::new();
        listen(&store, &mut world, "acme").await;
        let leased = deliver_one(&store, &mut world, "acme", Some(Lease(1))).await;
        let mut acknowledged = stored(&store).await;
        leave_room(&store, room).await;
        acknowledged.extend(fill(&store, &mut world).await);
        assert_eq!(stored(&store).await, acknowledged, "with room for {room} pages");
        assert_eq!(integrity(&store).await, "ok");

        leave_room(&store, 1000).await;
        let delivery = deliver_one(&store, &mut world, "acme", None).await;
        acknowledged.push(delivery.id.message);
        let done = world.settlement(&leased, domain::attempt::Verdict::Done, answered(200, b""));
        assert_eq!(store.settle([done].into()).await.unwrap().applied, [engine::ports::queue::Applied::Yes]);
        store.close().await;
        drop(store);
        let store = SqliteStore::open(directory.path()).unwrap();
        assert_eq!(stored(&store).await, acknowledged);
        assert_eq!(integrity(&store).await, "ok");
    }
}

/// Who shares a batch with what finds no room is told the same, because all of it is undone.
#[tokio::test]
async fn a_batch_without_room_is_undone_as_a_whole() {
    let directory = fast_directory();
    let store = SqliteStore::open(directory.path()).unwrap();
    let mut world = World::new();
    listen(&store, &mut world, "acme").await;
    let before = stored(&store).await;
    leave_room(&store, 2).await;
    let json = format!(r#"{{"text":"{}"}}"#, "x".repeat(40_000));
    let small = world.event("acme", "thing.happened", "thing", "acme");
    let large = world.put("acme", "order", "1", &json);
    let webhook = world.webhook("acme", "other.thing");
    let endpoint = webhook.id;
    let blocker = rusqlite::Connection::open(directory.path().join("whimbrel.db")).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (register, small, large, ()) = tokio::join!(
        engine::ports::catalog::Catalog::register(&store, webhook),
        store.accept(acceptance(vec![small], None)),
        store.accept(acceptance(vec![large], None)),
        // All three wait by now; only the first may have a batch of its own.
        async { blocker.execute_batch("ROLLBACK").unwrap() },
    );
    assert!(matches!(large, Err(StoreError::Full(_))), "{large:?}");
    let undone = [small.is_err(), register.is_err()].into_iter().filter(|undone| *undone).count();
    let found = stored(&store).await;
    assert_eq!(found.len(), before.len() + usize::from(small.is_ok()));
    let endpoint = engine::ports::catalog::Catalog::endpoint(&store, endpoint).await.unwrap();
    assert_eq!(endpoint.is_some(), register.is_ok());
    assert!(undone >= 1, "the batch was one: {small:?} {register:?}");
}
