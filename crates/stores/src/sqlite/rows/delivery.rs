//! Deliveries: by their id, of a message, of an app, by lease, and by lane.

use std::ops::ControlFlow;

use domain::delivery::{Delivery, FailedReason, Lease, State};
use domain::id::{AppId, DeliveryId, EndpointId, MessageId};
use domain::payload::Token;
use domain::time::Timestamp;
use engine::ports::queue::WaitingLane;
use rusqlite::{Connection, OptionalExtension, Row, Statement, params};

use super::super::error::invalid;
use super::{as_limit, count, readable, time};
use crate::limits::UNREADABLE_ROWS_MAX;

/// All columns of a delivery, in the order in which [`delivery`] reads them.
macro_rules! columns {
    () => {
        "message, endpoint, state, due, lease, settled_at, failed_reason, attempts, interruptions, token"
    };
}

pub(crate) const FIND: &str = concat!(
    "/* rows::delivery::find */ SELECT ",
    columns!(),
    " FROM delivery WHERE message = ?1 AND endpoint = ?2"
);

/// The delivery with this id.
pub(crate) fn find(connection: &Connection, id: DeliveryId) -> rusqlite::Result<Option<Delivery>> {
    let mut query = connection.prepare_cached(FIND)?;
    query.query_row([id.message.number(), id.endpoint.number()], delivery).optional()
}

pub(crate) const OF_MESSAGE: &str = concat!(
    "/* rows::delivery::of_message */ SELECT ",
    columns!(),
    " FROM delivery WHERE message = ?1 ORDER BY endpoint"
);

/// All deliveries of a message, in the order of their endpoints.
pub(crate) fn of_message(connection: &Connection, id: MessageId) -> rusqlite::Result<Vec<Delivery>> {
    connection.prepare_cached(OF_MESSAGE)?.query_map([id.number()], delivery)?.collect()
}

/// Walks through the routed messages of the app (fate 0), each of which has deliveries; others are not looked at.
pub(crate) const OF_APP: &str = concat!(
    "/* rows::delivery::of_app */ SELECT ",
    columns!(),
    " FROM message CROSS JOIN delivery ON delivery.message = message.id
    WHERE message.app = ?1 AND message.fate = 0 AND message.id <= ?2
        AND (message.id < ?2 OR delivery.endpoint < ?3)
    ORDER BY message.id DESC, delivery.endpoint DESC LIMIT ?4"
);

/// Up to `limit` deliveries of an app, newest first, strictly older than `before`.
pub(crate) fn of_app(
    connection: &Connection,
    app: AppId,
    before: Option<DeliveryId>,
    limit: usize,
) -> rusqlite::Result<Vec<Delivery>> {
    let (message, endpoint) =
        before.map_or((i64::MAX, i64::MAX), |before| (before.message.number(), before.endpoint.number()));
    let page = params![app.number(), message, endpoint, as_limit(limit)];
    connection.prepare_cached(OF_APP)?.query_map(page, delivery)?.collect()
}

pub(crate) const LEASED_BELOW: &str = concat!(
    "/* rows::delivery::leased_below */ SELECT ",
    columns!(),
    " FROM delivery WHERE state = 1 AND lease < ?1 ORDER BY lease, message, endpoint LIMIT ?2"
);

