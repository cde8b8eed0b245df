//! A message as its columns.

use bytes::Bytes;
use domain::event::Origin;
use domain::id::{AppId, MessageId};
use domain::message::{Fate, Message};
use domain::name::EventId;
use domain::payload::Payload;
use domain::resource::ResourceKey;
use engine::ports::history::PastMessage;
use rusqlite::{Row, Statement};
use serde::Serialize;

use super::super::super::error::invalid;
use super::super::{json, millis, parsed, parsed_or_null, time_or_null, to_json, variant, variant_number};

/// All columns but the payload, which may be large, in the order in which [`bind`] writes and [`message`] reads them.
macro_rules! columns {
    () => {
        "id, app, event_type, source, detail_type, resource_kind, resource_id, event_id, channels, tags, deliver_at,
        expires_at, fate, payload_kind"
    };
}
pub(super) use columns;

/// Where the payload stands, if it was asked for.
const PAYLOAD: usize = 14;

const FATES: &[Fate] = &[Fate::Routed, Fate::Skipped, Fate::DataNotFound];

/// Binds all columns in their order, and then the payload.
pub(super) fn bind(statement: &mut Statement<'_>, message: &Message) -> rusqlite::Result<()> {
    let resource = message.resource.as_ref();
    let (payload_kind, payload) = payload_columns(&message.payload);
    let (id, app, fate) = (message.id.number(), message.app.number(), fate_number(message.fate));
    let (channels, tags) = (list(&message.channels), list(&message.tags));
    statement.raw_bind_parameter(1, id)?;
    statement.raw_bind_parameter(2, app)?;
    statement.raw_bind_parameter(3, message.event_type.as_str())?;
    statement.raw_bind_parameter(4, &*message.origin.source)?;
    statement.raw_bind_parameter(5, &*message.origin.detail_type)?;
    statement.raw_bind_parameter(6, resource.map(|resource| resource.kind.as_str()))?;
    statement.raw_bind_parameter(7, resource.map(|resource| resource.id.as_str()))?;
    statement.raw_bind_parameter(8, message.event_id.as_ref().map(EventId::as_str))?;
    statement.raw_bind_parameter(9, channels)?;
    statement.raw_bind_parameter(10, tags)?;
    statement.raw_bind_parameter(11, millis(message.deliver_at))?;
    statement.raw_bind_parameter(12, millis(message.expires_at))?;
    statement.raw_bind_parameter(13, fate)?;
    statement.raw_bind_parameter(14, payload_kind)?;
    statement.raw_bind_parameter(15, payload)
}

/// A message whose payload is of the right kind, but has no bytes.
pub(super) fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let PastMessage { id, event_type, origin, resource, fate } = past_message(row)?;
    Ok(Message {
        id,
        app: AppId::from_number(row.get(1)?),
        event_type,
        origin,
        resource,
        event_id: parsed_or_null(row, 7, "event_id")?,
        channels: json(row, 8, "channels")?.unwrap_or_default(),
        tags: json(row, 9, "tags")?.unwrap_or_default(),
        deliver_at: time_or_null(row, 10)?,
        expires_at: time_or_null(row, 11)?,
        fate,
        payload: payload_of_kind(row, || Ok(Bytes::new()))?,
    })
}

/// A message with its payload.
pub(super) fn whole(row: &Row<'_>) -> rusqlite::Result<Message> {
    let payload = payload_of_kind(row, || row.get::<_, Vec<u8>>(PAYLOAD).map(Bytes::from))?;
    Ok(Message { payload, ..message(row)? })
}

/// What executions tell of a message.
pub(super) fn past_message(row: &Row<'_>) -> rusqlite::Result<PastMessage> {
    Ok(PastMessage {
        id: MessageId::from_number(row.get(0)?),
        event_type: parsed(row, 2, "event_type")?,
        origin: Origin { source: row.get(3)?, detail_type: row.get(4)? },
        resource: resource(row)?,
        fate: variant(FATES, row.get(12)?, "fate")?,
    })
}

fn resource(row: &Row<'_>) -> rusqlite::Result<Option<ResourceKey>> {
    let Some(kind) = parsed_or_null(row, 5, "resource_kind")? else { return Ok(None) };
    Ok(Some(ResourceKey { kind, id: parsed(row, 6, "resource_id")? }))
}

/// The number that stands for a fate.
pub(super) fn fate_number(fate: Fate) -> i64 {
    variant_number(FATES, &fate)
}

/// The kind of a payload, and its bytes.
pub(super) fn payload_columns(payload: &Payload) -> (i64, Option<&[u8]>) {
    match payload {
        Payload::Envelope(bytes) => (0, Some(bytes)),
        Payload::Verbatim(bytes) => (1, Some(bytes)),
        Payload::Absent => (2, None),
        Payload::Expunged => (3, None),
    }
}

fn payload_of_kind(
    row: &Row<'_>,
    bytes: impl FnOnce() -> rusqlite::Result<Bytes>,
) -> rusqlite::Result<Payload> {
    match row.get(13)? {
        0 => bytes().map(Payload::Envelope),
        1 => bytes().map(Payload::Verbatim),
        2 => Ok(Payload::Absent),
        3 => Ok(Payload::Expunged),
        number => Err(invalid("payload_kind", number)),
    }
}

/// Names as they are stored.
fn list<N: Serialize>(names: &[N]) -> Option<String> {
    (!names.is_empty()).then(|| to_json(names))
}
