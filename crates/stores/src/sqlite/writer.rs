//! The writer: one thread that owns the one connection that writes.
//!
//! Moves wait in a queue. The writer takes one after the other, carries them out in one transaction until none waits (or
//! they write much), commits it (one fsync for all of them), and only then answers. While one batch is on its way to the
//! disk the next one gathers; there is no timer, so a move that comes alone is committed at once.
//!
//! Hardly any move has to be undone after it has written something, and to be able to do that costs a copy of each page
//! that a move touches. So a batch is carried out without that; if it turns out to be needed, the whole batch is undone
//! and carried out again with it.
//!
//! After an error that leaves open what is on the disk, the writer takes no more moves: the process must stop.

mod intake;
mod moves;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::ports::fault::StoreError;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use self::intake::{Intake, Request};
use self::moves::{Batch, Undoing, Waiting, answer};
use super::births::Births;
use super::error::{OpenError, is_full_index, store_error};
use super::file::{Identity, Probe};
use super::known::{Changed, Known};
use super::log::Log;
use super::routes::Routes;
use super::thread::Joined;
use super::work::Work;
use crate::limits::{BATCH_BYTES_MAX, BATCH_MOVES_MAX, WAITING_MOVES_MAX};

pub(super) use self::moves::Done;

/// The way to the writer's thread. When it is dropped, the queue closes first, and then the thread is awaited.
pub(super) struct Writer {
    queue: mpsc::Sender<Request>,
    closed: AtomicBool,
    _thread: Joined,
}

impl Writer {
    /// Starts the thread for the database at `path`.
    pub(super) fn start(
        path: &Path,
        database: Arc<File>,
        mut connection: Connection,
        identity: Arc<Identity>,
        probe: Probe,
        known: Arc<Known>,
    ) -> Result<Writer, OpenError> {
        let (queue, requests) = mpsc::channel(WAITING_MOVES_MAX);
        let births = Births::begin(&mut connection).map_err(OpenError::of(path))?;
        let log = Log::start(path, database)?;
        let core =
            Core { connection, routes: Routes::default(), births, log, identity, probe, known, broken: None };
        let intake = Intake::new(requests);
        let thread = Joined::spawn("store-writer", move || core.run(intake)).map_err(OpenError::io(path))?;
        Ok(Writer { queue, closed: AtomicBool::new(false), _thread: thread })
    }

    /// Carries out `act` in the next batch, and answers when it is on the disk. It may be called again when all that it
    /// did was undone.
    pub(super) async fn carry_out<T, F>(&self, act: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Work<'_>) -> rusqlite::Result<Done<T>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let waiting = Request::Move(Box::new(Waiting::new(act, answer)));
        if self.queue.send(waiting).await.is_err() {
            return Err(self.gone());
        }
        answered.await.unwrap_or_else(|_| Err(self.gone()))
    }

    /// Waits until all that was asked before is done and the file is in order. What comes later is refused.
    pub(super) async fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        let (done, ended) = oneshot::channel();
        if self.queue.send(Request::Close(done)).await.is_ok() {
            // It fails when the thread has died, and then there is nothing to wait for.
            let _ = ended.await;
        }
    }

    fn gone(&self) -> StoreError {
        if self.closed.load(Ordering::Relaxed) {
            StoreError::Unavailable("it is closed".to_owned())
        } else {
            StoreError::Unknown("its writer has died".to_owned())
        }
    }
}

/// The writer's thread.
struct Core {
    connection: Connection,
    routes: Routes,
    births: Births,
    log: Log,
    identity: Arc<Identity>,
    probe: Probe,
    known: Arc<Known>,
    /// Why no more moves are taken.
    broken: Option<StoreError>,
}

impl Core {
    fn run(mut self, mut intake: Intake) {
        while let Some(first) = intake.wait() {
            let mut batch = vec![first];
            let committed = match &self.broken {
                Some(error) => Err(error.clone()),
                None => self.commit(&mut batch, &mut intake),
            };
            answer(batch, committed);
            if self.broken.is_none()
                && let Err(error) = self.log.tend(&self.connection)
            {
                self.broken = Some(error);
            }
        }
        if self.broken.is_none() {
            self.log.finish(&self.connection);
        }
        drop(self);
        for done in intake.closing {
            // Whoever asked may have gone.
            let _ = done.send(());
        }
    }

    /// Commits a batch that has begun with one move, and takes in what comes until it is carried out.
    fn commit(&mut self, batch: &mut Batch, intake: &mut Intake) -> Result<(), StoreError> {
        let committed = self.transact(batch, intake).and_then(|changed| {
            self.identity.check()?;
            self.probe.check()?;
            Ok(changed)
        });
        match committed {
            Ok(changed) => {
                self.births.committed();
                self.known.update(changed);
                Ok(())
            }
            Err(error) => {
                self.forget();
                let broken = matches!(error, StoreError::Unknown(_)).then(|| error.clone());
                self.broken = broken.or_else(|| self.roll_back().err());
                Err(error)
            }
        }
    }

    fn transact(&mut self, batch: &mut Batch, intake: &mut Intake) -> Result<Vec<Changed>, StoreError> {
        let mut changed = self.run_batch(batch, Some(intake)).map_err(|error| before(&error))?;
        if changed.is_none() {
            self.forget();
            self.roll_back()?;
            changed = self.run_batch(batch, None).map_err(|error| before(&error))?;
        }
        let changed = changed.expect("a move can be undone by itself");
        execute(&self.connection, "/* writer::transact */ COMMIT").map_err(|error| store_error(&error))?;
        Ok(changed)
    }

    /// Carries out a batch in a new transaction, and answers what it changed. While the batch still grows, its moves can
    /// only be undone together: `None` if one of them has to be.
    fn run_batch(
        &mut self,
        batch: &mut Batch,
        mut growing: Option<&mut Intake>,
    ) -> rusqlite::Result<Option<Vec<Changed>>> {
        execute(&self.connection, "/* writer::run_batch */ BEGIN IMMEDIATE")?;
        let undoing = if growing.is_some() { Undoing::Together } else { Undoing::OneByOne };
        let mut work = Work::new(&self.connection, &mut self.routes, &mut self.births);
        let mut next = 0;
        loop {
            if let Some(intake) = growing.as_mut().filter(|_| next == batch.len()) {
                let has_room = next < BATCH_MOVES_MAX && work.bytes() < BATCH_BYTES_MAX;
                batch.extend(has_room.then(|| intake.next()).flatten());
            }
            let Some(waiting) = batch.get_mut(next) else {
                self.log.wrote(work.bytes());
                return work.finish().map(Some);
            };
            if waiting.run(&mut work, undoing)?.is_break() {
                return Ok(None);
            }
            next += 1;
        }
    }

    /// Forgets what the batch did, which is undone in the database.
    fn forget(&mut self) {
        self.routes.clear();
        self.births.undo(0);
    }

    /// SQLite has rolled back by itself after some errors, and has not after others.
    fn roll_back(&self) -> Result<(), StoreError> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        let rolled_back = execute(&self.connection, "/* writer::roll_back */ ROLLBACK");
        rolled_back.map_err(|error| StoreError::Unknown(format!("a transaction cannot be undone: {error}")))
    }
}

/// What an error before the commit means: a log index that cannot grow is a full disk as long as nothing was
/// committed.
fn before(error: &rusqlite::Error) -> StoreError {
    if is_full_index(error) { StoreError::Full(error.to_string()) } else { store_error(error) }
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
