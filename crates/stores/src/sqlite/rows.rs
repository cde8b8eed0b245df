//! Rows and what they mean to the domain. Each file knows the columns of one table and every query that
//! reads or writes it; nothing else reads columns.

pub(super) mod answer;
pub(super) mod api_key;
pub(super) mod app;
pub(super) mod attempt;
pub(super) mod attempt_stats;
pub(super) mod born;
pub(super) mod delivery;
pub(super) mod endpoint;
pub(super) mod event_type;
pub(super) mod home;
pub(super) mod life;
pub(super) mod message;
pub(super) mod organization;
pub(super) mod resource;
pub(super) mod tally;
pub(super) mod task;

use std::fmt::Display;
use std::str::FromStr;

use domain::metadata::Metadata;
use domain::revision::Revision;
use domain::throttle::Rate;
use domain::time::Timestamp;
use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{invalid, is_local};

/// Rows that are read one by one, as they are asked for.
pub(super) type Rows<'a, T> = dyn Iterator<Item = rusqlite::Result<T>> + 'a;

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

/// Reads a text that the domain parses, if there is one.
fn parsed_or_null<T>(row: &Row<'_>, index: usize, column: &'static str) -> rusqlite::Result<Option<T>>
where
    T: FromStr,
    T::Err: Display,
{
    match row.get_ref(index)?.as_str_or_null().map_err(|error| invalid(column, error))? {
        Some(text) => text.parse().map(Some).map_err(|error| invalid(column, error)),
        None => Ok(None),
    }
}

/// Reads JSON, if there is any.
fn json<T: DeserializeOwned>(
    row: &Row<'_>,
    index: usize,
    column: &'static str,
) -> rusqlite::Result<Option<T>> {
    match row.get_ref(index)?.as_str_or_null().map_err(|error| invalid(column, error))? {
        Some(text) => serde_json::from_str(text).map(Some).map_err(|error| invalid(column, error)),
        None => Ok(None),
    }
}

/// Writes what is certainly JSON.
fn to_json(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).expect("texts, lists and maps of them are JSON")
}

/// Reads a time.
fn time(row: &Row<'_>, index: usize) -> rusqlite::Result<Timestamp> {
    row.get(index).map(Timestamp::from_millis)
}

/// Reads a time, if there is one.
fn time_or_null(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Timestamp>> {
    row.get::<_, Option<i64>>(index).map(|millis| millis.map(Timestamp::from_millis))
}

/// A time as it is stored.
fn millis(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::millis)
}

/// Reads a count.
fn count(row: &Row<'_>, index: usize, column: &'static str) -> rusqlite::Result<u32> {
    let number: i64 = row.get(index)?;
    u32::try_from(number).map_err(|error| invalid(column, error))
}

/// Reads a rate, if there is one.
fn rate(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Rate>> {
    let Some(number) = row.get::<_, Option<i64>>(index)? else { return Ok(None) };
    let rate = u16::try_from(number).ok().and_then(Rate::new);
    rate.map(Some).ok_or_else(|| invalid("throttle", number))
}

/// A rate as it is stored.
fn per_second(rate: Option<Rate>) -> Option<u16> {
    rate.map(Rate::per_second)
}

/// Reads the platform's notes.
fn metadata(row: &Row<'_>, index: usize) -> rusqlite::Result<Metadata> {
    let text = row.get_ref(index)?.as_str_or_null().map_err(|error| invalid("metadata", error))?;
    text.map_or_else(|| Ok(Metadata::default()), Metadata::stored).map_err(|error| invalid("metadata", error))
}

/// The platform's notes as they are stored.
fn notes(metadata: &Metadata) -> Option<String> {
    (!metadata.as_map().is_empty()).then(|| metadata.to_json())
}

/// Reads a revision.
fn revision(row: &Row<'_>, index: usize) -> rusqlite::Result<Revision> {
    row.get(index).map(Revision)
}

/// The variant that a stored number stands for: the place in a list of all of them.
fn variant<T: Copy>(all: &[T], number: i64, column: &'static str) -> rusqlite::Result<T> {
    let found = usize::try_from(number).ok().and_then(|number| all.get(number).copied());
    found.ok_or_else(|| invalid(column, number))
}

/// The number that stands for a variant.
fn variant_number<T: PartialEq>(all: &[T], variant: &T) -> i64 {
    let number = all.iter().position(|known| known == variant).expect("the list has all of them");
    i64::try_from(number).expect("the list is short")
}

/// How many rows a query may answer with.
pub(super) fn as_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
