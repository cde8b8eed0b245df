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

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::ports::fault::StoreError;
use rusqlite::Connection;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::error::{OpenError, is_full_index, is_local, store_error};
use super::file::{Identity, Probe};
use super::known::{Changed, Known};
use super::log::Log;
use super::routes::Routes;
use super::thread::Joined;
use super::work::Work;
use crate::limits::{BATCH_BYTES_MAX, BATCH_MOVES_MAX, WAITING_MOVES_MAX};

/// The way to the writer's thread. When it is dropped, the queue closes first, and then the thread is awaited.
pub(super) struct Writer {
    queue: mpsc::Sender<Request>,
    closed: AtomicBool,
    _thread: Joined,
}

enum Request {
    Move(Box<dyn Move>),
    /// Take no more requests, and answer when all are done.
    Close(oneshot::Sender<()>),
}

/// The end of the queue.
struct Intake {
    queue: mpsc::Receiver<Request>,
    /// Who waits for the end of all.
    closing: Vec<oneshot::Sender<()>>,
}

impl Intake {
    /// The next move; `None` when there will be no more.
    fn wait(&mut self) -> Option<Box<dyn Move>> {
        loop {
            let request = self.queue.blocking_recv()?;
            if let Some(waiting) = self.take(request) {
                return Some(waiting);
            }
        }
    }

    /// The next move, if one waits.
    fn next(&mut self) -> Option<Box<dyn Move>> {
        loop {
            let request = self.queue.try_recv().ok()?;
            if let Some(waiting) = self.take(request) {
                return Some(waiting);
            }
        }
    }

    fn take(&mut self, request: Request) -> Option<Box<dyn Move>> {
        match request {
            Request::Move(waiting) => Some(waiting),
            Request::Close(done) => {
                self.queue.close();
                self.closing.push(done);
                None
            }
        }
    }
}

/// Moves that are committed together.
type Batch = Vec<Box<dyn Move>>;

/// How a move ended.
pub(super) enum Done<T> {
    /// What it did is to be stored.
    Keep(T),
    /// What it did is to be undone.
    Undo(T),
}

impl Writer {
    /// Starts the thread for the database at `path`.
    pub(super) fn start(
        path: &Path,
        connection: Connection,
        identity: Arc<Identity>,
        probe: Probe,
        known: Arc<Known>,
    ) -> Result<Writer, OpenError> {
        let (queue, requests) = mpsc::channel(WAITING_MOVES_MAX);
        let log = Log::start(path)?;
        let core = Core { connection, routes: Routes::default(), log, identity, probe, known, broken: None };
        let intake = Intake { queue: requests, closing: Vec::new() };
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
        let runtime = Handle::current();
        let waiting = Request::Move(Box::new(Waiting { act, outcome: None, answer, runtime }));
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
                self.known.update(changed);
                Ok(())
            }
            Err(error) => {
                self.routes.clear();
                let broken = matches!(error, StoreError::Unknown(_)).then(|| error.clone());
                self.broken = broken.or_else(|| self.roll_back().err());
                Err(error)
            }
        }
    }

    fn transact(&mut self, batch: &mut Batch, intake: &mut Intake) -> Result<Vec<Changed>, StoreError> {
        let mut changed = self.run_batch(batch, Some(intake)).map_err(|error| before(&error))?;
        if changed.is_none() {
            self.routes.clear();
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
        let mut work = Work::new(&self.connection, &mut self.routes);
        let mut next = 0;
        loop {
            if let Some(intake) = growing.as_mut().filter(|_| next == batch.len()) {
                let has_room = next < BATCH_MOVES_MAX && work.bytes() < BATCH_BYTES_MAX;
                batch.extend(has_room.then(|| intake.next()).flatten());
            }
            let Some(waiting) = batch.get_mut(next) else { return work.finish().map(Some) };
            if waiting.run(&mut work, undoing)?.is_break() {
                return Ok(None);
            }
            next += 1;
        }
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

/// Answers a batch within the runtime: from there, to wake many costs no more than to wake one.
fn answer(batch: Batch, committed: Result<(), StoreError>) {
    let Some(first) = batch.first() else { return };
    let runtime = first.runtime().clone();
    runtime.spawn(async move { batch.into_iter().for_each(|waiting| waiting.answer(&committed)) });
}

/// What an error before the commit means: a log index that cannot grow is a full disk as long as nothing was
/// committed.
fn before(error: &rusqlite::Error) -> StoreError {
    if is_full_index(error) { StoreError::Full(error.to_string()) } else { store_error(error) }
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

/// How the moves of a batch can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Undoing {
    /// Only all of them.
    Together,
    /// Each by itself.
    OneByOne,
}

/// One caller's move, from the queue to its answer.
trait Move: Send {
    /// Carries it out. An error spoils the whole batch; a failure of its own does not. The batch cannot go on if the move
    /// is to be undone and can not be.
    fn run(&mut self, work: &mut Work<'_>, undoing: Undoing) -> rusqlite::Result<ControlFlow<()>>;

    /// Where the caller waits.
    fn runtime(&self) -> &Handle;

    /// Answers it, when its batch is committed or has failed.
    fn answer(self: Box<Self>, committed: &Result<(), StoreError>);
}

struct Waiting<T, F> {
    act: F,
    outcome: Option<Result<T, StoreError>>,
    answer: oneshot::Sender<Result<T, StoreError>>,
    runtime: Handle,
}

impl<T, F> Move for Waiting<T, F>
where
    T: Send,
    F: FnMut(&mut Work<'_>) -> rusqlite::Result<Done<T>> + Send,
{
    fn run(&mut self, work: &mut Work<'_>, undoing: Undoing) -> rusqlite::Result<ControlFlow<()>> {
        let mark = work.mark();
        if undoing == Undoing::OneByOne {
            execute(work.connection, "/* writer::run */ SAVEPOINT move")?;
        }
        let (outcome, is_kept) = match (self.act)(work) {
            Ok(Done::Keep(value)) => (Ok(value), true),
            Ok(Done::Undo(value)) => (Ok(value), false),
            Err(error) if is_local(&error) => (Err(store_error(&error)), false),
            Err(error) => return Err(error),
        };
        if !is_kept && work.has_written_since(mark) {
            if undoing == Undoing::Together {
                return Ok(ControlFlow::Break(()));
            }
            execute(work.connection, "/* writer::run */ ROLLBACK TO move")?;
            work.undo(mark);
        }
        if undoing == Undoing::OneByOne {
            execute(work.connection, "/* writer::run */ RELEASE move")?;
        }
        self.outcome = Some(outcome);
        Ok(ControlFlow::Continue(()))
    }

    fn runtime(&self) -> &Handle {
        &self.runtime
    }

    fn answer(self: Box<Self>, committed: &Result<(), StoreError>) {
        let answer = match committed {
            Ok(()) => self.outcome.expect("a committed move has an outcome"),
            Err(error) => Err(error.clone()),
        };
        // Nobody may be waiting any more; the move counts all the same.
        let _ = self.answer.send(answer);
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
