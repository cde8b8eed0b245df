//! How often a record was changed. Whoever changes one says which revision it has seen, so that two changes at the
//! same time cannot undo each other unseen.

/// 0 for a record that is not stored yet; the store counts up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(pub i64);

impl Revision {
    /// The revision after the next change.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
