//! `/api/v1/app`: apps, the customers of the platform.

mod wire;

use std::sync::Arc;

use axum::extract::State;
use domain::app::{App, AppRef};
use domain::id::AppId;
use engine::desk::Unchanged;
use engine::ports::page::Order;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

use super::Routes;
use super::access::{AppAdmin, AppReader, OrgAdmin, OrgReader, PathApp};
use super::answer::{Answer, created, nothing, ok};
use super::body::Json;
use super::error::Error;
use super::page::{List, ListQuery};
use super::query::Query;
use crate::Api;
use crate::error::unreadable;

use wire::PREFIX;
pub(super) use wire::{ApplicationIn, ApplicationOut, ApplicationPatch, Wanted as WantedApp};

const TAG: &str = "Application";

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(list, create)).routes(routes!(read, upsert, patch, delete))
}

/// List apps
#[utoipa::path(
    get,
    path = "/app",
    operation_id = "v1.application.list",
    tag = TAG,
    params(ListQuery),
    responses((status = 200, description = "A page of apps", body = List<ApplicationOut>))
)]
async fn list(State(api): State<Arc<Api>>, caller: OrgReader, Query(query): Query<ListQuery>) -> Answer {
    let slice = query.slice::<AppId>(Order::Ascending)?;
    let page = api.doors.store.apps(caller.organization, slice).await.map_err(unreadable)?;
    ok(&List::new(page, |app| app.id, ApplicationOut::from))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct CreateQuery {
    /// Answer with the app that has this `uid`, if there is one, instead of a conflict.
    #[param(default = false)]
    get_if_exists: Option<bool>,
}

/// Make an app
#[utoipa::path(
    post,
    path = "/app",
    operation_id = "v1.application.create",
    tag = TAG,
    params(CreateQuery),
    request_body = ApplicationIn,
    responses(
        (status = 200, description = "The app that was there before", body = ApplicationOut),
        (status = 201, description = "The app that was made", body = ApplicationOut)
    )
)]
async fn create(
    State(api): State<Arc<Api>>,
    caller: OrgAdmin,
    Query(query): Query<CreateQuery>,
    Json(body): Json<ApplicationIn>,
) -> Answer {
    let wanted = body.check()?;
    let app = wanted.made(api.doors.mint(), caller.organization);
    let name = app.uid.clone().map_or(AppRef::Id(app.id), AppRef::Uid);
    let get = query.get_if_exists.unwrap_or(false);
    let made = api.doors.upsert_app(caller.organization, &name, |found| match found {
        None => Ok(app.clone()),
        Some(found) if get => Err(Unchanged::Refused(Refused::Exists(Box::new(found)))),
        Some(_) => Err(Unchanged::Taken),
    });
    match made.await? {
        Ok(app) => created(&ApplicationOut::from(app)),
        Err(Unchanged::Refused(Refused::Exists(app))) => ok(&ApplicationOut::from(*app)),
        Err(unchanged) => Err(refused(unchanged)),
    }
}

/// Read an app
#[utoipa::path(
    get,
    path = "/app/{app_id}",
    operation_id = "v1.application.get",
    tag = TAG,
    params(PathApp),
    responses((status = 200, description = "The app", body = ApplicationOut))
)]
async fn read(caller: AppReader) -> Answer {
    ok(&ApplicationOut::from(caller.app))
}

/// Replace an app, or make it
///
/// An app that is made has the `uid` of the body, or that of the path.
#[utoipa::path(
    put,
    path = "/app/{app_id}",
    operation_id = "v1.application.update",
    tag = TAG,
    params(PathApp),
    request_body = ApplicationIn,
    responses(
        (status = 200, description = "The app as it is now", body = ApplicationOut),
        (status = 201, description = "The app that was made", body = ApplicationOut)
    )
)]
async fn upsert(
    State(api): State<Arc<Api>>,
    caller: OrgAdmin,
    PathApp { app_id }: PathApp,
    Json(body): Json<ApplicationIn>,
) -> Answer {
    let mut wanted = body.check()?;
    if let AppRef::Uid(uid) = &app_id {
        wanted.uid.get_or_insert_with(|| uid.clone());
    }
    let (fresh, now) = (api.doors.mint(), api.doors.now());
    let put = api.doors.upsert_app(caller.organization, &app_id, |found| match (found, &app_id) {
        (Some(app), _) => Ok(wanted.clone().over(app, now)),
        (None, AppRef::Uid(uid)) if !uid.as_str().starts_with(PREFIX) => {
            Ok(wanted.clone().made(fresh, caller.organization))
        }
        // Ids are ours to give.
        (None, _) => Err(Unchanged::Absent),
    });
    let app: App = put.await?.map_err(refused)?;
    if app.id == fresh { created(&ApplicationOut::from(app)) } else { ok(&ApplicationOut::from(app)) }
}

/// Change an app
#[utoipa::path(
    patch,
    path = "/app/{app_id}",
    operation_id = "v1.application.patch",
    tag = TAG,
    params(PathApp),
    request_body = ApplicationPatch,
    responses((status = 200, description = "The app as it is now", body = ApplicationOut))
)]
async fn patch(State(api): State<Arc<Api>>, caller: AppAdmin, Json(body): Json<ApplicationPatch>) -> Answer {
    let (change, now) = (body.check()?, api.doors.now());
    let (organization, name) = (caller.app.organization, AppRef::Id(caller.app.id));
    let changed = api.doors.update_app(organization, &name, |app| Ok(change.clone().over(app, now)));
    ok(&ApplicationOut::from(changed.await?.map_err(refused)?))
}

/// Delete an app, and its endpoints
#[utoipa::path(
    delete,
    path = "/app/{app_id}",
    operation_id = "v1.application.delete",
    tag = TAG,
    params(PathApp),
    responses((status = 204, description = "It is gone"))
)]
async fn delete(State(api): State<Arc<Api>>, caller: AppAdmin) -> Answer {
    let (organization, name, now) = (caller.app.organization, AppRef::Id(caller.app.id), api.doors.now());
    let deleted = api.doors.update_app(organization, &name, |app| Ok(app.deleted(now)));
    deleted.await?.map_err(refused)?;
    nothing()
}

/// Why an app is not changed, beside what may befall any change.
enum Refused {
    /// It is there, and is what was asked for.
    Exists(Box<App>),
}

fn refused(unchanged: Unchanged<Refused>) -> Error {
    match unchanged {
        Unchanged::Taken | Unchanged::Refused(Refused::Exists(_)) => {
            Error::conflict("An application with that id or uid already exists")
        }
        Unchanged::Absent => Error::not_found(),
        Unchanged::TooMany => Unchanged::TooMany.into(),
        Unchanged::Contended => Unchanged::Contended.into(),
    }
}
