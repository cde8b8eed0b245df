//! The schema's history: numbered files, each applied once and whole. A file that was released is never changed.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::connection::APPLICATION_ID;
use super::error::OpenError;

/// Migration *n* leads from schema *n* - 1 to schema *n*, which the file keeps as its `user_version`.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001_initial.sql")];

/// Brings the database at `path` to the newest schema, in one transaction.
pub(super) fn run(path: &Path, connection: &mut Connection) -> Result<(), OpenError> {
    let known = MIGRATIONS.len();
    let found: i64 =
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(OpenError::of(path))?;
    match usize::try_from(found) {
        Ok(done) if done == known => Ok(()),
        Ok(done) if done < known => apply(connection, &MIGRATIONS[done..]).map_err(OpenError::of(path)),
        _ => Err(OpenError::Newer {
            path: path.to_owned(),
            found,
            known: i64::try_from(known).expect("migrations are few"),
        }),
    }
}

fn apply(connection: &mut Connection, migrations: &[&str]) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for migration in migrations {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(
        None,
        "user_version",
        i64::try_from(MIGRATIONS.len()).expect("migrations are few"),
    )?;
    transaction.commit()
}

/// A database for one test, empty but for its tables; it goes with the directory.
#[cfg(test)]
pub(super) fn scratch() -> (tempfile::TempDir, Connection) {
    let directory = tempfile::tempdir().expect("there is room for a directory");
    let path = directory.path().join("test.db");
    std::fs::File::create(&path).expect("the directory can be written");
    let mut connection = super::connection::writing(&path).expect("an empty file is a database");
    run(&path, &mut connection).expect("the migrations are valid");
    (directory, connection)
}
