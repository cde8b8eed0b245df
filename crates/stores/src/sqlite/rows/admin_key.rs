//! Hashes of admin keys, in the order of their making.

use engine::ports::catalog::KeyHash;
use rusqlite::Connection;

pub(crate) const ALL: &str = "/* rows::admin_key::all */ SELECT hash FROM admin_key ORDER BY position";

/// All of them.
pub(crate) fn all(connection: &Connection) -> rusqlite::Result<Vec<KeyHash>> {
    connection.prepare_cached(ALL)?.query_map([], |row| row.get(0).map(KeyHash))?.collect()
}

pub(crate) const INSERT_FIRST: &str = "/* rows::admin_key::insert_first */
    INSERT INTO admin_key (position, hash) SELECT 1, ?1 WHERE NOT EXISTS (SELECT 1 FROM admin_key)";

/// Adds one if there is none. Answers whether it did.
pub(crate) fn insert_first(connection: &Connection, key: KeyHash) -> rusqlite::Result<bool> {
    connection.prepare_cached(INSERT_FIRST)?.execute([key.0]).map(|added| added == 1)
}
