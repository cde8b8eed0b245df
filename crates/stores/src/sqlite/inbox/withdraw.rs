//! Taking messages back, and forgetting what they carried.

use domain::delivery::{Delivery, FailedReason};
use domain::id::{AppId, DeliveryId, EndpointId, MessageId};
use domain::message::MessageRef;
use domain::payload::Payload;
use domain::time::Timestamp;
use engine::ports::inbox::{Cancellation, Cancelled};

use super::super::rows;
use super::super::work::Work;

pub(super) fn cancel(
    work: &mut Work<'_>,
    cancellation: &Cancellation,
) -> rusqlite::Result<Option<Cancelled>> {
    let Cancellation { app, message, endpoint, at } = cancellation;
    let Some(message) = rows::message::head_of_app(work.connection, *app, message)? else { return Ok(None) };
    let ended = end_waiting(work, message.id, *endpoint, FailedReason::Cancelled, *at)?;
    let mut cancelled = Cancelled { count: ended.len(), freed: Vec::new() };
    for endpoint in ended {
        if work.free(endpoint)? {
            cancelled.freed.extend(work.lane(endpoint)?);
        }
    }
    Ok(Some(cancelled))
}

pub(super) fn expunge(
    work: &mut Work<'_>,
    app: AppId,
    message: &MessageRef,
    at: Timestamp,
) -> rusqlite::Result<bool> {
    let Some(message) = rows::message::head_of_app(work.connection, app, message)? else { return Ok(false) };
    forget(work, message.id, &message.payload.forgotten(), at)?;
    Ok(true)
}

pub(super) fn expunge_expired(work: &mut Work<'_>, now: Timestamp, limit: usize) -> rusqlite::Result<usize> {
    let expired = rows::message::expired(work.connection, now, limit)?;
    for id in &expired {
        forget(work, *id, &Payload::Expunged, now)?;
    }
    Ok(expired.len())
}

/// Leaves that of a message's payload.
fn forget(work: &mut Work<'_>, message: MessageId, left: &Payload, at: Timestamp) -> rusqlite::Result<()> {
    rows::message::set_payload(work.connection, message, left)?;
    work.weigh(0);
    for endpoint in end_waiting(work, message, None, FailedReason::Expunged, at)? {
        work.free(endpoint)?;
    }
    Ok(())
}

/// Ends the deliveries of a message that wait (those to one endpoint, if one is given); answers to whom they were.
fn end_waiting(
    work: &mut Work<'_>,
    message: MessageId,
    endpoint: Option<EndpointId>,
    reason: FailedReason,
    at: Timestamp,
) -> rusqlite::Result<Vec<EndpointId>> {
    let meant: Vec<Delivery> = match endpoint {
        Some(endpoint) => work.delivery(DeliveryId { message, endpoint })?.into_iter().collect(),
        None => rows::delivery::readable_rows_of_message(work.connection, message)?,
    };
    let mut endpoints = Vec::new();
    for ended in meant.into_iter().filter_map(|delivery| delivery.cancel(reason, at)) {
        work.change_delivery(&ended)?;
        endpoints.push(ended.id.endpoint);
    }
    Ok(endpoints)
}
