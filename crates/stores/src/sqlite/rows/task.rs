//! Background tasks, by their id, their organization, their app, and those that are running.

use domain::id::{AppId, EndpointId, MessageId, OrganizationId, TaskId};
use domain::task::{Task, TaskKind, TaskStatus};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::pages::{Span, both_ways};
use super::{Rows, as_limit, count, readable, time, variant, variant_number};
use crate::limits::UNREADABLE_ROWS_MAX;

/// All columns of a task, in the order in which [`task`] reads them.
macro_rules! columns {
    () => {
        "id, organization, app, endpoint, kind, since, until, status, cursor, examined, queued, updated_at"
    };
}

pub(crate) const FIND: &str =
    concat!("/* rows::task::find */ SELECT ", columns!(), " FROM task WHERE id = ?1");

/// The task with this id.
pub(crate) fn find(connection: &Connection, id: TaskId) -> rusqlite::Result<Option<Task>> {
    connection.prepare_cached(FIND)?.query_row([id.number()], task).optional()
}

pub(crate) const OF_ORGANIZATION: [&str; 2] = both_ways!(
    "/* rows::task::of_organization */ SELECT ",
    columns!(),
    " FROM task WHERE organization = ?1"; "id"
);

/// The tasks of an organization within a span of ids, in its direction.
pub(crate) fn of_organization<R>(
    connection: &Connection,
    organization: OrganizationId,
    span: &Span<i64>,
    with: impl FnOnce(&mut Rows<'_, Task>) -> rusqlite::Result<R>,
) -> rusqlite::Result<R> {
    let mut query = connection.prepare_cached(span.of(OF_ORGANIZATION))?;
    with(&mut query.query_map(params![organization.number(), span.low, span.high], task)?)
}

pub(crate) const OF_APP: [&str; 2] = both_ways!(
    "/* rows::task::of_app */ SELECT ",
    columns!(),
    " FROM task WHERE app = ?1"; "id"
);

/// The tasks of an app within a span of ids, in its direction.
pub(crate) fn of_app<R>(
    connection: &Connection,
    app: AppId,
    span: &Span<i64>,
    with: impl FnOnce(&mut Rows<'_, Task>) -> rusqlite::Result<R>,
) -> rusqlite::Result<R> {
    let mut query = connection.prepare_cached(span.of(OF_APP))?;
    with(&mut query.query_map(params![app.number(), span.low, span.high], task)?)
}

pub(crate) const RUNNING: &str = concat!(
    "/* rows::task::running */ SELECT ",
    columns!(),
    " FROM task WHERE status = 0 ORDER BY id LIMIT ?1"
);

/// Up to `limit` tasks that are running, the oldest first; without those that cannot be read.
pub(crate) fn running(connection: &Connection, limit: usize) -> rusqlite::Result<Vec<Task>> {
    let most = as_limit(limit.saturating_add(UNREADABLE_ROWS_MAX));
    let mut query = connection.prepare_cached(RUNNING)?;
    let readable_task = |row: &Row<'_>| readable(TaskId::from_number(row.get(0)?), task(row));
    let tasks = query.query_map([most], readable_task)?.filter_map(Result::transpose);
    tasks.take(limit).collect()
}

pub(crate) const RUNNING_OF_ENDPOINT: &str = "/* rows::task::running_of_endpoint */
    SELECT count(*) FROM task WHERE status = 0 AND endpoint = ?1";

/// How many tasks of an endpoint are running.
pub(crate) fn running_of_endpoint(connection: &Connection, endpoint: EndpointId) -> rusqlite::Result<usize> {
    let mut query = connection.prepare_cached(RUNNING_OF_ENDPOINT)?;
    let count = query.query_row([endpoint.number()], |row| count(row, 0, "running"))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

pub(crate) const PUT: &str = concat!(
    "/* rows::task::put */ INSERT INTO task (",
    columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    ON CONFLICT (id) DO UPDATE SET status = ?8, cursor = ?9, examined = ?10, queued = ?11, updated_at = ?12"
);

/// Stores a task, or how far it has come.
pub(crate) fn put(connection: &Connection, task: &Task) -> rusqlite::Result<()> {
    connection.prepare_cached(PUT)?.execute(params![
        task.id.number(),
        task.organization.number(),
        task.app.number(),
        task.endpoint.number(),
        variant_number(KINDS, &task.kind),
        task.since.millis(),
        task.until.millis(),
        variant_number(STATUSES, &task.status),
        task.cursor.map(MessageId::number),
        task.examined.cast_signed(),
        task.queued.cast_signed(),
        task.updated_at.millis(),
    ])?;
    Ok(())
}

const KINDS: &[TaskKind] = &[TaskKind::Recover, TaskKind::ReplayMissing, TaskKind::BulkReplay];
const STATUSES: &[TaskStatus] = &[TaskStatus::Running, TaskStatus::Finished, TaskStatus::Failed];

fn task(row: &Row<'_>) -> rusqlite::Result<Task> {
    Ok(Task {
        id: TaskId::from_number(row.get(0)?),
        organization: OrganizationId::from_number(row.get(1)?),
        app: AppId::from_number(row.get(2)?),
        endpoint: EndpointId::from_number(row.get(3)?),
        kind: variant(KINDS, row.get(4)?, "kind")?,
        since: time(row, 5)?,
        until: time(row, 6)?,
        status: variant(STATUSES, row.get(7)?, "status")?,
        cursor: row.get::<_, Option<i64>>(8)?.map(MessageId::from_number),
        examined: row.get::<_, i64>(9)?.cast_unsigned(),
        queued: row.get::<_, i64>(10)?.cast_unsigned(),
        updated_at: time(row, 11)?,
    })
}
