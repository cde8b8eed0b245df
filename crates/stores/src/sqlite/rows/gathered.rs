//! Tables in which things gather: each commit writes one row, of all that it did of a kind, and when there is much in it all
//! is put where it belongs and the table is cleared.

use rusqlite::{Connection, params};

use super::super::error::invalid;
use super::readable;

/// The query that adds a row to such a table, whose things stand in a column.
macro_rules! add_query {
    ($function:literal, $table:literal, $column:literal) => {
        concat!(
            "/* ",
            $function,
            " */
    INSERT INTO ",
            $table,
            " (number, things, ",
            $column,
            ") VALUES (
        (SELECT ifnull(max(number), 0) FROM ",
            $table,
            ") + 1,
        ifnull((SELECT things FROM ",
            $table,
            " ORDER BY number DESC LIMIT 1), 0) + ?1,
        ?2
    ) RETURNING number, things"
        )
    };
}
pub(super) use add_query;

/// How much has gathered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gathered {
    /// The commits that wrote it.
    pub(crate) rows: u64,
    /// The things in their rows.
    pub(crate) things: u64,
}

/// Adds so many things as a row; answers how much there is now.
pub(super) fn add(
    connection: &Connection,
    sql: &str,
    things: usize,
    bytes: &[u8],
) -> rusqlite::Result<Gathered> {
    let things = i64::try_from(things).unwrap_or(i64::MAX);
    connection.prepare_cached(sql)?.query_row(params![things, bytes], |row| {
        let count = |at| row.get(at).map(i64::unsigned_abs);
        Ok(Gathered { rows: count(0)?, things: count(1)? })
    })
}

/// Visits the bytes of all rows that a query answers after their numbers. What cannot be read is passed over.
pub(super) fn visit(
    connection: &Connection,
    sql: &str,
    column: &'static str,
    mut read: impl FnMut(&[u8]) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut query = connection.prepare_cached(sql)?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        let bytes = row.get_ref(1)?.as_blob().map_err(|error| invalid(column, error));
        readable(format_args!("row {number} of {column}"), bytes.and_then(&mut read))?;
    }
    Ok(())
}
