//! `…/endpoint/{endpoint_id}/recover` and its like: background tasks that deliver what was not delivered.

use std::sync::Arc;

use axum::extract::State;
use domain::limits::{CLOCK_SKEW_MAX, RECOVER_TIME_MAX, TASKS_PER_ENDPOINT_MAX};
use domain::task::TaskKind;
use domain::time::Timestamp;
use engine::doors::NewTask;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::Api;
use crate::v1::Routes;
use crate::v1::access::{EndpointManager, PathApp};
use crate::v1::answer::Answer;
use crate::v1::background_task::TaskOut;
use crate::v1::body::Json;
use crate::v1::check::Checks;
use crate::v1::error::Error;
use crate::v1::msg::{PathEndpoint, accepted};

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(recover)).routes(routes!(replay_missing)).routes(routes!(bulk_replay))
}

/// Messages that were accepted in this time.
#[derive(Deserialize, ToSchema)]
#[schema(as = RecoverIn)]
struct Window {
    /// At or after this moment, at most 14 days before `until`.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// Before this moment; until now if it is not said.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// Messages that were accepted in this time.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct BulkReplayIn {
    /// At or after this moment, at most 14 days before `until`.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// Before this moment; until now if it is not said.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Not supported: what the endpoint wants decides.
    event_types: Option<Vec<String>>,
    /// Not supported.
    channel: Option<String>,
    /// Not supported.
    tag: Option<String>,
    /// Not supported.
    status: Option<i64>,
    /// Not supported.
    status_code_class: Option<i64>,
}

/// Try everything again that has failed
#[utoipa::path(
    post,
    path = "/app/{app_id}/endpoint/{endpoint_id}/recover",
    operation_id = "v1.endpoint.recover",
    tag = super::TAG,
    params(PathApp, PathEndpoint),
    request_body = Window,
    responses((status = 202, description = "The task that does it", body = TaskOut))
)]
async fn recover(State(api): State<Arc<Api>>, caller: EndpointManager, Json(body): Json<Window>) -> Answer {
    begin(&api, caller, TaskKind::Recover, &body).await
}

/// Send what the endpoint wants and was never sent
#[utoipa::path(
    post,
    path = "/app/{app_id}/endpoint/{endpoint_id}/replay-missing",
    operation_id = "v1.endpoint.replay-missing",
    tag = super::TAG,
    params(PathApp, PathEndpoint),
    request_body = Window,
    responses((status = 202, description = "The task that does it", body = TaskOut))
)]
async fn replay_missing(
    State(api): State<Arc<Api>>,
    caller: EndpointManager,
    Json(body): Json<Window>,
) -> Answer {
    begin(&api, caller, TaskKind::ReplayMissing, &body).await
}

/// Send everything again
///
/// What has failed, what was never sent, and also what the receiver has already.
#[utoipa::path(
    post,
    path = "/app/{app_id}/endpoint/{endpoint_id}/bulk-replay",
    operation_id = "v1.endpoint.bulk-replay",
    tag = super::TAG,
    params(PathApp, PathEndpoint),
    request_body = BulkReplayIn,
    responses((status = 202, description = "The task that does it", body = TaskOut))
)]
async fn bulk_replay(
    State(api): State<Arc<Api>>,
    caller: EndpointManager,
    Json(body): Json<BulkReplayIn>,
) -> Answer {
    let mut checks = Checks::of_body();
    let filters = [
        ("eventTypes", body.event_types.is_some_and(|types| !types.is_empty())),
        ("channel", body.channel.is_some()),
        ("tag", body.tag.is_some()),
        ("status", body.status.is_some()),
        ("statusCodeClass", body.status_code_class.is_some()),
    ];
    // Whoever asks for a part of the messages must not get all of them.
    for (name, _) in filters.into_iter().filter(|(_, is_there)| *is_there) {
        checks.note(name, "is not supported: all messages of the time are replayed that the endpoint wants");
    }
    checks.done()?;
    begin(&api, caller, TaskKind::BulkReplay, &Window { since: body.since, until: body.until }).await
}

async fn begin(api: &Api, caller: EndpointManager, kind: TaskKind, window: &Window) -> Answer {
    let (since, until) = window.check(api.doors.now())?;
    let EndpointManager { app, endpoint } = caller;
    let new =
        NewTask { organization: app.organization, app: app.id, endpoint: endpoint.id, kind, since, until };
    match api.doors.begin_task(new).await? {
        Some(task) => accepted(&TaskOut::from(&task)),
        None => {
            let detail = format!(
                "The endpoint has {TASKS_PER_ENDPOINT_MAX} background tasks; wait until one has ended."
            );
            Err(Error::bad_request("limit_reached", detail))
        }
    }
}

impl Window {
    /// The time whose messages are meant, as far as it lies before this moment and includes it.
    fn check(&self, now: Timestamp) -> Result<(Timestamp, Timestamp), Error> {
        let mut checks = Checks::of_body();
        let until = self.until.unwrap_or(now);
        if self.since > until {
            checks.note("since", "must not be after `until`");
        } else if until.since(self.since) > RECOVER_TIME_MAX + CLOCK_SKEW_MAX {
            checks.note("since", "may be at most 14 days before `until`");
        }
        checks.done()?;
        Ok((self.since, if until < now { until } else { now + JUST_NOW }))
    }
}

/// What was accepted in the present millisecond is meant as well.
const JUST_NOW: std::time::Duration = std::time::Duration::from_millis(1);
