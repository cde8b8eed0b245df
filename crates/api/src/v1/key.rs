//! `/api/v1/key`: the keys of the organization. (Ours; the Svix contract has no such resource.)
//!
//! A key is shown once, when it is made; only its hash is kept.

mod wire;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use domain::id::{KeyId, OrganizationId};
use domain::key::{ClearKey, Key, Scope};
use domain::revision::Revision;
use domain::time::Timestamp;
use engine::ports::catalog::Put;
use engine::ports::page::Order;
use utoipa::IntoParams;
use utoipa_axum::routes;

use super::Routes;
use super::access::{OrgAdmin, OrgReader, customer, parameter};
use super::answer::{Answer, created, nothing, ok};
use super::body::Json;
use super::error::Error;
use super::page::{List, ListQuery};
use super::query::Query;
use crate::Api;
use crate::error::unreadable;

pub(super) use wire::KeyScope;
use wire::{KeyIn, KeyMadeOut, KeyOut, WantedScope};

const TAG: &str = "Key";

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(list, create)).routes(routes!(read, revoke))
}

/// The key that a path names.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
struct PathKey {
    /// The key's id
    #[param(value_type = String, example = "key_7Zk2mVd0001")]
    key_id: KeyId,
}

impl FromRequestParts<Arc<Api>> for PathKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Error> {
        let key_id = parameter(parts, "key_id").await.ok_or_else(Error::not_found)?;
        Ok(Self { key_id })
    }
}

/// A key to be made.
pub(super) struct NewKey {
    pub(super) organization: OrganizationId,
    pub(super) scope: Scope,
    /// For people.
    pub(super) name: String,
    /// From when on it opens nothing any more.
    pub(super) expires_at: Option<Timestamp>,
}

/// Makes a key, and stores what is kept of it.
pub(super) async fn make(api: &Api, new: NewKey) -> Result<(ClearKey, Key), Error> {
    let clear = ClearKey::new(api.doors.random());
    let NewKey { organization, scope, name, expires_at } = new;
    let key = Key {
        id: api.doors.mint(),
        organization,
        scope,
        name,
        hash: clear.hash(),
        expires_at,
        revoked_at: None,
        revision: Revision::default(),
    };
    match api.doors.add_key(key.clone()).await? {
        Put::Stored => Ok((clear, key)),
        Put::TooMany => Err(Error::bad_request("limit_reached", "There are as many keys as there may be.")),
        Put::Stale | Put::Taken => Err(Error::conflict("A conflict has occurred")),
    }
}

/// List keys
///
/// Also those that are revoked or have expired; those of one app until a day after they have expired.
#[utoipa::path(
    get,
    path = "/key",
    operation_id = "v1.key.list",
    tag = TAG,
    params(ListQuery),
    responses((status = 200, description = "A page of keys", body = List<KeyOut>))
)]
async fn list(State(api): State<Arc<Api>>, caller: OrgReader, Query(query): Query<ListQuery>) -> Answer {
    let slice = query.slice::<KeyId>(Order::Ascending)?;
    let page = api.doors.store.keys(caller.organization, slice).await.map_err(unreadable)?;
    ok(&List::new(page, |key| key.id, KeyOut::from))
}

/// Make a key
///
/// The answer has the key itself, this once: only its hash is kept. A request that is sent again, also with the same
/// idempotency key, makes another one.
#[utoipa::path(
    post,
    path = "/key",
    operation_id = "v1.key.create",
    tag = TAG,
    request_body = KeyIn,
    responses((status = 201, description = "The key that was made", body = KeyMadeOut))
)]
async fn create(State(api): State<Arc<Api>>, caller: OrgAdmin, Json(body): Json<KeyIn>) -> Answer {
    let wanted = body.check()?;
    let organization = caller.organization;
    let scope = match wanted.scope {
        WantedScope::Whole(scope) => scope,
        WantedScope::App(app) => {
            let app = customer(&api, organization, &app).await?;
            Scope::App(app.ok_or_else(|| Error::invalid(&["body", "appId"], "There is no such app"))?.id)
        }
    };
    let expires_at = wanted.seconds.map(|seconds| api.doors.now() + Duration::from_secs(seconds));
    let (clear, key) = make(&api, NewKey { organization, scope, name: wanted.name, expires_at }).await?;
    created(&KeyMadeOut { known: key.into(), key: clear.expose() })
}

/// Read a key, without the key itself
#[utoipa::path(
    get,
    path = "/key/{key_id}",
    operation_id = "v1.key.get",
    tag = TAG,
    params(PathKey),
    responses((status = 200, description = "The key", body = KeyOut))
)]
async fn read(State(api): State<Arc<Api>>, caller: OrgReader, path: PathKey) -> Answer {
    let found = api.doors.store.key_named(caller.organization, path.key_id).await.map_err(unreadable)?;
    ok(&KeyOut::from(found.ok_or_else(Error::not_found)?))
}

/// Revoke a key
///
/// It opens nothing any more, from this moment on; it stays in the list.
#[utoipa::path(
    delete,
    path = "/key/{key_id}",
    operation_id = "v1.key.revoke",
    tag = TAG,
    params(PathKey),
    responses((status = 204, description = "It is revoked"))
)]
async fn revoke(State(api): State<Arc<Api>>, caller: OrgAdmin, path: PathKey) -> Answer {
    end(&api, caller.organization, path.key_id, End::Now).await?;
    nothing()
}

/// When a key ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// At once.
    Now,
    /// At a moment to come.
    At(Timestamp),
}

/// Ends a key, unless it ends earlier by itself.
pub(super) async fn end(api: &Api, organization: OrganizationId, id: KeyId, end: End) -> Result<(), Error> {
    let now = api.doors.now();
    let ended = api.doors.update_key(organization, id, |key| {
        Ok::<_, Error>(match end {
            End::Now => Key { revoked_at: key.revoked_at.or(Some(now)), ..key },
            End::At(at) => {
                Key { expires_at: Some(key.expires_at.map_or(at, |before| before.min(at))), ..key }
            }
        })
    });
    ended.await??;
    Ok(())
}
