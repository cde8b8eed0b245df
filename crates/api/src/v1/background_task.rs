//! `/api/v1/background-task`: what is done in the background, and how far it has come.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use domain::id::{AppId, EndpointId, TaskId};
use domain::limits::{PAGE_ROWS_EXAMINED_MAX, PAGE_ROWS_MAX};
use domain::task::{self, Task, TaskKind};
use domain::time::Timestamp;
use engine::ports::page::{Filtered, Order, Page, Slice, Start};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::Routes;
use super::access::{AppQuery, ScopedReader, TaskReader};
use super::answer::{Answer, ok};
use super::error::Error;
use super::page::{List, ListQuery};
use super::query::Query;
use crate::Api;
use crate::error::unreadable;

const TAG: &str = "Background Tasks";

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(list)).routes(routes!(read))
}

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum BackgroundTaskStatus {
    /// It goes on.
    Running,
    /// It looked at everything.
    Finished,
    /// Its endpoint is gone or disabled.
    Failed,
}

/// What a task does; the names are the contract's.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
enum BackgroundTaskType {
    /// Sends what an endpoint wants and was never sent.
    #[serde(rename = "endpoint.replay")]
    ReplayMissing,
    /// Tries everything again that has failed.
    #[serde(rename = "endpoint.recover")]
    Recover,
    /// Sends everything again.
    #[serde(rename = "endpoint.bulk-replay")]
    BulkReplay,
}

/// A task that begins.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaskOut {
    /// Its id.
    #[schema(value_type = String, example = "qtask_7Zk2mVd0001")]
    id: TaskId,
    status: BackgroundTaskStatus,
    task: BackgroundTaskType,
    /// When it last came further.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// A task, and how far it has come.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct BackgroundTaskOut {
    /// Its id.
    #[schema(value_type = String, example = "qtask_7Zk2mVd0001")]
    id: TaskId,
    status: BackgroundTaskStatus,
    task: BackgroundTaskType,
    /// When it last came further.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    data: BackgroundTaskData,
}

/// How far a task has come.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct BackgroundTaskData {
    /// Whose endpoint.
    #[schema(value_type = String)]
    app_id: AppId,
    /// Which endpoint.
    #[schema(value_type = String)]
    endpoint_id: EndpointId,
    /// Messages that it has looked at.
    messages_examined: u64,
    /// Messages that it has sent.
    messages_sent: u64,
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct TaskFilter {
    /// Only those that stand here.
    status: Option<BackgroundTaskStatus>,
    /// Only those that do this; there are none of those that only others have.
    #[param(example = "endpoint.recover")]
    task: Option<String>,
}

/// List background tasks
#[utoipa::path(
    get,
    path = "/background-task",
    operation_id = "v1.background-task.list",
    tag = TAG,
    params(ListQuery, AppQuery, TaskFilter),
    responses((status = 200, description = "A page of tasks, the newest first", body = List<BackgroundTaskOut>))
)]
async fn list(
    State(api): State<Arc<Api>>,
    reader: ScopedReader,
    Query(query): Query<ListQuery>,
    Query(filter): Query<TaskFilter>,
) -> Answer {
    let slice = query.slice::<TaskId>(Order::Descending)?;
    let found = matching(&api, &reader, &filter, &slice).await?;
    ok(&List::filtered(found, &slice.start, |task| task.id, |task| BackgroundTaskOut::from(&task)))
}

/// The task that a path names.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it is for the description; the task is looked up by who asks for it")]
struct PathTask {
    /// The task's id
    #[param(value_type = String, example = "qtask_7Zk2mVd0001")]
    task_id: TaskId,
}

/// Read a background task
#[utoipa::path(
    get,
    path = "/background-task/{task_id}",
    operation_id = "v1.background-task.get",
    tag = TAG,
    params(PathTask),
    responses((status = 200, description = "The task", body = BackgroundTaskOut))
)]
async fn read(TaskReader { task }: TaskReader) -> Answer {
    ok(&BackgroundTaskOut::from(&task))
}

/// The tasks that are wanted. There are few of them, so that they are looked through here.
async fn matching(
    api: &Api,
    reader: &ScopedReader,
    filter: &TaskFilter,
    slice: &Slice<TaskId>,
) -> Result<Filtered<Task, TaskId>, Error> {
    let is_backwards = matches!(slice.start, Start::Before(_));
    let mut part = Slice { limit: PAGE_ROWS_MAX, ..slice.clone() };
    let mut walked: Vec<Task> = Vec::new();
    loop {
        let mut page = tasks(api, reader, part.clone()).await?;
        if is_backwards {
            page.rows.reverse();
        }
        walked.append(&mut page.rows);
        let found = walked.iter().filter(|task| filter.matches(task)).count();
        let is_enough = !page.more || found > slice.limit || walked.len() > PAGE_ROWS_EXAMINED_MAX;
        match walked.last() {
            Some(last) if !is_enough && is_backwards => part.start = Start::Before(last.id),
            Some(last) if !is_enough => part.start = Start::After(last.id),
            _ => break,
        }
    }
    let rows = walked.into_iter().map(|task| (task.id, Some(task).filter(|task| filter.matches(task))));
    let Ok(found) = Filtered::of_walk(rows.map(Ok::<_, Infallible>), slice, |_| 0);
    Ok(found)
}

/// Those that the reader may see.
async fn tasks(api: &Api, reader: &ScopedReader, slice: Slice<TaskId>) -> Result<Page<Task>, Error> {
    let found = match &reader.app {
        Some(app) => api.doors.store.tasks_of_app(app.id, slice).await,
        None => api.doors.store.tasks(reader.organization, slice).await,
    };
    Ok(found.map_err(unreadable)?)
}

impl TaskFilter {
    fn matches(&self, task: &Task) -> bool {
        self.status.is_none_or(|status| status == task.status.into())
            && self.task.as_ref().is_none_or(|kind| kind == task.kind.as_str())
    }
}

impl From<&Task> for TaskOut {
    fn from(task: &Task) -> Self {
        Self { id: task.id, status: task.status.into(), task: task.kind.into(), updated_at: task.updated_at }
    }
}

impl From<&Task> for BackgroundTaskOut {
    fn from(task: &Task) -> Self {
        let TaskOut { id, status, task: kind, updated_at } = TaskOut::from(task);
        let data = BackgroundTaskData {
            app_id: task.app,
            endpoint_id: task.endpoint,
            messages_examined: task.examined,
            messages_sent: task.queued,
        };
        Self { id, status, task: kind, updated_at, data }
    }
}

impl From<task::TaskStatus> for BackgroundTaskStatus {
    fn from(status: task::TaskStatus) -> Self {
        match status {
            task::TaskStatus::Running => Self::Running,
            task::TaskStatus::Finished => Self::Finished,
            task::TaskStatus::Failed => Self::Failed,
        }
    }
}

impl From<TaskKind> for BackgroundTaskType {
    fn from(kind: TaskKind) -> Self {
        match kind {
            TaskKind::ReplayMissing => Self::ReplayMissing,
            TaskKind::Recover => Self::Recover,
            TaskKind::BulkReplay => Self::BulkReplay,
        }
    }
}
