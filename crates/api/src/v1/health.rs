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
struct HealthOut {
    database: HealthPart,
    queue: HealthPart,
    cache: HealthPart,
}

#[derive(Clone, Copy, Serialize, ToSchema)]
struct HealthPart {
    status: HealthStatus,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum HealthStatus {
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
        (status = 200, description = "It works", body = HealthOut),
        (status = 503, description = "The store cannot be asked", body = HealthOut)
    )
)]
async fn health(State(api): State<Arc<Api>>) -> Answer {
    let found = api.doors.store.organization(Organization::DEFAULT).await;
    let (code, status) = match found {
        Ok(_) => (StatusCode::OK, HealthStatus::Ok),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, HealthStatus::Error),
    };
    let part = HealthPart { status };
    Ok(json(code, &HealthOut { database: part, queue: part, cache: part }))
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
