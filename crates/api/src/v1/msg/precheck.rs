//! Would anybody get a message?

use std::sync::Arc;

use axum::extract::State;
use domain::app::App;
use domain::endpoint::Endpoint;
use domain::limits::{ENDPOINTS_PER_APP_MAX, PAGE_ROWS_MAX};
use domain::name::EventTypeName;
use domain::subscription::{Subscription, Topic};
use engine::ports::page::{Order, Slice, Start};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::TAG;
use super::wire::{Channels, channels};
use crate::Api;
use crate::error::unreadable;
use crate::v1::Routes;
use crate::v1::access::{AppReader, PathApp};
use crate::v1::answer::{Answer, ok};
use crate::v1::body::Json;
use crate::v1::check::Checks;
use crate::v1::error::Error;

pub(in crate::v1) fn routes() -> Routes {
    Routes::new().routes(routes!(is_active))
}

/// A message that may be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MessagePrecheckIn {
    /// What it would be about.
    #[schema(
        min_length = 1,
        max_length = 256,
        pattern = r"^\.*[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$",
        example = "candidate.created"
    )]
    event_type: String,
    /// Its channels.
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 5)]
    channels: Option<Channels>,
}

/// Whether anybody would get it.
#[derive(Debug, Serialize, ToSchema)]
struct MessagePrecheckOut {
    /// Whether an endpoint wants such messages, and is not disabled. What would be in the payload is not considered.
    active: bool,
}

/// Ask whether anybody would get a message
#[utoipa::path(
    post,
    path = "/app/{app_id}/msg/precheck/active",
    operation_id = "v1.message.precheck",
    tag = TAG,
    params(PathApp),
    request_body = MessagePrecheckIn,
    responses((status = 200, description = "Whether anybody would", body = MessagePrecheckOut))
)]
async fn is_active(
    State(api): State<Arc<Api>>,
    caller: AppReader,
    Json(body): Json<MessagePrecheckIn>,
) -> Answer {
    let mut checks = Checks::of_body();
    let channels = channels(&mut checks, body.channels);
    let event_type: Option<EventTypeName> = checks.parsed("eventType", Some(&body.event_type));
    let event_type = checks.done_with(event_type)?;
    let wants = |endpoint: &Endpoint| {
        let by_name = Subscription { pattern: None, ..endpoint.subscription.clone() };
        endpoint.is_callable() && by_name.wants(&Topic::new(&event_type, &channels, b""))
    };
    ok(&MessagePrecheckOut { active: has(&api, &caller.app, wants).await? })
}

/// Whether an app has an endpoint of a kind.
async fn has(api: &Api, app: &App, is_one: impl Fn(&Endpoint) -> bool) -> Result<bool, Error> {
    const PAGES_MAX: usize = ENDPOINTS_PER_APP_MAX.div_ceil(PAGE_ROWS_MAX) + 1;
    let mut start = Start::First;
    for _ in 0..PAGES_MAX {
        let slice = Slice { limit: PAGE_ROWS_MAX, order: Order::Ascending, start };
        let page = api.doors.store.endpoints(app.id, slice).await.map_err(unreadable)?;
        if page.rows.iter().any(&is_one) {
            return Ok(true);
        }
        match page.rows.last() {
            Some(last) if page.more => start = Start::After(last.id),
            _ => return Ok(false),
        }
    }
    Ok(false)
}
