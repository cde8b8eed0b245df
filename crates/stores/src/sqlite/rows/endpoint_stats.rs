//! Attempts of endpoints by the hour, counted.

use std::ops::AddAssign;

use domain::id::EndpointId;
use rusqlite::{Connection, OptionalExtension, params};

/// An hour, counted since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Hour(pub(crate) i64);

/// How many attempts succeeded, and how many failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) succeeded: u64,
    pub(crate) failed: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.succeeded += more.succeeded;
        self.failed += more.failed;
    }
}

pub(crate) const ADD: &str = "/* rows::endpoint_stats::add */
    INSERT INTO endpoint_stats (hour, endpoint, succeeded, failed) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (hour, endpoint) DO UPDATE SET succeeded = succeeded + ?3, failed = failed + ?4";

/// Counts the attempts of an endpoint in one hour in.
pub(crate) fn add(
    connection: &Connection,
    hour: Hour,
    endpoint: EndpointId,
    counts: Counts,
) -> rusqlite::Result<()> {
    let [succeeded, failed] = [counts.succeeded, counts.failed].map(u64::cast_signed);
    connection.prepare_cached(ADD)?.execute(params![hour.0, endpoint.number(), succeeded, failed])?;
    Ok(())
}

pub(crate) const NEXT_HOUR: &str = "/* rows::endpoint_stats::sum */
    SELECT hour FROM endpoint_stats WHERE hour BETWEEN ?1 AND ?2 ORDER BY hour LIMIT 1";
pub(crate) const IN_HOUR: &str = "/* rows::endpoint_stats::sum */
    SELECT succeeded, failed FROM endpoint_stats WHERE hour = ?1 AND endpoint = ?2";

/// The attempts of an endpoint from the first of these hours to the last one: two looks for each hour in which there
/// were any attempts.
pub(crate) fn sum(
    connection: &Connection,
    endpoint: EndpointId,
    first: Hour,
    last: Hour,
) -> rusqlite::Result<Counts> {
    let mut next_hour = connection.prepare_cached(NEXT_HOUR)?;
    let mut in_hour = connection.prepare_cached(IN_HOUR)?;
    let (mut sum, mut from) = (Counts::default(), first.0);
    while let Some(hour) = next_hour.query_row([from, last.0], |row| row.get::<_, i64>(0)).optional()? {
        let counts = in_hour.query_row([hour, endpoint.number()], |row| {
            let [succeeded, failed] = [row.get::<_, i64>(0)?, row.get::<_, i64>(1)?].map(i64::cast_unsigned);
            Ok(Counts { succeeded, failed })
        });
        sum += counts.optional()?.unwrap_or_default();
        from = hour + 1;
    }
    Ok(sum)
}
