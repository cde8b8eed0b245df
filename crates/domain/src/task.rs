//! Background tasks: deliveries of an endpoint that are made again, many at once, in batches that survive restarts.

use crate::delivery::{Delivery, FailedReason, State};
use crate::endpoint::Endpoint;
use crate::id::{AppId, DeliveryId, EndpointId, MessageId, OrganizationId, TaskId};
use crate::message::Message;
use crate::time::Timestamp;

/// Work on an endpoint's past, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its id; its time is the task's beginning.
    pub id: TaskId,
    /// Whose task.
    pub organization: OrganizationId,
    /// Whose endpoint.
    pub app: AppId,
    /// Which endpoint.
    pub endpoint: EndpointId,
    /// What is done.
    pub kind: TaskKind,
    /// Messages accepted before this moment are left alone.
    pub since: Timestamp,
    /// Messages accepted at or after this moment are left alone.
    pub until: Timestamp,
    /// Where it stands.
    pub status: TaskStatus,
    /// The last message that was looked at; they are looked at in the order of their ids.
    pub cursor: Option<MessageId>,
    /// Messages that were looked at.
    pub examined: u64,
    /// Deliveries that were made to wait again, or made.
    pub queued: u64,
    /// When it last came further.
    pub updated_at: Timestamp,
}

impl Task {
    /// What becomes of a message's delivery to the task's endpoint, `delivery` being what is stored of it: it waits, again
    /// or for the first time. `None` if it is left alone.
    ///
    /// What is pending or was cancelled is left alone by every task, and so are messages that have no payload.
    pub fn treat(
        &self,
        message: &Message,
        delivery: Option<&Delivery>,
        endpoint: &Endpoint,
        now: Timestamp,
    ) -> Option<Delivery> {
        if !message.payload.is_there() {
            return None;
        }
        match delivery {
            Some(delivery) if self.kind.repeats(delivery) => {
                delivery.clone().redeliver(endpoint.ordering, now)
            }
            Some(_) => None,
            None if self.kind == TaskKind::Recover || !endpoint.subscription.wants(&message.topic()) => None,
            None => {
                let id = DeliveryId { message: message.id, endpoint: endpoint.id };
                Some(Delivery::late(id, endpoint, message, now))
            }
        }
    }

    /// The task after a move that has looked at `examined` messages up to `cursor`, and made `queued` deliveries wait.
    #[must_use]
    pub fn advanced(self, cursor: Option<MessageId>, examined: u64, queued: u64, now: Timestamp) -> Self {
        Self {
            cursor: cursor.or(self.cursor),
            examined: self.examined + examined,
            queued: self.queued + queued,
            updated_at: now,
            ..self
        }
    }

    /// The task at its end.
    #[must_use]
    pub fn ended(self, status: TaskStatus, now: Timestamp) -> Self {
        Self { status, updated_at: now, ..self }
    }
}

/// What a task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskKind {
    /// Tries all deliveries again that have failed.
    Recover,
    /// Makes deliveries of messages that the endpoint would have got, had it been there or enabled as it is now: of those
    /// that it was never sent.
    ReplayMissing,
    /// Does both, and tries those again that have succeeded.
    BulkReplay,
}

impl TaskKind {
    /// The name in the Svix contract.
    pub fn as_str(self) -> &'static str {
        match self {
            TaskKind::Recover => "endpoint.recover",
            TaskKind::ReplayMissing => "endpoint.replay",
            TaskKind::BulkReplay => "endpoint.bulk-replay",
        }
    }

    /// Whether a delivery that was made before is made again.
    fn repeats(self, delivery: &Delivery) -> bool {
        match delivery.state {
            State::Waiting { .. } | State::Leased { .. } => false,
            State::Failed { reason: FailedReason::Cancelled, .. } => false,
            State::Failed { reason, .. } if self == TaskKind::ReplayMissing => {
                reason == FailedReason::EndpointDisabled && delivery.attempts == 0
            }
            State::Failed { .. } => true,
            State::Succeeded { .. } => self == TaskKind::BulkReplay,
        }
    }
}

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskStatus {
    /// It goes on.
    Running,
    /// It looked at everything.
    Finished,
    /// Its endpoint is gone or disabled, so there is nobody to deliver to.
    Failed,
}

impl TaskStatus {
    /// The word of the Svix contract.
    pub fn as_str(self) -> &'static str {
        match self {
            TaskStatus::Running => "running",
            TaskStatus::Finished => "finished",
            TaskStatus::Failed => "failed",
        }
    }
}

#[cfg(test)]
#[path = "task_tests.rs"]
mod tests;
