//! Messages of an app and of an endpoint, and the endpoints of a message. Rows are looked at without their payloads,
//! which are read only of what is on the page.

use domain::delivery::Delivery;
use domain::endpoint::Endpoint;
use domain::id::{AppId, EndpointId, MessageId};
use domain::message::{Message, MessageRef};
use engine::ports::history::{DeliveryStatus, MessageFilter};
use engine::ports::page::{Filtered, Page, Slice};
use rusqlite::Connection;

use super::super::pages::Span;
use super::super::rows;

pub(super) fn message(
    connection: &Connection,
    app: AppId,
    named: &MessageRef,
) -> rusqlite::Result<Option<Message>> {
    let found = rows::message::head_of_app(connection, app, named)?;
    found.map(|head| rows::message::with_payload(connection, head)).transpose()
}

pub(super) fn of_app(
    connection: &Connection,
    app: AppId,
    filter: &MessageFilter,
    slice: &Slice<MessageId>,
) -> rusqlite::Result<Filtered<Message, MessageId>> {
    let look = |head: Message| {
        let (id, matches) = (head.id, filter.matches(&head));
        let matched = matches.then(|| rows::message::with_payload(connection, head)).transpose()?;
        Ok((id, matched))
    };
    rows::message::of_app(connection, app, &span(slice, filter), |heads| {
        Filtered::of_walk(heads.map(|head| head.and_then(look)), slice, |message| message.payload.len())
    })
}

pub(super) fn of_endpoint(
    connection: &Connection,
    endpoint: EndpointId,
    filter: &MessageFilter,
    status: Option<DeliveryStatus>,
    slice: &Slice<MessageId>,
) -> rusqlite::Result<Filtered<(Message, Delivery), MessageId>> {
    let look = |delivery: Delivery| {
        let id = delivery.id.message;
        if status.is_some_and(|status| status != DeliveryStatus::of(&delivery)) {
            return Ok((id, None));
        }
        let head = rows::message::head(connection, id)?.filter(|head| filter.matches(head));
        let matched = head.map(|head| rows::message::with_payload(connection, head)).transpose()?;
        Ok((id, matched.map(|message| (message, delivery))))
    };
    rows::delivery::of_endpoint(connection, endpoint, &span(slice, filter), |deliveries| {
        let looked_at = deliveries.map(|delivery| delivery.and_then(look));
        Filtered::of_walk(looked_at, slice, |(message, _)| message.payload.len())
    })
}

pub(super) fn endpoints_of(
    connection: &Connection,
    message: MessageId,
    slice: &Slice<EndpointId>,
) -> rusqlite::Result<Page<(Endpoint, Delivery)>> {
    let with_endpoint = |delivery: Delivery| {
        let endpoint = rows::endpoint::find(connection, delivery.id.endpoint)?;
        Ok(endpoint.map(|endpoint| (endpoint, delivery)))
    };
    let span = Span::numbers(slice, EndpointId::number);
    rows::delivery::page_of_message(connection, message, &span, |deliveries| {
        let found = deliveries.filter_map(|delivery| delivery.and_then(with_endpoint).transpose());
        Page::of_walk(found, slice)
    })
}

/// What a slice meets in the filter's time.
fn span(slice: &Slice<MessageId>, filter: &MessageFilter) -> Span<i64> {
    let first_at = |at| MessageId::first_at(at).number();
    Span::numbers(slice, MessageId::number).within(filter.times(), first_at)
}
