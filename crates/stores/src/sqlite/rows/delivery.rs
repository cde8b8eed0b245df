//! Deliveries: by their id, of a message, of an app and of an endpoint. Those that wait or are leased are in [`lanes`].
//!
//! Whoever looks back meets those that have no row yet in their places ([`merged`]). Where a row is to be changed, rows alone
//! are looked at.

mod columns;
pub(crate) mod lanes;
mod merged;

use domain::attempt::Attempt;
use domain::delivery::Delivery;
use domain::id::{AppId, DeliveryId, EndpointId, MessageId};
use domain::payload::Token;
use rusqlite::{Connection, OptionalExtension, params};

use super::super::pages::{Span, both_ways};
use super::super::statements::Statements;
use super::born::Born;
use super::{Rows, attempt, readable};
use columns::{TOKEN, bind, columns, delivery};
use merged::Merged;

pub(crate) const FIND: &str = concat!(
    "/* rows::delivery::find */ SELECT ",
    columns!(),
    " FROM delivery WHERE message = ?1 AND endpoint = ?2"
);

/// The row with this id.
pub(crate) fn find(statements: &mut Statements<'_>, id: DeliveryId) -> rusqlite::Result<Option<Delivery>> {
    let query = statements.find(FIND)?;
    query.query_row([id.message.number(), id.endpoint.number()], delivery).optional()
}

pub(crate) const EXISTS: &str = "/* rows::delivery::exists */
    SELECT 1 FROM delivery WHERE message = ?1 AND endpoint = ?2";

/// Whether there is a row with this id.
pub(crate) fn exists(statements: &mut Statements<'_>, id: DeliveryId) -> rusqlite::Result<bool> {
    statements.find(EXISTS)?.exists([id.message.number(), id.endpoint.number()])
}

pub(crate) const OF_MESSAGE: [&str; 2] = both_ways!(
    "/* rows::delivery::of_message */ SELECT ",
    columns!(),
    " FROM delivery WHERE message = ?1"; "endpoint"
);

/// All deliveries of a message, in the order of their endpoints.
pub(crate) fn of_message(connection: &Connection, id: MessageId) -> rusqlite::Result<Vec<Delivery>> {
    page_of_message(connection, id, &Span::all(), |deliveries| deliveries.collect())
}

/// All rows of a message that can be read, in the order of their endpoints.
pub(crate) fn readable_rows_of_message(
    connection: &Connection,
    id: MessageId,
) -> rusqlite::Result<Vec<Delivery>> {
    let mut query = connection.prepare_cached(OF_MESSAGE[0])?;
    let rows = query.query_map(params![id.number(), -1, i64::MAX], delivery)?;
    rows.filter_map(|row| readable(id, row).transpose()).collect()
}

