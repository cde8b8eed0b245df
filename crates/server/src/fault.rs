//! Why the program ends before it was told to, and with which exit code.

use std::io::Write as _;
use std::process::ExitCode;

use engine::ports::fault::StoreError;
use senders::SetupError;
use stores::sqlite::OpenError;

use crate::config::Invalid;

/// Each is one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// A setting cannot be used.
    #[error(transparent)]
    Settings(#[from] Invalid),
    /// The settings for sending cannot be used.
    #[error(transparent)]
    Sending(#[from] SetupError),
    /// The store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system refused what every start needs.
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
    /// The address cannot be had.
    #[error("{0}")]
    Listen(String),
    /// What was to be done with keys cannot be done.
    #[error("{0}")]
    Keys(String),
    /// The worker ended by a defect of ours.
    #[error("the worker ended by a fault in Whimbrel; start it again, nothing is lost")]
    Worker,
}

impl Fault {
    /// Tells the operator, and answers the exit code: 2 for what a setting would mend, 1 for all else.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            // Before the settings are read there is no log.
            Fault::Settings(invalid) => {
                let _ = writeln!(std::io::stderr(), "whimbrel: {invalid}");
                ExitCode::from(2)
            }
            Fault::Keys(problem) => {
                let _ = writeln!(std::io::stderr(), "whimbrel: {problem}");
                ExitCode::FAILURE
            }
            Fault::Sending(_) => {
                tracing::error!("{self}");
                ExitCode::from(2)
            }
            _ => {
                tracing::error!("{self}");
                ExitCode::FAILURE
            }
        }
    }
}
