//! `/api/v1/event-type`: the kinds of events that the organization has declared.

mod wire;

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use domain::event_type::EventType;
use domain::key::Scope;
use domain::name::EventTypeName;
use engine::desk::Unchanged;
use engine::ports::catalog::Archived;
use engine::ports::page::{Filtered, Order, Page, Start};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

use super::Routes;
use super::access::{AnyReader, OrgAdmin, parameter};
use super::answer::{Answer, created, nothing, ok};
use super::body::Json;
use super::error::Error;
use super::page::{List, ListQuery};
use super::query::Query;
use crate::Api;
use crate::error::unreadable;

use wire::{EventTypeIn, EventTypeOut, EventTypePatch, EventTypeUpdate};

const TAG: &str = "Event Type";

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(list, create)).routes(routes!(read, upsert, patch, delete))
}

/// The event type that a path names.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
struct PathEventType {
    /// The event type's name
    #[param(value_type = String, pattern = r"^\.*[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$", max_length = 256, example = "candidate.created")]
    event_type_name: EventTypeName,
}

impl FromRequestParts<Arc<Api>> for PathEventType {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Error> {
        let name: String = parameter(parts, "event_type_name").await.ok_or_else(Error::not_found)?;
        let name = name.parse().map_err(|error: domain::name::InvalidName| {
            Error::invalid(&["path", "event_type_name"], error.to_string())
        })?;
        Ok(Self { event_type_name: name })
    }
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct FilterQuery {
    /// Archived ones as well.
    #[param(default = false)]
    include_archived: Option<bool>,
    /// With their schemas.
    #[param(default = false)]
    with_content: Option<bool>,
}

/// List event types, by name
#[utoipa::path(
    get,
    path = "/event-type",
    operation_id = "v1.event-type.list",
    tag = TAG,
    params(ListQuery, FilterQuery),
    responses((status = 200, description = "A page of event types", body = List<EventTypeOut>))
)]
async fn list(
    State(api): State<Arc<Api>>,
    AnyReader { caller }: AnyReader,
    Query(query): Query<ListQuery>,
    Query(filter): Query<FilterQuery>,
) -> Answer {
    let slice = query.ordered::<EventTypeName>(Order::Ascending)?;
    let start = slice.start.clone();
    let archived = if filter.include_archived.unwrap_or(false) { Archived::Included } else { Archived::Left };
    let with_content = filter.with_content.unwrap_or(false);
    let found =
        api.doors.store.event_types(caller.organization, archived, slice).await.map_err(unreadable)?;
    let of = |event_type| {
        let out = EventTypeOut::from(event_type);
        if with_content { out } else { out.without_schemas() }
    };
    ok(&List::filtered(shown(found, caller.scope, &start), &start, |it| it.name.clone(), of))
}

/// Declare an event type
///
/// One that is archived is there again, as it is declared now.
#[utoipa::path(
    post,
    path = "/event-type",
    operation_id = "v1.event-type.create",
    tag = TAG,
    request_body = EventTypeIn,
    responses((status = 201, description = "The event type that was declared", body = EventTypeOut))
)]
async fn create(State(api): State<Arc<Api>>, caller: OrgAdmin, Json(body): Json<EventTypeIn>) -> Answer {
    let ((name, wanted), now) = (body.check()?, api.doors.now());
    let declared = api.doors.upsert_event_type(caller.organization, &name, |found| match found {
        None => Ok(wanted.clone().made(caller.organization, name.clone(), now)),
        Some(found) if found.archived => Ok(wanted.clone().over(found, now)),
        Some(_) => Err(Unchanged::Refused(exists())),
    });
    created(&EventTypeOut::from(declared.await??))
}

/// Read an event type
#[utoipa::path(
    get,
    path = "/event-type/{event_type_name}",
    operation_id = "v1.event-type.get",
    tag = TAG,
    params(PathEventType),
    responses((status = 200, description = "The event type", body = EventTypeOut))
)]
async fn read(State(api): State<Arc<Api>>, AnyReader { caller }: AnyReader, path: PathEventType) -> Answer {
    let found = api.doors.store.event_type(caller.organization, &path.event_type_name);
    let found = found.await.map_err(unreadable)?.filter(|found| is_shown(found, caller.scope));
    ok(&EventTypeOut::from(Arc::unwrap_or_clone(found.ok_or_else(Error::not_found)?)))
}

