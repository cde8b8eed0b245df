//! A delivery: one message for one endpoint. This file is the only place where a delivery's state changes.
//!
//! ```text
//!            born                 claim                    settle
//!   (message) ──► waiting ────────────────► leased ──────────────────► succeeded
//!        │         │ ▲  ▲                    │ ▲ │                └──► failed (exhausted, gone,
//!        │         │ │  └── settle: retry ───┘ │ └─ take over: ─┐          endpoint disabled)
//!        │         │ └──────────────── its node died ───────────┘
//!        │         └─ cancel ──► failed (cancelled)                 redeliver: any end ──► waiting
//!        └─ born and claimed at once ──────────┘
//! ```

use crate::attempt::{Trigger, Verdict};
use crate::birth::Birth;
use crate::endpoint::{Endpoint, Ordering};
use crate::id::DeliveryId;
pub use crate::lease::Lease;
use crate::message::Message;
use crate::payload::Token;
use crate::time::Timestamp;

/// One message for one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What, and to whom.
    pub id: DeliveryId,
    /// Where it stands.
    pub state: State,
    /// Attempts on record.
    pub attempts: u32,
    /// How many of them were made before the present round: when somebody asks for a delivery again, its schedule
    /// begins anew.
    pub earlier: u32,
    /// Why its next attempt is made.
    pub trigger: Trigger,
    /// How often its node stopped or died while it was leased. Each may have been an attempt that arrived; none
    /// is on record as one, or counts against the schedule.
    pub interruptions: u32,
    /// The article's verification token, the same in all attempts; `None` where the payload has no place for it.
    pub token: Option<Token>,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has it; it may be claimed from `due` on.
    Waiting {
        /// When it may be claimed.
        due: Timestamp,
    },
    /// One node has it, in memory, under way or about to be.
    Leased {
        /// Whose it is.
        lease: Lease,
    },
    /// The receiver has it.
    Succeeded {
        /// When that was settled.
        at: Timestamp,
    },
    /// It will not be tried any more.
    Failed {
        /// When that was settled.
        at: Timestamp,
        /// Why.
        reason: FailedReason,
    },
}

/// Why a delivery ended without success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailedReason {
    /// The schedule is used up.
    Exhausted,
    /// The receiver answered 410.
    Gone,
    /// The endpoint was disabled before it could be sent.
    EndpointDisabled,
    /// Somebody took it back before it was sent, or between two attempts.
    Cancelled,
    /// The payload was expunged, so there is nothing left to send.
    Expunged,
}

/// The fencing token of one claim: a settlement counts only while the delivery is leased to the same life and
/// has as many attempts on record as when it was claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The life that claimed.
    pub lease: Lease,
    /// Attempts on record at the claim.
    pub attempts: u32,
}

impl Delivery {
    /// A fresh delivery: leased to the node that keeps it or waiting, as `birth` says, or settled at once where the
    /// endpoint is disabled. What is delivered later, or in order, waits in the store.
    pub fn born(id: DeliveryId, endpoint: &Endpoint, message: &Message, birth: &Birth) -> Self {
        let is_for_now = message.deliver_at.is_none_or(|at| at <= birth.now);
        let keeper = || match endpoint.ordering {
            Ordering::None if is_for_now => birth.keeper(endpoint.id, message.payload.len()),
            Ordering::None | Ordering::Fifo => None,
        };
        let due = || match endpoint.ordering {
            Ordering::None => message.deliver_at.unwrap_or(birth.now),
            Ordering::Fifo => message.deliver_at.unwrap_or_else(|| message.accepted_at()),
        };
        let state = match endpoint.disabled {
            Some(_) => State::Failed { at: message.accepted_at(), reason: FailedReason::EndpointDisabled },
            None => keeper().map_or_else(|| State::Waiting { due: due() }, |lease| State::Leased { lease }),
        };
        Self { state, ..Self::fresh(id, message.token(&endpoint.secrets.current)) }
    }

    /// A delivery as it is born where a node keeps it.
    pub fn kept(id: DeliveryId, lease: Lease, token: Option<Token>) -> Self {
        Self { state: State::Leased { lease }, ..Self::fresh(id, token) }
    }

    /// A delivery that is made after its message was routed, because somebody asked for it. It waits no less than the
    /// message does.
    pub fn late(id: DeliveryId, endpoint: &Endpoint, message: &Message, now: Timestamp) -> Self {
        let due = place(id, endpoint.ordering, now).max(message.deliver_at.unwrap_or_default());
        let fresh = Self::fresh(id, message.token(&endpoint.secrets.current));
        Self { state: State::Waiting { due }, trigger: Trigger::Manual, ..fresh }
    }

