//! The embedded store: one SQLite file, one process, one writer, a few readers.
//!
//! - What changes goes through the [`writer`], which commits whatever waits together and answers after the disk has
//!   it. It owns the only connection that writes, so what it keeps in memory is true.
//! - What only looks goes through the [`readers`]: each sees one moment, and never waits for the writer.
//! - A delivery that its node keeps from birth on has no row before it ends ([`births`]); lists are merged with those.
//! - The rules are the domain's: within a transaction a row is read, the domain decides, and the row is written.
//!   No SQL knows which state may follow which.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

mod births;
mod catalog;
mod connection;
mod error;
mod file;
mod history;
mod inbox;
mod keyring;
mod known;
mod lately;
mod log;
mod migrations;
mod notices;
mod pages;
mod queue;
mod readers;
mod routes;
mod rows;
mod statements;
mod statistics;
mod tasks;
mod thread;
mod work;
mod writer;

pub use error::OpenError;

use known::Known;
use readers::Readers;
use writer::Writer;

use crate::limits::{LOOKUP_READERS_MAX, READERS_MAX};

/// A store in one file of a directory, which it holds alone.
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
    /// For what attempts and requests ask for only.
    lookups: Readers,
    known: Arc<Known>,
    /// Held as long as the store is open, and given back last.
    _lock: File,
}

impl SqliteStore {
    /// Opens the store in `directory`, and makes both where they do not exist. It blocks: call it before serving.
    ///
    /// # Errors
    /// With a sentence for the operator, when the directory is in use or cannot be written, when the file is damaged
    /// or of a newer version, or when the SQLite library is too old to be trusted.
    pub fn open(directory: &Path) -> Result<SqliteStore, OpenError> {
        connection::check_library()?;
        let lock = file::lock(directory)?;
        let path = file::make(directory, &lock)?;
        let database = Arc::new(File::open(&path).map_err(OpenError::io(&path))?);
        let mut connection = connection::writing(&path)?;
        connection::check_structure(&path, &connection)?;
        migrations::run(&path, &mut connection)?;
        file::sync(directory)?;
        file::mark(directory, &lock)?;
        let identity = Arc::new(file::Identity::of(&path)?);
        let readers = Readers::open(&path, &database, identity.clone(), READERS_MAX)?;
        let lookups = Readers::open(&path, &database, identity.clone(), LOOKUP_READERS_MAX)?;
        let known = Arc::new(Known::default());
        let probe = file::Probe::of(directory, &lock)?;
        let writer = Writer::start(&path, database, connection, identity, probe, known.clone())?;
        Ok(SqliteStore { writer, readers, lookups, known, _lock: lock })
    }

    /// Whether there is a store in `directory`.
    pub fn is_there(directory: &Path) -> bool {
        file::is_there(directory)
    }

    /// Finishes what was asked before, answers it, and copies the log into the database. What is asked later is
    /// answered as unavailable. Dropping the store does the same, and blocks meanwhile.
    pub async fn close(&self) {
        self.writer.close().await;
        self.readers.close();
        self.lookups.close();
    }
}

#[cfg(test)]
#[path = "sqlite/full_tests.rs"]
mod full_tests;
#[cfg(test)]
#[path = "sqlite/plans_tests.rs"]
mod plans_tests;
