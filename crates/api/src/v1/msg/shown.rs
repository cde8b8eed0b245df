//! Messages on the wire, as they are shown.

use bytes::Bytes;
use domain::id::MessageId;
use domain::message::Message;
use domain::name::{Channel, EventId, EventTypeName, Tag};
use domain::payload::Payload;
use domain::time::Timestamp;
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

/// A message.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::v1) struct MessageOut {
    /// The platform's own id.
    #[schema(value_type = Option<String>, required = true)]
    event_id: Option<EventId>,
    /// What it is about.
    #[schema(value_type = String, example = "candidate.created")]
    event_type: EventTypeName,
    /// What is sent. `{}` where it was not asked for, `{"expired":true}` where it is there no more; what is sent and is no
    /// object comes as `{"rawPayload":"…"}`.
    #[schema(value_type = Object)]
    payload: Content,
    /// A second way to choose among the app's endpoints.
    #[schema(value_type = Option<Vec<String>>, required = true)]
    channels: Option<Vec<Channel>>,
    /// By which it is found again.
    #[schema(value_type = Option<Vec<String>>, required = true)]
    tags: Option<Vec<Tag>>,
    /// Whimbrel's id, the `webhook-id` of all calls.
    #[schema(value_type = String, example = "msg_7Zk2mVd0001")]
    id: MessageId,
    /// When it was accepted.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
    /// It is not delivered before then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    deliver_at: Option<Timestamp>,
}

/// Whether what is carried is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::v1) enum Contents {
    Shown,
    Left,
}

/// Whether what is carried is wanted.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::v1) struct ContentQuery {
    /// With what was sent, or answered.
    #[param(default = true)]
    with_content: Option<bool>,
}

impl ContentQuery {
    pub(in crate::v1) fn contents(self) -> Contents {
        if self.with_content.unwrap_or(true) { Contents::Shown } else { Contents::Left }
    }
}

impl MessageOut {
    pub(in crate::v1) fn new(message: &Message, contents: Contents) -> Self {
        Self {
            event_id: message.event_id.clone(),
            event_type: message.event_type.clone(),
            payload: Content::of(&message.payload, contents),
            channels: listed(&message.channels),
            tags: listed(&message.tags),
            id: message.id,
            timestamp: message.accepted_at(),
            deliver_at: message.deliver_at,
        }
    }

    /// The same with this as its payload, where it is known to be an object: others are read to find out.
    pub(in crate::v1) fn with_object(self, object: Option<Box<RawValue>>) -> Self {
        match object {
            Some(object) => Self { payload: Content::Object(object), ..self },
            None => self,
        }
    }
}

fn listed<T: Clone>(names: &[T]) -> Option<Vec<T>> {
    if names.is_empty() { None } else { Some(names.to_vec()) }
}

/// What a message carries, always as an object.
#[derive(Clone, Debug)]
enum Content {
    Left,
    Expired,
    Object(Box<RawValue>),
    Bytes(Bytes),
}

impl Content {
    fn of(payload: &Payload, contents: Contents) -> Self {
        match payload {
            _ if contents == Contents::Left => Self::Left,
            Payload::Envelope(bytes) | Payload::Verbatim(bytes) => Self::Bytes(bytes.clone()),
            Payload::Absent => Self::Left,
            Payload::Expunged => Self::Expired,
        }
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Left => serializer.serialize_map(Some(0))?.end(),
            Self::Expired => serializer.collect_map([("expired", true)]),
            Self::Object(object) => object.serialize(serializer),
            Self::Bytes(bytes) => match object(bytes) {
                Some(object) => object.serialize(serializer),
                None => serializer.collect_map([("rawPayload", String::from_utf8_lossy(bytes))]),
            },
        }
    }
}

/// Bytes as an object, if they are one.
fn object(bytes: &[u8]) -> Option<&RawValue> {
    let json: &RawValue = serde_json::from_slice(bytes).ok()?;
    json.get().starts_with('{').then_some(json)
}
