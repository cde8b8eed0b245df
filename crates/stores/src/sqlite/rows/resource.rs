//! Resources, by their key.

use domain::id::AppId;
use domain::resource::{Fields, Resource, ResourceKey};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::error::invalid;
use super::time;

pub(crate) const FIND: &str = "/* rows::resource::find */
    SELECT app, fields, created_at, updated_at FROM resource WHERE kind = ?1 AND id = ?2";

/// The resource with this key.
pub(crate) fn find(connection: &Connection, key: &ResourceKey) -> rusqlite::Result<Option<Resource>> {
    let mut query = connection.prepare_cached(FIND)?;
    query.query_row([key.kind.as_str(), key.id.as_str()], |row| resource(row, key)).optional()
}

pub(crate) const PUT: &str = "/* rows::resource::put */
    INSERT INTO resource (kind, id, app, fields, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (kind, id) DO UPDATE SET app = ?3, fields = ?4, created_at = ?5, updated_at = ?6";

/// Stores a resource, whether it was there or not. Answers the bytes of its fields.
pub(crate) fn put(connection: &Connection, resource: &Resource) -> rusqlite::Result<usize> {
    let fields = resource.fields.to_json();
    connection.prepare_cached(PUT)?.execute(params![
        resource.key.kind.as_str(),
        resource.key.id.as_str(),
        resource.app.number(),
        &*fields,
        resource.created_at.millis(),
        resource.updated_at.millis(),
    ])?;
    Ok(fields.len())
}

pub(crate) const DELETE: &str =
    "/* rows::resource::delete */ DELETE FROM resource WHERE kind = ?1 AND id = ?2";

/// Takes a resource away.
pub(crate) fn delete(connection: &Connection, key: &ResourceKey) -> rusqlite::Result<()> {
    connection.prepare_cached(DELETE)?.execute([key.kind.as_str(), key.id.as_str()])?;
    Ok(())
}

fn resource(row: &Row<'_>, key: &ResourceKey) -> rusqlite::Result<Resource> {
    let fields = row.get_ref(1)?.as_blob().map_err(|error| invalid("fields", error))?;
    Ok(Resource {
        key: key.clone(),
        app: AppId::from_number(row.get(0)?),
        fields: Fields::parse(fields).map_err(|error| invalid("fields", error))?,
        created_at: time(row, 2)?,
        updated_at: time(row, 3)?,
    })
}
