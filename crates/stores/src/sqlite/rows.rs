//! Rows and what they mean to the domain. Each file knows the columns of one table and every query that
//! reads or writes it; nothing else reads columns.

pub(super) mod admin_key;
pub(super) mod app;
pub(super) mod attempt;
pub(super) mod delivery;
pub(super) mod endpoint;
pub(super) mod life;
pub(super) mod message;
pub(super) mod resource;

use std::fmt::Display;
use std::str::FromStr;

use domain::time::Timestamp;
use rusqlite::Row;

use super::error::{invalid, is_local};

/// Passes over a row that cannot be read, and tells which one it is.
pub(super) fn readable<T>(row: impl Display, read: rusqlite::Result<T>) -> rusqlite::Result<Option<T>> {
    match read {
        Err(error) if is_local(&error) => {
            tracing::warn!(%row, %error, "a stored row cannot be read and is passed over");
            Ok(None)
        }
        read => read.map(Some),
    }
}

/// Reads a text that the domain parses.
fn parsed<T>(row: &Row<'_>, index: usize, column: &'static str) -> rusqlite::Result<T>
where
    T: FromStr,
    T::Err: Display,
{
    let text = row.get_ref(index)?.as_str().map_err(|error| invalid(column, error))?;
    text.parse().map_err(|error| invalid(column, error))
}

/// Reads a time.
fn time(row: &Row<'_>, index: usize) -> rusqlite::Result<Timestamp> {
    row.get(index).map(Timestamp::from_millis)
}

/// Reads a count.
fn count(row: &Row<'_>, index: usize, column: &'static str) -> rusqlite::Result<u32> {
    let number: i64 = row.get(index)?;
    u32::try_from(number).map_err(|error| invalid(column, error))
}

/// How many rows a query may answer with.
fn as_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
