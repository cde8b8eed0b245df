//! The queue of the writer: its moves, one after the other, and the word to close.

use tokio::sync::{mpsc, oneshot};

use super::moves::Move;

/// What the writer is asked for.
pub(super) enum Request {
    Move(Box<dyn Move>),
    /// Take no more requests, and answer when all are done.
    Close(oneshot::Sender<()>),
}

/// The end of the queue.
pub(super) struct Intake {
    queue: mpsc::Receiver<Request>,
    /// Who waits for the end of all.
    pub(super) closing: Vec<oneshot::Sender<()>>,
}

impl Intake {
    /// The end of this queue.
    pub(super) fn new(queue: mpsc::Receiver<Request>) -> Self {
        Self { queue, closing: Vec::new() }
    }

    /// The next move; `None` when there will be no more.
    pub(super) fn wait(&mut self) -> Option<Box<dyn Move>> {
        loop {
            let request = self.queue.blocking_recv()?;
            if let Some(waiting) = self.take(request) {
                return Some(waiting);
            }
        }
    }

    /// The next move, if one waits.
    pub(super) fn next(&mut self) -> Option<Box<dyn Move>> {
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
