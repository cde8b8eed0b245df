use domain::id::EndpointId;

use super::*;
use crate::sqlite::SqliteStore;
use crate::sqlite::error::invalid;
use crate::sqlite::rows::endpoint_stats::{self, Counts, Hour};

const ONE: Counts = Counts { succeeded: 1, failed: 0 };

/// Counts an attempt of an endpoint in, and ends as it is told to.
async fn count(
    store: &SqliteStore,
    endpoint: i64,
    end: fn() -> rusqlite::Result<Done<i64>>,
) -> Result<i64, StoreError> {
    let act = move |work: &mut Work<'_>| {
        endpoint_stats::add(work.connection, Hour(1), EndpointId::from_number(endpoint), ONE)?;
        end()
    };
    store.writer.carry_out(act).await
}

/// What is counted of each endpoint.
async fn counted(store: &SqliteStore) -> Vec<u64> {
    let ask = |connection: &Connection| {
        let of = |endpoint| {
            endpoint_stats::sum(connection, EndpointId::from_number(endpoint), Hour(0), Hour(9))
                .map(|counts| counts.succeeded)
        };
        (1..=5).map(of).collect()
    };
    store.readers.read(ask).await.unwrap()
}

/// Those that wait together are one batch, which is carried out twice.
#[tokio::test]
async fn what_is_undone_is_nobody_elses_and_nothing_is_done_twice() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path()).unwrap();
    let other = Connection::open(directory.path().join("whimbrel.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (first, undone, second, failed, third, ()) = tokio::join!(
        count(&store, 1, || Ok(Done::Keep(1))),
        count(&store, 2, || Ok(Done::Undo(2))),
        count(&store, 3, || Ok(Done::Keep(3))),
        count(&store, 4, || Err(invalid("column", "it is so"))),
        count(&store, 5, || Ok(Done::Keep(5))),
        async { other.execute_batch("ROLLBACK").unwrap() },
    );
    assert_eq!([first, undone, second, third], [Ok(1), Ok(2), Ok(3), Ok(5)]);
    assert!(matches!(failed, Err(StoreError::Damaged(_))), "{failed:?}");
    assert_eq!(counted(&store).await, [1, 0, 1, 0, 1]);
}
