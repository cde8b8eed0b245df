//! How a delivery is after something happened to it.

use domain::attempt::Verdict;
use domain::delivery::{Delivery, State};
use domain::id::{AppId, DeliveryId};
use domain::time::Timestamp;

use crate::ports::history::{AttemptSummary, DeliveryStatus};
use crate::ports::queue::{Job, Settlement};

/// How a delivery is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// Of which app.
    pub app: AppId,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// Attempts on record.
    pub attempts: u32,
    /// When it may be tried next, if it waits.
    pub next_attempt: Option<Timestamp>,
    /// How the attempt went, if that is what happened.
    pub tried: Option<AttemptSummary>,
}

impl Change {
    /// That of a delivery of an app.
    pub fn of(delivery: &Delivery, app: AppId) -> Self {
        let next_attempt = match delivery.state {
            State::Waiting { due } => Some(due),
            State::Leased { .. } | State::Succeeded { .. } | State::Failed { .. } => None,
        };
        Self {
            delivery: delivery.id,
            app,
            status: DeliveryStatus::of(delivery),
            attempts: delivery.attempts,
            next_attempt,
            tried: None,
        }
    }

    /// That of a job, if its settlement counts.
    pub fn settled(job: &Job, settlement: &Settlement) -> Option<Self> {
        let Settlement { fence, settled, at, attempt, .. } = settlement;
        let next = job.delivery.clone().settle(*fence, *settled, *at)?;
        let change = Self::of(&next, job.message.app);
        let next_attempt = match settled.verdict {
            Verdict::HoldAt(at) => Some(at),
            _ => change.next_attempt,
        };
        Some(Self { next_attempt, tried: attempt.as_ref().map(AttemptSummary::of), ..change })
    }
}
