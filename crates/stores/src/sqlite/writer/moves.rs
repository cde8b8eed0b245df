//! Moves: what a caller wants done in one transaction, from the queue to its answer.

use std::ops::ControlFlow;

use engine::ports::fault::StoreError;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::execute;
use crate::sqlite::error::{is_local, store_error};
use crate::sqlite::work::Work;

/// Moves that are committed together.
pub(super) type Batch = Vec<Box<dyn Move>>;

/// How a move ended.
pub(in crate::sqlite) enum Done<T> {
    /// What it did is to be stored.
    Keep(T),
    /// What it did is to be undone.
    Undo(T),
}

/// How the moves of a batch can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undoing {
    /// Only all of them.
    Together,
    /// Each by itself.
    OneByOne,
}

/// One caller's move, from the queue to its answer.
pub(super) trait Move: Send {
    /// Carries it out. An error spoils the whole batch; a failure of its own does not. The batch cannot go on if the move
    /// is to be undone and can not be.
    fn run(&mut self, work: &mut Work<'_>, undoing: Undoing) -> rusqlite::Result<ControlFlow<()>>;

    /// Where the caller waits.
    fn runtime(&self) -> &Handle;

    /// Answers it, when its batch is committed or has failed.
    fn answer(self: Box<Self>, committed: &Result<(), StoreError>);
}

/// A move that waits for its turn, and then for the commit.
pub(super) struct Waiting<T, F> {
    act: F,
    outcome: Option<Result<T, StoreError>>,
    answer: oneshot::Sender<Result<T, StoreError>>,
    runtime: Handle,
}

impl<T, F> Waiting<T, F> {
    /// A move of the task that calls.
    pub(super) fn new(act: F, answer: oneshot::Sender<Result<T, StoreError>>) -> Self {
        Self { act, outcome: None, answer, runtime: Handle::current() }
    }
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
        if !is_kept && work.has_acted_since(mark) {
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

/// Answers a batch within the runtime: from there, to wake many costs no more than to wake one.
pub(super) fn answer(batch: Batch, committed: Result<(), StoreError>) {
    let Some(first) = batch.first() else { return };
    let runtime = first.runtime().clone();
    runtime.spawn(async move { batch.into_iter().for_each(|waiting| waiting.answer(&committed)) });
}