/// Up to `limit` deliveries that are leased to lives before `living`, the earliest life first; without those that
/// cannot be read.
pub(crate) fn leased_below(
    connection: &Connection,
    living: Lease,
    limit: usize,
) -> rusqlite::Result<Vec<Delivery>> {
    let mut found = Vec::new();
    if limit > 0 {
        visit(connection, LEASED_BELOW, living.0, limit, |delivery| {
            found.push(delivery);
            Ok(if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
    }
    Ok(found)
}

pub(crate) const IN_LANE: &str = concat!(
    "/* rows::delivery::visit_lane */ SELECT ",
    columns!(),
    " FROM delivery WHERE state = 0 AND endpoint = ?1 ORDER BY due, message LIMIT ?2"
);

/// Visits up to `limit` deliveries that wait in a lane, those due longest first; without those that cannot be read.
pub(crate) fn visit_lane(
    connection: &Connection,
    lane: EndpointId,
    limit: usize,
    visitor: impl FnMut(Delivery) -> rusqlite::Result<ControlFlow<()>>,
) -> rusqlite::Result<()> {
    visit(connection, IN_LANE, lane.number(), limit, visitor)
}

/// Visits the deliveries of a query until the visitor has enough. What cannot be read is told and passed over, so
/// that it does not hold up what stands behind it.
fn visit(
    connection: &Connection,
    sql: &str,
    of: i64,
    limit: usize,
    mut visitor: impl FnMut(Delivery) -> rusqlite::Result<ControlFlow<()>>,
) -> rusqlite::Result<()> {
    let most = as_limit(limit.saturating_add(UNREADABLE_ROWS_MAX));
    let mut query = connection.prepare_cached(sql)?;
    let mut rows = query.query(params![of, most])?;
    while let Some(row) = rows.next()? {
        if let Some(delivery) = readable(id(row)?, delivery(row))?
            && visitor(delivery)?.is_break()
        {
            break;
        }
    }
    Ok(())
}

/// A row that lacks its time counts as due: the claim that follows passes over it.
pub(crate) const NEXT_LANE: &str = "/* rows::delivery::next_lane */
    SELECT delivery.endpoint, endpoint.app, ifnull(delivery.due, 0)
    FROM delivery CROSS JOIN endpoint ON endpoint.id = delivery.endpoint
    WHERE delivery.state = 0 AND delivery.endpoint > ?1
    ORDER BY delivery.endpoint, delivery.due LIMIT 1";

/// The first lane after `after` in which something waits; one leap, past all that waits before it.
pub(crate) fn next_lane(
    connection: &Connection,
    after: Option<EndpointId>,
) -> rusqlite::Result<Option<WaitingLane>> {
    let after = after.map_or(-1, EndpointId::number);
    let lane = |row: &Row<'_>| {
        Ok(WaitingLane {
            endpoint: EndpointId::from_number(row.get(0)?),
            app: AppId::from_number(row.get(1)?),
            due: time(row, 2)?,
        })
    };
    connection.prepare_cached(NEXT_LANE)?.query_row([after], lane).optional()
}

pub(crate) const INSERT: &str = concat!(
    "/* rows::delivery::insert */ INSERT INTO delivery (",
    columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
);

/// Adds a delivery.
pub(crate) fn insert(connection: &Connection, delivery: &Delivery) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(INSERT)?;
    bind(&mut statement, delivery)?;
    statement.raw_bind_parameter(10, delivery.token.as_bytes())?;
    statement.raw_execute().map(|_| ())
}

pub(crate) const UPDATE: &str = "/* rows::delivery::update */
    UPDATE delivery
    SET state = ?3, due = ?4, lease = ?5, settled_at = ?6, failed_reason = ?7, attempts = ?8, interruptions = ?9
    WHERE message = ?1 AND endpoint = ?2";

/// Stores where a delivery stands now. It was read in the same transaction, and nobody else writes, so it needs no
/// condition beside its id.
pub(crate) fn update(connection: &Connection, delivery: &Delivery) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(UPDATE)?;
    bind(&mut statement, delivery)?;
    statement.raw_execute().map(|_| ())
}

/// Binds all columns but the token, which never changes, in their order.
fn bind(statement: &mut Statement<'_>, delivery: &Delivery) -> rusqlite::Result<()> {
    let StateColumns { state, due, lease, settled_at, failed_reason } = StateColumns::of(delivery.state);
    let (message, endpoint) = (delivery.id.message.number(), delivery.id.endpoint.number());
    let (attempts, interruptions) = (i64::from(delivery.attempts), i64::from(delivery.interruptions));
    let numbers = [Some(message), Some(endpoint), Some(state), due, lease, settled_at, failed_reason];
    let numbers = numbers.into_iter().chain([Some(attempts), Some(interruptions)]);
    (1..).zip(numbers).try_for_each(|(at, number)| statement.raw_bind_parameter(at, number))
}

/// A delivery from a row with all columns in their order.
fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let state = StateColumns {
        state: row.get(2)?,
        due: row.get(3)?,
        lease: row.get(4)?,
        settled_at: row.get(5)?,
        failed_reason: row.get(6)?,
    };
    Ok(Delivery {
        id: id(row)?,
        state: state.state()?,
        attempts: count(row, 7, "attempts")?,
        interruptions: count(row, 8, "interruptions")?,
        token: Token::from_bytes(row.get(9).map_err(|error| invalid("token", error))?),
    })
}

fn id(row: &Row<'_>) -> rusqlite::Result<DeliveryId> {
    Ok(DeliveryId {
        message: MessageId::from_number(row.get(0)?),
        endpoint: EndpointId::from_number(row.get(1)?),
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
