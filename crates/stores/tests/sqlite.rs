//! What the SQLite store promises beyond the ports: its files, its commits, and its pace with many rows.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests panic when they fail, and say what they measured"
)]

#[path = "sqlite/born.rs"]
mod born;
#[path = "sqlite/commits.rs"]
mod commits;
#[path = "sqlite/damage.rs"]
mod damage;
#[path = "sqlite/files.rs"]
mod files;
#[path = "sqlite/full_disk.rs"]
mod full_disk;
#[path = "sqlite/log.rs"]
mod log;
#[path = "sqlite/many_rows.rs"]
mod many_rows;
#[path = "sqlite/pace.rs"]
mod pace;
#[path = "sqlite/tally.rs"]
mod tally;
#[path = "support/world.rs"]
#[expect(dead_code, reason = "other tests use more of the world")]
mod world;

use std::path::Path;

use rusqlite::Connection;

/// A second look into the file, past the store.
fn look(directory: &Path) -> Connection {
    Connection::open(directory.join("whimbrel.db")).unwrap()
}

fn integrity(connection: &Connection) -> String {
    connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}
