//! Background tasks.

use std::sync::Arc;

use async_trait::async_trait;
use domain::endpoint::Endpoint;
use domain::id::{AppId, DeliveryId, OrganizationId, TaskId};
use domain::limits::TASKS_PER_ENDPOINT_MAX;
use domain::message::Message;
use domain::notice::{News, Notice};
use domain::task::{Task, TaskStatus};

use super::super::catalog::Put;
use super::super::fault::StoreError;
use super::super::page::{Page, Slice};
use super::super::tasks::{Advance, Advanced, Tasks};
use super::lists::{Row, walk};
use super::{MemoryStore, Tables};

#[async_trait]
impl Tasks for MemoryStore {
    async fn begin_task(&self, task: Task) -> Result<Put, StoreError> {
        let mut tables = self.tables();
        let rivals = tables.running().filter(|rival| rival.endpoint == task.endpoint).count();
        if tables.tasks.contains_key(&task.id) {
            return Ok(Put::Stale);
        }
        if rivals >= TASKS_PER_ENDPOINT_MAX {
            return Ok(Put::TooMany);
        }
        tables.tasks.insert(task.id, task);
        Ok(Put::Stored)
    }

    async fn task(&self, organization: OrganizationId, id: TaskId) -> Result<Option<Task>, StoreError> {
        Ok(self.tables().tasks.get(&id).filter(|task| task.organization == organization).cloned())
    }

    async fn tasks(
        &self,
        organization: OrganizationId,
        slice: Slice<TaskId>,
    ) -> Result<Page<Task>, StoreError> {
        let tables = self.tables();
        let of_it = walk(tables.tasks.iter(), &slice).filter(|(_, task)| task.organization == organization);
        Page::of_walk(of_it.map(|(_, task)| Row::Ok(task.clone())), &slice)
    }

    async fn tasks_of_app(&self, app: AppId, slice: Slice<TaskId>) -> Result<Page<Task>, StoreError> {
        let tables = self.tables();
        let of_it = walk(tables.tasks.iter(), &slice).filter(|(_, task)| task.app == app);
        Page::of_walk(of_it.map(|(_, task)| Row::Ok(task.clone())), &slice)
    }

    async fn running_tasks(&self, limit: usize) -> Result<Vec<Task>, StoreError> {
        Ok(self.tables().running().take(limit).cloned().collect())
    }

    async fn advance_task(&self, advance: Advance) -> Result<Option<Advanced>, StoreError> {
        Ok(self.tables().advance(&advance))
    }
}

impl Tables {
    fn running(&self) -> impl Iterator<Item = &Task> {
        self.tasks.values().filter(|task| task.status == TaskStatus::Running)
    }

    fn advance(&mut self, advance: &Advance) -> Option<Advanced> {
        let here = |task: &&Task| task.status == TaskStatus::Running && task.cursor == advance.task.cursor;
        let task = self.tasks.get(&advance.task.id).filter(here)?.clone();
        let endpoint = self.endpoints.get(&task.endpoint)?.clone();
        let (queued, task) = if endpoint.is_callable() {
            self.look_at_messages(task, &endpoint, advance)
        } else {
            (0, task.ended(TaskStatus::Failed, advance.now))
        };
        self.tasks.insert(task.id, task.clone());
        let waiting = if queued > 0 { self.lane(endpoint.id) } else { None };
        let news =
            News::TaskFinished { task: task.id, kind: task.kind, status: task.status, queued: task.queued };
        let notice = Notice { id: advance.notice_id, news };
        let told = match task.status {
            TaskStatus::Running => None,
            TaskStatus::Finished | TaskStatus::Failed => self.tell(notice, &endpoint),
        };
        Some(Advanced { task, waiting, told: told.into_iter().collect() })
    }

    /// Makes deliveries wait of the messages after the task's cursor; answers how many, and where the task is then.
    fn look_at_messages(&mut self, task: Task, endpoint: &Endpoint, advance: &Advance) -> (u64, Task) {
        let is_meant = |message: &&Arc<Message>| {
            message.app == task.app
                && task.cursor.is_none_or(|cursor| message.id > cursor)
                && (task.since..task.until).contains(&message.accepted_at())
        };
        let mut left = self.messages.values().filter(is_meant).cloned();
        let looked_at: Vec<Arc<Message>> = left.by_ref().take(advance.limit).collect();
        let is_last = left.next().is_none();
        drop(left);
        let mut queued = 0;
        for message in &looked_at {
            let id = DeliveryId { message: message.id, endpoint: endpoint.id };
            let treated = task.treat(message, self.deliveries.get(&id), endpoint, advance.now);
            queued += u64::from(treated.is_some());
            treated.into_iter().for_each(|delivery| self.ask_for(delivery));
        }
        let examined = looked_at.len().try_into().unwrap_or(u64::MAX);
        let cursor = looked_at.last().map(|message| message.id);
        let task = task.advanced(cursor, examined, queued, advance.now);
        (queued, if is_last { task.ended(TaskStatus::Finished, advance.now) } else { task })
    }
}
