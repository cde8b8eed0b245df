//! Endpoints on the wire. Two generations of clients know some members by different names: both are read, and both are
//! written; where a body has both, the newer name counts.

use std::collections::BTreeMap;

use domain::endpoint::{self, DisabledReason, Endpoint};
use domain::id::EndpointId;
use domain::limits::{ENDPOINT_CHANNELS_MAX, ENDPOINT_EVENT_TYPES_MAX};
use domain::metadata::Metadata;
use domain::name::{Channel, EndpointUid, EventTypeName};
use domain::pattern::Pattern;
use domain::throttle::Rate;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::headers::Pairs;
use crate::v1::items::AtMost;
use crate::v1::patch::Patch;

/// The event types that an endpoint wants.
pub(super) type EventTypes = AtMost<String, ENDPOINT_EVENT_TYPES_MAX>;
/// The channels that an endpoint wants.
pub(super) type Channels = AtMost<String, ENDPOINT_CHANNELS_MAX>;

/// An endpoint to be made, or what is to take the place of one. Of one that is there, `secret`, `headers`, `ordering` and
/// `filter` stay as they are if they are not in the body.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::v1) struct EndpointIn {
    /// Where it is called.
    #[schema(format = "uri", max_length = 2048, example = "https://example.com/webhook/")]
    pub(super) url: String,
    /// For people.
    #[schema(max_length = 1024, default = "")]
    pub(super) description: Option<String>,
    /// The platform's own id, unique within the app.
    #[schema(
        min_length = 1,
        max_length = 256,
        pattern = r"^\.*[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$",
        example = "main"
    )]
    pub(super) uid: Option<String>,
    /// The version of the platform's API that it wants; kept and given back.
    #[schema(minimum = 1, maximum = 65_535, default = 1, deprecated)]
    pub(super) version: Option<u16>,
    /// How often per second it is called at most.
    #[schema(minimum = 1, maximum = 65_535)]
    pub(super) throttle_rate: Option<u16>,
    /// The former name of `throttleRate`.
    #[schema(minimum = 1, maximum = 65_535, deprecated)]
    pub(super) rate_limit: Option<u16>,
    /// Whether it is not called.
    #[schema(default = false)]
    pub(super) disabled: Option<bool>,
    /// The event types that it wants; all, if it names none.
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 1000, example = json!(["user.signup", "user.deleted"]))]
    pub(super) event_types: Option<EventTypes>,
    /// The former name of `eventTypes`.
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 1000, deprecated)]
    pub(super) filter_types: Option<EventTypes>,
    /// Messages in one of these channels are wanted; if it names none, all are.
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 10)]
    pub(super) channels: Option<Channels>,
    /// The platform's own notes.
    pub(super) metadata: Option<BTreeMap<String, String>>,
    /// Signs its calls: `whsec_` and base64, or `whsk_` and the base64 of an ed25519 key pair. One is made if there is none.
    #[schema(write_only)]
    pub(super) secret: Option<String>,
    /// Headers of its calls.
    #[schema(value_type = Option<BTreeMap<String, String>>, write_only)]
    pub(super) headers: Option<Pairs<String>>,
    /// In which order it is called.
    pub(super) ordering: Option<EndpointOrdering>,
    /// Messages whose payload matches this event pattern are wanted.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub(super) filter: Patch<Box<RawValue>>,
}

/// What is to be changed of an endpoint.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::v1) struct EndpointPatch {
    /// Where it is called.
    #[schema(format = "uri", max_length = 2048)]
    pub(super) url: Option<String>,
    /// For people.
    #[schema(max_length = 1024)]
    pub(super) description: Option<String>,
    /// The platform's own id, unique within the app.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256, pattern = r"^\.*[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$")]
    pub(super) uid: Patch<String>,
    /// The version of the platform's API that it wants; kept and given back.
    #[schema(minimum = 1, maximum = 65_535, deprecated)]
    pub(super) version: Option<u16>,
    /// How often per second it is called at most.
    #[serde(default)]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 65_535)]
    pub(super) throttle_rate: Patch<u16>,
    /// The former name of `throttleRate`.
    #[serde(default)]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 65_535, deprecated)]
    pub(super) rate_limit: Patch<u16>,
    /// Whether it is not called.
    pub(super) disabled: Option<bool>,
    /// The event types that it wants.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 1000)]
    pub(super) event_types: Patch<EventTypes>,
    /// The former name of `eventTypes`.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 1000, deprecated)]
    pub(super) filter_types: Patch<EventTypes>,
    /// Messages in one of these channels are wanted.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 10)]
    pub(super) channels: Patch<Channels>,
    /// The platform's own notes.
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, String>>)]
    pub(super) metadata: Patch<BTreeMap<String, String>>,
    /// Signs its calls from now on; the one before does so no more. Rotate it to have both for a while.
    #[schema(write_only, deprecated)]
    pub(super) secret: Option<String>,
    /// In which order it is called.
    pub(super) ordering: Option<EndpointOrdering>,
    /// Messages whose payload matches this event pattern are wanted.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub(super) filter: Patch<Box<RawValue>>,
}

