//! `/api/v1/app`: apps, the customers of the platform.

mod wire;

use std::sync::Arc;

use axum::extract::State;
use domain::app::{App, AppKind, AppRef};
use domain::id::{AppId, OrganizationId};
use engine::desk::Unchanged;
use engine::ports::page::Order;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

use super::Routes;
use super::access::{AppAdmin, AppReader, OrgAdmin, OrgReader, PathApp, customer};
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
    let wanted = body.check(&["body"])?;
    let app = wanted.made(api.doors.mint(), caller.organization);
    let name = app.uid.clone().map_or(AppRef::Id(app.id), AppRef::Uid);
    let made = make(&api, &name, app).await?;
    match made {
        Made::Now(app) => created(&ApplicationOut::from(app)),
        Made::Before(app) if query.get_if_exists.unwrap_or(false) => ok(&ApplicationOut::from(app)),
        Made::Before(_) => Err(exists()),
    }
}

/// When an app was made.
pub(super) enum Made {
    /// Just now.
    Now(App),
    /// It was there before.
    Before(App),
}

/// Makes an app, unless there is one with this name.
pub(super) async fn make(api: &Api, name: &AppRef, app: App) -> Result<Made, Error> {
    let organization = app.organization;
    let made = api.doors.upsert_app(organization, name, |found| match found {
        None => Ok(app.clone()),
        Some(found) => Err(Unchanged::Refused(Box::new(found))),
    });
    match made.await? {
        Ok(app) => Ok(Made::Now(app)),
        Err(Unchanged::Refused(found)) if found.kind == AppKind::Customer => Ok(Made::Before(*found)),
        Err(Unchanged::Taken | Unchanged::Refused(_)) => Err(exists()),
        Err(Unchanged::Absent) => Err(Error::not_found()),
        Err(Unchanged::TooMany) => Err(Unchanged::TooMany.into()),
        Err(Unchanged::Contended) => Err(Unchanged::Contended.into()),
    }
}

/// The app with this name, which is made if a uid names it that no app has. The uid of the body must be that of the path.
pub(super) async fn find_or_make(
    api: &Api,
    organization: OrganizationId,
    name: &AppRef,
    application: ApplicationIn,
) -> Result<App, Error> {
    // Whether it makes sense does not depend on what is there.
    let wanted = application.check(&["body", "application"])?;
    if let Some(app) = customer(api, organization, name).await? {
        return Ok(app);
    }
    let AppRef::Uid(uid) = name else { return Err(Error::not_found()) };
    match &wanted.uid {
        None => {
            Err(Error::invalid(&["body", "application", "uid"], "must be there, and be the uid of the path"))
        }
        Some(in_body) if in_body != uid => {
            Err(Error::invalid(&["body", "application", "uid"], "must be the uid of the path"))
        }
        Some(_) => match make(api, name, wanted.made(api.doors.mint(), organization)).await? {
            Made::Now(app) | Made::Before(app) => Ok(app),
        },
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
    let mut wanted = body.check(&["body"])?;
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
        (None, _) => Err(Unchanged::<Error>::Absent),
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
    let changed =
        api.doors.update_app(organization, &name, |app| Ok::<_, Error>(change.clone().over(app, now)));
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
    let deleted = api.doors.update_app(organization, &name, |app| Ok::<_, Error>(app.deleted(now)));
    deleted.await?.map_err(refused)?;
    nothing()
}

fn refused(unchanged: Unchanged<Error>) -> Error {
    match unchanged {
        Unchanged::Taken => exists(),
        unchanged => unchanged.into(),
    }
}

fn exists() -> Error {
    Error::conflict("An application with that id or uid already exists")
}
