//! The store as a list of background tasks, and what carries them on.

use async_trait::async_trait;
use domain::id::{AppId, MessageId, OrganizationId, TaskId};
use domain::task::Task;
use domain::time::Timestamp;

use super::catalog::Put;
use super::fault::StoreError;
use super::inbox::AcceptedMessage;
use super::page::{Page, Slice};
use super::queue::WaitingLane;

/// Keeps tasks, and does them in bounded moves.
#[async_trait]
pub trait Tasks: Send + Sync {
    /// Stores a task that begins; [`Put::TooMany`] if its endpoint has as many running ones as it may have, and
    /// [`Put::Stale`] if there is one with its id.
    async fn begin_task(&self, task: Task) -> Result<Put, StoreError>;

    /// A task as it is now.
    async fn task(&self, organization: OrganizationId, id: TaskId) -> Result<Option<Task>, StoreError>;

    /// The tasks of an organization, by their id.
    async fn tasks(
        &self,
        organization: OrganizationId,
        slice: Slice<TaskId>,
    ) -> Result<Page<Task>, StoreError>;

    /// The tasks of an app's endpoints, by their id.
    async fn tasks_of_app(&self, app: AppId, slice: Slice<TaskId>) -> Result<Page<Task>, StoreError>;

    /// Up to `limit` tasks that are running, the oldest first.
    async fn running_tasks(&self, limit: usize) -> Result<Vec<Task>, StoreError>;

    /// Carries a task on: looks at up to `limit` messages of its app and time after its cursor, makes the deliveries wait
    /// that it is about ([`Task::treat`]; what is said of [`Queue::redeliver`](super::queue::Queue::redeliver) holds for
    /// each), and moves the cursor, all in one move. It ends with the move after which nothing is left to look at, or,
    /// failed, with one that finds its endpoint gone or disabled and looks at nothing; the organization is told. Nothing
    /// happens, and `None` is answered, if the task is not running or its cursor is not where the caller believes.
    async fn advance_task(&self, advance: Advance) -> Result<Option<Advanced>, StoreError>;
}

/// The next move of a task.
#[derive(Clone, Debug)]
pub struct Advance {
    /// The task as the caller has seen it.
    pub task: Task,
    /// Messages to look at.
    pub limit: usize,
    /// The time.
    pub now: Timestamp,
    /// The id of the message that tells of the task's end.
    pub notice_id: MessageId,
}

/// What became of a task's move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advanced {
    /// The task as it is now.
    pub task: Task,
    /// The lane in which deliveries wait, if any were made to by this move.
    pub waiting: Option<WaitingLane>,
    /// The message that tells of the task's end, if it has come.
    pub told: Vec<AcceptedMessage>,
}
