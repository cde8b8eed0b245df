//! Attempts, by their delivery, their message and their endpoint. They stand in rows of their own or, where one ended its
//! delivery at once, in the delivery's; who reads sees no difference.

use std::time::Duration;

use bytes::Bytes;
use domain::attempt::{Attempt, Failure, Outcome, Response, Trigger};
use domain::id::{AttemptId, DeliveryId, EndpointId, MessageId};
use engine::ports::history::PastAttempt;
use rusqlite::{Connection, OptionalExtension, Row, Statement, ToSql, params};

use super::super::error::invalid;
use super::super::pages::{Span, both_ways};
use super::super::statements::Statements;
use super::{Rows, count, parsed, time, variant, variant_number};

/// All columns of an attempt but its delivery and its response's body, which may be large, in the order in which
/// [`attempt`] reads them.
macro_rules! columns {
    () => {
        "number, id, made_by, started_at, duration_ns, url, status, truncated, retry_after, failure_code,
        failure_detail"
    };
}

/// Where the body stands, or the delivery if that was asked for instead.
const BODY: usize = 11;

pub(crate) const OF_DELIVERY: &str = concat!(
    "/* rows::attempt::of_delivery */ SELECT ",
    columns!(),
    ", body FROM any_attempt WHERE message = ?1 AND endpoint = ?2 ORDER BY number"
);

/// All attempts of a delivery, first to last.
pub(crate) fn of_delivery(connection: &Connection, id: DeliveryId) -> rusqlite::Result<Vec<Attempt>> {
    let mut query = connection.prepare_cached(OF_DELIVERY)?;
    query.query_map([id.message.number(), id.endpoint.number()], whole)?.collect()
}

pub(crate) const LAST: &str = concat!(
    "/* rows::attempt::last */ SELECT ",
    columns!(),
    ", body FROM any_attempt WHERE message = ?1 AND endpoint = ?2 ORDER BY number DESC LIMIT 1"
);

/// The last attempt of a delivery.
pub(crate) fn last(connection: &Connection, id: DeliveryId) -> rusqlite::Result<Option<Attempt>> {
    let mut query = connection.prepare_cached(LAST)?;
    query.query_row([id.message.number(), id.endpoint.number()], whole).optional()
}

pub(crate) const LAST_HEAD: &str = concat!(
    "/* rows::attempt::last_head */ SELECT ",
    columns!(),
    " FROM any_attempt WHERE message = ?1 AND endpoint = ?2 ORDER BY number DESC LIMIT 1"
);

/// The last attempt of a delivery; its response's body has no bytes.
pub(crate) fn last_head(connection: &Connection, id: DeliveryId) -> rusqlite::Result<Option<Attempt>> {
    let mut query = connection.prepare_cached(LAST_HEAD)?;
    let of = [id.message.number(), id.endpoint.number()];
    query.query_row(of, |row| attempt(row, |_| Ok(Bytes::new()))).optional()
}

pub(crate) const PLACES_OF_MESSAGE: &str = "/* rows::attempt::places */
    SELECT id, message, endpoint, number FROM any_attempt WHERE message = ?1";
pub(crate) const PLACES_OF_DELIVERY: &str = "/* rows::attempt::places */
    SELECT id, message, endpoint, number FROM any_attempt WHERE message = ?1 AND endpoint = ?2";

/// Where an attempt is found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) id: AttemptId,
    pub(crate) delivery: DeliveryId,
    number: i64,
}

/// Where all attempts of a message are found, or those of one delivery of it.
pub(crate) fn places(
    connection: &Connection,
    message: MessageId,
    endpoint: Option<EndpointId>,
) -> rusqlite::Result<Vec<Place>> {
    let place = |row: &Row<'_>| {
        Ok(Place {
            id: AttemptId::from_number(row.get(0)?),
            delivery: delivery(row, 1)?,
            number: row.get(3)?,
        })
    };
    match endpoint {
        Some(endpoint) => {
            let mut query = connection.prepare_cached(PLACES_OF_DELIVERY)?;
            query.query_map([message.number(), endpoint.number()], place)?.collect()
        }
        None => connection.prepare_cached(PLACES_OF_MESSAGE)?.query_map([message.number()], place)?.collect(),
    }
}

