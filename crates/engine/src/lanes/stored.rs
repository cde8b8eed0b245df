//! What is known of a lane's deliveries that wait in the store.

use domain::time::Timestamp;

use super::memory::Part;

/// What waits in the store.
#[derive(Debug, Default)]
pub(super) struct Stored {
    /// When the first of them is due, as far as we heard.
    due: Option<Timestamp>,
    /// The room set aside for a claim under way.
    claiming: Option<Part>,
    /// A token of its app is set aside for that claim.
    reserved: bool,
    /// The last claim left due deliveries behind: fresh ones go to the store, behind those that wait longer.
    pub(super) backlog: bool,
}

impl Stored {
    /// Takes the news that the first may be due then.
    pub(super) fn note(&mut self, due: Timestamp) {
        self.due = self.due.into_iter().chain([due]).min();
    }

    /// Whether anything is there, or on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.due.is_none() && self.claiming.is_none()
    }

    /// When the first is due, if it is not being claimed already.
    pub(super) fn claimable(&self) -> Option<Timestamp> {
        self.due.filter(|_| self.claiming.is_none())
    }

    /// A claim begins, for which this room is set aside.
    pub(super) fn claim(&mut self, room: Part) {
        self.claiming = Some(room);
        self.due = None;
    }

    /// A token of the lane's app is set aside for the claim under way.
    pub(super) fn reserve(&mut self) {
        self.reserved = true;
    }

    /// The claim under way has ended; answers the room that was set aside for it, and whether a token was.
    pub(super) fn claim_ended(&mut self) -> (Part, bool) {
        (self.claiming.take().unwrap_or_default(), std::mem::take(&mut self.reserved))
    }

    /// A claim left this behind. News that came while it was under way is kept: it may be younger.
    pub(super) fn left_behind(&mut self, next_due: Option<Timestamp>, now: Timestamp) {
        self.backlog = next_due.is_some_and(|due| due <= now);
        next_due.into_iter().for_each(|due| self.note(due));
    }
}
