//! Lists of attempts: of an endpoint, of a message, of one delivery.

#![expect(deprecated, reason = "routes that are deprecated for clients are registered like all others")]

use std::sync::Arc;

use axum::extract::State;
use domain::endpoint::EndpointRef;
use domain::id::{AttemptId, DeliveryId, MessageId};
use engine::ports::history::{AttemptsOf, PastAttempt};
use engine::ports::page::Filtered;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

use super::TAG;
use super::messages::with_messages;
use super::status::{DetailQuery, StatusQuery};
use super::wanted::{ClassQuery, Wanted};
use super::wire::MessageAttemptOut;
use crate::Api;
use crate::error::unreadable;
use crate::v1::Routes;
use crate::v1::access::{AppReader, PathApp};
use crate::v1::answer::{Answer, ok};
use crate::v1::error::Error;
use crate::v1::msg::{
    ContentQuery, MessageQuery, PathEndpoint, PathMessage, TimeQuery, endpoint_named, message_named,
};
use crate::v1::page::{List, ListQuery};
use crate::v1::query::Query;

pub(super) fn routes() -> Routes {
    let now = Routes::new().routes(routes!(of_endpoint)).routes(routes!(of_message));
    now.routes(routes!(of_message_before)).routes(routes!(of_delivery))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct WithMessageQuery {
    /// With the message of each attempt.
    #[param(default = false)]
    with_msg: Option<bool>,
}

/// List the attempts of an endpoint, the newest first
#[utoipa::path(
    get,
    path = "/app/{app_id}/attempt/endpoint/{endpoint_id}",
    operation_id = "v1.message-attempt.list-by-endpoint",
    tag = TAG,
    params(
        PathApp, PathEndpoint, ListQuery, StatusQuery, ClassQuery, DetailQuery, MessageQuery, TimeQuery, ContentQuery,
        WithMessageQuery
    ),
    responses((status = 200, description = "A page of attempts", body = List<MessageAttemptOut>))
)]
async fn of_endpoint(
    State(api): State<Arc<Api>>,
    caller: AppReader,
    PathEndpoint { endpoint_id }: PathEndpoint,
    Query(query): Query<WithMessageQuery>,
    wanted: Wanted,
) -> Answer {
    let endpoint = endpoint_named(&api, &caller.app, &endpoint_id).await?.id;
    let found = found(&api, AttemptsOf::Endpoint(endpoint), &wanted).await?;
    if !query.with_msg.unwrap_or(false) {
        return shown(found, &wanted);
    }
    let found = with_messages(&api, &caller.app, found, &wanted).await?;
    ok(&List::filtered(found, &wanted.slice.start, |attempt| attempt.id, |attempt| attempt))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct EndpointQuery {
    /// Only those of this endpoint: its id or uid.
    endpoint_id: Option<String>,
}

/// List the attempts of a message, the newest first
#[utoipa::path(
    get,
    path = "/app/{app_id}/attempt/msg/{msg_id}",
    operation_id = "v1.message-attempt.list-by-msg",
    tag = TAG,
    params(
        PathApp, PathMessage, EndpointQuery, ListQuery, StatusQuery, ClassQuery, DetailQuery, MessageQuery, TimeQuery,
        ContentQuery
    ),
    responses((status = 200, description = "A page of attempts", body = List<MessageAttemptOut>))
)]
async fn of_message(
    State(api): State<Arc<Api>>,
    caller: AppReader,
    PathMessage { msg_id }: PathMessage,
    Query(query): Query<EndpointQuery>,
    wanted: Wanted,
) -> Answer {
    let message = message_named(&api, &caller.app, &msg_id).await?.id;
    let Some(name) = query.endpoint_id else {
        return shown(found(&api, AttemptsOf::Message(message), &wanted).await?, &wanted);
    };
    match delivery(&api, &caller, message, &name).await? {
        Some(delivery) => shown(found(&api, AttemptsOf::Delivery(delivery), &wanted).await?, &wanted),
        None => shown(Filtered::empty(), &wanted),
    }
}

/// The delivery of a message to the endpoint with this name, which may be deleted if it is named by its id.
async fn delivery(
    api: &Api,
    caller: &AppReader,
    message: MessageId,
    name: &str,
) -> Result<Option<DeliveryId>, Error> {
    let endpoint = match name.parse() {
        Err(_) => None,
        Ok(EndpointRef::Id(endpoint)) => Some(endpoint),
        Ok(name) => {
            let found = api.doors.store.endpoint_of(caller.app.id, &name).await.map_err(unreadable)?;
            found.map(|endpoint| endpoint.id)
        }
    };
    Ok(endpoint.map(|endpoint| DeliveryId { message, endpoint }))
}

/// List the attempts of a message, the newest first
///
/// The former place of `/app/{app_id}/attempt/msg/{msg_id}`.
#[deprecated]
#[utoipa::path(
    get,
    path = "/app/{app_id}/msg/{msg_id}/attempt",
    operation_id = "v1.message-attempt.list-by-msg-deprecated",
    tag = TAG,
    params(
        PathApp, PathMessage, EndpointQuery, ListQuery, StatusQuery, ClassQuery, DetailQuery, MessageQuery, TimeQuery,
        ContentQuery
    ),
    responses((status = 200, description = "A page of attempts", body = List<MessageAttemptOut>))
)]
async fn of_message_before(
    api: State<Arc<Api>>,
    caller: AppReader,
    message: PathMessage,
    query: Query<EndpointQuery>,
    wanted: Wanted,
) -> Answer {
    of_message(api, caller, message, query, wanted).await
}

/// List the attempts of a message to an endpoint, the newest first
///
/// The former place of `/app/{app_id}/attempt/msg/{msg_id}` with an `endpoint_id`.
#[deprecated]
#[utoipa::path(
    get,
    path = "/app/{app_id}/msg/{msg_id}/endpoint/{endpoint_id}/attempt",
    operation_id = "v1.message-attempt.list-by-endpoint-deprecated",
    tag = TAG,
    params(
        PathApp, PathMessage, PathEndpoint, ListQuery, StatusQuery, ClassQuery, DetailQuery, MessageQuery, TimeQuery,
        ContentQuery
    ),
    responses((status = 200, description = "A page of attempts", body = List<MessageAttemptOut>))
)]
async fn of_delivery(
    State(api): State<Arc<Api>>,
    caller: AppReader,
    PathMessage { msg_id }: PathMessage,
    PathEndpoint { endpoint_id }: PathEndpoint,
    wanted: Wanted,
) -> Answer {
    let message = message_named(&api, &caller.app, &msg_id).await?.id;
    let endpoint = endpoint_named(&api, &caller.app, &endpoint_id).await?.id;
    let of = AttemptsOf::Delivery(DeliveryId { message, endpoint });
    shown(found(&api, of, &wanted).await?, &wanted)
}

async fn found(
    api: &Api,
    of: AttemptsOf,
    wanted: &Wanted,
) -> Result<Filtered<PastAttempt, AttemptId>, Error> {
    match &wanted.filter {
        Some(filter) => {
            let found = api.doors.store.attempts(of, filter.clone(), wanted.slice.clone()).await;
            Ok(found.map_err(unreadable)?)
        }
        None => Ok(Filtered::empty()),
    }
}

fn shown(found: Filtered<PastAttempt, AttemptId>, wanted: &Wanted) -> Answer {
    let show = |past| MessageAttemptOut::new(past, wanted.contents);
    ok(&List::filtered(found, &wanted.slice.start, |past| past.attempt.id, show))
}
