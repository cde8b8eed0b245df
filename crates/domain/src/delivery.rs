//! A delivery: one message for one endpoint. This file is the only place where a delivery's state changes.
//!
//! ```text
//!            born                 claim                    settle
//!   (message) ──► waiting ────────────────► leased ──────────────────► succeeded
//!        │           ▲  ▲                    │ ▲ │                └──► failed (exhausted, gone,
//!        │           │  └── settle: retry ───┘ │ └─ take over: ─┐          endpoint disabled)
//!        │           └──────────────── its node died ───────────┘
//!        └─ born and claimed at once ──────────┘
//! ```

use crate::attempt::Verdict;
use crate::birth::Birth;
use crate::endpoint::Endpoint;
use crate::id::DeliveryId;
pub use crate::lease::Lease;
use crate::payload::{Payload, Token};
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
    /// How often its node stopped or died while it was leased. Each may have been an attempt that arrived; none
    /// is on record as one, or counts against the schedule.
    pub interruptions: u32,
    /// The article's verification token, the same in all attempts.
    pub token: Token,
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
    /// endpoint is disabled.
    pub fn born(id: DeliveryId, token: Token, endpoint: &Endpoint, payload: &Payload, birth: &Birth) -> Self {
        let keeper = || birth.keeper(endpoint.id, payload.len());
        let state = match endpoint.disabled {
            Some(_) => State::Failed { at: id.message.timestamp(), reason: FailedReason::EndpointDisabled },
            None => keeper().map_or(State::Waiting { due: birth.now }, |lease| State::Leased { lease }),
        };
        Self { id, state, attempts: 0, interruptions: 0, token }
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

    /// Records what became of a claim; `None` if the claim is not the present one (any more).
    #[must_use]
    pub fn settle(mut self, fence: Fence, settled: Settled, now: Timestamp) -> Option<Self> {
        if self.fence() != Some(fence) {
            return None;
        }
        match settled.effort {
            Effort::Attempted => self.attempts += 1,
            Effort::Interrupted => self.interruptions += 1,
            Effort::None => {}
        }
        self.state = match settled.verdict {
            Verdict::Done => State::Succeeded { at: now },
            Verdict::RetryAt(due) => State::Waiting { due },
            Verdict::Exhausted => State::Failed { at: now, reason: FailedReason::Exhausted },
            Verdict::EndpointGone => State::Failed { at: now, reason: FailedReason::Gone },
            Verdict::EndpointDisabled => State::Failed { at: now, reason: FailedReason::EndpointDisabled },
        };
        Some(self)
    }

    /// Frees a delivery that an earlier life than `living` has left leased; it may be claimed at once.
    #[must_use]
    pub fn take_over(mut self, living: Lease, now: Timestamp) -> Option<Self> {
        match self.state {
            State::Leased { lease } if lease < living => {
                self.state = State::Waiting { due: now };
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
