use std::sync::mpsc;
use std::time::Duration;

use domain::id::EndpointId;
use engine::ports::catalog::Catalog;

use super::*;
use crate::limits::READERS_MAX;
use crate::sqlite::SqliteStore;

/// The time limit is for a test that fails: without a connection of its own the lookup would wait for ever.
#[tokio::test]
async fn an_attempt_does_not_wait_for_pages() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(directory.path()).unwrap());
    let mut gates = Vec::new();
    for _ in 0..READERS_MAX {
        let (open, gate) = mpsc::channel::<()>();
        gates.push(open);
        let store = store.clone();
        tokio::spawn(async move { store.readers.read(move |_| Ok(gate.recv().is_ok())).await });
    }
    while store.readers.permits.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    let lookup = tokio::time::timeout(Duration::from_secs(10), store.endpoint(EndpointId::from_number(1)));
    let found = lookup.await;
    drop(gates);
    assert_eq!(found, Ok(Ok(None)));
}
