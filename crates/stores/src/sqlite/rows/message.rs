//! Messages, by their id and by their app.

use bytes::Bytes;
use domain::event::Origin;
use domain::id::{AppId, MessageId};
use domain::message::{Fate, Message};
use domain::payload::Payload;
use domain::resource::ResourceKey;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::error::invalid;
use super::{as_limit, parsed};

pub(crate) const FIND: &str = "/* rows::message::find */
    SELECT id, app, event_type, source, detail_type, resource_kind, resource_id, fate, payload
    FROM message WHERE id = ?1";

/// The message with this id.
pub(crate) fn find(connection: &Connection, id: MessageId) -> rusqlite::Result<Option<Message>> {
    connection.prepare_cached(FIND)?.query_row([id.number()], message).optional()
}

pub(crate) const OF_APP_AND_FATE: &str = "/* rows::message::of_app */
    SELECT id FROM message WHERE app = ?1 AND fate = ?4 AND id < ?2 ORDER BY id DESC LIMIT ?3";
/// Three walks in the same order, merged on the way.
pub(crate) const OF_APP: &str = "/* rows::message::of_app */
    SELECT id FROM message WHERE app = ?1 AND fate = 0 AND id < ?2
    UNION ALL SELECT id FROM message WHERE app = ?1 AND fate = 1 AND id < ?2
    UNION ALL SELECT id FROM message WHERE app = ?1 AND fate = 2 AND id < ?2
    ORDER BY id DESC LIMIT ?3";

/// Up to `limit` messages of an app, newest first, strictly older than `before`; with `fate`, only those.
pub(crate) fn of_app(
    connection: &Connection,
    app: AppId,
    fate: Option<Fate>,
    before: Option<MessageId>,
    limit: usize,
) -> rusqlite::Result<Vec<MessageId>> {
    let before = before.map_or(i64::MAX, MessageId::number);
    let id = |row: &Row<'_>| row.get(0).map(MessageId::from_number);
    match fate {
        Some(fate) => {
            let page = params![app.number(), before, as_limit(limit), fate_number(fate)];
            connection.prepare_cached(OF_APP_AND_FATE)?.query_map(page, id)?.collect()
        }
        None => {
            let page = params![app.number(), before, as_limit(limit)];
            connection.prepare_cached(OF_APP)?.query_map(page, id)?.collect()
        }
    }
}

pub(crate) const INSERT: &str = "/* rows::message::insert */
    INSERT INTO message (id, app, event_type, source, detail_type, resource_kind, resource_id, fate, payload)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

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
    let payload: Option<Vec<u8>> = row.get(8)?;
    Ok(Message {
        id: MessageId::from_number(row.get(0)?),
        app: AppId::from_number(row.get(1)?),
        event_type: parsed(row, 2, "event_type")?,
        origin: Origin { source: row.get(3)?, detail_type: row.get(4)? },
        resource: ResourceKey { kind: parsed(row, 5, "resource_kind")?, id: parsed(row, 6, "resource_id")? },
        fate: fate(row.get(7)?)?,
        payload: payload.map_or(Payload::Absent, |bytes| Payload::Envelope(Bytes::from(bytes))),
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
