//! What keeps the order of a lane whose deliveries are made one at a time, in the order of acceptance.
//!
//! After an attempt that did not succeed nothing starts until what follows from it is stored. If it waits, all that comes
//! after it goes back to the store, where everything keeps its place, and is claimed again when it is due.

use domain::id::MessageId;
use domain::time::Timestamp;

use super::Left;

/// How far the order is kept.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// This one was tried without success, and what follows from that is not stored yet.
    unsettled: Option<MessageId>,
    /// The first of the lane's deliveries waits until then.
    held_until: Timestamp,
    /// What is in the queue must not start any more: something before it waits in the store.
    is_broken: bool,
}

impl Order {
    /// This one was tried without success, or not at all.
    pub(super) fn failed(&mut self, message: MessageId) {
        self.unsettled = Some(message);
    }

    /// What became of a delivery is stored; `others` are in the queue behind it.
    pub(super) fn settled(&mut self, message: MessageId, left: Left, others: usize) {
        if self.unsettled != Some(message) {
            return;
        }
        self.unsettled = None;
        self.is_broken = left != Left::Ended && others > 0;
        if let Left::Waits(due) = left {
            self.held_until = due;
        }
    }

    /// The store says that the first may be sent then.
    pub(super) fn first_is_due(&mut self, due: Timestamp) {
        self.held_until = self.held_until.min(due);
    }

    /// Until when the first waits.
    pub(super) fn held_until(&self) -> Timestamp {
        self.held_until
    }

    /// Whether what is in the queue has to go back.
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// The queue was given back.
    pub(super) fn mend(&mut self) {
        self.is_broken = false;
    }

    /// Whether what is in the queue may not start because of something before it.
    pub(super) fn is_interrupted(&self) -> bool {
        self.unsettled.is_some() || self.is_broken
    }
}
