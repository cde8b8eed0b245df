//! Group commit: who waits together is committed together, and nobody is answered before.

use std::fs;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use domain::delivery::Lease;
use domain::id::MessageId;
use engine::ports::fault::StoreError;
use engine::ports::history::History;
use engine::ports::inbox::{Accepted, Inbox, Refused};
use engine::ports::queue::Queue;
use rusqlite::{Connection, params};
use stores::sqlite::SqliteStore;
use tokio::task::JoinSet;

use super::world::{HERE, World, acceptance, fast_directory, listen};
use super::{integrity, look};

const CALLERS: usize = 100;

type Answer = Result<Result<Vec<Accepted>, Refused>, StoreError>;
type Waiting<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

fn waiting<'a>(store: &'a SqliteStore, world: &mut World) -> Waiting<'a> {
    let event = world.event("acme", "thing.happened", "thing", "acme");
    Box::pin(store.accept(acceptance(vec![event], Some(Lease(1)))))
}

fn message(answer: Answer) -> MessageId {
    answer.unwrap().unwrap()[0].messages[0].message.id
}

/// Lets it go on as far as it can.
async fn poll(future: &mut Waiting<'_>) -> Option<Answer> {
    tokio::select! {
        biased;
        answer = future => Some(answer),
        () = std::future::ready(()) => None,
    }
}

/// Transactions in the write-ahead log.
fn commits(directory: &Path) -> usize {
    transactions(directory).len()
}

/// The bytes of each transaction in the write-ahead log (<https://sqlite.org/fileformat2.html#walformat>): frames
/// that carry the size of the database end one.
fn transactions(directory: &Path) -> Vec<usize> {
    let log = fs::read(directory.join("whimbrel.db-wal")).unwrap();
    let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
    let frame_bytes = 24 + usize::try_from(number(8)).unwrap();
    let salts = (number(16), number(20));
    let frames = (32..log.len()).step_by(frame_bytes).filter(|at| at + frame_bytes <= log.len());
    let valid = frames.take_while(|at| (number(at + 8), number(at + 12)) == salts);
    let mut ends = vec![32];
    ends.extend(valid.filter(|at| number(at + 4) != 0).map(|at| at + frame_bytes));
    ends.windows(2).map(|ends| ends[1] - ends[0]).collect()
}

#[tokio::test]
async fn who_waits_together_is_committed_together() {
    let directory = fast_directory();
    let store = SqliteStore::open(directory.path()).unwrap();
    let mut world = World::new();
    listen(&store, &mut world, "acme").await;
    let before = commits(directory.path());
    let other = look(directory.path());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut callers: Vec<Waiting<'_>> = (0..CALLERS).map(|_| waiting(&store, &mut world)).collect();
    for caller in &mut callers {
        assert!(poll(caller).await.is_none(), "nobody is answered while nothing can be committed");
    }
    assert_eq!(commits(directory.path()), before);
    other.execute_batch("ROLLBACK").unwrap();
    for caller in callers {
        message(caller.await);
    }
    let after = commits(directory.path());
    assert!((1..=2).contains(&(after - before)), "{CALLERS} callers took {} commits", after - before);
    assert_eq!(integrity(&other), "ok");
}

