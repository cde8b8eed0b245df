//! `…/endpoint/{endpoint_id}/stats`: how the attempts of an endpoint went, by hours.

use std::sync::Arc;

use axum::extract::State;
use domain::endpoint::Endpoint;
use domain::limits::{CLOCK_SKEW_MAX, STATS_TIME_MAX};
use domain::time::Timestamp;
use engine::ports::history::Stats;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use crate::Api;
use crate::error::unreadable;
use crate::v1::Routes;
use crate::v1::access::{EndpointReader, PathApp};
use crate::v1::answer::{Answer, ok};
use crate::v1::error::Error;
use crate::v1::msg::PathEndpoint;
use crate::v1::query::Query;

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(stats)).routes(routes!(attempt_stats))
}

/// Which attempts are counted: those that began in these hours.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct StatsQuery {
    /// From the hour of this moment on; 28 days before `until` if it is not said, and no earlier.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// To the hour of this moment; the present one if it is not said.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// How attempts went, and what waits.
#[derive(Serialize, ToSchema)]
struct EndpointStats {
    /// Attempts that succeeded.
    success: u64,
    /// Deliveries that were not tried yet.
    pending: u64,
    /// Deliveries that failed, and will be tried again.
    sending: u64,
    /// Attempts that failed.
    fail: u64,
    /// Attempts are never taken back: 0.
    canceled: u64,
}

/// How attempts went.
#[derive(Serialize, ToSchema)]
struct EndpointAttemptStats {
    /// Attempts that succeeded.
    success: u64,
    /// Attempts that failed.
    fail: u64,
    /// Attempts are never taken back: 0.
    canceled: u64,
}

/// Count an endpoint's attempts, and what waits for it
#[utoipa::path(
    get,
    path = "/app/{app_id}/endpoint/{endpoint_id}/stats",
    operation_id = "v1.endpoint.get-stats",
    tag = super::TAG,
    params(PathApp, PathEndpoint, StatsQuery),
    responses((status = 200, description = "The counts", body = EndpointStats))
)]
async fn stats(
    State(api): State<Arc<Api>>,
    EndpointReader { endpoint }: EndpointReader,
    Query(query): Query<StatsQuery>,
) -> Answer {
    let Stats { succeeded, failed, pending, sending } = count(&api, &endpoint, &query).await?;
    ok(&EndpointStats { success: succeeded, pending, sending, fail: failed, canceled: 0 })
}

/// Count an endpoint's attempts
#[utoipa::path(
    get,
    path = "/app/{app_id}/endpoint/{endpoint_id}/attempt-stats",
    operation_id = "v1.endpoint.get-attempt-stats",
    tag = super::TAG,
    params(PathApp, PathEndpoint, StatsQuery),
    responses((status = 200, description = "The counts", body = EndpointAttemptStats))
)]
async fn attempt_stats(
    State(api): State<Arc<Api>>,
    EndpointReader { endpoint }: EndpointReader,
    Query(query): Query<StatsQuery>,
) -> Answer {
    let Stats { succeeded, failed, .. } = count(&api, &endpoint, &query).await?;
    ok(&EndpointAttemptStats { success: succeeded, fail: failed, canceled: 0 })
}

async fn count(api: &Api, endpoint: &Endpoint, query: &StatsQuery) -> Result<Stats, Error> {
    let now = api.doors.now();
    let until = query.until.unwrap_or(now);
    let since = query.since.unwrap_or(until - STATS_TIME_MAX);
    let invalid = |why: &str| Err(Error::bad_request("invalid_range", why));
    if until > now + CLOCK_SKEW_MAX {
        return invalid("`until` must not be in the future.");
    }
    if since > until {
        return invalid("`since` must not be after `until`.");
    }
    if until.since(since) > STATS_TIME_MAX + CLOCK_SKEW_MAX {
        return invalid("There may be at most 28 days between `since` and `until`.");
    }
    Ok(api.doors.store.stats(endpoint.id, since, until).await.map_err(unreadable)?)
}
