//! Event types, by their name.

use domain::event_type::EventType;
use domain::id::OrganizationId;
use domain::name::{EventTypeName, FeatureFlag, GroupName};
use engine::ports::catalog::Archived;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::pages::{Span, both_ways};
use super::{Rows, json, parsed, parsed_or_null, revision, time, to_json};

/// All columns of an event type, in the order in which [`event_type`] reads them.
macro_rules! columns {
    () => {
        "organization, name, description, archived, deprecated, feature_flag, group_name, schemas, created_at,
        updated_at, revision"
    };
}

pub(crate) const FIND: &str = concat!(
    "/* rows::event_type::find */ SELECT ",
    columns!(),
    " FROM event_type WHERE organization = ?1 AND name = ?2"
);

/// The event type with this name, also one that is archived.
pub(crate) fn find(
    connection: &Connection,
    organization: OrganizationId,
    name: &EventTypeName,
) -> rusqlite::Result<Option<EventType>> {
    let mut query = connection.prepare_cached(FIND)?;
    query.query_row(params![organization.number(), name.as_str()], event_type).optional()
}

pub(crate) const OF_ORGANIZATION: [&str; 2] = both_ways!(
    "/* rows::event_type::of_organization */ SELECT ",
    columns!(),
    " FROM event_type WHERE organization = ?1"; "name"
);
pub(crate) const LIVE_OF_ORGANIZATION: [&str; 2] = both_ways!(
    "/* rows::event_type::of_organization */ SELECT ",
    columns!(),
    " FROM event_type WHERE organization = ?1 AND archived = 0"; "name"
);

/// The event types of an organization within a span of names, in its direction.
pub(crate) fn of_organization<R>(
    connection: &Connection,
    organization: OrganizationId,
    archived: Archived,
    span: &Span<String>,
    with: impl FnOnce(&mut Rows<'_, EventType>) -> rusqlite::Result<R>,
) -> rusqlite::Result<R> {
    let queries = match archived {
        Archived::Included => OF_ORGANIZATION,
        Archived::Left => LIVE_OF_ORGANIZATION,
    };
    let mut query = connection.prepare_cached(span.of(queries))?;
    with(&mut query.query_map(params![organization.number(), span.low, span.high], event_type)?)
}

pub(crate) const PUT: &str = concat!(
    "/* rows::event_type::put */ INSERT INTO event_type (",
    columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
    ON CONFLICT (organization, name) DO UPDATE SET description = ?3, archived = ?4, deprecated = ?5,
        feature_flag = ?6, group_name = ?7, schemas = ?8, created_at = ?9, updated_at = ?10, revision = ?11"
);

/// Stores an event type, whether it was there or not.
pub(crate) fn put(connection: &Connection, event_type: &EventType) -> rusqlite::Result<()> {
    connection.prepare_cached(PUT)?.execute(params![
        event_type.organization.number(),
        event_type.name.as_str(),
        event_type.description,
        event_type.archived,
        event_type.deprecated,
        event_type.feature_flag.as_ref().map(FeatureFlag::as_str),
        event_type.group_name.as_ref().map(GroupName::as_str),
        event_type.schemas.as_ref().map(to_json),
        event_type.created_at.millis(),
        event_type.updated_at.millis(),
        event_type.revision.0,
    ])?;
    Ok(())
}

pub(crate) const DELETE: &str =
    "/* rows::event_type::delete */ DELETE FROM event_type WHERE organization = ?1 AND name = ?2";

/// Takes an event type away. Answers whether it was there.
pub(crate) fn delete(
    connection: &Connection,
    organization: OrganizationId,
    name: &EventTypeName,
) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(DELETE)?;
    statement.execute(params![organization.number(), name.as_str()]).map(|deleted| deleted == 1)
}

fn event_type(row: &Row<'_>) -> rusqlite::Result<EventType> {
    Ok(EventType {
        organization: OrganizationId::from_number(row.get(0)?),
        name: parsed(row, 1, "event type")?,
        description: row.get(2)?,
        archived: row.get(3)?,
        deprecated: row.get(4)?,
        feature_flag: parsed_or_null(row, 5, "feature_flag")?,
        group_name: parsed_or_null(row, 6, "group_name")?,
        schemas: json(row, 7, "schemas")?,
        created_at: time(row, 8)?,
        updated_at: time(row, 9)?,
        revision: revision(row, 10)?,
    })
}
