//! `…/stats/attempts`: how attempts went over a time, how long they took, and what is to be delivered now.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use domain::counts::{Counts, Grain};
use domain::limits::MINUTES_KEPT;
use domain::time::Timestamp;
use engine::ports::statistics::Backlog;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::{TAG, check_time, counts_of};
use crate::Api;
use crate::error::unreadable;
use crate::v1::Routes;
use crate::v1::access::{AppQuery, ScopedReader};
use crate::v1::answer::{Answer, ok};
use crate::v1::query::Query;

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(attempts))
}

/// The time of a chart that nobody says the time of.
const TIME_DEFAULT: Duration = Duration::from_secs(24 * 3600);

/// The time that is counted.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct TimeQuery {
    /// From the minute or hour of this moment on; a day before `until` if it is not said, and at most 31.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Up to the minute or hour of this moment; the present one if it is not said.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// How attempts went, and what is to be delivered.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AttemptStats {
    /// When the first bucket begins.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// Up to when was asked.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// How long a bucket is: 60 for a time within the last three hours, otherwise 3600.
    bucket_seconds: i64,
    /// All buckets of the time, in their order.
    buckets: Vec<Bucket>,
    latency: Latency,
    /// Deliveries that ended in the time because their receiver had them.
    delivered: u64,
    /// Deliveries that ended in the time without; not those that were taken back.
    failed: u64,
    /// Deliveries that wait at this moment and were not tried yet.
    pending: u64,
    /// Deliveries that failed, and wait at this moment to be tried again.
    sending: u64,
    /// Deliveries that are being tried at this moment, or are next.
    under_way: u64,
    /// Whether there are more of the last three than were counted: 10,000 that wait, and as many that are under way.
    backlog_is_capped: bool,
}

/// How the attempts went that began in one minute, or hour.
#[derive(Serialize, ToSchema)]
struct Bucket {
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Attempts that succeeded.
    success: u64,
    /// Attempts that failed.
    fail: u64,
}

/// How long attempts took, to 6 %; null where there were none.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Latency {
    /// Half of the attempts took no longer.
    #[schema(required = true)]
    p50_ms: Option<f64>,
    /// 95 % of the attempts took no longer.
    #[schema(required = true)]
    p95_ms: Option<f64>,
}

/// Tell how attempts went
///
/// What is counted is counted as it happens, by the minute for three hours, and by the hour.
#[utoipa::path(
    get,
    path = "/stats/attempts",
    operation_id = "v1.statistics.attempts",
    tag = TAG,
    params(AppQuery, TimeQuery),
    responses((status = 200, description = "How attempts went", body = AttemptStats))
)]
async fn attempts(
    State(api): State<Arc<Api>>,
    reader: ScopedReader,
    Query(query): Query<TimeQuery>,
) -> Answer {
    let now = api.doors.now();
    let until = query.until.unwrap_or(now);
    let since = query.since.unwrap_or(until - TIME_DEFAULT);
    check_time(since, until, now)?;
    let grain = if now.since(since) <= MINUTES_KEPT { Grain::Minute } else { Grain::Hour };
    let first = grain.number(since);
    // A time ends before its end.
    let last = grain.number(until - Duration::from_millis(1)).max(first);
    let of = counts_of(&reader);
    let counts = api.doors.store.counts(of, grain, grain.start(first), grain.start(last)).await;
    let counts = counts.map_err(unreadable)?;
    let backlog = api.doors.store.backlog(of).await.map_err(unreadable)?;
    ok(&AttemptStats::new(grain, (first, last), until, &counts, backlog))
}

impl AttemptStats {
    fn new(
        grain: Grain,
        (first, last): (i64, i64),
        until: Timestamp,
        counts: &[(Timestamp, Counts)],
        backlog: Backlog,
    ) -> Self {
        let mut sum = Counts::default();
        counts.iter().for_each(|(_, counts)| sum += counts);
        let bucket = |number| {
            let at = grain.start(number);
            let found = counts.binary_search_by_key(&at, |(at, _)| *at).map(|found| &counts[found].1);
            let (success, fail) = found.map_or((0, 0), |counts| (counts.succeeded, counts.failed));
            Bucket { at, success, fail }
        };
        Self {
            since: grain.start(first),
            until,
            bucket_seconds: grain.seconds(),
            buckets: (first..=last).map(bucket).collect(),
            latency: Latency { p50_ms: percentile_ms(&sum, 50), p95_ms: percentile_ms(&sum, 95) },
            delivered: sum.delivered,
            failed: sum.given_up,
            pending: backlog.pending,
            sending: backlog.sending,
            under_way: backlog.under_way,
            backlog_is_capped: backlog.is_capped,
        }
    }
}

/// So many milliseconds took at most so many of a hundred attempts.
pub(super) fn percentile_ms(counts: &Counts, per_cent: u64) -> Option<f64> {
    counts.latencies.percentile(per_cent).map(|duration| duration.as_secs_f64() * 1000.0)
}
