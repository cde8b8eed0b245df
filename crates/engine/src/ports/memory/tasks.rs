//! Background tasks.

use async_trait::async_trait;
use domain::id::{OrganizationId, TaskId};
use domain::task::Task;

use super::super::catalog::Put;
use super::super::fault::StoreError;
use super::super::page::{Page, Slice};
use super::super::tasks::{Advance, Advanced, Tasks};
use super::MemoryStore;

#[async_trait]
impl Tasks for MemoryStore {
    async fn begin_task(&self, _: Task) -> Result<Put, StoreError> {
        todo!()
    }

    async fn task(&self, _: OrganizationId, _: TaskId) -> Result<Option<Task>, StoreError> {
        todo!()
    }

    async fn tasks(&self, _: OrganizationId, _: Slice<TaskId>) -> Result<Page<Task>, StoreError> {
        todo!()
    }

    async fn running_tasks(&self, _: usize) -> Result<Vec<Task>, StoreError> {
        todo!()
    }

    async fn advance_task(&self, _: Advance) -> Result<Option<Advanced>, StoreError> {
        todo!()
    }
}
