//! The limit of open files. Systems start programs with one that is far below what they would allow, for the sake of
//! programs from the time of `select`; we hold a socket for every connection and every attempt.

use domain::limits::{API_CONNECTIONS_MAX, ATTEMPTS_IN_FLIGHT_MAX, IDLE_CONNECTIONS_MAX};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The store, name look-ups, the log, the sample receiver.
const OTHER_FILES: usize = 512;
/// Everything at its limit at once.
const FILES_MAX: usize = API_CONNECTIONS_MAX + ATTEMPTS_IN_FLIGHT_MAX + IDLE_CONNECTIONS_MAX + OTHER_FILES;

/// Takes what the system allows, and tells the operator if that is too little for a node under full load.
pub(crate) fn raise_limit() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
    {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
    let allowed = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if allowed < FILES_MAX as u64 {
        tracing::warn!(
            allowed,
            needed = FILES_MAX,
            "the limit of open files (ulimit -n) is low for a full load"
        );
    }
}
