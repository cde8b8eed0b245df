//! A delivery is made again because somebody asks for it.

use std::sync::Arc;

use axum::extract::State;
use domain::message::MessageRef;
use engine::ports::queue::Redelivered;
use serde_json::{Map, Value};
use utoipa_axum::routes;

use super::TAG;
use crate::Api;
use crate::v1::Routes;
use crate::v1::access::{AppManager, PathApp};
use crate::v1::answer::Answer;
use crate::v1::error::Error;
use crate::v1::msg::{PathEndpoint, PathMessage, accepted, endpoint_named, message_named};

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(resend))
}

/// Deliver a message again
///
/// At once, with the schedule of retries from its beginning; what the endpoint wants does not matter. If the delivery is
/// under way at this moment, that is the one that was asked for.
#[utoipa::path(
    post,
    path = "/app/{app_id}/msg/{msg_id}/endpoint/{endpoint_id}/resend",
    operation_id = "v1.message-attempt.resend",
    tag = TAG,
    params(PathApp, PathMessage, PathEndpoint),
    responses((status = 202, description = "It is under way", body = Object))
)]
async fn resend(
    State(api): State<Arc<Api>>,
    caller: AppManager,
    PathMessage { msg_id }: PathMessage,
    PathEndpoint { endpoint_id }: PathEndpoint,
) -> Answer {
    let endpoint = endpoint_named(&api, &caller.app, &endpoint_id).await?.id;
    let message = match msg_id {
        // Whether it belongs to the app, the store looks.
        MessageRef::Id(id) => id,
        MessageRef::EventId(_) => message_named(&api, &caller.app, &msg_id).await?.id,
    };
    match api.doors.redeliver(message, endpoint).await? {
        Redelivered::Waiting(_) | Redelivered::UnderWay => accepted(&Map::<String, Value>::new()),
        Redelivered::Absent => Err(Error::not_found()),
        Redelivered::NoPayload => Err(Error::bad_request(
            "missing_payload",
            "The message has no payload any more: there is nothing to send.",
        )),
        Redelivered::Disabled => {
            Err(Error::bad_request("endpoint_disabled", "The endpoint is disabled: enable it first."))
        }
    }
}