pub(crate) const HEAD: &str = concat!(
    "/* rows::attempt::head */ SELECT ",
    columns!(),
    ", message, endpoint FROM any_attempt WHERE message = ?1 AND endpoint = ?2 AND number = ?3"
);

/// The attempt in a place; its response's body has no bytes.
pub(crate) fn head(connection: &Connection, place: Place) -> rusqlite::Result<PastAttempt> {
    let DeliveryId { message, endpoint } = place.delivery;
    let mut query = connection.prepare_cached(HEAD)?;
    query.query_row([message.number(), endpoint.number(), place.number], past_attempt)
}

pub(crate) const FIND: &str = concat!(
    "/* rows::attempt::find */ SELECT ",
    columns!(),
    ", message, endpoint FROM any_attempt WHERE message = ?1 AND id = ?2"
);

/// An attempt of a message, as [`head`] has it. Looks at all of them, which a message has few of.
pub(crate) fn find(
    connection: &Connection,
    message: MessageId,
    id: AttemptId,
) -> rusqlite::Result<Option<PastAttempt>> {
    let mut query = connection.prepare_cached(FIND)?;
    query.query_row([message.number(), id.number()], past_attempt).optional()
}

pub(crate) const OF_ENDPOINT: [&str; 2] = both_ways!(
    "/* rows::attempt::of_endpoint */ SELECT ",
    columns!(),
    ", message, endpoint FROM any_attempt WHERE endpoint = ?1"; "id"
);

