//! Answers to requests with an idempotency key, by that key and by their age.

use domain::id::MessageId;
use domain::time::Timestamp;
use engine::ports::inbox::{IdempotencyKey, Unsent};
use engine::ports::keyring::Answer;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::error::invalid;
use super::{as_limit, time};

/// An answer that is remembered, and to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// When the request came.
    pub(crate) at: Timestamp,
    /// A hash of its body.
    pub(crate) request_hash: [u8; 16],
    /// What was answered.
    pub(crate) answer: Remembered,
}

/// What is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remembered {
    /// What became of the messages of a sending.
    Messages(Vec<Result<MessageId, Unsent>>),
    /// The answer to another request.
    Answer(Answer),
}

pub(crate) const FIND: &str = "/* rows::answer::find */
    SELECT at, request_hash, status, body FROM answer WHERE key = ?1";

/// What is remembered under a key, however old it is.
pub(crate) fn find(connection: &Connection, key: &[u8; 16]) -> rusqlite::Result<Option<Stored>> {
    connection.prepare_cached(FIND)?.query_row([key], stored).optional()
}

pub(crate) const INSERT: &str = "/* rows::answer::insert */
    INSERT INTO answer (at, key, request_hash, status, body) VALUES (?1, ?2, ?3, ?4, ?5)";

/// Remembers an answer under a key under which there is none. Answers the bytes of it.
pub(crate) fn insert(
    connection: &Connection,
    key: &IdempotencyKey,
    answer: Remembered,
) -> rusqlite::Result<usize> {
    let (status, body) = match answer {
        Remembered::Messages(messages) => (None, messages.into_iter().flat_map(message_bytes).collect()),
        Remembered::Answer(Answer { status, body }) => (Some(status), body),
    };
    let mut statement = connection.prepare_cached(INSERT)?;
    statement.execute(params![key.at.millis(), key.key, key.body, status, body])?;
    Ok(body.len())
}

pub(crate) const DELETE: &str = "/* rows::answer::delete */ DELETE FROM answer WHERE at = ?1 AND key = ?2";

/// Forgets an answer.
pub(crate) fn delete(connection: &Connection, at: Timestamp, key: &[u8; 16]) -> rusqlite::Result<()> {
    connection.prepare_cached(DELETE)?.execute(params![at.millis(), key])?;
    Ok(())
}

pub(crate) const BEFORE: &str = "/* rows::answer::before */
    SELECT at, key FROM answer WHERE at < ?1 ORDER BY at, key LIMIT ?2";

/// Up to `limit` answers to requests that came before `since`, the oldest first.
pub(crate) fn before(
    connection: &Connection,
    since: Timestamp,
    limit: usize,
) -> rusqlite::Result<Vec<(Timestamp, [u8; 16])>> {
    let mut query = connection.prepare_cached(BEFORE)?;
    let of = params![since.millis(), as_limit(limit)];
    query.query_map(of, |row| Ok((time(row, 0)?, row.get(1)?)))?.collect()
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let status: Option<i64> = row.get(2)?;
    let body: Vec<u8> = row.get(3)?;
    let answer = match status {
        None => Remembered::Messages(messages(&body)?),
        Some(status) => {
            let status = u16::try_from(status).map_err(|error| invalid("status", error))?;
            Remembered::Answer(Answer { status, body })
        }
    };
    Ok(Stored { at: time(row, 0)?, request_hash: row.get(1)?, answer })
}

fn message_bytes(sent: Result<MessageId, Unsent>) -> [u8; 8] {
    let number = match sent {
        Ok(id) => id.number(),
        Err(Unsent::NoApp) => -1,
        Err(Unsent::EventIdTaken) => -2,
        Err(Unsent::TooLarge) => -3,
    };
    number.to_be_bytes()
}

fn messages(bytes: &[u8]) -> rusqlite::Result<Vec<Result<MessageId, Unsent>>> {
    let (numbers, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(invalid("body", "it is no list of messages"));
    }
    let read = |bytes: &[u8; 8]| match i64::from_be_bytes(*bytes) {
        -1 => Ok(Err(Unsent::NoApp)),
        -2 => Ok(Err(Unsent::EventIdTaken)),
        -3 => Ok(Err(Unsent::TooLarge)),
        number if number >= 0 => Ok(Ok(MessageId::from_number(number))),
        number => Err(invalid("body", number)),
    };
    numbers.iter().map(read).collect()
}
