//! The readers: a few connections that cannot write. Each question sees the store at one moment, the latest one.

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::ports::fault::StoreError;
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection;
use super::error::{OpenError, store_error};
use super::file::Identity;

/// Connections for whoever has a question.
pub(super) struct Readers {
    idle: Arc<Idle>,
    /// As many permits as there are connections.
    permits: Arc<Semaphore>,
    identity: Arc<Identity>,
}

struct Idle {
    connections: Mutex<Vec<Connection>>,
    /// Closed after all connections, also those of questions that outlive the store: to close it lets go of the locks of
    /// this process on it, which are SQLite's.
    _database: Arc<File>,
}

impl Readers {
    /// Opens so many connections to the database at `path`.
    pub(super) fn open(
        path: &Path,
        database: &Arc<File>,
        identity: Arc<Identity>,
        count: usize,
    ) -> Result<Self, OpenError> {
        let connections: Result<Vec<_>, _> = (0..count).map(|_| connection::reading(path)).collect();
        let idle = Arc::new(Idle { connections: Mutex::new(connections?), _database: database.clone() });
        Ok(Self { idle, permits: Arc::new(Semaphore::new(count)), identity })
    }

    /// Answers a question, on a thread that may block.
    pub(super) async fn read<T, F>(&self, question: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let permit = self.permits.clone().acquire_owned().await;
        let permit = permit.map_err(|_| StoreError::Unavailable("it is closed".to_owned()))?;
        let loan = Loan::of(self.idle.clone(), permit);
        let identity = self.identity.clone();
        let answered = tokio::task::spawn_blocking(move || {
            identity.check()?;
            loan.ask(question).map_err(|error| store_error(&error))
        });
        answered.await.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
    }

    /// Answers no more questions.
    pub(super) fn close(&self) {
        self.permits.close();
        self.idle.connections().clear();
    }
}

impl Idle {
    fn connections(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection in use; it goes back whatever happens to the question.
struct Loan {
    connection: Option<Connection>,
    home: Arc<Idle>,
    _permit: OwnedSemaphorePermit,
}

impl Loan {
    fn of(home: Arc<Idle>, permit: OwnedSemaphorePermit) -> Self {
        let connection = home.connections().pop();
        Self { connection, home, _permit: permit }
    }

    fn ask<T>(mut self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let connection = self.connection.as_mut().expect("a permit stands for a connection");
        let moment = connection.transaction()?;
        let answer = question(&moment)?;
        moment.commit()?;
        Ok(answer)
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.home.connections().extend(self.connection.take());
    }
}

#[cfg(test)]
#[path = "readers_tests.rs"]
mod tests;
