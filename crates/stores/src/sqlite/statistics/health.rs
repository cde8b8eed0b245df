//! How the endpoints of an organization, or of an app, are.

use std::collections::HashMap;

use domain::attempt::Failure;
use domain::counts::{Counts, Grain};
use domain::endpoint::Endpoint;
use domain::id::{AttemptId, EndpointId};
use domain::limits::{LANE_COUNT_MAX, LAST_ATTEMPTS_MAX};
use domain::time::Timestamp;
use domain::trouble::Trouble;
use engine::ports::page::{Order, Slice, Start};
use engine::ports::statistics::{CountsOf, EndpointHealth};
use rusqlite::Connection;

use super::super::pages::Span;
use super::super::rows;
use super::super::rows::tally::Tallied;
use super::homes::Homes;
use crate::limits::{STATS_ROWS_MAX, TROUBLED_ROWS_MAX};

pub(super) fn of(
    connection: &Connection,
    of: CountsOf,
    since: Timestamp,
    limit: usize,
) -> rusqlite::Result<(Timestamp, Vec<EndpointHealth>)> {
    let mut homes = Homes::of(connection);
    let (first, mut counted) = counted_since(connection, &mut homes, of, Grain::Hour.number(since))?;
    let troubled = in_trouble(connection, &mut homes, of)?.into_iter();
    let mut troubled: Vec<(Endpoint, Counts)> = troubled
        .map(|endpoint| {
            let counts = counted.remove(&endpoint.id).unwrap_or_default();
            (endpoint, counts)
        })
        .collect();
    troubled.sort_by_key(|(endpoint, counts)| (Trouble::of(endpoint, counts), endpoint.id));
    let mut shown = Vec::new();
    for (endpoint, counts) in troubled.into_iter().take(limit) {
        shown.push(health(connection, endpoint, counts)?);
    }
    // The others are in no trouble now, so what was counted tells where they stand.
    let mut others: Vec<(EndpointId, Counts)> = counted.into_iter().collect();
    others.sort_by_key(|(endpoint, counts)| (Trouble::by(counts), *endpoint));
    let mut others = others.into_iter();
    while shown.len() < limit
        && let Some((endpoint, counts)) = others.next()
    {
        if homes.is_of(of, endpoint)? {
            let found = rows::readable(endpoint, rows::endpoint::find(connection, endpoint))?.flatten();
            let health = found.map(|found| health(connection, found, counts)).transpose()?;
            shown.extend(health);
        }
    }
    Ok((Grain::Hour.start(first), shown))
}

/// What was counted since an hour, or since a later one where there are too many rows, the newest first; and that hour.
fn counted_since(
    connection: &Connection,
    homes: &mut Homes<'_>,
    of: CountsOf,
    mut first: i64,
) -> rusqlite::Result<(i64, HashMap<EndpointId, Counts>)> {
    let mut counted: HashMap<EndpointId, Counts> = HashMap::new();
    let (mut rows_left, mut last) = (STATS_ROWS_MAX, i64::MAX);
    while let Some(hour) = rows::attempt_stats::last(connection, Grain::Hour, first..=last)? {
        let add = |endpoint, counts: Counts| *counted.entry(endpoint).or_default() += &counts;
        let CountsOf { organization, app } = of;
        let looked_at =
            rows::attempt_stats::of_endpoints(connection, hour, organization, app, rows_left, add)?;
        // An hour of others alone is a look as well.
        rows_left = rows_left.saturating_sub(looked_at.max(1));
        if rows_left == 0 {
            first = hour;
        }
        last = hour - 1;
    }
    for Tallied { endpoint, at, counted: one } in rows::tally::all(connection)? {
        if Grain::Hour.number(at) >= first && homes.counts_for(of, endpoint)? {
            *counted.entry(endpoint).or_default() += one;
        }
    }
    Ok((first, counted))
}

/// Those that are in trouble now: of an app all of them, otherwise those that are longest.
fn in_trouble(
    connection: &Connection,
    homes: &mut Homes<'_>,
    of: CountsOf,
) -> rusqlite::Result<Vec<Endpoint>> {
    let found = match of.app {
        Some(app) => {
            let all = Slice { limit: usize::MAX, order: Order::Ascending, start: Start::First };
            let span = Span::numbers(&all, EndpointId::number);
            rows::endpoint::page_of_app(connection, app, &span, |endpoints| {
                let readable = endpoints.map(|endpoint| rows::readable(app, endpoint));
                readable.filter_map(Result::transpose).collect::<rusqlite::Result<Vec<Endpoint>>>()
            })?
        }
        None => rows::endpoint::trouble::longest(connection, TROUBLED_ROWS_MAX)?,
    };
    let mut troubled = Vec::new();
    for endpoint in found.into_iter().filter(Trouble::is_present) {
        if homes.is_of(of, endpoint.id)? {
            troubled.push(endpoint);
        }
    }
    Ok(troubled)
}

fn health(connection: &Connection, endpoint: Endpoint, counts: Counts) -> rusqlite::Result<EndpointHealth> {
    let app = rows::readable(endpoint.app, rows::app::find(connection, endpoint.app))?.flatten();
    let has_failed = counts.failed > 0 || endpoint.failing.is_some();
    Ok(EndpointHealth {
        app_uid: app.and_then(|app| app.uid),
        waiting: rows::delivery::lanes::length(connection, endpoint.id, LANE_COUNT_MAX)?,
        last_failure: if has_failed { last_failure(connection, endpoint.id)? } else { None },
        endpoint,
        counts,
    })
}

fn last_failure(
    connection: &Connection,
    endpoint: EndpointId,
) -> rusqlite::Result<Option<(Timestamp, Failure)>> {
    let newest = Slice { limit: LAST_ATTEMPTS_MAX, order: Order::Descending, start: Start::First };
    let span = Span::numbers(&newest, AttemptId::number);
    rows::attempt::of_endpoint(connection, endpoint, &span, |heads| {
        for head in heads.take(LAST_ATTEMPTS_MAX) {
            if let Some(past) = rows::readable(endpoint, head)?
                && let Some(failure) = past.attempt.outcome.failure
            {
                return Ok(Some((past.attempt.started_at, failure)));
            }
        }
        Ok(None)
    })
}
