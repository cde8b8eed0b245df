//! Messages, by their id and by their app.

use bytes::Bytes;
use domain::event::Origin;
use domain::id::{AppId, MessageId};
use domain::message::{Fate, Message};
use domain::payload::Payload;
use domain::resource::ResourceKey;
use engine::ports::history::PastMessage;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::error::invalid;
use super::{as_limit, parsed};

/// All columns but the payload, which may be large, in the order in which they are read.
macro_rules! columns {
    () => {
        "id, app, event_type, source, detail_type, resource_kind, resource_id, fate"
    };
}

pub(crate) const FIND: &str =
    concat!("/* rows::message::find */ SELECT ", columns!(), ", payload FROM message WHERE id = ?1");

/// The message with this id.
pub(crate) fn find(connection: &Connection, id: MessageId) -> rusqlite::Result<Option<Message>> {
    connection.prepare_cached(FIND)?.query_row([id.number()], message).optional()
}

/// One walk.
macro_rules! of_fate {
    ($fate:literal) => {
        concat!("SELECT ", columns!(), " FROM message WHERE app = ?1 AND fate = ", $fate, " AND id < ?2")
    };
}

pub(crate) const OF_APP_AND_FATE: &str =
    concat!("/* rows::message::of_app */ ", of_fate!("?4"), " ORDER BY id DESC LIMIT ?3");
/// Three walks in the same order, merged on the way.
pub(crate) const OF_APP: &str = concat!(
    "/* rows::message::of_app */ ",
    of_fate!("0"),
    " UNION ALL ",
    of_fate!("1"),
    " UNION ALL ",
    of_fate!("2"),
    " ORDER BY id DESC LIMIT ?3"
);

/// Up to `limit` messages of an app, newest first, strictly older than `before`; with `fate`, only those.
pub(crate) fn of_app(
    connection: &Connection,
    app: AppId,
    fate: Option<Fate>,
    before: Option<MessageId>,
    limit: usize,
) -> rusqlite::Result<Vec<PastMessage>> {
    let before = before.map_or(i64::MAX, MessageId::number);
    match fate {
        Some(fate) => {
            let page = params![app.number(), before, as_limit(limit), fate_number(fate)];
            connection.prepare_cached(OF_APP_AND_FATE)?.query_map(page, past_message)?.collect()
        }
        None => {
            let page = params![app.number(), before, as_limit(limit)];
            connection.prepare_cached(OF_APP)?.query_map(page, past_message)?.collect()
        }
    }
}

pub(crate) const INSERT: &str = concat!(
    "/* rows::message::insert */ INSERT INTO message (",
    columns!(),
    ", payload) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
);

/// Adds a message.
pub(crate) fn insert(connection: &Connection, message: &Message) -> rusqlite::Result<()> {
    let payload = match &message.payload {
        Payload::Envelope(envelope) => Some(&**envelope),
        Payload::Absent => None,
    };
    connection.prepare_cached(INSERT)?.execute(params![
        message.id.number(),
        message.app.number(),
        message.event_type.as_str(),
        message.origin.source,
        message.origin.detail_type,
        message.resource.kind.as_str(),
        message.resource.id.as_str(),
        fate_number(message.fate),
        payload,
    ])?;
    Ok(())
}

fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let PastMessage { id, event_type, origin, resource, fate } = past_message(row)?;
    let payload: Option<Vec<u8>> = row.get(8)?;
    let payload = payload.map_or(Payload::Absent, |bytes| Payload::Envelope(Bytes::from(bytes)));
    Ok(Message { id, app: AppId::from_number(row.get(1)?), event_type, origin, resource, fate, payload })
}

fn past_message(row: &Row<'_>) -> rusqlite::Result<PastMessage> {
    Ok(PastMessage {
        id: MessageId::from_number(row.get(0)?),
        event_type: parsed(row, 2, "event_type")?,
        origin: Origin { source: row.get(3)?, detail_type: row.get(4)? },
        resource: ResourceKey { kind: parsed(row, 5, "resource_kind")?, id: parsed(row, 6, "resource_id")? },
        fate: fate(row.get(7)?)?,
    })
}

fn fate_number(fate: Fate) -> i64 {
    match fate {
        Fate::Routed => 0,
        Fate::Skipped => 1,
        Fate::DataNotFound => 2,
    }
}

fn fate(number: i64) -> rusqlite::Result<Fate> {
    match number {
        0 => Ok(Fate::Routed),
        1 => Ok(Fate::Skipped),
        2 => Ok(Fate::DataNotFound),
        _ => Err(invalid("fate", number)),
    }
}