/// The attempts of an endpoint within a span of ids, in its direction, as [`head`] has them.
pub(crate) fn of_endpoint<R>(
    connection: &Connection,
    endpoint: EndpointId,
    span: &Span<i64>,
    with: impl FnOnce(&mut Rows<'_, PastAttempt>) -> rusqlite::Result<R>,
) -> rusqlite::Result<R> {
    let mut query = connection.prepare_cached(span.of(OF_ENDPOINT))?;
    with(&mut query.query_map(params![endpoint.number(), span.low, span.high], past_attempt)?)
}

pub(crate) const BODY_OF: &str = "/* rows::attempt::with_body */
    SELECT body FROM any_attempt WHERE message = ?1 AND endpoint = ?2 AND number = ?3";

/// An attempt that was read without its response's body, with it.
pub(crate) fn with_body(connection: &Connection, mut past: PastAttempt) -> rusqlite::Result<PastAttempt> {
    if let Some(response) = &mut past.attempt.outcome.response {
        let DeliveryId { message, endpoint } = past.delivery;
        let mut query = connection.prepare_cached(BODY_OF)?;
        let of = [message.number(), endpoint.number(), i64::from(past.attempt.number)];
        response.body = query.query_row(of, |row| row.get::<_, Vec<u8>>(0))?.into();
    }
    Ok(past)
}

pub(crate) const INSERT: &str = concat!(
    "/* rows::attempt::insert */ INSERT INTO attempt (message, endpoint, ",
    columns!(),
    ", body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
);

/// Adds an attempt of a delivery, in a row of its own.
pub(crate) fn insert(
    statements: &mut Statements<'_>,
    id: DeliveryId,
    attempt: &Attempt,
) -> rusqlite::Result<()> {
    let statement = statements.find(INSERT)?;
    statement.raw_bind_parameter(1, id.message.number())?;
    statement.raw_bind_parameter(2, id.endpoint.number())?;
    statement.raw_bind_parameter(3, attempt.number)?;
    bind(statement, 4, attempt)?;
    statement.raw_execute().map(|_| ())
}

/// Binds all columns from the id on, the first one at `first`.
pub(super) fn bind(statement: &mut Statement<'_>, first: usize, attempt: &Attempt) -> rusqlite::Result<()> {
    let response = attempt.outcome.response.as_ref();
    let failure = attempt.outcome.failure.as_ref();
    let columns: [&dyn ToSql; COLUMNS] = [
        &attempt.id.number(),
        &trigger_number(attempt.trigger),
        &attempt.started_at.millis(),
        &i64::try_from(attempt.duration.as_nanos()).unwrap_or(i64::MAX),
        &attempt.url,
        &response.map(|response| response.status),
        &response.map(|response| response.truncated),
        &response.and_then(|response| response.retry_after.as_deref()),
        &failure.map(|failure| failure.code.as_str()),
        &failure.map(|failure| failure.detail.as_str()),
        &response.map(|response| &*response.body),
    ];
    (first..).zip(columns).try_for_each(|(at, column)| statement.raw_bind_parameter(at, column))
}

/// From the id to the body.
const COLUMNS: usize = 11;

pub(crate) const SET_RESPONSE: [&str; 2] = [
    "/* rows::attempt::set_response */
    UPDATE attempt SET truncated = ?4, retry_after = ?5, body = ?6
    WHERE message = ?1 AND endpoint = ?2 AND id = ?3",
    "/* rows::attempt::set_response */
    UPDATE delivery SET first_truncated = ?4, first_retry_after = ?5, first_body = ?6
    WHERE message = ?1 AND endpoint = ?2 AND first_id = ?3",
];

/// Stores what is left of an attempt's response, wherever the attempt stands.
pub(crate) fn set_response(connection: &Connection, past: &PastAttempt) -> rusqlite::Result<()> {
    let response = past.attempt.outcome.response.as_ref();
    SET_RESPONSE.iter().try_for_each(|sql| {
        let left = params![
            past.delivery.message.number(),
            past.delivery.endpoint.number(),
            past.attempt.id.number(),
            response.map(|response| response.truncated),
            response.and_then(|response| response.retry_after.as_deref()),
            response.map(|response| &*response.body),
        ];
        connection.prepare_cached(sql)?.execute(left).map(|_| ())
    })
}

/// The number that stands for a trigger.
pub(super) fn trigger_number(trigger: Trigger) -> i64 {
    variant_number(TRIGGERS, &trigger)
}

/// The trigger that a number stands for.
pub(super) fn trigger(number: i64) -> rusqlite::Result<Trigger> {
    variant(TRIGGERS, number, "trigger")
}

const TRIGGERS: &[Trigger] = &[Trigger::Scheduled, Trigger::Manual];

/// An attempt without its response's body, from a row in which its delivery follows its own columns.
fn past_attempt(row: &Row<'_>) -> rusqlite::Result<PastAttempt> {
    Ok(PastAttempt { delivery: delivery(row, BODY)?, attempt: attempt(row, |_| Ok(Bytes::new()))? })
}

fn whole(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    attempt(row, |row| row.get::<_, Vec<u8>>(BODY).map(Bytes::from))
}

fn delivery(row: &Row<'_>, at: usize) -> rusqlite::Result<DeliveryId> {
    Ok(DeliveryId {
        message: MessageId::from_number(row.get(at)?),
        endpoint: EndpointId::from_number(row.get(at + 1)?),
    })
}

fn attempt(
    row: &Row<'_>,
    body: impl FnOnce(&Row<'_>) -> rusqlite::Result<Bytes>,
) -> rusqlite::Result<Attempt> {
    let duration_ns: i64 = row.get(4)?;
    Ok(Attempt {
        number: count(row, 0, "number")?,
        id: AttemptId::from_number(row.get(1)?),
        trigger: trigger(row.get(2)?)?,
        started_at: time(row, 3)?,
        duration: Duration::from_nanos(duration_ns.unsigned_abs()),
        url: row.get(5)?,
        outcome: Outcome { response: response(row, body)?, failure: failure(row)? },
    })
}

fn response(
    row: &Row<'_>,
    body: impl FnOnce(&Row<'_>) -> rusqlite::Result<Bytes>,
) -> rusqlite::Result<Option<Response>> {
    let Some(status) = row.get::<_, Option<i64>>(6)? else { return Ok(None) };
    Ok(Some(Response {
        status: u16::try_from(status).map_err(|error| invalid("status", error))?,
        truncated: row.get(7)?,
        retry_after: row.get(8)?,
        body: body(row)?,
    }))
}

fn failure(row: &Row<'_>) -> rusqlite::Result<Option<Failure>> {
    if row.get_ref(9)?.as_str_or_null().map_err(|error| invalid("failure_code", error))?.is_none() {
        return Ok(None);
    }
    Ok(Some(Failure { code: parsed(row, 9, "failure_code")?, detail: row.get(10)? }))
}
