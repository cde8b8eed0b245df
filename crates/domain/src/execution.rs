//! The story of an execution: everything that is stored about one message, and where that leaves it. Its steps are
//! in [`steps`], and what went out in [`request`]. Nothing is written down for a story; it is derived.

pub mod request;
pub mod steps;

use serde_json::{Value, json};

use crate::app::App;
use crate::attempt::Attempt;
use crate::delivery::{Delivery, FailedReason, State};
use crate::endpoint::Endpoint;
use crate::message::{Fate, Message};
use crate::time::Timestamp;

/// Everything that is stored about one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// For whom.
    pub app: App,
    /// What.
    pub message: Message,
    /// To whom, and how it went.
    pub calls: Vec<Call>,
}

/// A delivery with its endpoint and its attempts: what the article calls a webhook call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Where it stands.
    pub delivery: Delivery,
    /// Whom it calls, as registered now.
    pub endpoint: Endpoint,
    /// Its attempts, first to last.
    pub attempts: Vec<Attempt>,
}

/// Where an execution stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// A delivery is pending.
    Running,
    /// Nobody listens: it ended, succeeded, and nothing was sent.
    Skipped,
    /// All deliveries succeeded.
    Succeeded,
    /// The resource was not found, or a delivery failed.
    Failed,
}

impl Story {
    /// Where the execution stands.
    pub fn status(&self) -> Status {
        match self.message.fate {
            Fate::Skipped => Status::Skipped,
            Fate::DataNotFound => Status::Failed,
            Fate::Routed if self.calls.iter().any(|call| call.delivery.is_pending()) => Status::Running,
            Fate::Routed if self.calls.iter().all(Call::succeeded) => Status::Succeeded,
            Fate::Routed => Status::Failed,
        }
    }

    /// When it ended; `None` while it runs.
    pub fn ended_at(&self) -> Option<Timestamp> {
        match self.status() {
            Status::Running => None,
            _ => self.calls.iter().filter_map(Call::settled_at).max().or(Some(self.message.accepted_at())),
        }
    }

    /// The event's detail, the input of the execution.
    pub fn detail(&self) -> Value {
        json!({
            "companyId": self.app.uid,
            "webhookEvent": self.message.event_type,
            "resourceType": self.message.resource.as_ref().map(|resource| &resource.kind),
            "resourceId": self.message.resource.as_ref().map(|resource| &resource.id),
        })
    }
}

/// The cause of an execution whose resource does not exist; the article's word.
pub const DATA_NOT_FOUND: &str = "dataNotFound";

impl Call {
    /// Whether the receiver has it.
    pub fn succeeded(&self) -> bool {
        matches!(self.delivery.state, State::Succeeded { .. })
    }

    /// When its final state was settled.
    pub fn settled_at(&self) -> Option<Timestamp> {
        match self.delivery.state {
            State::Succeeded { at } | State::Failed { at, .. } => Some(at),
            State::Waiting { .. } | State::Leased { .. } => None,
        }
    }

    /// Why it is not delivered; `None` unless it has failed.
    pub fn reason(&self) -> Option<FailedReason> {
        match self.delivery.state {
            State::Failed { reason, .. } => Some(reason),
            State::Succeeded { .. } | State::Waiting { .. } | State::Leased { .. } => None,
        }
    }

    /// Why it is not delivered, in words; `None` unless it has failed.
    pub fn error(&self) -> Option<String> {
        let reason = self.reason()?;
        let met = self.attempts.last().and_then(|attempt| attempt.outcome.failure.as_ref());
        Some(match (reason, met) {
            (FailedReason::EndpointDisabled, _) => "The endpoint is disabled.".to_owned(),
            (FailedReason::Cancelled, _) => "It was cancelled.".to_owned(),
            (FailedReason::Expunged, _) => "Its payload was expunged.".to_owned(),
            (FailedReason::Gone | FailedReason::Exhausted, Some(failure)) => failure.to_string(),
            (FailedReason::Gone | FailedReason::Exhausted, None) => "No attempt is on record.".to_owned(),
        })
    }
}

#[cfg(test)]
#[path = "execution_tests.rs"]
mod tests;
