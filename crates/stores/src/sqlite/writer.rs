//! The writer: one thread that owns the one connection that writes.
//!
//! Moves wait in a queue. The writer takes all that wait, carries them out in one transaction (or in some, if they
//! write much), commits it (one fsync for all of them), and only then answers. While one batch is on its way to the disk
//! the next one gathers; there is no timer, so a move that comes alone is committed at once.
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
        let thread =
            Joined::spawn("store-writer", move || core.run(requests)).map_err(OpenError::io(path))?;
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
        let waiting = Request::Move(Box::new(Waiting { act, outcome: None, answer }));
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
    fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut batch = Vec::with_capacity(BATCH_MOVES_MAX);
        let mut closing = Vec::new();
        while requests.blocking_recv_many(&mut batch, BATCH_MOVES_MAX) > 0 {
            let mut moves = Vec::with_capacity(batch.len());
            for request in batch.drain(..) {
                match request {
                    Request::Move(waiting) => moves.push(waiting),
                    Request::Close(done) => closing.push(done),
                }
            }
            if !closing.is_empty() {
                requests.close();
            }
            if !moves.is_empty() {
                self.serve(moves);
            }
        }
        if self.broken.is_none() {
            self.log.finish(&self.connection);
        }
        drop(self);
        for done in closing {
            // Whoever asked may have gone.
            let _ = done.send(());
        }
    }

    /// Carries out moves in batches, answers each batch, and then looks after the log.
    fn serve(&mut self, mut moves: Vec<Box<dyn Move>>) {
        while !moves.is_empty() {
            let committed = match &self.broken {
                Some(error) => Err(error.clone()),
                None => self.commit(&mut moves),
            };
            // An error is not about one move, so those that were not begun would meet it too.
            let batch = committed.as_ref().map_or(moves.len(), |count| *count);
            let result = committed.map(|_| ());
            moves.drain(..batch).for_each(|waiting| waiting.answer(&result));
            if self.broken.is_none()
                && let Err(error) = self.log.tend(&self.connection)
            {
                self.broken = Some(error);
            }
        }
    }

    /// Commits the first of some moves, and answers how many.
    fn commit(&mut self, moves: &mut [Box<dyn Move>]) -> Result<usize, StoreError> {
        let committed = self.transact(moves).and_then(|committed| {
            self.identity.check()?;
            self.probe.check()?;
            Ok(committed)
        });
        match committed {
            Ok((count, changed)) => {
                self.known.update(changed);
                Ok(count)
            }
            Err(error) => {
                self.routes.clear();
                let broken = matches!(error, StoreError::Unknown(_)).then(|| error.clone());
                self.broken = broken.or_else(|| self.roll_back().err());
                Err(error)
            }
        }
    }

    fn transact(&mut self, moves: &mut [Box<dyn Move>]) -> Result<(usize, Vec<Changed>), StoreError> {
        let mut carried_out = self.run_batch(moves, Undoing::Together).map_err(|error| before(&error))?;
        if carried_out.is_none() {
            self.routes.clear();
            self.roll_back()?;
            carried_out = self.run_batch(moves, Undoing::OneByOne).map_err(|error| before(&error))?;
        }
        let carried_out = carried_out.expect("a move can be undone by itself");
        execute(&self.connection, "/* writer::transact */ COMMIT").map_err(|error| store_error(&error))?;
        Ok(carried_out)
    }

    /// Carries out the first of some moves in a new transaction, and answers how many, and what they changed; `None` if
    /// one of them is to be undone, and can not be by itself.
    fn run_batch(
        &mut self,
        moves: &mut [Box<dyn Move>],
        undoing: Undoing,
    ) -> rusqlite::Result<Option<(usize, Vec<Changed>)>> {
        execute(&self.connection, "/* writer::run_batch */ BEGIN IMMEDIATE")?;
        let mut work = Work::new(&self.connection, &mut self.routes);
        let mut count = 0;
        while count < moves.len() && work.bytes() < BATCH_BYTES_MAX {
            if moves[count].run(&mut work, undoing)?.is_break() {
                return Ok(None);
            }
            count += 1;
        }
        Ok(Some((count, work.finish()?)))
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

    /// Answers it, when its batch is committed or has failed.
    fn answer(self: Box<Self>, committed: &Result<(), StoreError>);
}

struct Waiting<T, F> {
    act: F,
    outcome: Option<Result<T, StoreError>>,
    answer: oneshot::Sender<Result<T, StoreError>>,
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
