//! The write-ahead log stays short while the store is written to without a pause.

use std::fs;
use std::sync::{Arc, Mutex};

use engine::ports::history::History;
use engine::ports::inbox::Inbox;
use stores::sqlite::SqliteStore;
use tokio::task::JoinSet;

use super::world::{World, acceptance, fast_directory};
use super::{integrity, look};

const WRITERS: usize = 4;
const PUTS: usize = 100;
const PUT_BYTES: usize = 1 << 20;
/// What the log may grow to, and a last batch of all writers.
const LOG_BYTES_MAX: u64 = (128 + 2 * WRITERS as u64) << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_stays_bounded() {
    let directory = fast_directory();
    let store = Arc::new(SqliteStore::open(directory.path()).unwrap());
    let world = Arc::new(Mutex::new(World::new()));
    let json = Arc::new(format!(r#"{{"text":"{}"}}"#, "x".repeat(PUT_BYTES)));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (store, world, json) = (store.clone(), world.clone(), json.clone());
        let log = directory.path().join("whimbrel.db-wal");
        writers.spawn(async move {
            let mut longest = 0;
            for _ in 0..PUTS {
                let put = world.lock().unwrap().put("acme", "order", &writer.to_string(), &json);
                store.accept(acceptance(vec![put], None)).await.unwrap().unwrap();
                store.executions(&"acme".parse().unwrap(), None, None, 9).await.unwrap();
                longest = longest.max(fs::metadata(&log).unwrap().len());
            }
            longest
        });
    }
    let longest = writers.join_all().await.into_iter().max().unwrap();
    println!(
        "{} MiB were written, the log had up to {} MiB",
        (WRITERS * PUTS * PUT_BYTES) >> 20,
        longest >> 20
    );
    assert!(longest <= LOG_BYTES_MAX, "the log had {} MiB", longest >> 20);
    store.close().await;
    assert_eq!(integrity(&look(directory.path())), "ok");
}
