//! Apps, by either of their ids and by their organization.

use domain::app::{App, AppKey, AppKind};
use domain::id::{AppId, OrganizationId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::pages::{Span, both_ways};
use super::{
    Rows, metadata, millis, notes, parsed_or_null, per_second, rate, revision, time, time_or_null, variant,
    variant_number,
};

/// All columns of an app, in the order in which [`app`] reads them.
macro_rules! columns {
    () => {
        "id, organization, kind, uid, name, throttle, metadata, updated_at, deleted_at, revision"
    };
}

pub(crate) const FIND: &str = concat!("/* rows::app::find */ SELECT ", columns!(), " FROM app WHERE id = ?1");

/// The app with this id, also one that is deleted.
pub(crate) fn find(connection: &Connection, id: AppId) -> rusqlite::Result<Option<App>> {
    connection.prepare_cached(FIND)?.query_row([id.number()], app).optional()
}

pub(crate) const FIND_KEY: &str = concat!(
    "/* rows::app::find_key */ SELECT ",
    columns!(),
    " FROM app WHERE organization = ?1 AND uid = ?2"
);

/// The app with this uid.
pub(crate) fn find_key(connection: &Connection, key: &AppKey) -> rusqlite::Result<Option<App>> {
    let mut query = connection.prepare_cached(FIND_KEY)?;
    query.query_row(params![key.organization.number(), key.uid.as_str()], app).optional()
}

pub(crate) const FIND_OPERATIONAL: &str = concat!(
    "/* rows::app::find_operational */ SELECT ",
    columns!(),
    " FROM app WHERE organization = ?1 AND kind = 1"
);

/// The app of an organization's own webhooks.
pub(crate) fn find_operational(
    connection: &Connection,
    organization: OrganizationId,
) -> rusqlite::Result<Option<App>> {
    connection.prepare_cached(FIND_OPERATIONAL)?.query_row([organization.number()], app).optional()
}

pub(crate) const OF_ORGANIZATION: [&str; 2] = both_ways!(
    "/* rows::app::of_organization */ SELECT ",
    columns!(),
    " FROM app WHERE organization = ?1 AND kind = 0 AND deleted_at IS NULL"; "id"
);

/// The customers of an organization within a span of ids, in its direction.
pub(crate) fn of_organization<R>(
    connection: &Connection,
    organization: OrganizationId,
    span: &Span<i64>,
    with: impl FnOnce(&mut Rows<'_, App>) -> rusqlite::Result<R>,
) -> rusqlite::Result<R> {
    let mut query = connection.prepare_cached(span.of(OF_ORGANIZATION))?;
    with(&mut query.query_map(params![organization.number(), span.low, span.high], app)?)
}

pub(crate) const PUT: &str = concat!(
    "/* rows::app::put */ INSERT INTO app (",
    columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ON CONFLICT (id) DO UPDATE SET organization = ?2, kind = ?3, uid = ?4, name = ?5, throttle = ?6, metadata = ?7,
        updated_at = ?8, deleted_at = ?9, revision = ?10"
);

/// Stores an app, whether it was there or not.
pub(crate) fn put(connection: &Connection, app: &App) -> rusqlite::Result<()> {
    connection.prepare_cached(PUT)?.execute(params![
        app.id.number(),
        app.organization.number(),
        variant_number(KINDS, &app.kind),
        app.uid.as_ref().map(domain::name::AppUid::as_str),
        app.name,
        per_second(app.throttle),
        notes(&app.metadata),
        app.updated_at.millis(),
        millis(app.deleted_at),
        app.revision.0,
    ])?;
    Ok(())
}

const KINDS: &[AppKind] = &[AppKind::Customer, AppKind::Operational];

/// The kind with this number.
pub(super) fn kind(number: i64) -> rusqlite::Result<AppKind> {
    variant(KINDS, number, "kind")
}

fn app(row: &Row<'_>) -> rusqlite::Result<App> {
    Ok(App {
        id: AppId::from_number(row.get(0)?),
        organization: OrganizationId::from_number(row.get(1)?),
        kind: kind(row.get(2)?)?,
        uid: parsed_or_null(row, 3, "app uid")?,
        name: row.get(4)?,
        throttle: rate(row, 5)?,
        metadata: metadata(row, 6)?,
        updated_at: time(row, 7)?,
        deleted_at: time_or_null(row, 8)?,
        revision: revision(row, 9)?,
    })
}
