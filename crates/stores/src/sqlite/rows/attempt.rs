//! Attempts, by their delivery.

use std::time::Duration;

use bytes::Bytes;
use domain::attempt::{Attempt, Failure, Outcome, Response};
use domain::id::DeliveryId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::error::invalid;
use super::{count, parsed, time};

pub(crate) const OF_DELIVERY: &str = "/* rows::attempt::of_delivery */
    SELECT number, started_at, duration_ns, url, status, body, truncated, retry_after, failure_code, failure_detail
    FROM attempt WHERE message = ?1 AND endpoint = ?2 ORDER BY number";

/// All attempts of a delivery, first to last.
pub(crate) fn of_delivery(connection: &Connection, id: DeliveryId) -> rusqlite::Result<Vec<Attempt>> {
    let mut query = connection.prepare_cached(OF_DELIVERY)?;
    query.query_map([id.message.number(), id.endpoint.number()], attempt)?.collect()
}

pub(crate) const LAST: &str = "/* rows::attempt::last */
    SELECT number, started_at, duration_ns, url, status, body, truncated, retry_after, failure_code, failure_detail
    FROM attempt WHERE message = ?1 AND endpoint = ?2 ORDER BY number DESC LIMIT 1";

/// The last attempt of a delivery.
pub(crate) fn last(connection: &Connection, id: DeliveryId) -> rusqlite::Result<Option<Attempt>> {
    let mut query = connection.prepare_cached(LAST)?;
    query.query_row([id.message.number(), id.endpoint.number()], attempt).optional()
}

pub(crate) const INSERT: &str = "/* rows::attempt::insert */
    INSERT INTO attempt
        (message, endpoint, number, started_at, duration_ns, url, status, body, truncated, retry_after,
        failure_code, failure_detail)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

/// Adds an attempt of a delivery.
pub(crate) fn insert(connection: &Connection, id: DeliveryId, attempt: &Attempt) -> rusqlite::Result<()> {
    let response = attempt.outcome.response.as_ref();
    let failure = attempt.outcome.failure.as_ref();
    connection.prepare_cached(INSERT)?.execute(params![
        id.message.number(),
        id.endpoint.number(),
        attempt.number,
        attempt.started_at.millis(),
        i64::try_from(attempt.duration.as_nanos()).unwrap_or(i64::MAX),
        attempt.url,
        response.map(|response| response.status),
        response.map(|response| &*response.body),
        response.map(|response| response.truncated),
        response.and_then(|response| response.retry_after.as_deref()),
        failure.map(|failure| failure.code.as_str()),
        failure.map(|failure| failure.detail.as_str()),
    ])?;
    Ok(())
}

fn attempt(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    let duration_ns: i64 = row.get(2)?;
    Ok(Attempt {
        number: count(row, 0, "number")?,
        started_at: time(row, 1)?,
        duration: Duration::from_nanos(duration_ns.unsigned_abs()),
        url: row.get(3)?,
        outcome: Outcome { response: response(row)?, failure: failure(row)? },
    })
}

fn response(row: &Row<'_>) -> rusqlite::Result<Option<Response>> {
    let Some(status) = row.get::<_, Option<i64>>(4)? else { return Ok(None) };
    Ok(Some(Response {
        status: u16::try_from(status).map_err(|error| invalid("status", error))?,
        body: Bytes::from(row.get::<_, Vec<u8>>(5)?),
        truncated: row.get(6)?,
        retry_after: row.get(7)?,
    }))
}

fn failure(row: &Row<'_>) -> rusqlite::Result<Option<Failure>> {
    if row.get_ref(8)?.as_str_or_null().map_err(|error| invalid("failure_code", error))?.is_none() {
        return Ok(None);
    }
    Ok(Some(Failure { code: parsed(row, 8, "failure_code")?, detail: row.get(9)? }))
}
