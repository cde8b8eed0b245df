//! The write-ahead log: it is copied into the database (a checkpoint) beside the work, not within it.
//!
//! A second thread copies while the writer goes on: all that is there, then what came meanwhile, until that is little. The
//! log can only begin anew when all of it is copied, so the writer copies the little that is left itself, between two
//! batches. It waits for more than that only when the log has grown to its bound.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use engine::ports::fault::StoreError;
use rusqlite::Connection;

use super::connection;
use super::error::{OpenError, store_error};
use super::thread::Joined;
use crate::limits::{
    COMMIT_BYTES, LOG_BYTES_UNASKED_MAX, LOG_PAGES_HARD, LOG_PAGES_LAST, LOG_PAGES_LITTLE,
    LOG_PAGES_PATIENCE, LOG_PAGES_SOFT, LOG_PASSES_MAX,
};

/// Keeps the log short. When it is dropped, the channel closes first, and then the thread is awaited.
pub(super) struct Log {
    wake: SyncSender<()>,
    /// How each copying that was begun has ended.
    copied: Receiver<Result<(), StoreError>>,
    is_copying: bool,
    /// What was written, about, since the log's length was asked.
    unasked_bytes: usize,
    /// The log's length from which on it is looked after again.
    next: i64,
    _copier: Joined,
}

impl Log {
    /// Starts the thread that copies into `database`, which is at `path`.
    pub(super) fn start(path: &Path, database: Arc<File>) -> Result<Log, OpenError> {
        let copier = Copier { connection: connection::writing(path)?, database };
        let ((wake, woken), (done, copied)) = (sync_channel(1), sync_channel(1));
        let thread = Joined::spawn("store-log", move || copier.copy_when_woken(&woken, &done));
        let copier = thread.map_err(OpenError::io(path))?;
        Ok(Log { wake, copied, is_copying: false, unasked_bytes: 0, next: LOG_PAGES_SOFT, _copier: copier })
    }

    /// Takes note of a commit of so many bytes.
    pub(super) fn wrote(&mut self, bytes: usize) {
        self.unasked_bytes += COMMIT_BYTES + bytes;
    }

    /// Looks after the log between two batches, where it has grown by much or was copied.
    ///
    /// # Errors
    /// With an error after which nothing may be written any more.
    pub(super) fn tend(&mut self, writing: &Connection) -> Result<(), StoreError> {
        let was_copied = self.was_copied()?;
        if self.unasked_bytes < LOG_BYTES_UNASKED_MAX && !was_copied {
            return Ok(());
        }
        let Some(length) = fatal(length(writing))? else { return Ok(()) };
        self.unasked_bytes = 0;
        if length.pages < LOG_PAGES_SOFT {
            self.next = LOG_PAGES_SOFT;
            return Ok(());
        }
        if was_copied {
            self.next = length.pages + LOG_PAGES_PATIENCE;
            let is_little = length.left() <= LOG_PAGES_LAST;
            return if is_little { fatal(checkpoint(writing, PASSIVE)).map(drop) } else { Ok(()) };
        }
        if length.pages < self.next {
            return Ok(());
        }
        if length.pages >= LOG_PAGES_HARD {
            self.next = length.pages + LOG_PAGES_PATIENCE;
            self.wait_for_copier()?;
            return fatal(checkpoint(writing, RESTART)).map(drop);
        }
        if !self.is_copying {
            // There is room: it has taken the word before, or has died.
            self.is_copying = self.wake.try_send(()).is_ok();
        }
        Ok(())
    }

    /// Whether the copying that was begun has ended since this was asked last.
    fn was_copied(&mut self) -> Result<bool, StoreError> {
        match self.copied.try_recv() {
            Ok(copied) => {
                self.is_copying = false;
                fatal(copied).map(|_| true)
            }
            Err(_) => Ok(false),
        }
    }

    /// Nobody can copy while another one does.
    fn wait_for_copier(&mut self) -> Result<(), StoreError> {
        if !std::mem::take(&mut self.is_copying) {
            return Ok(());
        }
        // If it has died, there is nothing to wait for.
        self.copied.recv().map_or(Ok(()), |copied| fatal(copied).map(drop))
    }

    /// Copies all of the log, when no more moves will come.
    pub(super) fn finish(&mut self, writing: &Connection) {
        let copied = self.wait_for_copier().and_then(|()| checkpoint(writing, TRUNCATE));
        if let Err(error) = copied {
            tracing::warn!(%error, "the store's log could not be copied; the next start does it");
        }
    }
}

/// The thread that copies.
struct Copier {
    connection: Connection,
    /// It brings copied pages to the disk itself: SQLite would leave that to whoever copies the last ones.
    database: Arc<File>,
}

impl Copier {
    fn copy_when_woken(&self, woken: &Receiver<()>, done: &SyncSender<Result<(), StoreError>>) {
        let mut was_copied = true;
        while woken.recv().is_ok() {
            let copied = self.copy();
            if let (Err(error), true) = (&copied, was_copied) {
                tracing::warn!(%error, "the store's log could not be copied and grows");
            }
            was_copied = copied.is_ok();
            if done.send(copied).is_err() {
                return;
            }
        }
    }

    /// Copies until little is left, or it does not become less.
    fn copy(&self) -> Result<(), StoreError> {
        let mut left = i64::MAX;
        for _ in 0..LOG_PASSES_MAX {
            checkpoint(&self.connection, PASSIVE)?;
            self.database.sync_data().map_err(|error| unsynced(&error))?;
            let still = length(&self.connection)?.left();
            if still <= LOG_PAGES_LITTLE || still >= left {
                break;
            }
            left = still;
        }
        Ok(())
    }
}

/// A log that is not copied now is copied later, unless the disk or the file cannot be trusted any more.
fn fatal<T>(copied: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match copied {
        Ok(value) => Ok(Some(value)),
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

impl Length {
    /// Pages that are still to be copied.
    fn left(&self) -> i64 {
        self.pages - self.copied
    }
}

fn length(connection: &Connection) -> Result<Length, StoreError> {
    checkpoint(connection, NOOP)
}

const NOOP: &str = "/* log::length */ PRAGMA wal_checkpoint(NOOP)";
const PASSIVE: &str = "/* log::checkpoint */ PRAGMA wal_checkpoint(PASSIVE)";
const RESTART: &str = "/* log::checkpoint */ PRAGMA wal_checkpoint(RESTART)";
const TRUNCATE: &str = "/* log::checkpoint */ PRAGMA wal_checkpoint(TRUNCATE)";

fn checkpoint(connection: &Connection, mode: &str) -> Result<Length, StoreError> {
    let query = connection.prepare_cached(mode);
    let copied = query.and_then(|mut query| {
        query.query_row([], |row| Ok(Length { pages: row.get(1)?, copied: row.get(2)? }))
    });
    copied.map_err(|error| store_error(&error))
}

/// As after any failed sync, nobody knows what is on the disk.
fn unsynced(error: &std::io::Error) -> StoreError {
    StoreError::Unknown(format!("the database could not be synced: {error}"))
}
