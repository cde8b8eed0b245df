//! Messages, by their id and by their app.

mod columns;

use domain::id::{AppId, MessageId};
use domain::message::{Fate, Message, MessageRef};
use domain::payload::Payload;
use domain::time::Timestamp;
use engine::ports::history::PastMessage;
use rusqlite::{Connection, OptionalExtension, params};

use super::super::pages::Span;
use super::super::statements::Statements;
use super::{Rows, as_limit};
use columns::{bind, columns, fate_number, message, past_message, payload_columns, whole};

pub(crate) const FIND: &str =
    concat!("/* rows::message::find */ SELECT ", columns!(), ", payload FROM message WHERE id = ?1");

/// The message with this id.
pub(crate) fn find(statements: &mut Statements<'_>, id: MessageId) -> rusqlite::Result<Option<Message>> {
    statements.find(FIND)?.query_row([id.number()], whole).optional()
}

pub(crate) const HEAD: &str =
    concat!("/* rows::message::head */ SELECT ", columns!(), " FROM message WHERE id = ?1");

/// The message with this id; its payload is of the right kind, but has no bytes.
pub(crate) fn head(connection: &Connection, id: MessageId) -> rusqlite::Result<Option<Message>> {
    connection.prepare_cached(HEAD)?.query_row([id.number()], message).optional()
}

pub(crate) const FIND_EVENT_ID: &str = concat!(
    "/* rows::message::head_of_app */ SELECT ",
    columns!(),
    " FROM message WHERE app = ?1 AND event_id = ?2"
);

/// A message of an app, as [`head`] has it.
pub(crate) fn head_of_app(
    connection: &Connection,
    app: AppId,
    named: &MessageRef,
) -> rusqlite::Result<Option<Message>> {
    match named {
        MessageRef::Id(id) => Ok(head(connection, *id)?.filter(|message| message.app == app)),
        MessageRef::EventId(event_id) => {
            let mut query = connection.prepare_cached(FIND_EVENT_ID)?;
            query.query_row(params![app.number(), event_id.as_str()], message).optional()
        }
    }
}

pub(crate) const PAYLOAD: &str =
    "/* rows::message::with_payload */ SELECT payload FROM message WHERE id = ?1";

/// A message that was read without its bytes, with them.
pub(crate) fn with_payload(connection: &Connection, head: Message) -> rusqlite::Result<Message> {
    let read = || -> rusqlite::Result<Vec<u8>> {
        connection.prepare_cached(PAYLOAD)?.query_row([head.id.number()], |row| row.get(0))
    };
    let payload = match head.payload {
        Payload::Envelope(_) => Payload::Envelope(read()?.into()),
        Payload::Verbatim(_) => Payload::Verbatim(read()?.into()),
        nothing => nothing,
    };
    Ok(Message { payload, ..head })
}

/// One walk through the messages of one fate of an app.
macro_rules! of_fate {
    ($fate:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM message WHERE app = ?1 AND fate = ",
            $fate,
            " AND id > ?2 AND id < ?3"
        )
    };
}

/// Three walks in the same order, merged on the way.
macro_rules! of_app {
    ($order:literal) => {
        concat!(
            "/* rows::message::of_app */ ",
            of_fate!("0"),
            " UNION ALL ",
            of_fate!("1"),
            " UNION ALL ",
            of_fate!("2"),
            $order
        )
    };
}

pub(crate) const OF_APP: [&str; 2] = [of_app!(" ORDER BY id"), of_app!(" ORDER BY id DESC")];

/// The messages of an app within a span of ids, in its direction, as [`head`] has them.
pub(crate) fn of_app<R>(
    connection: &Connection,
    app: AppId,
    span: &Span<i64>,
    with: impl FnOnce(&mut Rows<'_, Message>) -> rusqlite::Result<R>,
) -> rusqlite::Result<R> {
    let mut query = connection.prepare_cached(span.of(OF_APP))?;
    with(&mut query.query_map(params![app.number(), span.low, span.high], message)?)
}

pub(crate) const OF_APP_AND_FATE: &str =
    concat!("/* rows::message::executions */ ", of_fate!("?4"), " ORDER BY id DESC");

/// The messages of an app, newest first, strictly older than `before`; with `fate`, only those.
pub(crate) fn executions<R>(
    connection: &Connection,
    app: AppId,
    fate: Option<Fate>,
    before: Option<MessageId>,
    with: impl FnOnce(&mut Rows<'_, PastMessage>) -> rusqlite::Result<R>,
) -> rusqlite::Result<R> {
    let before = before.map_or(i64::MAX, MessageId::number);
    match fate {
        Some(fate) => {
            let mut query = connection.prepare_cached(OF_APP_AND_FATE)?;
            let of = params![app.number(), -1, before, fate_number(fate)];
            with(&mut query.query_map(of, past_message)?)
        }
        None => {
            let mut query = connection.prepare_cached(OF_APP[1])?;
            with(&mut query.query_map(params![app.number(), -1, before], past_message)?)
        }
    }
}

pub(crate) const EXPIRED: &str = "/* rows::message::expired */
    SELECT id FROM message WHERE expires_at IS NOT NULL AND payload_kind < 2 AND expires_at <= ?1
    ORDER BY expires_at, id LIMIT ?2";

/// Up to `limit` messages whose payloads have expired by `now`, those that did so first.
pub(crate) fn expired(
    connection: &Connection,
    now: Timestamp,
    limit: usize,
) -> rusqlite::Result<Vec<MessageId>> {
    let mut query = connection.prepare_cached(EXPIRED)?;
    let id = |row: &rusqlite::Row<'_>| row.get(0).map(MessageId::from_number);
    query.query_map(params![now.millis(), as_limit(limit)], id)?.collect()
}

pub(crate) const INSERT: &str = concat!(
    "/* rows::message::insert */ INSERT INTO message (",
    columns!(),
    ", payload) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
);

/// Adds a message.
pub(crate) fn insert(statements: &mut Statements<'_>, message: &Message) -> rusqlite::Result<()> {
    let statement = statements.find(INSERT)?;
    bind(statement, message)?;
    statement.raw_execute().map(|_| ())
}

pub(crate) const SET_FATE: &str = "/* rows::message::set_fate */ UPDATE message SET fate = ?2 WHERE id = ?1";

/// Stores how the routing of a message has ended in the end.
pub(crate) fn set_fate(connection: &Connection, id: MessageId, fate: Fate) -> rusqlite::Result<()> {
    connection.prepare_cached(SET_FATE)?.execute([id.number(), fate_number(fate)])?;
    Ok(())
}

pub(crate) const SET_PAYLOAD: &str = "/* rows::message::set_payload */
    UPDATE message SET payload_kind = ?2, payload = ?3 WHERE id = ?1";

/// Stores what is left of a message's payload.
pub(crate) fn set_payload(connection: &Connection, id: MessageId, payload: &Payload) -> rusqlite::Result<()> {
    let (kind, bytes) = payload_columns(payload);
    connection.prepare_cached(SET_PAYLOAD)?.execute(params![id.number(), kind, bytes])?;
    Ok(())
}
