//! `…/endpoint/{endpoint_id}/secret`: what signs the calls. It is shown to those who manage the endpoint; of a key pair,
//! the public half.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use domain::endpoint::Endpoint;
use domain::limits::{SECRET_GRACE_TIME_DEFAULT, SECRET_GRACE_TIME_MAX};
use domain::secret::Secret;
use domain::secrets::TooManySecrets;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::catalog::update;
use crate::Api;
use crate::v1::Routes;
use crate::v1::access::{EndpointManager, PathApp};
use crate::v1::answer::{Answer, ok};
use crate::v1::body::Optional;
use crate::v1::check::Checks;
use crate::v1::error::Error;
use crate::v1::msg::PathEndpoint;

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(read_secret)).routes(routes!(rotate_secret))
}

/// A secret, as the receiver needs it.
#[derive(Serialize, ToSchema)]
pub(in crate::v1) struct EndpointSecretOut {
    /// `whsec_` and base64, or of a key pair `whpk_` and the base64 of its public half.
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    key: String,
}

/// What is to take the place of a secret.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::v1) struct EndpointSecretRotateIn {
    /// The new secret. One of the same scheme is made if there is none.
    #[schema(write_only)]
    key: Option<String>,
    /// For how many seconds the old one goes on signing as well.
    #[schema(minimum = 0, maximum = 604_800, default = 86_400)]
    grace_period_seconds: Option<u32>,
}

/// Read an endpoint's secret
#[utoipa::path(
    get,
    path = "/app/{app_id}/endpoint/{endpoint_id}/secret",
    operation_id = "v1.endpoint.get-secret",
    tag = super::TAG,
    params(PathApp, PathEndpoint),
    responses((status = 200, description = "The secret", body = EndpointSecretOut))
)]
async fn read_secret(EndpointManager { endpoint, .. }: EndpointManager) -> Answer {
    show(&endpoint)
}

/// Rotate an endpoint's secret
///
/// The old one goes on signing for a while, so that the receiver can change over at any time in between.
#[utoipa::path(
    post,
    path = "/app/{app_id}/endpoint/{endpoint_id}/secret/rotate",
    operation_id = "v1.endpoint.rotate-secret",
    tag = super::TAG,
    params(PathApp, PathEndpoint),
    request_body = EndpointSecretRotateIn,
    responses((status = 200, description = "The new secret", body = EndpointSecretOut))
)]
async fn rotate_secret(
    State(api): State<Arc<Api>>,
    EndpointManager { endpoint, .. }: EndpointManager,
    Optional(body): Optional<EndpointSecretRotateIn>,
) -> Answer {
    rotate(&api, &endpoint, body).await
}

/// Answers with the secret.
pub(in crate::v1) fn show(endpoint: &Endpoint) -> Answer {
    ok(&EndpointSecretOut { key: endpoint.secrets.current.published() })
}

/// Rotates the secret of an endpoint.
pub(in crate::v1) async fn rotate(api: &Api, endpoint: &Endpoint, body: EndpointSecretRotateIn) -> Answer {
    let mut checks = Checks::of_body();
    let chosen = read(&mut checks, "key", body.key.as_deref());
    let grace = body.grace_period_seconds.map(|seconds| Duration::from_secs(seconds.into()));
    if grace.is_some_and(|grace| grace > SECRET_GRACE_TIME_MAX) {
        checks.note("gracePeriodSeconds", format!("may be at most {}", SECRET_GRACE_TIME_MAX.as_secs()));
    }
    checks.done()?;
    let kind = endpoint.secrets.current.kind();
    let (fresh, now) = (chosen.unwrap_or_else(|| api.doors.secret(kind)), api.doors.now());
    let rotated = update(api, endpoint, |endpoint| {
        let grace = grace.unwrap_or(SECRET_GRACE_TIME_DEFAULT);
        let secrets = endpoint.secrets.rotate(fresh.clone(), now, grace).map_err(too_many)?;
        Ok(Endpoint { secrets, updated_at: now, ..endpoint })
    });
    show(&rotated.await?)
}

/// A secret that somebody has chosen, if there is one.
pub(super) fn read(checks: &mut Checks, member: &str, text: Option<&str>) -> Option<Secret> {
    checks.ok(member, Secret::parse(text?))
}

/// 400: as many as there may be sign already.
pub(super) fn too_many(why: TooManySecrets) -> Error {
    Error::bad_request("limit_reached", why.to_string())
}
