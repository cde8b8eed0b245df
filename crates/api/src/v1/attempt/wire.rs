//! Attempts on the wire, and where deliveries stand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::attempt::{Attempt, Response, Trigger};
use domain::delivery::{Delivery, State};
use domain::endpoint::Endpoint;
use domain::id::{AttemptId, EndpointId, MessageId};
use domain::name::{Channel, EndpointUid, EventTypeName};
use domain::throttle::Rate;
use domain::time::Timestamp;
use engine::ports::history::PastAttempt;
use serde::Serialize;
use utoipa::ToSchema;

use super::status::Status;
use crate::v1::msg::{Contents, MessageOut};

/// An attempt to deliver a message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageAttemptOut {
    /// Whimbrel's id.
    #[schema(value_type = String, example = "atmpt_7Zk2mVd0001")]
    pub(super) id: AttemptId,
    /// Where it went.
    url: String,
    /// What the receiver answered, or why it did not; in Base64 where it is no text. `{}` where it was not asked for.
    response: String,
    /// The status of the receiver's answer; 0 without one.
    response_status_code: u16,
    /// From its beginning to the end of the answer, or to the failure.
    response_duration_ms: u64,
    /// Whether it succeeded.
    #[serde(flatten)]
    status: Status,
    /// 0: a message came in, or the schedule of retries said so; 1: somebody asked for it.
    #[schema(minimum = 0, maximum = 1)]
    trigger_type: u8,
    /// Of which message.
    #[schema(value_type = String)]
    msg_id: MessageId,
    /// To which endpoint.
    #[schema(value_type = String)]
    endpoint_id: EndpointId,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
    /// The message, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    msg: Option<MessageOut>,
}

impl MessageAttemptOut {
    pub(super) fn new(past: PastAttempt, contents: Contents) -> Self {
        let PastAttempt { delivery, attempt } = past;
        let status = attempt.outcome.response.as_ref().map_or(0, |response| response.status);
        Self {
            id: attempt.id,
            response: response(&attempt, contents),
            response_status_code: status,
            response_duration_ms: attempt.duration.as_millis().try_into().unwrap_or(u64::MAX),
            status: Status::of_attempt(&attempt),
            trigger_type: match attempt.trigger {
                Trigger::Scheduled => 0,
                Trigger::Manual => 1,
            },
            msg_id: delivery.message,
            endpoint_id: delivery.endpoint,
            timestamp: attempt.started_at,
            url: attempt.url,
            msg: None,
        }
    }

    pub(super) fn with_message(self, msg: Option<MessageOut>) -> Self {
        Self { msg, ..self }
    }
}

fn response(attempt: &Attempt, contents: Contents) -> String {
    match (contents, &attempt.outcome.response, &attempt.outcome.failure) {
        (Contents::Left, _, _) => "{}".to_owned(),
        (Contents::Shown, Some(response), _) => text(response),
        (Contents::Shown, None, Some(failure)) => failure.to_string(),
        (Contents::Shown, None, None) => String::new(),
    }
}

/// A response as text. What is cut may end within a character, which makes it no less a text.
fn text(response: &Response) -> String {
    match std::str::from_utf8(&response.body) {
        Ok(text) => text.to_owned(),
        Err(error) if response.truncated && error.error_len().is_none() => {
            String::from_utf8_lossy(&response.body[..error.valid_up_to()]).into_owned()
        }
        Err(_) => STANDARD.encode(&response.body),
    }
}

/// A message, and where its delivery to an endpoint stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EndpointMessageOut {
    #[serde(flatten)]
    pub(super) message: MessageOut,
    /// Where it stands.
    #[serde(flatten)]
    pub(super) status: Status,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) next_attempt: Option<Timestamp>,
}

/// An endpoint, and where the delivery of a message to it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageEndpointOut {
    /// Whimbrel's id.
    #[schema(value_type = String, example = "ep_7Zk2mVd0001")]
    id: EndpointId,
    /// The platform's own id.
    #[schema(value_type = Option<String>, required = true)]
    uid: Option<EndpointUid>,
    /// Where it is called.
    url: String,
    /// For people.
    description: String,
    /// The version of the platform's API that it wants.
    #[schema(deprecated)]
    version: u16,
    /// Whether it may not be called.
    disabled: bool,
    /// What it wants; all event types without a list.
    #[schema(value_type = Option<Vec<String>>, required = true)]
    event_types: Option<Vec<EventTypeName>>,
    /// The former name of `eventTypes`.
    #[schema(value_type = Option<Vec<String>>, required = true, deprecated)]
    filter_types: Option<Vec<EventTypeName>>,
    /// Only messages in these channels.
    #[schema(value_type = Option<Vec<String>>, required = true)]
    channels: Option<Vec<Channel>>,
    /// How many messages per second it gets at most.
    #[schema(required = true)]
    throttle_rate: Option<u16>,
    /// The former name of `throttleRate`.
    #[schema(required = true, deprecated)]
    rate_limit: Option<u16>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Where the delivery stands.
    #[serde(flatten)]
    status: Status,
    /// When it is tried next.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    next_attempt: Option<Timestamp>,
}

impl MessageEndpointOut {
    pub(super) fn new(endpoint: Endpoint, delivery: &Delivery, status: Status) -> Self {
        let next_attempt = next_attempt(delivery, endpoint.held_until);
        let rate = endpoint.throttle.map(Rate::per_second);
        Self {
            id: endpoint.id,
            url: endpoint.target.as_str().to_owned(),
            version: endpoint.version,
            disabled: endpoint.disabled.is_some(),
            event_types: endpoint.subscription.event_types.clone(),
            filter_types: endpoint.subscription.event_types,
            channels: endpoint.subscription.channels,
            throttle_rate: rate,
            rate_limit: rate,
            created_at: endpoint.id.timestamp(),
            updated_at: endpoint.updated_at,
            uid: endpoint.uid,
            description: endpoint.description,
            status,
            next_attempt,
        }
    }
}

/// When a delivery is tried next. Those of an endpoint that is called in order, and held up, wait for that as well.
pub(in crate::v1) fn next_attempt(delivery: &Delivery, held_until: Option<Timestamp>) -> Option<Timestamp> {
    match delivery.state {
        State::Waiting { due } => Some(due.max(held_until.unwrap_or_default())),
        State::Leased { .. } | State::Succeeded { .. } | State::Failed { .. } => None,
    }
}
