//! Background tasks: deliveries of an endpoint that are made again, many at once, in batches that survive restarts.

use crate::id::{AppId, EndpointId, MessageId, OrganizationId, TaskId};
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

/// What a task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskKind {
    /// Tries all deliveries again that have failed.
    Recover,
    /// Makes deliveries of messages that the endpoint would have got, had it been there or enabled as it is now.
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
