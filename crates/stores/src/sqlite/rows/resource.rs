//! Resources, by their key.

use domain::id::{AppId, OrganizationId};
use domain::resource::{Fields, Resource, ResourceKey};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::error::invalid;
use super::time;

pub(crate) const FIND: &str = "/* rows::resource::find */
    SELECT app, fields, created_at, updated_at FROM resource WHERE organization = ?1 AND kind = ?2 AND id = ?3";

/// The resource of an organization with this key.
pub(crate) fn find(
    connection: &Connection,
    organization: OrganizationId,
    key: &ResourceKey,
) -> rusqlite::Result<Option<Resource>> {
    let mut query = connection.prepare_cached(FIND)?;
    let of = params![organization.number(), key.kind.as_str(), key.id.as_str()];
    query.query_row(of, |row| resource(row, key)).optional()
}

pub(crate) const PUT: &str = "/* rows::resource::put */
    INSERT INTO resource (organization, kind, id, app, fields, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (organization, kind, id) DO UPDATE SET app = ?4, fields = ?5, created_at = ?6, updated_at = ?7";

/// Stores a resource of an organization, whether it was there or not. Answers the bytes of its fields.
pub(crate) fn put(
    connection: &Connection,
    organization: OrganizationId,
    resource: &Resource,
) -> rusqlite::Result<usize> {
    let fields = resource.fields.to_json();
    connection.prepare_cached(PUT)?.execute(params![
        organization.number(),
        resource.key.kind.as_str(),
        resource.key.id.as_str(),
        resource.app.number(),
        &*fields,
        resource.created_at.millis(),
        resource.updated_at.millis(),
    ])?;
    Ok(fields.len())
}

pub(crate) const DELETE: &str = "/* rows::resource::delete */
    DELETE FROM resource WHERE organization = ?1 AND kind = ?2 AND id = ?3";

/// Takes a resource of an organization away.
pub(crate) fn delete(
    connection: &Connection,
    organization: OrganizationId,
    key: &ResourceKey,
) -> rusqlite::Result<()> {
    let of = params![organization.number(), key.kind.as_str(), key.id.as_str()];
    connection.prepare_cached(DELETE)?.execute(of)?;
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