/// Replace an event type, or declare it
#[utoipa::path(
    put,
    path = "/event-type/{event_type_name}",
    operation_id = "v1.event-type.update",
    tag = TAG,
    params(PathEventType),
    request_body = EventTypeUpdate,
    responses(
        (status = 200, description = "The event type as it is now", body = EventTypeOut),
        (status = 201, description = "The event type that was declared", body = EventTypeOut)
    )
)]
async fn upsert(
    State(api): State<Arc<Api>>,
    caller: OrgAdmin,
    PathEventType { event_type_name: name }: PathEventType,
    Json(body): Json<EventTypeUpdate>,
) -> Answer {
    let (wanted, now) = (body.check()?, api.doors.now());
    let mut is_new = false;
    let put = api.doors.upsert_event_type(caller.organization, &name, |found| {
        is_new = found.is_none();
        Ok::<_, Unchanged<Error>>(match found {
            None => wanted.clone().made(caller.organization, name.clone(), now),
            Some(found) => wanted.clone().over(found, now),
        })
    });
    let put = EventTypeOut::from(put.await??);
    if is_new { created(&put) } else { ok(&put) }
}

/// Change an event type
#[utoipa::path(
    patch,
    path = "/event-type/{event_type_name}",
    operation_id = "v1.event-type.patch",
    tag = TAG,
    params(PathEventType),
    request_body = EventTypePatch,
    responses((status = 200, description = "The event type as it is now", body = EventTypeOut))
)]
async fn patch(
    State(api): State<Arc<Api>>,
    caller: OrgAdmin,
    path: PathEventType,
    Json(body): Json<EventTypePatch>,
) -> Answer {
    let (change, now) = (body.check()?, api.doors.now());
    let changed = api.doors.update_event_type(caller.organization, &path.event_type_name, |found| {
        Ok::<_, Error>(change.clone().over(found, now))
    });
    ok(&EventTypeOut::from(changed.await??))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct DeleteQuery {
    /// Take it away as if it had never been there, instead of archiving it.
    #[param(default = false)]
    expunge: Option<bool>,
}

/// Archive an event type
#[utoipa::path(
    delete,
    path = "/event-type/{event_type_name}",
    operation_id = "v1.event-type.delete",
    tag = TAG,
    params(PathEventType, DeleteQuery),
    responses((status = 204, description = "It is archived, or gone"))
)]
async fn delete(
    State(api): State<Arc<Api>>,
    caller: OrgAdmin,
    path: PathEventType,
    Query(query): Query<DeleteQuery>,
) -> Answer {
    let name = path.event_type_name;
    if query.expunge.unwrap_or(false) {
        let was_there = api.doors.expunge_event_type(caller.organization, &name).await?;
        return if was_there { nothing() } else { Err(Error::not_found()) };
    }
    let now = api.doors.now();
    let archived = api.doors.update_event_type(caller.organization, &name, |found| {
        Ok::<_, Error>(EventType { archived: true, updated_at: now, ..found })
    });
    archived.await??;
    nothing()
}

/// Whether the scope sees an event type: those that are behind a flag, customers of the platform do not.
fn is_shown(event_type: &EventType, scope: Scope) -> bool {
    event_type.feature_flag.is_none() || !matches!(scope, Scope::App(_))
}

/// What of a page the scope sees.
fn shown(
    found: Page<EventType>,
    scope: Scope,
    start: &Start<EventTypeName>,
) -> Filtered<EventType, EventTypeName> {
    let last = match start {
        Start::Before(_) => found.rows.first(),
        Start::First | Start::After(_) => found.rows.last(),
    };
    let seen = last.map(|last| last.name.clone());
    let rows = found.rows.into_iter().filter(|event_type| is_shown(event_type, scope)).collect();
    Filtered { page: Page { rows, more: found.more }, seen }
}

fn exists() -> Error {
    Error::said(StatusCode::CONFLICT, "event_type_exists", "An event type with this name exists already.")
}
