//! Endpoints that are in trouble now, the longest first.

use domain::endpoint::Endpoint;
use rusqlite::Connection;

use super::super::{as_limit, readable};
use super::columns::{columns, endpoint};

/// Its condition and its order are those of the index `endpoint_in_trouble`.
pub(crate) const LONGEST: &str = concat!(
    "/* rows::endpoint::trouble::longest */ SELECT ",
    columns!(),
    " FROM endpoint
    WHERE deleted_at IS NULL AND (disabled_reason < 2 OR disabled_reason IS NULL AND failing_since IS NOT NULL)
        AND ifnull(failing_since, disabled_at) > ?1
    ORDER BY ifnull(failing_since, disabled_at) LIMIT ?2"
);

/// Up to `limit` endpoints that their failures have disabled, or that meet nothing but failure, the longest first; without
/// those that cannot be read.
pub(crate) fn longest(connection: &Connection, limit: usize) -> rusqlite::Result<Vec<Endpoint>> {
    let mut query = connection.prepare_cached(LONGEST)?;
    let mut rows = query.query([-1, as_limit(limit)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        found.extend(readable(format_args!("endpoint {id}"), endpoint(row))?);
    }
    Ok(found)
}
