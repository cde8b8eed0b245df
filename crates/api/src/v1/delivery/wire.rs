//! Deliveries on the wire.

use domain::attempt::FailureCode;
use domain::id::{AppId, DeliveryId, EndpointId, MessageId};
use domain::name::{AppUid, EventTypeName};
use domain::time::Timestamp;
use engine::ports::history::{AttemptSummary, DeliveryStatus, PastDelivery};
use serde::Serialize;
use utoipa::ToSchema;

use crate::v1::attempt::{StatusText, next_attempt};

/// One message for one endpoint, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeliveryOut {
    /// Whimbrel's id, made of the message's and the endpoint's; `/executions/{id}` takes it.
    #[schema(value_type = String, example = "dlv_7Zk2mVd00017Zk2mVd0002")]
    id: DeliveryId,
    /// For which app.
    #[schema(value_type = String)]
    app_id: AppId,
    /// The platform's own id of the app.
    #[schema(value_type = Option<String>, required = true)]
    app_uid: Option<AppUid>,
    /// Of which message.
    #[schema(value_type = String)]
    message_id: MessageId,
    /// To which endpoint, which may be deleted.
    #[schema(value_type = String)]
    endpoint_id: EndpointId,
    /// Where the endpoint is called now.
    endpoint_url: String,
    /// What the message is about.
    #[schema(value_type = String)]
    event_type: EventTypeName,
    /// Where it stands.
    status: StatusText,
    /// How many attempts are on record.
    attempts: u32,
    /// How the last one of them went.
    #[schema(required = true)]
    last_attempt: Option<LastAttemptOut>,
    /// When it is tried next.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    next_attempt: Option<Timestamp>,
    /// When the message was accepted.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// How an attempt went.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::v1) struct LastAttemptOut {
    /// The status of the receiver's answer; 0 without one.
    response_status_code: u16,
    /// Why it failed, as a stable code; null if it succeeded.
    #[schema(value_type = Option<String>, required = true, example = "connect_refused")]
    failure_code: Option<FailureCode>,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// From its beginning to the end of the answer, or to the failure.
    duration_ms: u64,
}

impl From<PastDelivery> for DeliveryOut {
    fn from(past: PastDelivery) -> Self {
        let PastDelivery { delivery, app, app_uid, event_type, url, held_until, last } = past;
        Self {
            id: delivery.id,
            app_id: app,
            app_uid,
            message_id: delivery.id.message,
            endpoint_id: delivery.id.endpoint,
            endpoint_url: url,
            event_type,
            status: StatusText::of(DeliveryStatus::of(&delivery)),
            attempts: delivery.attempts,
            last_attempt: last.map(LastAttemptOut::from),
            next_attempt: next_attempt(&delivery, held_until),
            created_at: delivery.id.message.timestamp(),
        }
    }
}

impl From<AttemptSummary> for LastAttemptOut {
    fn from(last: AttemptSummary) -> Self {
        Self {
            response_status_code: last.status.unwrap_or_default(),
            failure_code: last.failure,
            at: last.at,
            duration_ms: last.duration.as_millis().try_into().unwrap_or(u64::MAX),
        }
    }
}
