//! What a stream writes.

use std::fmt::Write as _;

use bytes::Bytes;
use domain::id::{AppId, DeliveryId, EndpointId, MessageId};
use domain::time::Timestamp;
use engine::live::{Change, Cursor};
use serde::Serialize;
use utoipa::ToSchema;

use crate::v1::attempt::StatusText;
use crate::v1::delivery::LastAttemptOut;

/// How a delivery is now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeliveryChange {
    /// Which delivery.
    #[schema(value_type = String, example = "dlv_7Zk2mVd00017Zk2mVd0002")]
    id: DeliveryId,
    /// Of which message.
    #[schema(value_type = String)]
    message_id: MessageId,
    /// To which endpoint.
    #[schema(value_type = String)]
    endpoint_id: EndpointId,
    /// Of which app.
    #[schema(value_type = String)]
    app_id: AppId,
    /// Where it stands.
    status: StatusText,
    /// Attempts that were made.
    attempts: u32,
    /// When it is tried next, if it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    next_attempt: Option<Timestamp>,
    /// How the last attempt went, if it was just tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_attempt: Option<LastAttemptOut>,
}

impl From<Change> for DeliveryChange {
    fn from(change: Change) -> Self {
        Self {
            id: change.delivery,
            message_id: change.delivery.message,
            endpoint_id: change.delivery.endpoint,
            app_id: change.app,
            status: StatusText::of(change.status),
            attempts: change.attempts,
            next_attempt: change.next_attempt,
            last_attempt: change.tried.map(LastAttemptOut::from),
        }
    }
}

/// How long a client waits before it comes again.
const RETRY_MS: u32 = 1000;

/// What comes first: how to come again, and from where.
pub(super) fn beginning(cursor: Cursor) -> Bytes {
    format!("retry: {RETRY_MS}\nid: {cursor}\n\n").into()
}

/// A sign of life. It has the place with it, which may be further on although there was nothing to tell.
pub(super) fn comment(cursor: Cursor) -> Bytes {
    format!(":\nid: {cursor}\n\n").into()
}

/// Some changes, and whether there were more. Only with the last event the client is where the cursor is.
pub(super) fn events(changes: Vec<Change>, is_lost: bool, cursor: Cursor) -> Option<Bytes> {
    let changes = changes.into_iter().map(|change| {
        let data = serde_json::to_string(&DeliveryChange::from(change));
        ("delivery", data.expect("wire types have text keys and no failing parts"))
    });
    let lost = is_lost.then(|| ("lost", "{}".to_owned()));
    let mut events = changes.chain(lost).peekable();
    events.peek()?;
    let mut text = String::new();
    while let Some((name, data)) = events.next() {
        if events.peek().is_none() {
            let _ = writeln!(text, "id: {cursor}");
        }
        let _ = write!(text, "event: {name}\ndata: {data}\n\n");
    }
    Some(text.into())
}
