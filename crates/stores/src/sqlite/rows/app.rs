//! Apps, by either of their ids.

use domain::id::AppId;
use domain::name::AppUid;
use rusqlite::{Connection, OptionalExtension, params};

use super::parsed;

pub(crate) const FIND: &str = "/* rows::app::find */ SELECT id FROM app WHERE uid = ?1";

/// The id of the app with this uid.
pub(crate) fn find(connection: &Connection, uid: &AppUid) -> rusqlite::Result<Option<AppId>> {
    let mut query = connection.prepare_cached(FIND)?;
    query.query_row([uid.as_str()], |row| row.get(0).map(AppId::from_number)).optional()
}

pub(crate) const UID: &str = "/* rows::app::uid */ SELECT uid FROM app WHERE id = ?1";

/// The uid of the app with this id.
pub(crate) fn uid(connection: &Connection, id: AppId) -> rusqlite::Result<AppUid> {
    connection.prepare_cached(UID)?.query_row([id.number()], |row| parsed(row, 0, "app uid"))
}

pub(crate) const INSERT: &str = "/* rows::app::insert */ INSERT INTO app (id, uid) VALUES (?1, ?2)";

/// Adds an app.
pub(crate) fn insert(connection: &Connection, id: AppId, uid: &AppUid) -> rusqlite::Result<()> {
    connection.prepare_cached(INSERT)?.execute(params![id.number(), uid.as_str()])?;
    Ok(())
}
