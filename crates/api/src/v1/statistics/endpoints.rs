//! `…/stats/endpoints`: how endpoints are, those in most trouble first.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use domain::attempt::Failure;
use domain::id::{AppId, EndpointId};
use domain::limits::{PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX};
use domain::time::Timestamp;
use engine::ports::statistics::EndpointHealth;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::attempts::percentile_ms;
use super::{TAG, check_time, counts_of};
use crate::Api;
use crate::error::unreadable;
use crate::v1::Routes;
use crate::v1::access::{AppQuery, ScopedReader};
use crate::v1::answer::{Answer, ok};
use crate::v1::check::Checks;
use crate::v1::query::Query;

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(endpoints))
}

/// What is counted unless somebody says since when.
const TIME_DEFAULT: Duration = Duration::from_secs(24 * 3600);

/// Which endpoints are wanted.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct HealthQuery {
    /// From the hour of this moment on; a day before now if it is not said, and at most 31.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// How many at most.
    #[param(minimum = 0, maximum = 250, default = 50)]
    limit: Option<u64>,
}

/// How endpoints are.
#[derive(Serialize, ToSchema)]
struct EndpointStatsList {
    /// From when on their attempts are counted: later than was asked for where there are too many to look at (20,000 of
    /// an endpoint and hour).
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// Those in most trouble first: disabled by their failures, failing, each the longest first; then the others, by the
    /// share of their attempts that failed.
    data: Vec<EndpointHealthOut>,
}

/// How an endpoint is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EndpointHealthOut {
    /// Whimbrel's id.
    #[schema(value_type = String, example = "ep_7Zk2mVd0001")]
    id: EndpointId,
    /// Its app.
    #[schema(value_type = String)]
    app_id: AppId,
    /// The platform's id of its app.
    #[schema(value_type = Option<String>)]
    app_uid: Option<String>,
    /// Where it is called.
    url: String,
    /// For people.
    description: String,
    /// Whether it is not called.
    disabled: bool,
    /// Since when there was nothing but failure.
    #[schema(value_type = Option<String>, format = DateTime)]
    failing_since: Option<Timestamp>,
    /// Attempts that succeeded.
    success: u64,
    /// Attempts that failed.
    fail: u64,
    /// 95 % of them took no longer, to 6 %.
    p95_ms: Option<f64>,
    /// Deliveries that wait for it at this moment; 1,000 stands for more as well.
    waiting: usize,
    /// The last failure among its last 20 attempts, where there were any.
    last_failure: Option<LastFailure>,
}

/// Why an attempt failed.
#[derive(Serialize, ToSchema)]
struct LastFailure {
    /// The reason's name, for programs.
    code: String,
    /// The reason, for people.
    detail: String,
    /// When the attempt began.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// Tell how endpoints are, those in most trouble first
///
/// That are the endpoints that were called in the time, and those that are in trouble now.
#[utoipa::path(
    get,
    path = "/stats/endpoints",
    operation_id = "v1.statistics.endpoints",
    tag = TAG,
    params(AppQuery, HealthQuery),
    responses((status = 200, description = "The endpoints", body = EndpointStatsList))
)]
async fn endpoints(
    State(api): State<Arc<Api>>,
    reader: ScopedReader,
    Query(query): Query<HealthQuery>,
) -> Answer {
    let mut checks = Checks::of(&["query"]);
    let limit = query.limit.map_or(Some(PAGE_ROWS_DEFAULT), |limit| usize::try_from(limit).ok());
    let limit = limit.filter(|limit| *limit <= PAGE_ROWS_MAX);
    let limit = checks.some("limit", limit, "Given limit must not exceed 250");
    let limit = checks.done_with(limit)?;
    let now = api.doors.now();
    let since = query.since.unwrap_or(now - TIME_DEFAULT);
    check_time(since, now, now)?;
    let (since, health) =
        api.doors.store.health(counts_of(&reader), since, limit).await.map_err(unreadable)?;
    ok(&EndpointStatsList { since, data: health.into_iter().map(EndpointHealthOut::from).collect() })
}

impl From<EndpointHealth> for EndpointHealthOut {
    fn from(health: EndpointHealth) -> Self {
        let EndpointHealth { endpoint, app_uid, counts, waiting, last_failure } = health;
        let last_failure = last_failure.map(|(at, Failure { code, detail })| {
            let code = code.to_string();
            LastFailure { code, detail, at }
        });
        Self {
            id: endpoint.id,
            app_id: endpoint.app,
            app_uid: app_uid.map(|uid| uid.to_string()),
            url: endpoint.target.as_str().to_owned(),
            description: endpoint.description,
            disabled: endpoint.disabled.is_some(),
            failing_since: endpoint.failing.map(|failing| failing.since),
            success: counts.succeeded,
            fail: counts.failed,
            p95_ms: percentile_ms(&counts, 95),
            waiting,
            last_failure,
        }
    }
}
