//! The signals that end a process: SIGTERM and ctrl-c.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens to both signals.
pub(crate) struct Signals {
    term: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens from now on; the system's own reaction is switched off.
    ///
    /// # Errors
    /// If the system has no room for it.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self { term: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for the next signal, and answers its name.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.term.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "ctrl-c",
        }
    }
}
