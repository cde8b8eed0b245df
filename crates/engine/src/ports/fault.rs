//! The one way in which everything that is kept can fail.

/// Why the store could not do it. The caller's request was right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no room: nothing was changed, and it goes on when there is room again.
    #[error("no room left to store: {0}")]
    Full(String),
    /// The store cannot be used just now: nothing was changed.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// What is stored cannot be read: repeating it is of no use. Nothing was changed, and other moves are not
    /// concerned.
    #[error("what is stored cannot be read: {0}")]
    Damaged(String),
    /// Whether it was done is not known, and the store takes no more writes: the process must stop, and a new
    /// one finds out.
    #[error("the store is broken: {0}")]
    Unknown(String),
}
