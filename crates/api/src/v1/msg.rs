//! `/api/v1/app/{app_id}/msg`: messages, sent as such or by changes of resources.

mod batch;
mod expunge;
mod filter;
mod path;
mod precheck;
mod send;
mod shown;
mod wire;

use std::sync::Arc;

use axum::extract::State;
use domain::id::MessageId;
use domain::message::Message;
use engine::ports::history::MessageFilter;
use engine::ports::page::Order;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::Routes;
use super::access::{AppAdmin, AppReader, PathApp};
use super::answer::{Answer, ok};
use super::error::Error;
use super::page::{List, ListQuery};
use super::query::Query;
use crate::Api;
use crate::error::unreadable;

pub(super) use self::batch::{is_batch, routes as batches};
pub(super) use self::filter::{MessageQuery, TimeQuery};
pub(super) use self::path::{PathEndpoint, PathMessage, endpoint_named, message_named};
pub(super) use self::precheck::routes as questions;
pub(super) use self::send::{accepted, routes as sending};
pub(super) use self::shown::{ContentQuery, Contents, MessageOut};

const TAG: &str = "Message";

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(list)).routes(routes!(read)).routes(routes!(cancel)).merge(expunge::routes())
}

/// List messages, the newest first
#[utoipa::path(
    get,
    path = "/app/{app_id}/msg",
    operation_id = "v1.message.list",
    tag = TAG,
    params(PathApp, ListQuery, MessageQuery, TimeQuery, ContentQuery),
    responses((status = 200, description = "A page of messages", body = List<MessageOut>))
)]
async fn list(
    State(api): State<Arc<Api>>,
    caller: AppReader,
    Query(page): Query<ListQuery>,
    Query(wanted): Query<MessageQuery>,
    Query(time): Query<TimeQuery>,
    Query(query): Query<ContentQuery>,
) -> Answer {
    let slice = page.ordered::<MessageId>(Order::Descending)?;
    let start = slice.start.clone();
    let times = time.times(api.doors.now(), &start, |id| id.timestamp());
    let filter = MessageFilter { since: times.since, until: times.until, ..wanted.filter()? };
    let found = api.doors.store.messages(caller.app.id, filter, slice).await.map_err(unreadable)?;
    let shown = |message: Message| MessageOut::new(&message, query.contents());
    ok(&List::filtered(found, &start, |message| message.id, shown))
}

/// Read a message
#[utoipa::path(
    get,
    path = "/app/{app_id}/msg/{msg_id}",
    operation_id = "v1.message.get",
    tag = TAG,
    params(PathApp, PathMessage, ContentQuery),
    responses((status = 200, description = "The message", body = MessageOut))
)]
async fn read(
    State(api): State<Arc<Api>>,
    caller: AppReader,
    PathMessage { msg_id }: PathMessage,
    Query(query): Query<ContentQuery>,
) -> Answer {
    let message = message_named(&api, &caller.app, &msg_id).await?;
    ok(&MessageOut::new(&message, query.contents()))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct CancelQuery {
    /// Only what waits for this endpoint: its id or uid.
    endpoint_id: Option<String>,
}

/// What was taken back.
#[derive(Debug, Serialize, ToSchema)]
struct CancelOut {
    /// How many deliveries waited, and are made no more.
    canceled: usize,
}

/// Take a message back
///
/// What waits of it, for its time or for a retry, is not delivered any more. What is under way or has ended stays as it is.
#[utoipa::path(
    post,
    path = "/app/{app_id}/msg/{msg_id}/cancel",
    operation_id = "v1.message.cancel",
    tag = TAG,
    params(PathApp, PathMessage, CancelQuery),
    responses((status = 200, description = "What was taken back", body = CancelOut))
)]
async fn cancel(
    State(api): State<Arc<Api>>,
    caller: AppAdmin,
    PathMessage { msg_id }: PathMessage,
    Query(query): Query<CancelQuery>,
) -> Answer {
    let endpoint = match query.endpoint_id {
        None => None,
        Some(name) => {
            let name = name.parse().map_err(|_| Error::not_found())?;
            Some(endpoint_named(&api, &caller.app, &name).await?.id)
        }
    };
    let cancelled = api.doors.cancel(caller.app.id, msg_id, endpoint).await?;
    let cancelled = cancelled.ok_or_else(Error::not_found)?.count;
    ok(&CancelOut { canceled: cancelled })
}
