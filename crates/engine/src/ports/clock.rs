//! The port to time.

use domain::time::Timestamp;

/// Tells the time. Waiting is tokio's business, which a simulation replaces by virtual time.
pub trait Clock: Send + Sync {
    /// The present moment, in UTC.
    fn now(&self) -> Timestamp;
}
