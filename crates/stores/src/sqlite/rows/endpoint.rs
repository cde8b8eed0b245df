//! Endpoints, one by one and by their app.

mod columns;
pub(crate) mod trouble;

use domain::endpoint::Endpoint;
use domain::id::{AppId, EndpointId};
use domain::name::EndpointUid;
use domain::throttle::Pace;
use domain::time::Timestamp;
use engine::ports::queue::WaitingLane;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::pages::{Span, both_ways};
use super::{Rows, rate, readable, time_or_null};
use columns::{bind, columns, endpoint, ordering};

pub(crate) const FIND: &str =
    concat!("/* rows::endpoint::find */ SELECT ", columns!(), " FROM endpoint WHERE id = ?1");

/// The endpoint with this id, also one that is deleted.
pub(crate) fn find(connection: &Connection, id: EndpointId) -> rusqlite::Result<Option<Endpoint>> {
    connection.prepare_cached(FIND)?.query_row([id.number()], endpoint).optional()
}

pub(crate) const FIND_UID: &str = concat!(
    "/* rows::endpoint::find_uid */ SELECT ",
    columns!(),
    " FROM endpoint WHERE app = ?1 AND uid = ?2"
);

/// The endpoint of an app with this uid.
pub(crate) fn find_uid(
    connection: &Connection,
    app: AppId,
    uid: &EndpointUid,
) -> rusqlite::Result<Option<Endpoint>> {
    connection.prepare_cached(FIND_UID)?.query_row(params![app.number(), uid.as_str()], endpoint).optional()
}

pub(crate) const OF_APP: &str = concat!(
    "/* rows::endpoint::of_app */ SELECT ",
    columns!(),
    " FROM endpoint WHERE app = ?1 AND deleted_at IS NULL ORDER BY id"
);

/// All endpoints of an app that are not deleted, in the order of their ids.
pub(crate) fn of_app(connection: &Connection, app: AppId) -> rusqlite::Result<Vec<Endpoint>> {
    connection.prepare_cached(OF_APP)?.query_map([app.number()], endpoint)?.collect()
}

pub(crate) const IDS_OF_APP: &str = "/* rows::endpoint::ids_of_app */
    SELECT id FROM endpoint WHERE app = ?1 AND deleted_at IS NULL ORDER BY id";

/// The ids of an app's endpoints that are not deleted.
pub(crate) fn ids_of_app(connection: &Connection, app: AppId) -> rusqlite::Result<Vec<EndpointId>> {
    let mut query = connection.prepare_cached(IDS_OF_APP)?;
    query.query_map([app.number()], |row| row.get(0).map(EndpointId::from_number))?.collect()
}

pub(crate) const PAGE_OF_APP: [&str; 2] = both_ways!(
    "/* rows::endpoint::page_of_app */ SELECT ",
    columns!(),
    " FROM endpoint WHERE app = ?1 AND deleted_at IS NULL"; "id"
);

/// The endpoints of an app within a span of ids, in its direction.
pub(crate) fn page_of_app<R>(
    connection: &Connection,
    app: AppId,
    span: &Span<i64>,
    with: impl FnOnce(&mut Rows<'_, Endpoint>) -> rusqlite::Result<R>,
) -> rusqlite::Result<R> {
    let mut query = connection.prepare_cached(span.of(PAGE_OF_APP))?;
    with(&mut query.query_map(params![app.number(), span.low, span.high], endpoint)?)
}

pub(crate) const LANE: &str = "/* rows::endpoint::lane */
    SELECT endpoint.app, endpoint.held_until, endpoint.ordering, endpoint.throttle, app.throttle
    FROM endpoint LEFT JOIN app ON app.id = endpoint.app WHERE endpoint.id = ?1";

/// The lane of an endpoint in which the first delivery is due at `due`. Where it cannot be read how the endpoint is to be
/// called, that is the usual way.
pub(crate) fn lane(
    connection: &Connection,
    id: EndpointId,
    due: Timestamp,
) -> rusqlite::Result<Option<WaitingLane>> {
    let lane = |row: &Row<'_>| {
        let held_until = time_or_null(row, 1)?.unwrap_or_default();
        let pace = readable(id, pace(row))?.unwrap_or_default();
        Ok(WaitingLane { endpoint: id, app: AppId::from_number(row.get(0)?), due: due.max(held_until), pace })
    };
    connection.prepare_cached(LANE)?.query_row([id.number()], lane).optional()
}

fn pace(row: &Row<'_>) -> rusqlite::Result<Pace> {
    Ok(Pace { ordering: ordering(row.get(2)?)?, endpoint: rate(row, 3)?, app: rate(row, 4)? })
}

pub(crate) const CALLED: &str =
    "/* rows::endpoint::called */ SELECT url, held_until FROM endpoint WHERE id = ?1";

/// Where an endpoint is called, also one that is deleted, and until when it is held up.
pub(crate) fn called(
    connection: &Connection,
    id: EndpointId,
) -> rusqlite::Result<Option<(String, Option<Timestamp>)>> {
    let called = |row: &Row<'_>| Ok((row.get(0)?, time_or_null(row, 1)?));
    connection.prepare_cached(CALLED)?.query_row([id.number()], called).optional()
}

pub(crate) const PUT: &str = concat!(
    "/* rows::endpoint::put */ INSERT INTO endpoint (",
    columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
    ?23, ?24, ?25, ?26)
    ON CONFLICT (id) DO UPDATE SET app = ?2, uid = ?3, door = ?4, url = ?5, description = ?6, version = ?7,
        event_types = ?8, channels = ?9, pattern = ?10, throttle = ?11, ordering = ?12, secret_kind = ?13,
        secret = ?14, old_secrets = ?15, headers = ?16, auth = ?17, metadata = ?18, failing_since = ?19,
        failing_warned = ?20, held_until = ?21, disabled_at = ?22, disabled_reason = ?23, updated_at = ?24,
        deleted_at = ?25, revision = ?26"
);

/// Stores an endpoint, whether it was there or not.
pub(crate) fn put(connection: &Connection, endpoint: &Endpoint) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(PUT)?;
    bind(&mut statement, endpoint)?;
    statement.raw_execute().map(|_| ())
}

#[cfg(test)]
#[path = "endpoint_tests.rs"]
mod tests;
