//! The lives of this store's node.

use domain::delivery::Lease;
use domain::id::AttemptId;
use engine::ports::queue::Life;
use rusqlite::Connection;

pub(crate) const BEGIN: &str = "/* rows::life::begin */ UPDATE life SET lease = lease + 1 RETURNING lease";
pub(crate) const ID_FLOOR: &str = "/* rows::life::begin */
    SELECT max(
        (SELECT last_attempt FROM life),
        ifnull((SELECT max(id) FROM organization), 0),
        ifnull((SELECT max(id) FROM api_key), 0),
        ifnull((SELECT max(id) FROM app), 0),
        ifnull((SELECT max(id) FROM endpoint), 0),
        ifnull((SELECT max(id) FROM message), 0),
        ifnull((SELECT max(id) FROM task), 0)
    )";

/// Begins the next life.
pub(crate) fn begin(connection: &Connection) -> rusqlite::Result<Life> {
    let lease = connection.prepare_cached(BEGIN)?.query_row([], |row| row.get(0))?;
    let id_floor = connection.prepare_cached(ID_FLOOR)?.query_row([], |row| row.get(0))?;
    Ok(Life { lease: Lease(lease), id_floor })
}

pub(crate) const ATTEMPTED: &str =
    "/* rows::life::attempted */ UPDATE life SET last_attempt = ?1 WHERE last_attempt < ?1";

/// Notes that there is an attempt with this id.
pub(crate) fn attempted(connection: &Connection, id: AttemptId) -> rusqlite::Result<()> {
    connection.prepare_cached(ATTEMPTED)?.execute([id.number()])?;
    Ok(())
}
