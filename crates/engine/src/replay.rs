//! The step that carries background tasks on: a bounded part of an endpoint's past at a time. All that a task knows is in
//! the store, so the next life goes on where this one ends.

use std::sync::Arc;

use domain::limits::TASK_ROWS_MAX;
use domain::task::Task;

use crate::accept::Ids;
use crate::ports::clock::Clock;
use crate::ports::fault::StoreError;
use crate::ports::tasks::{Advance, Advanced, Tasks};

/// Carries tasks on.
pub struct Replay {
    tasks: Arc<dyn Tasks>,
    clock: Arc<dyn Clock>,
    ids: Arc<Ids>,
}

impl Replay {
    /// Carries on what is in `tasks`.
    pub fn new(tasks: Arc<dyn Tasks>, clock: Arc<dyn Clock>, ids: Arc<Ids>) -> Self {
        Self { tasks, clock, ids }
    }

    /// Up to `limit` tasks that are running, the oldest first.
    ///
    /// # Errors
    /// As [`Tasks::running_tasks`].
    pub async fn running(&self, limit: usize) -> Result<Vec<Task>, StoreError> {
        self.tasks.running_tasks(limit).await
    }

    /// Makes the next move of a task; `None` if it is not where the caller believes.
    ///
    /// # Errors
    /// As [`Tasks::advance_task`].
    pub async fn advance(&self, task: Task) -> Result<Option<Advanced>, StoreError> {
        let (now, notice_id) = (self.clock.now(), self.ids.mint());
        self.tasks.advance_task(Advance { task, limit: TASK_ROWS_MAX, now, notice_id }).await
    }
}
