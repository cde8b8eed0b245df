//! What was counted, by its place.

use std::ops::RangeInclusive;

use domain::counts::{Counts, Grain, Place};
use domain::id::{AppId, EndpointId, OrganizationId};
use domain::latencies::{Latencies, Latency};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::error::invalid;
use super::{as_limit, readable, variant, variant_number};

const GRAINS: [Grain; 2] = [Grain::Minute, Grain::Hour];

/// The columns of a place, in the order in which [`place`] reads them.
macro_rules! place_columns {
    () => {
        "grain, number, organization, app, endpoint"
    };
}

/// What was counted, in the order in which [`counts`] reads it.
macro_rules! counts_columns {
    () => {
        "succeeded, failed, delivered, given_up, latencies"
    };
}

/// What stands for all apps, or all endpoints.
const ALL: i64 = 0;

pub(crate) const FIND: &str = concat!(
    "/* rows::attempt_stats::find */ SELECT ",
    counts_columns!(),
    " FROM attempt_stats WHERE grain = ?1 AND number = ?2 AND organization = ?3 AND app = ?4 AND endpoint = ?5"
);
pub(crate) const PUT: &str = concat!(
    "/* rows::attempt_stats::add */ INSERT INTO attempt_stats (",
    place_columns!(),
    ", ",
    counts_columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ON CONFLICT (grain, number, organization, app, endpoint) DO UPDATE SET succeeded = ?6, failed = ?7, delivered = ?8,
        given_up = ?9, latencies = ?10"
);

/// Adds to what was counted in a place. What cannot be read there is replaced.
pub(crate) fn add(connection: &Connection, place: &Place, mut more: Counts) -> rusqlite::Result<()> {
    let [grain, number, organization, app, endpoint] = key(place);
    let found = find(connection, place);
    if let Some(earlier) = readable(format_args!("counts of {place:?}"), found)?.flatten() {
        more += &earlier;
    }
    let Counts { succeeded, failed, delivered, given_up, latencies } = &more;
    let [succeeded, failed, delivered, given_up] =
        [succeeded, failed, delivered, given_up].map(|count| count.cast_signed());
    connection.prepare_cached(PUT)?.execute(params![
        grain,
        number,
        organization,
        app,
        endpoint,
        succeeded,
        failed,
        delivered,
        given_up,
        to_bytes(latencies)
    ])?;
    Ok(())
}

/// What was counted in a place.
pub(crate) fn find(connection: &Connection, place: &Place) -> rusqlite::Result<Option<Counts>> {
    connection.prepare_cached(FIND)?.query_row(key(place), |row| counts(row, 0)).optional()
}

pub(crate) const NEXT: &str = "/* rows::attempt_stats::next */
    SELECT number FROM attempt_stats WHERE grain = ?1 AND number BETWEEN ?2 AND ?3 ORDER BY number LIMIT 1";
pub(crate) const LAST: &str = "/* rows::attempt_stats::last */
    SELECT number FROM attempt_stats WHERE grain = ?1 AND number BETWEEN ?2 AND ?3 ORDER BY number DESC LIMIT 1";

/// The first of these times in which anything was counted.
pub(crate) fn next(
    connection: &Connection,
    grain: Grain,
    numbers: RangeInclusive<i64>,
) -> rusqlite::Result<Option<i64>> {
    time(connection, NEXT, grain, &numbers)
}

/// The last of these times in which anything was counted.
pub(crate) fn last(
    connection: &Connection,
    grain: Grain,
    numbers: RangeInclusive<i64>,
) -> rusqlite::Result<Option<i64>> {
    time(connection, LAST, grain, &numbers)
}

fn time(
    connection: &Connection,
    sql: &str,
    grain: Grain,
    numbers: &RangeInclusive<i64>,
) -> rusqlite::Result<Option<i64>> {
    let mut query = connection.prepare_cached(sql)?;
    let of = params![variant_number(&GRAINS, &grain), numbers.start(), numbers.end()];
    query.query_row(of, |row| row.get(0)).optional()
}

pub(crate) const OF_ORGANIZATION: &str = concat!(
    "/* rows::attempt_stats::of_endpoints */ SELECT endpoint, ",
    counts_columns!(),
    " FROM attempt_stats WHERE grain = 1 AND number = ?1 AND organization = ?2 AND app > ?3 LIMIT ?4"
);
pub(crate) const OF_APP: &str = concat!(
    "/* rows::attempt_stats::of_endpoints */ SELECT endpoint, ",
    counts_columns!(),
    " FROM attempt_stats WHERE grain = 1 AND number = ?1 AND organization = ?2 AND app = ?3 LIMIT ?4"
);