/// In which order an endpoint gets its messages.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::v1) enum EndpointOrdering {
    /// As fast as possible.
    None,
    /// One at a time, in the order of acceptance; one that fails holds up those behind it.
    Fifo,
}

/// Why an endpoint is not called.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::v1) enum EndpointDisabledReason {
    /// It answered 410.
    Gone,
    /// It met nothing but failure for days.
    Failing,
    /// Somebody asked for it.
    Asked,
}

/// An endpoint.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::v1) struct EndpointOut {
    /// Whimbrel's id.
    #[schema(value_type = String, example = "ep_7Zk2mVd0001")]
    id: EndpointId,
    /// The platform's own id.
    #[schema(value_type = Option<String>)]
    uid: Option<EndpointUid>,
    /// Where it is called.
    #[schema(format = "uri")]
    url: String,
    /// For people.
    description: String,
    /// The version of the platform's API that it wants.
    #[schema(deprecated)]
    version: u16,
    /// How often per second it is called at most.
    throttle_rate: Option<u16>,
    /// The former name of `throttleRate`.
    #[schema(deprecated)]
    rate_limit: Option<u16>,
    /// Whether it is not called.
    disabled: bool,
    /// Why it is not called.
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_reason: Option<EndpointDisabledReason>,
    /// Since when it has met nothing but failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    failing_since: Option<Timestamp>,
    /// The event types that it wants; all, if there are none.
    #[schema(value_type = Option<Vec<String>>)]
    event_types: Option<Vec<EventTypeName>>,
    /// The former name of `eventTypes`.
    #[schema(value_type = Option<Vec<String>>, deprecated)]
    filter_types: Option<Vec<EventTypeName>>,
    /// Messages in one of these channels are wanted; if there are none, all are.
    #[schema(value_type = Option<Vec<String>>)]
    channels: Option<Vec<Channel>>,
    /// Messages whose payload matches this event pattern are wanted.
    #[schema(value_type = Option<Object>)]
    filter: Option<Pattern>,
    /// In which order it is called.
    ordering: EndpointOrdering,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// The platform's own notes.
    #[schema(value_type = BTreeMap<String, String>)]
    metadata: Metadata,
}

impl From<Endpoint> for EndpointOut {
    fn from(endpoint: Endpoint) -> Self {
        let throttle_rate = endpoint.throttle.map(Rate::per_second);
        let event_types = endpoint.subscription.event_types;
        Self {
            id: endpoint.id,
            created_at: endpoint.id.timestamp(),
            uid: endpoint.uid,
            url: endpoint.target.as_str().to_owned(),
            description: endpoint.description,
            version: endpoint.version,
            throttle_rate,
            rate_limit: throttle_rate,
            disabled: endpoint.disabled.is_some(),
            disabled_reason: endpoint.disabled.map(|disabled| disabled.reason.into()),
            failing_since: endpoint.failing.map(|failing| failing.since),
            event_types: event_types.clone(),
            filter_types: event_types,
            channels: endpoint.subscription.channels,
            filter: endpoint.subscription.pattern,
            ordering: endpoint.ordering.into(),
            updated_at: endpoint.updated_at,
            metadata: endpoint.metadata,
        }
    }
}

impl From<DisabledReason> for EndpointDisabledReason {
    fn from(reason: DisabledReason) -> Self {
        match reason {
            DisabledReason::Gone => Self::Gone,
            DisabledReason::Failing => Self::Failing,
            DisabledReason::Asked => Self::Asked,
        }
    }
}

impl From<endpoint::Ordering> for EndpointOrdering {
    fn from(ordering: endpoint::Ordering) -> Self {
        match ordering {
            endpoint::Ordering::None => Self::None,
            endpoint::Ordering::Fifo => Self::Fifo,
        }
    }
}

impl From<EndpointOrdering> for endpoint::Ordering {
    fn from(ordering: EndpointOrdering) -> Self {
        match ordering {
            EndpointOrdering::None => Self::None,
            EndpointOrdering::Fifo => Self::Fifo,
        }
    }
}
