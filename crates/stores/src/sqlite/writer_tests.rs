use domain::delivery::{Delivery, Lease, State};
use domain::id::{AppId, DeliveryId, EndpointId, MessageId};
use domain::time::Timestamp;

use super::*;
use crate::sqlite::SqliteStore;
use crate::sqlite::error::invalid;
use crate::sqlite::rows;

/// Stores two deliveries, one to an endpoint that has succeeded and one to another endpoint that is kept from birth on, and
/// ends as it is told to.
async fn deliver(
    store: &SqliteStore,
    endpoint: i64,
    end: fn() -> rusqlite::Result<Done<i64>>,
) -> Result<i64, StoreError> {
    let id = |endpoint| DeliveryId {
        message: MessageId::from_number(1),
        endpoint: EndpointId::from_number(endpoint),
    };
    let kept = id(endpoint + KEPT);
    let state = State::Succeeded { at: Timestamp::default() };
    let succeeded = Delivery { state, ..Delivery::kept(id(endpoint), Lease(1), None) };
    let act = move |work: &mut Work<'_>| {
        work.add_delivery(&succeeded)?;
        work.keep(AppId::from_number(1), kept, Lease(1), None);
        end()
    };
    store.writer.carry_out(act).await
}

/// So much higher is the second endpoint's number.
const KEPT: i64 = 10;

/// The endpoints of deliveries that are stored, and of those that are counted.
async fn delivered(store: &SqliteStore) -> [Vec<i64>; 2] {
    let ask = |connection: &Connection| {
        let stored = rows::delivery::of_message(connection, MessageId::from_number(1))?;
        let stored = stored.into_iter().map(|delivery| delivery.id.endpoint.number()).collect();
        let counted = rows::tally::all(connection)?;
        Ok([stored, counted.into_iter().map(|counted| counted.endpoint.number()).collect()])
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
        deliver(&store, 1, || Ok(Done::Keep(1))),
        deliver(&store, 2, || Ok(Done::Undo(2))),
        deliver(&store, 3, || Ok(Done::Keep(3))),
        deliver(&store, 4, || Err(invalid("column", "it is so"))),
        deliver(&store, 5, || Ok(Done::Keep(5))),
        async { other.execute_batch("ROLLBACK").unwrap() },
    );
    assert_eq!([first, undone, second, third], [Ok(1), Ok(2), Ok(3), Ok(5)]);
    assert!(matches!(failed, Err(StoreError::Damaged(_))), "{failed:?}");
    assert_eq!(delivered(&store).await, [vec![1, 3, 5, 11, 13, 15], vec![1, 3, 5]]);
}