    /// A delivery that was never tried.
    fn fresh(id: DeliveryId, token: Option<Token>) -> Self {
        let state = State::Waiting { due: Timestamp::default() };
        Self { id, state, attempts: 0, earlier: 0, trigger: Trigger::Scheduled, interruptions: 0, token }
    }

    /// Leases a delivery that is waiting and due.
    #[must_use]
    pub fn claim(mut self, lease: Lease, now: Timestamp) -> Option<Self> {
        match self.state {
            State::Waiting { due } if due <= now => {
                self.state = State::Leased { lease };
                Some(self)
            }
            _ => None,
        }
    }

    /// The fencing token of the present claim; `None` if nobody has it.
    pub fn fence(&self) -> Option<Fence> {
        match self.state {
            State::Leased { lease } => Some(Fence { lease, attempts: self.attempts }),
            _ => None,
        }
    }

    /// The number that its next attempt gets.
    pub fn next_attempt(&self) -> u32 {
        self.attempts.saturating_add(1)
    }

    /// Which attempt of the schedule the next one is: 1 for the first of a round.
    pub fn next_try(&self) -> u32 {
        self.next_attempt().saturating_sub(self.earlier)
    }

    /// Makes it wait again because somebody asked for it: at once, with its schedule from the beginning. `None` if it
    /// is under way already.
    #[must_use]
    pub fn redeliver(mut self, ordering: Ordering, now: Timestamp) -> Option<Self> {
        if let State::Leased { .. } = self.state {
            return None;
        }
        self.state = State::Waiting { due: place(self.id, ordering, now) };
        self.earlier = self.attempts;
        self.trigger = Trigger::Manual;
        Some(self)
    }

    /// Takes it back. `None` if it is under way or has ended.
    #[must_use]
    pub fn cancel(mut self, reason: FailedReason, now: Timestamp) -> Option<Self> {
        let State::Waiting { .. } = self.state else { return None };
        self.state = State::Failed { at: now, reason };
        Some(self)
    }

    /// Records what became of a claim; `None` if the claim is not the present one (any more).
    #[must_use]
    pub fn settle(mut self, fence: Fence, settled: Settled, now: Timestamp) -> Option<Self> {
        if self.fence() != Some(fence) {
            return None;
        }
        match settled.effort {
            Effort::Attempted => {
                self.attempts += 1;
                self.trigger = Trigger::Scheduled;
            }
            Effort::Interrupted => self.interruptions += 1,
            Effort::None => {}
        }
        self.state = match settled.verdict {
            Verdict::Done => State::Succeeded { at: now },
            Verdict::RetryAt(due) => State::Waiting { due },
            Verdict::HoldAt(_) | Verdict::Release => State::Waiting { due: self.id.message.timestamp() },
            Verdict::Exhausted => State::Failed { at: now, reason: FailedReason::Exhausted },
            Verdict::EndpointGone => State::Failed { at: now, reason: FailedReason::Gone },
            Verdict::EndpointDisabled => State::Failed { at: now, reason: FailedReason::EndpointDisabled },
            Verdict::Expunged => State::Failed { at: now, reason: FailedReason::Expunged },
        };
        Some(self)
    }

    /// Frees a delivery that an earlier life than `living` has left leased; it may be claimed at once, in the place
    /// that its message has by its age.
    #[must_use]
    pub fn take_over(mut self, living: Lease) -> Option<Self> {
        match self.state {
            State::Leased { lease } if lease < living => {
                self.state = State::Waiting { due: self.id.message.timestamp() };
                self.interruptions += 1;
                Some(self)
            }
            _ => None,
        }
    }

    /// Whether it has not reached a final state.
    pub fn is_pending(&self) -> bool {
        matches!(self.state, State::Waiting { .. } | State::Leased { .. })
    }
}

/// From when on a delivery is due that somebody asked for: where order counts, in the place that its message has.
fn place(id: DeliveryId, ordering: Ordering, now: Timestamp) -> Timestamp {
    match ordering {
        Ordering::None => now,
        Ordering::Fifo => id.message.timestamp(),
    }
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// What follows.
    pub verdict: Verdict,
    /// What was done.
    pub effort: Effort,
}

/// What was done with a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// There was an attempt, which is recorded beside the settlement.
    Attempted,
    /// We stopped while an attempt was under way; it may have arrived.
    Interrupted,
    /// Nothing was sent.
    None,
}

#[cfg(test)]
#[path = "delivery_tests.rs"]
mod tests;
