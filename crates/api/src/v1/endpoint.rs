//! `/api/v1/app/{app_id}/endpoint`: endpoints, and what hangs on them.

mod auth;
mod catalog;
mod change;
mod example;
mod headers;
mod replay;
mod secret;
mod stats;
mod wire;

use std::sync::Arc;

use axum::extract::State;
use utoipa_axum::routes;

use super::Routes;
use super::access::{AnyCaller, AppManager, AppReader, EndpointManager, EndpointReader, PathApp};
use super::answer::{Answer, ok};
use super::body::Json;
use super::msg::PathEndpoint;
use super::page::{List, ListQuery};
use super::query::Query;
use crate::Api;

pub(super) use catalog::{Desk, delete as delete_endpoint, list as list_endpoints};
pub(super) use headers::{EndpointHeadersIn, EndpointHeadersOut, set_headers, show_headers};
pub(super) use secret::{EndpointSecretOut, EndpointSecretRotateIn, rotate, show};
pub(super) use wire::{EndpointIn, EndpointOut, EndpointPatch};

const TAG: &str = "Endpoint";

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list, create))
        .routes(routes!(read, upsert, patch, delete))
        .merge(headers::routes())
        .merge(auth::routes())
        .merge(stats::routes())
        .merge(example::routes())
        .merge(replay::routes())
}

/// Those whose answers have secrets in them.
pub(super) fn secret_routes() -> Routes {
    secret::routes()
}

/// List the endpoints of an app
#[utoipa::path(
    get,
    path = "/app/{app_id}/endpoint",
    operation_id = "v1.endpoint.list",
    tag = TAG,
    params(PathApp, ListQuery),
    responses((status = 200, description = "A page of endpoints, the newest first", body = List<EndpointOut>))
)]
async fn list(State(api): State<Arc<Api>>, caller: AppReader, Query(query): Query<ListQuery>) -> Answer {
    catalog::list(&api, caller.app.id, &query).await
}

/// Make an endpoint
#[utoipa::path(
    post,
    path = "/app/{app_id}/endpoint",
    operation_id = "v1.endpoint.create",
    tag = TAG,
    params(PathApp),
    request_body = EndpointIn,
    responses((status = 201, description = "The endpoint that was made", body = EndpointOut))
)]
async fn create(
    State(api): State<Arc<Api>>,
    AppManager { app }: AppManager,
    AnyCaller { caller, .. }: AnyCaller,
    Json(body): Json<EndpointIn>,
) -> Answer {
    Desk::new(api, app, caller.scope).create(body).await
}

/// Read an endpoint
#[utoipa::path(
    get,
    path = "/app/{app_id}/endpoint/{endpoint_id}",
    operation_id = "v1.endpoint.get",
    tag = TAG,
    params(PathApp, PathEndpoint),
    responses((status = 200, description = "The endpoint", body = EndpointOut))
)]
async fn read(EndpointReader { endpoint }: EndpointReader) -> Answer {
    ok(&EndpointOut::from(endpoint))
}

/// Replace an endpoint, or make it
///
/// An endpoint that is made has the `uid` of the body, or that of the path.
#[utoipa::path(
    put,
    path = "/app/{app_id}/endpoint/{endpoint_id}",
    operation_id = "v1.endpoint.update",
    tag = TAG,
    params(PathApp, PathEndpoint),
    request_body = EndpointIn,
    responses(
        (status = 200, description = "The endpoint as it is now", body = EndpointOut),
        (status = 201, description = "The endpoint that was made", body = EndpointOut)
    )
)]
async fn upsert(
    State(api): State<Arc<Api>>,
    AppManager { app }: AppManager,
    AnyCaller { caller, .. }: AnyCaller,
    PathEndpoint { endpoint_id }: PathEndpoint,
    Json(body): Json<EndpointIn>,
) -> Answer {
    Desk::new(api, app, caller.scope).upsert(&endpoint_id, body).await
}

/// Change an endpoint
#[utoipa::path(
    patch,
    path = "/app/{app_id}/endpoint/{endpoint_id}",
    operation_id = "v1.endpoint.patch",
    tag = TAG,
    params(PathApp, PathEndpoint),
    request_body = EndpointPatch,
    responses((status = 200, description = "The endpoint as it is now", body = EndpointOut))
)]
async fn patch(
    State(api): State<Arc<Api>>,
    EndpointManager { app, endpoint }: EndpointManager,
    AnyCaller { caller, .. }: AnyCaller,
    Json(body): Json<EndpointPatch>,
) -> Answer {
    Desk::new(api, app, caller.scope).patch(endpoint.id, body).await
}

/// Delete an endpoint
#[utoipa::path(
    delete,
    path = "/app/{app_id}/endpoint/{endpoint_id}",
    operation_id = "v1.endpoint.delete",
    tag = TAG,
    params(PathApp, PathEndpoint),
    responses((status = 204, description = "It is gone; the history of its calls stays"))
)]
async fn delete(State(api): State<Arc<Api>>, EndpointManager { endpoint, .. }: EndpointManager) -> Answer {
    catalog::delete(&api, &endpoint).await
}
