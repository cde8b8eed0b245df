//! Background tasks: kept, and carried on in bounded moves.

use async_trait::async_trait;
use domain::endpoint::Endpoint;
use domain::id::{AppId, DeliveryId, MessageId, OrganizationId, TaskId};
use domain::limits::TASKS_PER_ENDPOINT_MAX;
use domain::message::Message;
use domain::notice::{News, Notice};
use domain::task::{Task, TaskKind, TaskStatus};
use engine::ports::catalog::Put;
use engine::ports::fault::StoreError;
use engine::ports::history::Times;
use engine::ports::page::{Order, Page, Slice, Start};
use engine::ports::tasks::{Advance, Advanced, Tasks};
use rusqlite::Connection;

use super::SqliteStore;
use super::notices::tell;
use super::pages::Span;
use super::queue::ask_for;
use super::rows;
use super::work::Work;
use super::writer::Done;

#[async_trait]
impl Tasks for SqliteStore {
    async fn begin_task(&self, task: Task) -> Result<Put, StoreError> {
        self.writer.carry_out(move |work| begin(work, &task).map(Done::Keep)).await
    }

    async fn task(&self, organization: OrganizationId, id: TaskId) -> Result<Option<Task>, StoreError> {
        let found = self.readers.read(move |connection| rows::task::find(connection, id)).await?;
        Ok(found.filter(|task| task.organization == organization))
    }

    async fn tasks(
        &self,
        organization: OrganizationId,
        slice: Slice<TaskId>,
    ) -> Result<Page<Task>, StoreError> {
        let span = Span::numbers(&slice, TaskId::number);
        let page = move |connection: &Connection| {
            rows::task::of_organization(connection, organization, &span, |rows| Page::of_walk(rows, &slice))
        };
        self.readers.read(page).await
    }

    async fn tasks_of_app(&self, app: AppId, slice: Slice<TaskId>) -> Result<Page<Task>, StoreError> {
        let span = Span::numbers(&slice, TaskId::number);
        let page = move |connection: &Connection| {
            rows::task::of_app(connection, app, &span, |rows| Page::of_walk(rows, &slice))
        };
        self.readers.read(page).await
    }

    async fn running_tasks(&self, limit: usize) -> Result<Vec<Task>, StoreError> {
        self.readers.read(move |connection| rows::task::running(connection, limit)).await
    }

    async fn advance_task(&self, advance: Advance) -> Result<Option<Advanced>, StoreError> {
        self.writer.carry_out(move |work| self::advance(work, &advance).map(Done::Keep)).await
    }
}

fn begin(work: &mut Work<'_>, task: &Task) -> rusqlite::Result<Put> {
    if rows::task::find(work.connection, task.id)?.is_some() {
        return Ok(Put::Stale);
    }
    if rows::task::running_of_endpoint(work.connection, task.endpoint)? >= TASKS_PER_ENDPOINT_MAX {
        return Ok(Put::TooMany);
    }
    rows::task::put(work.connection, task)?;
    work.weigh(0);
    Ok(Put::Stored)
}

fn advance(work: &mut Work<'_>, advance: &Advance) -> rusqlite::Result<Option<Advanced>> {
    let stored = rows::task::find(work.connection, advance.task.id)?;
    let is_here = |task: &Task| task.status == TaskStatus::Running && task.cursor == advance.task.cursor;
    let Some(task) = stored.filter(is_here) else { return Ok(None) };
    let Some(endpoint) = work.endpoint(task.endpoint)? else { return Ok(None) };
    let (queued, task) = if endpoint.is_callable() {
        look_at_messages(work, task, &endpoint, advance)?
    } else {
        (0, task.ended(TaskStatus::Failed, advance.now))
    };
    rows::task::put(work.connection, &task)?;
    work.weigh(0);
    let waiting = if queued > 0 { work.lane(endpoint.id)? } else { None };
    let news =
        News::TaskFinished { task: task.id, kind: task.kind, status: task.status, queued: task.queued };
    let told = match task.status {
        TaskStatus::Running => None,
        TaskStatus::Finished | TaskStatus::Failed => {
            tell(work, Notice { id: advance.notice_id, news }, &endpoint)?
        }
    };
    Ok(Some(Advanced { task, waiting, told: told.into_iter().collect() }))
}

/// Makes deliveries wait of the messages after the task's cursor; answers how many, and where the task is then.
fn look_at_messages(
    work: &mut Work<'_>,
    task: Task,
    endpoint: &Endpoint,
    advance: &Advance,
) -> rusqlite::Result<(u64, Task)> {
    let mut messages = messages_after(work.connection, &task, advance.limit.saturating_add(1))?;
    let is_last = messages.len() <= advance.limit;
    messages.truncate(advance.limit);
    let examined = messages.len().try_into().unwrap_or(u64::MAX);
    let cursor = messages.last().map(|message| message.id);
    let mut queued = 0;
    for message in messages {
        queued += u64::from(treat(work, &task, message, endpoint, advance)?);
    }
    let task = task.advanced(cursor, examined, queued, advance.now);
    Ok((queued, if is_last { task.ended(TaskStatus::Finished, advance.now) } else { task }))
}

/// Up to `limit` messages of the task's app after its cursor and within its time, without the bytes of their payloads.
fn messages_after(connection: &Connection, task: &Task, limit: usize) -> rusqlite::Result<Vec<Message>> {
    let start = task.cursor.map_or(Start::First, Start::After);
    let slice = Slice { limit, order: Order::Ascending, start };
    let times = Times { since: Some(task.since), until: Some(task.until) };
    let span = Span::numbers(&slice, MessageId::number);
    let span = span.within(times, |at| MessageId::first_at(at).number());
    rows::message::of_app(connection, task.app, &span, |messages| {
        let readable = messages.filter_map(|message| rows::readable(task.id, message).transpose());
        readable.take(limit).collect()
    })
}

/// Does to a message what the task does to each; answers whether a delivery of it waits now because of that.
fn treat(
    work: &mut Work<'_>,
    task: &Task,
    message: Message,
    endpoint: &Endpoint,
    advance: &Advance,
) -> rusqlite::Result<bool> {
    let id = DeliveryId { message: message.id, endpoint: endpoint.id };
    let stored = work.delivery(id)?;
    let looks_into_payload =
        stored.is_none() && task.kind != TaskKind::Recover && endpoint.subscription.pattern.is_some();
    let message = match looks_into_payload {
        true => rows::message::with_payload(work.connection, message)?,
        false => message,
    };
    let Some(again) = task.treat(&message, stored.as_ref(), endpoint, advance.now) else { return Ok(false) };
    ask_for(work, &message, stored.as_ref(), &again)?;
    Ok(true)
}
