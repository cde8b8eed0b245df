//! `/api/v1/health`: whether the API works, in the words of the contract.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::organization::Organization;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Routes;
use super::answer::{Answer, nothing};
use crate::Api;
use crate::answer::json;

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(health)).routes(routes!(ping))
}

/// What works. There is one store for everything.
#[derive(Serialize, ToSchema)]
struct Health {
    database: Part,
    queue: Part,
    cache: Part,
}

#[derive(Clone, Copy, Serialize, ToSchema)]
struct Part {
    status: Status,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Error,
}

/// Whether the API works
#[utoipa::path(
    get,
    path = "/health",
    operation_id = "v1.health.get",
    tag = "Health",
    security(()),
    responses(
        (status = 200, description = "It works", body = Health),
        (status = 503, description = "The store cannot be asked", body = Health)
    )
)]
async fn health(State(api): State<Arc<Api>>) -> Answer {
    let found = api.doors.store.organization(Organization::DEFAULT).await;
    let (code, status) = match found {
        Ok(_) => (StatusCode::OK, Status::Ok),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, Status::Error),
    };
    let part = Part { status };
    Ok(json(code, &Health { database: part, queue: part, cache: part }))
}

/// Whether anybody is there
#[utoipa::path(
    get,
    path = "/health/ping",
    operation_id = "v1.health.ping",
    tag = "Health",
    security(()),
    responses((status = 204, description = "Somebody is there"))
)]
async fn ping() -> Answer {
    nothing()
}
