//! Keys to the API, by their id, their hash, their organization and, where they open one app, their end.

use domain::id::{AppId, KeyId, OrganizationId};
use domain::key::{Key, KeyHash, Scope};
use domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::error::invalid;
use super::super::pages::{Span, both_ways};
use super::{Rows, as_limit, millis, revision, time_or_null};

/// All columns of a key, in the order in which [`key`] reads them.
macro_rules! columns {
    () => {
        "id, organization, scope, app, name, hash, expires_at, revoked_at, revision"
    };
}

pub(crate) const FIND: &str =
    concat!("/* rows::api_key::find */ SELECT ", columns!(), " FROM api_key WHERE id = ?1");

/// The key with this id.
pub(crate) fn find(connection: &Connection, id: KeyId) -> rusqlite::Result<Option<Key>> {
    connection.prepare_cached(FIND)?.query_row([id.number()], key).optional()
}

pub(crate) const FIND_HASH: &str =
    concat!("/* rows::api_key::find_hash */ SELECT ", columns!(), " FROM api_key WHERE hash = ?1");

/// The key with this hash.
pub(crate) fn find_hash(connection: &Connection, hash: KeyHash) -> rusqlite::Result<Option<Key>> {
    connection.prepare_cached(FIND_HASH)?.query_row([hash.0], key).optional()
}

pub(crate) const OF_ORGANIZATION: [&str; 2] = both_ways!(
    "/* rows::api_key::of_organization */ SELECT ",
    columns!(),
    " FROM api_key WHERE organization = ?1"; "id"
);

/// The keys of an organization within a span of ids, in its direction.
pub(crate) fn of_organization<R>(
    connection: &Connection,
    organization: OrganizationId,
    span: &Span<i64>,
    with: impl FnOnce(&mut Rows<'_, Key>) -> rusqlite::Result<R>,
) -> rusqlite::Result<R> {
    let mut query = connection.prepare_cached(span.of(OF_ORGANIZATION))?;
    with(&mut query.query_map(params![organization.number(), span.low, span.high], key)?)
}

pub(crate) const ANY_ADMIN: &str =
    "/* rows::api_key::any_admin */ SELECT EXISTS (SELECT 1 FROM api_key WHERE scope = 0)";

/// Whether there is an admin key.
pub(crate) fn any_admin(connection: &Connection) -> rusqlite::Result<bool> {
    connection.prepare_cached(ANY_ADMIN)?.query_row([], |row| row.get(0))
}

pub(crate) const PUT: &str = concat!(
    "/* rows::api_key::put */ INSERT INTO api_key (",
    columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    ON CONFLICT (id) DO UPDATE SET organization = ?2, scope = ?3, app = ?4, name = ?5, hash = ?6, expires_at = ?7,
        revoked_at = ?8, revision = ?9"
);

/// Stores a key, whether it was there or not.
pub(crate) fn put(connection: &Connection, key: &Key) -> rusqlite::Result<()> {
    let (scope, app) = scope_columns(key.scope);
    connection.prepare_cached(PUT)?.execute(params![
        key.id.number(),
        key.organization.number(),
        scope,
        app,
        key.name,
        key.hash.0,
        millis(key.expires_at),
        millis(key.revoked_at),
        key.revision.0,
    ])?;
    Ok(())
}

pub(crate) const EXPIRED: &str = "/* rows::api_key::expired */
    SELECT id, hash FROM api_key WHERE scope = 3 AND expires_at IS NOT NULL AND expires_at < ?1
    ORDER BY expires_at, id LIMIT ?2";

/// Up to `limit` keys of one app that expired before `before`, those that did so first, with their hashes; nobody knows a
/// key by one that cannot be read.
pub(crate) fn expired(
    connection: &Connection,
    before: Timestamp,
    limit: usize,
) -> rusqlite::Result<Vec<(KeyId, Option<KeyHash>)>> {
    let mut query = connection.prepare_cached(EXPIRED)?;
    let of = params![before.millis(), as_limit(limit)];
    query.query_map(of, |row| Ok((KeyId::from_number(row.get(0)?), row.get(1).ok().map(KeyHash))))?.collect()
}

pub(crate) const DELETE: &str = "/* rows::api_key::delete */ DELETE FROM api_key WHERE id = ?1";

/// Forgets a key.
pub(crate) fn delete(connection: &Connection, id: KeyId) -> rusqlite::Result<()> {
    connection.prepare_cached(DELETE)?.execute([id.number()])?;
    Ok(())
}

fn key(row: &Row<'_>) -> rusqlite::Result<Key> {
    Ok(Key {
        id: KeyId::from_number(row.get(0)?),
        organization: OrganizationId::from_number(row.get(1)?),
        scope: scope(row.get(2)?, row.get(3)?)?,
        name: row.get(4)?,
        hash: KeyHash(row.get(5).map_err(|error| invalid("key hash", error))?),
        expires_at: time_or_null(row, 6)?,
        revoked_at: time_or_null(row, 7)?,
        revision: revision(row, 8)?,
    })
}

fn scope_columns(scope: Scope) -> (i64, Option<i64>) {
    match scope {
        Scope::Admin => (0, None),
        Scope::Send => (1, None),
        Scope::Read => (2, None),
        Scope::App(app) => (3, Some(app.number())),
    }
}

fn scope(number: i64, app: Option<i64>) -> rusqlite::Result<Scope> {
    match (number, app) {
        (0, None) => Ok(Scope::Admin),
        (1, None) => Ok(Scope::Send),
        (2, None) => Ok(Scope::Read),
        (3, Some(app)) => Ok(Scope::App(AppId::from_number(app))),
        _ => Err(invalid("scope", number)),
    }
}
