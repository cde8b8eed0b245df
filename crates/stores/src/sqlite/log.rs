//! The write-ahead log: it is copied into the database (a checkpoint) beside the work, not within it.
//!
//! A second thread copies while the writer goes on. The log can only begin anew when all of it is copied, so when
//! little is left the writer copies the rest itself, between two batches. It waits for that only when the log has
//! grown to its bound.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};

use engine::ports::fault::StoreError;
use rusqlite::Connection;

use super::connection;
use super::error::{OpenError, store_error};
use super::thread::Joined;
use crate::limits::{LOG_PAGES_HARD, LOG_PAGES_LAST, LOG_PAGES_PATIENCE, LOG_PAGES_SOFT};

/// Keeps the log short. When it is dropped, the channel closes first, and then the thread is awaited.
pub(super) struct Log {
    wake: SyncSender<()>,
    fault: Arc<OnceLock<StoreError>>,
    /// The log's length from which on it is looked after again.
    next: i64,
    _copier: Joined,
}

impl Log {
    /// Starts the thread that copies.
    pub(super) fn start(path: &Path) -> Result<Log, OpenError> {
        let connection = connection::writing(path)?;
        let (wake, woken) = sync_channel(1);
        let fault = Arc::new(OnceLock::new());
        let found = fault.clone();
        let copier = Joined::spawn("store-log", move || copy_when_woken(&connection, &woken, &found));
        Ok(Log { wake, fault, next: LOG_PAGES_SOFT, _copier: copier.map_err(OpenError::io(path))? })
    }

    /// Looks after the log between two batches.
    ///
    /// # Errors
    /// With an error after which nothing may be written any more.
    pub(super) fn tend(&mut self, writing: &Connection) -> Result<(), StoreError> {
        if let Some(fault) = self.fault.get() {
            return Err(fault.clone());
        }
        let Some(length) = fatal(length(writing))? else { return Ok(()) };
        if length.pages < self.next.min(LOG_PAGES_SOFT) {
            self.next = LOG_PAGES_SOFT;
            return Ok(());
        }
        if length.pages < self.next {
            return Ok(());
        }
        let left = length.pages - length.copied;
        if length.pages >= LOG_PAGES_HARD {
            self.next = length.pages + LOG_PAGES_PATIENCE;
            return fatal(checkpoint(writing, RESTART)).map(drop);
        }
        if left <= LOG_PAGES_LAST {
            self.next = length.pages + LOG_PAGES_PATIENCE;
            return fatal(checkpoint(writing, PASSIVE)).map(drop);
        }
        // When it is awake already, it will see this too.
        let _ = self.wake.try_send(());
        Ok(())
    }

    /// Copies all of the log, when no more moves will come.
    pub(super) fn finish(&self, writing: &Connection) {
        if let Err(error) = checkpoint(writing, TRUNCATE) {
            tracing::warn!(%error, "the store's log could not be copied; the next start does it");
        }
    }
}

fn copy_when_woken(connection: &Connection, woken: &Receiver<()>, fault: &OnceLock<StoreError>) {
    let mut was_copied = true;
    while woken.recv().is_ok() {
        let copied = checkpoint(connection, PASSIVE);
        if let (Err(error), true) = (&copied, was_copied) {
            tracing::warn!(%error, "the store's log could not be copied and grows");
        }
        was_copied = copied.is_ok();
        if let Err(error) = fatal(copied) {
            fault.get_or_init(|| error);
            return;
        }
    }
}

/// A log that is not copied now is copied later, unless the disk or the file cannot be trusted any more.
fn fatal(copied: rusqlite::Result<Length>) -> Result<Option<Length>, StoreError> {
    match copied.map_err(|error| store_error(&error)) {
        Ok(length) => Ok(Some(length)),
        Err(error @ StoreError::Unknown(_)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// The log's length.
struct Length {
    /// In the log.
    pages: i64,
    /// Of these, in the database as well.
    copied: i64,
}

fn length(connection: &Connection) -> rusqlite::Result<Length> {
    checkpoint(connection, NOOP)
}

const NOOP: &str = "/* log::length */ PRAGMA wal_checkpoint(NOOP)";
const PASSIVE: &str = "/* log::checkpoint */ PRAGMA wal_checkpoint(PASSIVE)";
const RESTART: &str = "/* log::checkpoint */ PRAGMA wal_checkpoint(RESTART)";
const TRUNCATE: &str = "/* log::checkpoint */ PRAGMA wal_checkpoint(TRUNCATE)";

fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<Length> {
    let mut query = connection.prepare_cached(mode)?;
    query.query_row([], |row| Ok(Length { pages: row.get(1)?, copied: row.get(2)? }))
}
