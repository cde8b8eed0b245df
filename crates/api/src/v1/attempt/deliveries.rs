//! Deliveries, whether they were attempted or not: the messages of an endpoint, and the endpoints of a message.

use std::sync::Arc;

use axum::extract::State;
use domain::delivery::Delivery;
use domain::id::{EndpointId, MessageId};
use domain::message::Message;
use engine::ports::history::{DeliveryStatus, MessageFilter};
use engine::ports::page::Order;
use utoipa_axum::routes;

use super::TAG;
use super::status::{Detail, DetailQuery, Status, StatusQuery};
use super::wire::{EndpointMessageOut, MessageEndpointOut, next_attempt};
use crate::Api;
use crate::error::unreadable;
use crate::v1::Routes;
use crate::v1::access::{AppReader, PathApp};
use crate::v1::answer::{Answer, ok};
use crate::v1::msg::{
    ContentQuery, MessageOut, MessageQuery, PathEndpoint, PathMessage, TimeQuery, endpoint_named,
    message_named,
};
use crate::v1::page::{List, ListQuery};
use crate::v1::query::Query;

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(messages)).routes(routes!(endpoints))
}

/// List the messages of an endpoint, the newest first
#[utoipa::path(
    get,
    path = "/app/{app_id}/endpoint/{endpoint_id}/msg",
    operation_id = "v1.message-attempt.list-attempted-messages",
    tag = TAG,
    params(PathApp, PathEndpoint, ListQuery, StatusQuery, DetailQuery, MessageQuery, TimeQuery, ContentQuery),
    responses((status = 200, description = "A page of messages", body = List<EndpointMessageOut>))
)]
#[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
async fn messages(
    State(api): State<Arc<Api>>,
    caller: AppReader,
    PathEndpoint { endpoint_id }: PathEndpoint,
    Query(page): Query<ListQuery>,
    Query(status): Query<StatusQuery>,
    Query(detail): Query<DetailQuery>,
    Query(wanted): Query<MessageQuery>,
    Query(time): Query<TimeQuery>,
    Query(content): Query<ContentQuery>,
) -> Answer {
    let slice = page.ordered::<MessageId>(Order::Descending)?;
    let start = slice.start.clone();
    let times = time.times(api.doors.now(), &start, |id| id.timestamp());
    let filter = MessageFilter { since: times.since, until: times.until, ..wanted.filter()? };
    let (status, detail) = (status.wanted()?, detail.detail());
    // What counts as failed may have been taken back: then both are looked for, and the page has fewer rows.
    let folded = detail == Detail::Folded && status == Some(DeliveryStatus::Failed);
    let sought = status.filter(|_| !folded);
    let endpoint = endpoint_named(&api, &caller.app, &endpoint_id).await?;
    let (endpoint, held_until) = (endpoint.id, endpoint.held_until);
    let found = api.doors.store.messages_of_endpoint(endpoint, filter, sought, slice).await;
    let mut found = found.map_err(unreadable)?;
    if folded {
        let ended = [DeliveryStatus::Failed, DeliveryStatus::Cancelled];
        found.page.rows.retain(|(_, delivery)| ended.contains(&DeliveryStatus::of(delivery)));
    }
    let shown = |(message, delivery): (Message, Delivery)| EndpointMessageOut {
        message: MessageOut::new(&message, content.contents()),
        status: Status::of(DeliveryStatus::of(&delivery), detail),
        next_attempt: next_attempt(&delivery, held_until),
    };
    ok(&List::filtered(found, &start, |(message, _)| message.id, shown))
}

/// List the endpoints of a message
#[utoipa::path(
    get,
    path = "/app/{app_id}/msg/{msg_id}/endpoint",
    operation_id = "v1.message-attempt.list-attempted-destinations",
    tag = TAG,
    params(PathApp, PathMessage, ListQuery, DetailQuery),
    responses((status = 200, description = "A page of endpoints", body = List<MessageEndpointOut>))
)]
async fn endpoints(
    State(api): State<Arc<Api>>,
    caller: AppReader,
    PathMessage { msg_id }: PathMessage,
    Query(page): Query<ListQuery>,
    Query(detail): Query<DetailQuery>,
) -> Answer {
    let slice = page.ordered::<EndpointId>(Order::Ascending)?;
    let message = message_named(&api, &caller.app, &msg_id).await?.id;
    let page = api.doors.store.endpoints_of_message(message, slice).await.map_err(unreadable)?;
    let shown = |(endpoint, delivery)| {
        let status = Status::of(DeliveryStatus::of(&delivery), detail.detail());
        MessageEndpointOut::new(endpoint, &delivery, status)
    };
    ok(&List::new(page, |(endpoint, _)| endpoint.id, shown))
}