/// Visits what was counted in an hour of the endpoints of an organization, or of an app; answers how many rows it looked
/// at, `limit` at most. What cannot be read is passed over.
pub(crate) fn of_endpoints(
    connection: &Connection,
    hour: i64,
    organization: OrganizationId,
    app: Option<AppId>,
    limit: usize,
    mut visit: impl FnMut(EndpointId, Counts),
) -> rusqlite::Result<usize> {
    let mut query = connection.prepare_cached(if app.is_some() { OF_APP } else { OF_ORGANIZATION })?;
    let app = app.map_or(ALL, AppId::number);
    let mut rows = query.query(params![hour, organization.number(), app, as_limit(limit)])?;
    let mut looked_at = 0;
    while let Some(row) = rows.next()? {
        looked_at += 1;
        let endpoint: i64 = row.get(0)?;
        if endpoint == ALL {
            continue;
        }
        let endpoint = EndpointId::from_number(endpoint);
        let counts = readable(format_args!("counts of {endpoint}"), counts(row, 1))?;
        counts.into_iter().for_each(|counts| visit(endpoint, counts));
    }
    Ok(looked_at)
}

pub(crate) const MINUTES_BEFORE: &str = concat!(
    "/* rows::attempt_stats::minutes_before */ SELECT ",
    place_columns!(),
    " FROM attempt_stats WHERE grain = 0 AND number < ?1 ORDER BY number, organization, app, endpoint LIMIT ?2"
);

/// Up to `limit` places in minutes before this one, in their order.
pub(crate) fn minutes_before(
    connection: &Connection,
    minute: i64,
    limit: usize,
) -> rusqlite::Result<Vec<Place>> {
    let mut query = connection.prepare_cached(MINUTES_BEFORE)?;
    query.query_map([minute, as_limit(limit)], place)?.collect()
}

pub(crate) const DELETE: &str = "/* rows::attempt_stats::delete */ DELETE FROM attempt_stats
    WHERE grain = ?1 AND number = ?2 AND organization = ?3 AND app = ?4 AND endpoint = ?5";

/// Forgets what was counted in a place.
pub(crate) fn delete(connection: &Connection, place: &Place) -> rusqlite::Result<()> {
    connection.prepare_cached(DELETE)?.execute(key(place)).map(|_| ())
}

fn key(place: &Place) -> [i64; 5] {
    let app = place.app.map_or(ALL, AppId::number);
    let endpoint = place.endpoint.map_or(ALL, EndpointId::number);
    [variant_number(&GRAINS, &place.grain), place.number, place.organization.number(), app, endpoint]
}

fn place(row: &Row<'_>) -> rusqlite::Result<Place> {
    let [app, endpoint] = [row.get(3)?, row.get(4)?].map(|id: i64| Some(id).filter(|id| *id != ALL));
    Ok(Place {
        grain: variant(&GRAINS, row.get(0)?, "grain")?,
        number: row.get(1)?,
        organization: OrganizationId::from_number(row.get(2)?),
        app: app.map(AppId::from_number),
        endpoint: endpoint.map(EndpointId::from_number),
    })
}

fn counts(row: &Row<'_>, from: usize) -> rusqlite::Result<Counts> {
    let count = |index| row.get::<_, i64>(from + index).map(i64::cast_unsigned);
    let latencies = row.get_ref(from + 4)?.as_blob().map_err(|error| invalid("latencies", error))?;
    Ok(Counts {
        succeeded: count(0)?,
        failed: count(1)?,
        delivered: count(2)?,
        given_up: count(3)?,
        latencies: latencies_of(latencies).ok_or_else(|| invalid("latencies", "they end too early"))?,
    })
}

/// Each bucket as its number, then its count in LEB128, as most counts are small.
fn to_bytes(latencies: &Latencies) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(3 * latencies.buckets().len());
    for (bucket, count) in latencies.buckets() {
        bytes.push(bucket.number());
        let mut rest = *count;
        while rest > 0x7f {
            bytes.push(rest.to_le_bytes()[0] | 0x80);
            rest >>= 7;
        }
        bytes.push(rest.to_le_bytes()[0]);
    }
    bytes
}

fn latencies_of(bytes: &[u8]) -> Option<Latencies> {
    let mut latencies = Latencies::default();
    let mut bytes = bytes.iter();
    while let Some(bucket) = bytes.next() {
        let (mut count, mut shift) = (0_u64, 0);
        loop {
            let byte = *bytes.next()?;
            count |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte <= 0x7f {
                break;
            }
            shift += 7;
        }
        latencies.count(Latency::from_number(*bucket), count);
    }
    Some(latencies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_read_as_they_were_written() {
        let mut latencies = Latencies::default();
        for (bucket, count) in [(0, 1), (7, 127), (8, 128), (9, 300), (200, 1 << 40), (255, i64::MAX as u64)]
        {
            latencies.count(Latency::from_number(bucket), count);
        }
        let bytes = to_bytes(&latencies);
        assert_eq!(latencies_of(&bytes), Some(latencies));
        assert_eq!(latencies_of(&bytes[..bytes.len() - 1]), None);
        assert_eq!(latencies_of(&[1; 100].map(|byte| byte | 0x80)), None);
    }
}
