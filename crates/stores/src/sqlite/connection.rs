//! Connections to the database: how each kind is set up, and what is checked before it is trusted.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::error::OpenError;
use crate::limits::{BUSY_TIME_MAX, LOG_PAGES_HARD, STATEMENTS_MAX, WHOLE_CHECK_BYTES_MAX};

/// 3.51.3 mends a fault of the write-ahead log that damages files with more than one connection
/// (<https://sqlite.org/wal.html#walresetbug>).
const LIBRARY_MIN: i32 = 3_051_003;

/// Marks the file as ours: "Whim" in ASCII.
pub(super) const APPLICATION_ID: i64 = 0x5768_696d;

/// Refuses a SQLite library that may damage files.
pub(super) fn check_library() -> Result<(), OpenError> {
    if rusqlite::version_number() < LIBRARY_MIN {
        return Err(OpenError::OldLibrary(rusqlite::version()));
    }
    Ok(())
}

/// The connection that writes. A commit is on the disk when it returns; the log is copied into the database only
/// when [`super::log`] says so.
pub(super) fn writing(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open(path, flags).map_err(OpenError::of(path))?;
    refuse_foreign(path, &connection)?;
    let set_up = || {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // On macOS only this reaches the disk; elsewhere it changes nothing.
        connection.pragma_update(None, "fullfsync", true)?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.pragma_update(None, "journal_size_limit", LOG_PAGES_HARD * PAGE_BYTES)?;
        connection.pragma_update(None, "cache_size", WRITER_CACHE_PAGES)
    };
    set_up().map_err(OpenError::of(path))?;
    Ok(connection)
}

/// A connection that cannot write.
pub(super) fn reading(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open(path, flags).map_err(OpenError::of(path))?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB).map_err(OpenError::of(path))?;
    Ok(connection)
}

const PAGE_BYTES: i64 = 4096;
/// 31 MiB: the ends of all tables and indexes, where the work is. Whenever SQLite has split a page in the middle of an index
/// it looks at each slot of the cache's hash table after the commit, and with 8,192 pages that table would double.
const WRITER_CACHE_PAGES: i64 = 8000;
const READER_CACHE_KIB: i64 = 8 * 1024;

fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIME_MAX)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // A plan depends on the query alone. Otherwise some queries would be prepared again whenever they are asked.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // Finds damage in a page when it is read, before it leads somewhere else.
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

/// A file with tables in it that are not ours is left alone.
fn refuse_foreign(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let id: i64 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(OpenError::of(path))?;
    let tables: i64 = connection
        .query_row("/* connection::refuse_foreign */ SELECT count(*) FROM sqlite_schema", [], |row| {
            row.get(0)
        })
        .map_err(OpenError::of(path))?;
    if tables > 0 && id != APPLICATION_ID {
        return Err(OpenError::Foreign(path.to_owned()));
    }
    Ok(())
}

/// Looks for damage, in a bounded time: in all of a small database, and at both ends of each tree of a large one.
pub(super) fn check_structure(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    let bytes = std::fs::metadata(path).map_err(OpenError::io(path))?.len();
    if bytes > WHOLE_CHECK_BYTES_MAX {
        return look_at_ends(connection).map_err(OpenError::of(path));
    }
    let found: String = connection
        .query_row("/* connection::check_structure */ PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(OpenError::of(path))?;
    if found != "ok" {
        return Err(OpenError::Damaged { path: path.to_owned(), detail: found });
    }
    Ok(())
}

/// Each tree, by its table, its first column, and the condition of its index.
const TREES: [(&str, &str, &str); 33] = [
    ("organization", "id", "true"),
    ("organization", "external", "true"),
    ("api_key", "id", "true"),
    ("api_key", "organization", "true"),
    ("api_key", "hash", "true"),
    ("api_key", "expires_at", "scope = 3 AND expires_at IS NOT NULL"),
    ("app", "id", "true"),
    ("app", "organization", "uid IS NOT NULL"),
    ("app", "organization", "kind = 0 AND deleted_at IS NULL"),
    ("event_type", "organization", "true"),
    ("event_type", "organization", "archived = 0"),
    ("endpoint", "id", "true"),
    ("endpoint", "app", "deleted_at IS NULL"),
    (
        "endpoint",
        "ifnull(failing_since, disabled_at)",
        "deleted_at IS NULL AND (disabled_reason < 2 OR disabled_reason IS NULL AND failing_since IS NOT NULL)",
    ),
    ("endpoint", "app", "uid IS NOT NULL"),
    ("resource", "rowid", "true"),
    ("resource", "organization", "true"),
    ("message", "id", "true"),
    ("message", "app", "true"),
    ("message", "app", "event_id IS NOT NULL"),
    ("message", "expires_at", "expires_at IS NOT NULL AND payload_kind < 2"),
    ("delivery", "message", "true"),
    ("delivery", "endpoint", "true"),
    ("delivery", "endpoint", "state = 0"),
    ("delivery", "lease", "state = 1"),
    ("delivery", "endpoint", "first_id IS NOT NULL"),
    ("born", "number", "true"),
    ("attempt", "message", "true"),
    ("attempt", "endpoint", "true"),
    ("tally", "number", "true"),
    ("attempt_stats", "grain", "true"),
    ("answer", "at", "true"),
    ("answer", "key", "true"),
];

fn look_at_ends(connection: &Connection) -> rusqlite::Result<()> {
    TREES.iter().try_for_each(|(table, column, condition)| {
        ["min", "max"].iter().try_for_each(|end| {
            let sql = format!(
                "/* connection::look_at_ends */ SELECT {end}({column}) FROM {table} WHERE {condition}"
            );
            connection.query_row(&sql, [], |_| Ok(()))
        })
    })
}
