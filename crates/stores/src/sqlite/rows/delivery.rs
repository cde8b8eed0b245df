//! Deliveries, by their id, and of one message.

use domain::delivery::{Delivery, FailedReason, Lease, State};
use domain::id::{DeliveryId, EndpointId, MessageId};
use domain::payload::Token;
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::error::invalid;
use super::count;

pub(crate) const FIND: &str = "/* rows::delivery::find */
    SELECT message, endpoint, state, due, lease, settled_at, failed_reason, attempts, interruptions, token
    FROM delivery WHERE message = ?1 AND endpoint = ?2";

/// The delivery with this id.
pub(crate) fn find(connection: &Connection, id: DeliveryId) -> rusqlite::Result<Option<Delivery>> {
    let mut query = connection.prepare_cached(FIND)?;
    query.query_row([id.message.number(), id.endpoint.number()], delivery).optional()
}

pub(crate) const OF_MESSAGE: &str = "/* rows::delivery::of_message */
    SELECT message, endpoint, state, due, lease, settled_at, failed_reason, attempts, interruptions, token
    FROM delivery WHERE message = ?1 ORDER BY endpoint";

/// All deliveries of a message, in the order of their endpoints.
pub(crate) fn of_message(connection: &Connection, id: MessageId) -> rusqlite::Result<Vec<Delivery>> {
    connection.prepare_cached(OF_MESSAGE)?.query_map([id.number()], delivery)?.collect()
}

pub(crate) const INSERT: &str = "/* rows::delivery::insert */
    INSERT INTO delivery
        (message, endpoint, state, due, lease, settled_at, failed_reason, attempts, interruptions, token)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/// Adds a delivery.
pub(crate) fn insert(connection: &Connection, delivery: &Delivery) -> rusqlite::Result<()> {
    let state = StateColumns::of(delivery.state);
    connection.prepare_cached(INSERT)?.execute(params![
        delivery.id.message.number(),
        delivery.id.endpoint.number(),
        state.state,
        state.due,
        state.lease,
        state.settled_at,
        state.failed_reason,
        delivery.attempts,
        delivery.interruptions,
        delivery.token.as_bytes(),
    ])?;
    Ok(())
}

pub(crate) const UPDATE: &str = "/* rows::delivery::update */
    UPDATE delivery
    SET state = ?3, due = ?4, lease = ?5, settled_at = ?6, failed_reason = ?7, attempts = ?8, interruptions = ?9
    WHERE message = ?1 AND endpoint = ?2";

/// Stores where a delivery stands now. It was read in the same transaction, and nobody else writes, so it needs no
/// condition beside its id.
pub(crate) fn update(connection: &Connection, delivery: &Delivery) -> rusqlite::Result<()> {
    let state = StateColumns::of(delivery.state);
    connection.prepare_cached(UPDATE)?.execute(params![
        delivery.id.message.number(),
        delivery.id.endpoint.number(),
        state.state,
        state.due,
        state.lease,
        state.settled_at,
        state.failed_reason,
        delivery.attempts,
        delivery.interruptions,
    ])?;
    Ok(())
}

/// A delivery from a row with all columns in their order.
pub(crate) fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let state = StateColumns {
        state: row.get(2)?,
        due: row.get(3)?,
        lease: row.get(4)?,
        settled_at: row.get(5)?,
        failed_reason: row.get(6)?,
    };
    Ok(Delivery {
        id: DeliveryId {
            message: MessageId::from_number(row.get(0)?),
            endpoint: EndpointId::from_number(row.get(1)?),
        },
        state: state.state()?,
        attempts: count(row, 7, "attempts")?,
        interruptions: count(row, 8, "interruptions")?,
        token: Token::from_bytes(row.get(9)?),
    })
}

/// A state as its columns.
#[derive(Default)]
struct StateColumns {
    state: i64,
    due: Option<i64>,
    lease: Option<i64>,
    settled_at: Option<i64>,
    failed_reason: Option<i64>,
}

const WAITING: i64 = 0;
const LEASED: i64 = 1;
const SUCCEEDED: i64 = 2;
const FAILED: i64 = 3;

impl StateColumns {
    fn of(state: State) -> Self {
        let none = Self::default();
        match state {
            State::Waiting { due } => Self { state: WAITING, due: Some(due.millis()), ..none },
            State::Leased { lease } => Self { state: LEASED, lease: Some(lease.0), ..none },
            State::Succeeded { at } => Self { state: SUCCEEDED, settled_at: Some(at.millis()), ..none },
            State::Failed { at, reason } => Self {
                state: FAILED,
                settled_at: Some(at.millis()),
                failed_reason: Some(reason_number(reason)),
                ..none
            },
        }
    }

    fn state(&self) -> rusqlite::Result<State> {
        let missing = || invalid("state", format!("{} lacks a column", self.state));
        let due = || self.due.map(Timestamp::from_millis).ok_or_else(missing);
        let at = || self.settled_at.map(Timestamp::from_millis).ok_or_else(missing);
        match self.state {
            WAITING => Ok(State::Waiting { due: due()? }),
            LEASED => Ok(State::Leased { lease: self.lease.map(Lease).ok_or_else(missing)? }),
            SUCCEEDED => Ok(State::Succeeded { at: at()? }),
            FAILED => Ok(State::Failed { at: at()?, reason: reason(self.failed_reason)? }),
            number => Err(invalid("state", number)),
        }
    }
}

fn reason_number(reason: FailedReason) -> i64 {
    match reason {
        FailedReason::Exhausted => 0,
        FailedReason::Gone => 1,
        FailedReason::EndpointDisabled => 2,
    }
}

fn reason(number: Option<i64>) -> rusqlite::Result<FailedReason> {
    match number {
        Some(0) => Ok(FailedReason::Exhausted),
        Some(1) => Ok(FailedReason::Gone),
        Some(2) => Ok(FailedReason::EndpointDisabled),
        other => Err(invalid("failed_reason", format!("{other:?}"))),
    }
}
