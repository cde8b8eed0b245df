//! `/api/v1/operational-webhook/endpoint`: where an organization wants to be told what happens to its endpoints and
//! deliveries. They are endpoints like any other, of an app that is the organization itself.

use std::sync::Arc;

use axum::extract::State;
use domain::key::Scope;
use utoipa_axum::routes;

use super::Routes;
use super::access::{
    OperationalEndpointManager, OperationalEndpointReader, OperationalManager, OperationalReader,
};
use super::answer::{Answer, ok};
use super::body::{Json, Optional};
use super::endpoint::{
    Desk, EndpointHeadersIn, EndpointHeadersOut, EndpointIn, EndpointOut, EndpointSecretOut,
    EndpointSecretRotateIn, delete_endpoint, list_endpoints, rotate, set_headers, show, show_headers,
};
use super::msg::PathEndpoint;
use super::page::{List, ListQuery};
use super::query::Query;
use crate::Api;

const TAG: &str = "Operational Webhook Endpoint";

pub(super) fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list, create))
        .routes(routes!(read, upsert, delete))
        .routes(routes!(read_headers, write_headers))
}

/// Those whose answers have secrets in them.
pub(super) fn secret_routes() -> Routes {
    Routes::new().routes(routes!(read_secret)).routes(routes!(rotate_secret))
}

/// List the operational webhooks
#[utoipa::path(
    get,
    path = "/operational-webhook/endpoint",
    operation_id = "v1.operational-webhook.endpoint.list",
    tag = TAG,
    params(ListQuery),
    responses((status = 200, description = "A page of endpoints, the newest first", body = List<EndpointOut>))
)]
async fn list(
    State(api): State<Arc<Api>>,
    OperationalReader { app }: OperationalReader,
    Query(query): Query<ListQuery>,
) -> Answer {
    list_endpoints(&api, app.id, &query).await
}

/// Make an operational webhook
#[utoipa::path(
    post,
    path = "/operational-webhook/endpoint",
    operation_id = "v1.operational-webhook.endpoint.create",
    tag = TAG,
    request_body = EndpointIn,
    responses((status = 201, description = "The endpoint that was made", body = EndpointOut))
)]
async fn create(
    State(api): State<Arc<Api>>,
    OperationalManager { app }: OperationalManager,
    Json(body): Json<EndpointIn>,
) -> Answer {
    Desk::new(api, app, Scope::Admin).create(body).await
}

/// Read an operational webhook
#[utoipa::path(
    get,
    path = "/operational-webhook/endpoint/{endpoint_id}",
    operation_id = "v1.operational-webhook.endpoint.get",
    tag = TAG,
    params(PathEndpoint),
    responses((status = 200, description = "The endpoint", body = EndpointOut))
)]
async fn read(OperationalEndpointReader { endpoint }: OperationalEndpointReader) -> Answer {
    ok(&EndpointOut::from(endpoint))
}

/// Replace an operational webhook, or make it
#[utoipa::path(
    put,
    path = "/operational-webhook/endpoint/{endpoint_id}",
    operation_id = "v1.operational-webhook.endpoint.update",
    tag = TAG,
    params(PathEndpoint),
    request_body = EndpointIn,
    responses(
        (status = 200, description = "The endpoint as it is now", body = EndpointOut),
        (status = 201, description = "The endpoint that was made", body = EndpointOut)
    )
)]
async fn upsert(
    State(api): State<Arc<Api>>,
    OperationalManager { app }: OperationalManager,
    PathEndpoint { endpoint_id }: PathEndpoint,
    Json(body): Json<EndpointIn>,
) -> Answer {
    Desk::new(api, app, Scope::Admin).upsert(&endpoint_id, body).await
}

/// Delete an operational webhook
#[utoipa::path(
    delete,
    path = "/operational-webhook/endpoint/{endpoint_id}",
    operation_id = "v1.operational-webhook.endpoint.delete",
    tag = TAG,
    params(PathEndpoint),
    responses((status = 204, description = "It is gone"))
)]
async fn delete(
    State(api): State<Arc<Api>>,
    OperationalEndpointManager { endpoint }: OperationalEndpointManager,
) -> Answer {
    delete_endpoint(&api, &endpoint).await
}

/// Read an operational webhook's secret
#[utoipa::path(
    get,
    path = "/operational-webhook/endpoint/{endpoint_id}/secret",
    operation_id = "v1.operational-webhook.endpoint.get-secret",
    tag = TAG,
    params(PathEndpoint),
    responses((status = 200, description = "The secret", body = EndpointSecretOut))
)]
async fn read_secret(OperationalEndpointManager { endpoint }: OperationalEndpointManager) -> Answer {
    show(&endpoint)
}

/// Rotate an operational webhook's secret
#[utoipa::path(
    post,
    path = "/operational-webhook/endpoint/{endpoint_id}/secret/rotate",
    operation_id = "v1.operational-webhook.endpoint.rotate-secret",
    tag = TAG,
    params(PathEndpoint),
    request_body = EndpointSecretRotateIn,
    responses((status = 200, description = "The new secret", body = EndpointSecretOut))
)]
async fn rotate_secret(
    State(api): State<Arc<Api>>,
    OperationalEndpointManager { endpoint }: OperationalEndpointManager,
    Optional(body): Optional<EndpointSecretRotateIn>,
) -> Answer {
    rotate(&api, &endpoint, body).await
}

/// Read an operational webhook's headers
#[utoipa::path(
    get,
    path = "/operational-webhook/endpoint/{endpoint_id}/headers",
    operation_id = "v1.operational-webhook.endpoint.get-headers",
    tag = TAG,
    params(PathEndpoint),
    responses((status = 200, description = "The headers", body = EndpointHeadersOut<'static>))
)]
async fn read_headers(OperationalEndpointReader { endpoint }: OperationalEndpointReader) -> Answer {
    show_headers(&endpoint)
}

/// Replace an operational webhook's headers
#[utoipa::path(
    put,
    path = "/operational-webhook/endpoint/{endpoint_id}/headers",
    operation_id = "v1.operational-webhook.endpoint.update-headers",
    tag = TAG,
    params(PathEndpoint),
    request_body = EndpointHeadersIn,
    responses((status = 204, description = "They are as they should be"))
)]
async fn write_headers(
    State(api): State<Arc<Api>>,
    OperationalEndpointManager { endpoint }: OperationalEndpointManager,
    Json(body): Json<EndpointHeadersIn>,
) -> Answer {
    set_headers(&api, &endpoint, body).await
}