/// The deliveries of a message within a span of its endpoints, in its direction.
pub(crate) fn page_of_message<R>(
    connection: &Connection,
    id: MessageId,
    span: &Span<i64>,
    with: impl FnOnce(&mut Rows<'_, Delivery>) -> rusqlite::Result<R>,
) -> rusqlite::Result<R> {
    let mut query = connection.prepare_cached(span.of(OF_MESSAGE))?;
    let rows = query.query_map(params![id.number(), span.low, span.high], delivery)?;
    let born = |born: &Born| born.message == id && span.contains(&born.endpoint.number());
    with(&mut Merged::of(connection, rows, span.ascends, born)?)
}

pub(crate) const OF_ENDPOINT: [&str; 2] = both_ways!(
    "/* rows::delivery::of_endpoint */ SELECT ",
    columns!(),
    " FROM delivery WHERE endpoint = ?1"; "message"
);

/// The deliveries of an endpoint within a span of their messages, in its direction.
pub(crate) fn of_endpoint<R>(
    connection: &Connection,
    id: EndpointId,
    span: &Span<i64>,
    with: impl FnOnce(&mut Rows<'_, Delivery>) -> rusqlite::Result<R>,
) -> rusqlite::Result<R> {
    let mut query = connection.prepare_cached(span.of(OF_ENDPOINT))?;
    let rows = query.query_map(params![id.number(), span.low, span.high], delivery)?;
    let born = |born: &Born| born.endpoint == id && span.contains(&born.message.number());
    with(&mut Merged::of(connection, rows, span.ascends, born)?)
}

/// Walks through the routed messages of the app (fate 0), each of which has deliveries; others are not looked at.
macro_rules! of_app {
    ($order:literal) => {
        concat!(
            "/* rows::delivery::of_app */ SELECT ",
            columns!(),
            " FROM message CROSS JOIN delivery ON delivery.message = message.id
    WHERE message.app = ?1 AND message.fate = 0 AND message.id BETWEEN ?2 AND ?4
        AND (message.id, delivery.endpoint) > (?2, ?3) AND (message.id, delivery.endpoint) < (?4, ?5)",
            $order
        )
    };
}

pub(crate) const OF_APP: [&str; 2] = [
    of_app!(" ORDER BY message.id, delivery.endpoint"),
    of_app!(" ORDER BY message.id DESC, delivery.endpoint DESC"),
];

/// The deliveries of an app within a span of their ids, in its direction.
pub(crate) fn of_app<R>(
    connection: &Connection,
    app: AppId,
    span: &Span<(i64, i64)>,
    with: impl FnOnce(&mut Rows<'_, Delivery>) -> rusqlite::Result<R>,
) -> rusqlite::Result<R> {
    let of = params![app.number(), span.low.0, span.low.1, span.high.0, span.high.1];
    let mut query = connection.prepare_cached(span.of(OF_APP))?;
    let rows = query.query_map(of, delivery)?;
    let born = |born: &Born| born.app == app && span.contains(&pair(born.id()));
    with(&mut Merged::of(connection, rows, span.ascends, born)?)
}

macro_rules! of_all {
    ($order:literal) => {
        concat!(
            "/* rows::delivery::of_all */ SELECT ",
            columns!(),
            " FROM delivery WHERE (message, endpoint) > (?1, ?2) AND (message, endpoint) < (?3, ?4)",
            $order
        )
    };
}

pub(crate) const OF_ALL: [&str; 2] =
    [of_all!(" ORDER BY message, endpoint"), of_all!(" ORDER BY message DESC, endpoint DESC")];

/// The deliveries of everybody within a span of their ids, in its direction.
pub(crate) fn of_all<R>(
    connection: &Connection,
    span: &Span<(i64, i64)>,
    with: impl FnOnce(&mut Rows<'_, Delivery>) -> rusqlite::Result<R>,
) -> rusqlite::Result<R> {
    let mut query = connection.prepare_cached(span.of(OF_ALL))?;
    let of = params![span.low.0, span.low.1, span.high.0, span.high.1];
    let rows = query.query_map(of, delivery)?;
    with(&mut Merged::of(connection, rows, span.ascends, |born| span.contains(&pair(born.id())))?)
}

/// The numbers by which all deliveries are in order.
fn pair(id: DeliveryId) -> (i64, i64) {
    (id.message.number(), id.endpoint.number())
}

pub(crate) const INSERT: &str = concat!(
    "/* rows::delivery::insert */ INSERT INTO delivery (",
    columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
);

/// Adds a row.
pub(crate) fn insert(statements: &mut Statements<'_>, delivery: &Delivery) -> rusqlite::Result<()> {
    let statement = statements.find(INSERT)?;
    bind(statement, delivery)?;
    statement.raw_bind_parameter(TOKEN, delivery.token.as_ref().map(Token::as_bytes))?;
    statement.raw_execute().map(|_| ())
}

pub(crate) const INSERT_ENDED: &str = concat!(
    "/* rows::delivery::insert_ended */ INSERT INTO delivery (",
    columns!(),
    ", first_id, first_made_by, first_started_at, first_duration_ns, first_url, first_status, first_truncated,
        first_retry_after, first_failure_code, first_failure_detail, first_body)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)"
);

/// Adds a row with the delivery's first attempt in it.
pub(crate) fn insert_ended(
    statements: &mut Statements<'_>,
    delivery: &Delivery,
    first: &Attempt,
) -> rusqlite::Result<()> {
    let statement = statements.find(INSERT_ENDED)?;
    bind(statement, delivery)?;
    statement.raw_bind_parameter(TOKEN, delivery.token.as_ref().map(Token::as_bytes))?;
    attempt::bind(statement, TOKEN + 1, first)?;
    statement.raw_execute().map(|_| ())
}

pub(crate) const UPDATE: &str = "/* rows::delivery::update */
    UPDATE delivery
    SET state = ?3, due = ?4, lease = ?5, settled_at = ?6, failed_reason = ?7, attempts = ?8, earlier = ?9,
        next_trigger = ?10, interruptions = ?11
    WHERE message = ?1 AND endpoint = ?2";

/// Changes a row.
pub(crate) fn update(statements: &mut Statements<'_>, delivery: &Delivery) -> rusqlite::Result<()> {
    let statement = statements.find(UPDATE)?;
    bind(statement, delivery)?;
    statement.raw_execute().map(|_| ())
}
