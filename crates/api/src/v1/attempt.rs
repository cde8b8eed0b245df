//! `/api/v1/app/{app_id}/attempt` and the attempts of messages: every call that was made.

mod deliveries;
mod lists;
mod messages;
mod resend;
mod status;
mod wanted;
mod wire;

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use domain::id::AttemptId;
use utoipa::IntoParams;
use utoipa_axum::routes;

use super::Routes;
use super::access::{AppAdmin, AppReader, PathApp, parameter};
use super::answer::{Answer, nothing, ok};
use super::error::Error;
use super::msg::{ContentQuery, PathMessage, message_named};
use super::query::Query;
use crate::Api;
use crate::error::unreadable;

use self::status::DetailQuery;
use self::wire::MessageAttemptOut;

pub(super) use self::status::{StatusText, WordsQuery};
pub(super) use self::wire::next_attempt;

const TAG: &str = "Message Attempt";

pub(super) fn routes() -> Routes {
    let here = Routes::new().routes(routes!(read)).routes(routes!(expunge));
    here.merge(lists::routes()).merge(deliveries::routes()).merge(resend::routes())
}

/// The attempt that a path names, whether it is there or not.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
struct PathAttempt {
    /// The attempt's id
    #[param(value_type = String, example = "atmpt_7Zk2mVd0001")]
    attempt_id: AttemptId,
}

impl FromRequestParts<Arc<Api>> for PathAttempt {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Error> {
        let attempt_id = parameter(parts, "attempt_id").await.ok_or_else(Error::not_found)?;
        Ok(Self { attempt_id })
    }
}

/// Read an attempt
#[utoipa::path(
    get,
    path = "/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}",
    operation_id = "v1.message-attempt.get",
    tag = TAG,
    params(PathApp, PathMessage, PathAttempt, DetailQuery, ContentQuery),
    responses((status = 200, description = "The attempt", body = MessageAttemptOut))
)]
async fn read(
    State(api): State<Arc<Api>>,
    caller: AppReader,
    PathMessage { msg_id }: PathMessage,
    PathAttempt { attempt_id }: PathAttempt,
    Query(_): Query<DetailQuery>,
    Query(query): Query<ContentQuery>,
) -> Answer {
    let message = message_named(&api, &caller.app, &msg_id).await?.id;
    let attempt = api.doors.store.attempt(message, attempt_id).await.map_err(unreadable)?;
    ok(&MessageAttemptOut::new(attempt.ok_or_else(Error::not_found)?, query.contents()))
}

/// Forget what a receiver answered
///
/// `EXPUNGED` is left of it; the status of the answer stays.
#[utoipa::path(
    delete,
    path = "/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}/content",
    operation_id = "v1.message-attempt.expunge-content",
    tag = TAG,
    params(PathApp, PathMessage, PathAttempt),
    responses((status = 204, description = "It is gone"))
)]
async fn expunge(
    State(api): State<Arc<Api>>,
    caller: AppAdmin,
    PathMessage { msg_id }: PathMessage,
    PathAttempt { attempt_id }: PathAttempt,
) -> Answer {
    let message = message_named(&api, &caller.app, &msg_id).await?.id;
    if api.doors.expunge_attempt(message, attempt_id).await? { nothing() } else { Err(Error::not_found()) }
}