/// A batch ends with the move that takes it over its bound, and the rest comes in the next ones.
#[tokio::test]
async fn a_batch_is_bounded_by_what_it_writes() {
    const LARGE_CALLERS: usize = 40;
    const LARGE_KIB: usize = 128;
    let directory = fast_directory();
    let store = SqliteStore::open(directory.path()).unwrap();
    let mut world = World::new();
    listen(&store, &mut world, "acme").await;
    let large = format!(r#"{{"big":"{}"}}"#, "x".repeat(LARGE_KIB * 1024));
    let put = world.put("acme", "thing", "acme", &large);
    store.accept(acceptance(vec![put], None)).await.unwrap().unwrap();
    let other = look(directory.path());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut callers: Vec<Waiting<'_>> = (0..LARGE_CALLERS).map(|_| waiting(&store, &mut world)).collect();
    for caller in &mut callers {
        assert!(poll(caller).await.is_none());
    }
    other.execute_batch("ROLLBACK").unwrap();
    for caller in callers {
        message(caller.await);
    }
    let transactions = transactions(directory.path());
    let [most, all] = [transactions.iter().max().unwrap() >> 10, transactions.iter().sum::<usize>() >> 10];
    let is_bounded = (512..=1024 + 2 * LARGE_KIB).contains(&most);
    assert!(is_bounded && all > LARGE_CALLERS * LARGE_KIB, "{most} KiB of {all} in one transaction");
    assert_eq!(integrity(&other), "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_comes_after_its_commit() {
    let directory = fast_directory();
    let store = Arc::new(SqliteStore::open(directory.path()).unwrap());
    let mut world = World::new();
    listen(&*store, &mut world, "acme").await;
    let world = Arc::new(Mutex::new(world));
    let other = Arc::new(Mutex::new(look(directory.path())));
    let mut callers = JoinSet::new();
    for _ in 0..32 {
        let (store, world, other) = (store.clone(), world.clone(), other.clone());
        callers.spawn(async move {
            for _ in 0..20 {
                let call = waiting(&store, &mut world.lock().unwrap());
                let id = message(call.await);
                assert!(is_stored(&other.lock().unwrap(), id), "{id} was answered before it was stored");
            }
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller.unwrap();
    }
    assert!(commits(directory.path()) < 32 * 20, "some were committed together");
}

fn is_stored(connection: &Connection, id: MessageId) -> bool {
    let sql = "SELECT EXISTS (SELECT 1 FROM message JOIN born WHERE id = ?1 AND instr(deliveries, ?2) > 0)";
    connection.query_row(sql, params![id.number(), id.number().to_be_bytes()], |row| row.get(0)).unwrap()
}

/// The copy of the files is what a process leaves that is killed at this moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_survives_a_kill_at_any_moment() {
    let directory = fast_directory();
    let store = Arc::new(SqliteStore::open(directory.path()).unwrap());
    let mut world = World::new();
    listen(&*store, &mut world, "acme").await;
    let world = Arc::new(Mutex::new(world));
    let answered = Arc::new(Mutex::new(Vec::new()));
    let mut callers = JoinSet::new();
    for _ in 0..8 {
        let (store, world, answered) = (store.clone(), world.clone(), answered.clone());
        callers.spawn(async move {
            for _ in 0..50 {
                let call = waiting(&store, &mut world.lock().unwrap());
                let id = message(call.await);
                answered.lock().unwrap().push(id);
            }
        });
    }
    let mut kills = 0;
    while callers.join_next().await.is_some() {
        let acknowledged = answered.lock().unwrap().clone();
        let copy = fast_directory();
        // The log first: nothing is copied from it into the database meanwhile, because it is short.
        for name in ["whimbrel.db", "whimbrel.db-wal"] {
            fs::copy(directory.path().join(name), copy.path().join(name)).unwrap();
        }
        let found = SqliteStore::open(copy.path()).unwrap();
        for id in acknowledged {
            assert_eq!(found.story(HERE, id).await.unwrap().unwrap().calls.len(), 1, "{id}");
        }
        assert_eq!(integrity(&look(copy.path())), "ok");
        kills += 1;
    }
    assert_eq!(kills, 8);
}

#[tokio::test]
async fn a_refused_move_does_not_spoil_its_batch() {
    let directory = fast_directory();
    let store = SqliteStore::open(directory.path()).unwrap();
    let mut world = World::new();
    listen(&store, &mut world, "acme").await;
    let other = look(directory.path());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let entries = vec![world.put("evil", "order", "1", "{}"), world.put("evil", "thing", "acme", "{}")];
    let mut callers = vec![waiting(&store, &mut world)];
    callers.push(Box::pin(store.accept(acceptance(entries, None))));
    callers.push(waiting(&store, &mut world));
    for caller in &mut callers {
        assert!(poll(caller).await.is_none());
    }
    other.execute_batch("ROLLBACK").unwrap();
    let mut answers = Vec::new();
    for caller in callers {
        answers.push(caller.await.unwrap());
    }
    assert!(answers[0].is_ok() && answers[2].is_ok());
    assert_eq!(answers[1], Err(Refused::ForeignResource));
    let orders: i64 =
        other.query_row("SELECT count(*) FROM resource WHERE kind = 'order'", [], |row| row.get(0)).unwrap();
    assert_eq!(orders, 0);
}

/// What is asked before the end is done, also when nobody waits for the answer.
#[tokio::test]
async fn dropping_the_store_finishes_what_was_asked() {
    let directory = fast_directory();
    let store = SqliteStore::open(directory.path()).unwrap();
    let mut world = World::new();
    listen(&store, &mut world, "acme").await;
    let mut callers: Vec<Waiting<'_>> = (0..CALLERS).map(|_| waiting(&store, &mut world)).collect();
    for caller in &mut callers {
        poll(caller).await;
    }
    drop(callers);
    drop(store);
    let store = SqliteStore::open(directory.path()).unwrap();
    let calls = store.calls(&"acme".parse().unwrap(), None, 2 * CALLERS).await.unwrap();
    assert_eq!(calls.rows.len(), CALLERS);
    store.open().await.unwrap();
}
