//! Deliveries that wait, by lane, and deliveries that are leased, by life.

use std::ops::ControlFlow;

use domain::delivery::{Delivery, Lease};
use domain::id::EndpointId;
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::super::super::statements::Statements;
use super::super::{as_limit, born, count, readable};
use super::columns::{columns, delivery, id};
use super::exists;
use crate::limits::UNREADABLE_ROWS_MAX;

pub(crate) const IN_LANE: &str = concat!(
    "/* rows::delivery::lanes::visit */ SELECT ",
    columns!(),
    " FROM delivery WHERE state = 0 AND endpoint = ?1 ORDER BY due, message LIMIT ?2"
);

/// Visits up to `limit` deliveries that wait in a lane, those due longest first; without those that cannot be read.
pub(crate) fn visit(
    connection: &Connection,
    lane: EndpointId,
    limit: usize,
    visitor: impl FnMut(Delivery) -> rusqlite::Result<ControlFlow<()>>,
) -> rusqlite::Result<()> {
    visit_all(connection, IN_LANE, lane.number(), limit, visitor)
}

pub(crate) const LEASED_BELOW: &str = concat!(
    "/* rows::delivery::lanes::leased_below */ SELECT ",
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
        visit_all(connection, LEASED_BELOW, living.0, limit, |delivery| {
            found.push(delivery);
            Ok(if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
    }
    Ok(found)
}

/// Visits the deliveries of a query until the visitor has enough. What cannot be read is told and passed over, so
/// that it does not hold up what stands behind it.
fn visit_all(
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
pub(crate) const NEXT: &str = "/* rows::delivery::lanes::next */
    SELECT endpoint, ifnull(due, 0) FROM delivery WHERE state = 0 AND endpoint > ?1
    ORDER BY endpoint, due LIMIT 1";

/// The first lane after `after` in which something waits, and when the first of it is due; one leap, past all that
/// waits before it.
pub(crate) fn next(
    connection: &Connection,
    after: Option<EndpointId>,
) -> rusqlite::Result<Option<(EndpointId, Timestamp)>> {
    let after = after.map_or(-1, EndpointId::number);
    let mut query = connection.prepare_cached(NEXT)?;
    let lane = query.query_row([after], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(lane.map(|(endpoint, due)| (EndpointId::from_number(endpoint), Timestamp::from_millis(due))))
}

pub(crate) const FIRST_DUE: &str = "/* rows::delivery::lanes::first_due */
    SELECT ifnull(due, 0) FROM delivery WHERE state = 0 AND endpoint = ?1 ORDER BY due LIMIT 1";

/// When the first delivery is due that waits in a lane.
pub(crate) fn first_due(connection: &Connection, lane: EndpointId) -> rusqlite::Result<Option<Timestamp>> {
    let mut query = connection.prepare_cached(FIRST_DUE)?;
    let due = query.query_row([lane.number()], |row| row.get(0)).optional()?;
    Ok(due.map(Timestamp::from_millis))
}

pub(crate) const ATTEMPTS: &str = "/* rows::delivery::lanes::attempts */
    SELECT attempts FROM delivery WHERE state = 0 AND endpoint = ?1 ORDER BY due, message LIMIT ?2";

/// How often each of up to `limit` deliveries was tried that wait in a lane, those due longest first.
pub(crate) fn attempts(
    connection: &Connection,
    lane: EndpointId,
    limit: usize,
) -> rusqlite::Result<Vec<u32>> {
    let mut query = connection.prepare_cached(ATTEMPTS)?;
    query.query_map([lane.number(), as_limit(limit)], |row| count(row, 0, "attempts"))?.collect()
}

pub(crate) const LENGTH: &str = "/* rows::delivery::lanes::length */
    SELECT message FROM delivery WHERE state = 0 AND endpoint = ?1 LIMIT ?2";

/// How many deliveries wait in a lane, up to `limit`.
pub(crate) fn length(connection: &Connection, lane: EndpointId, limit: usize) -> rusqlite::Result<usize> {
    let mut query = connection.prepare_cached(LENGTH)?;
    let mut rows = query.query([lane.number(), as_limit(limit)])?;
    let mut length = 0;
    while rows.next()?.is_some() {
        length += 1;
    }
    Ok(length)
}

pub(crate) const LEASED: &str = "/* rows::delivery::lanes::leased */
    SELECT endpoint FROM delivery WHERE state = 1 AND lease > ?1 LIMIT ?2";

/// The endpoints of up to `limit` deliveries that are leased to any life, with a row or without.
pub(crate) fn leased(connection: &Connection, limit: usize) -> rusqlite::Result<Vec<EndpointId>> {
    let mut query = connection.prepare_cached(LEASED)?;
    let rows = query.query_map([-1, as_limit(limit)], |row| row.get(0).map(EndpointId::from_number))?;
    let mut leased: Vec<EndpointId> = rows.collect::<Result<_, _>>()?;
    let mut statements = Statements::of(connection);
    for born in born::meant(connection, |_| true)? {
        if leased.len() < limit && !exists(&mut statements, born.id)? {
            leased.push(born.id.endpoint);
        }
    }
    Ok(leased)
}
