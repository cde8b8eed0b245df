//! Threads of the store, which end with it.

use std::thread::{self, JoinHandle};

/// A thread that is awaited when its handle is dropped.
pub(super) struct Joined(Option<JoinHandle<()>>);

impl Joined {
    /// Starts a thread.
    pub(super) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> std::io::Result<Self> {
        thread::Builder::new().name(name.to_owned()).spawn(run).map(|thread| Self(Some(thread)))
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take()
            && thread.join().is_err()
        {
            tracing::error!("a thread of the store has panicked");
        }
    }
}
