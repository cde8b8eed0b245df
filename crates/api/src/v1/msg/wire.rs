//! Messages on the wire, as they come in.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use domain::event::Origin;
use domain::id::{AppId, MessageId};
use domain::limits::{
    DELIVER_LATER_TIME_MAX, MESSAGE_CHANNELS_MAX, MESSAGE_TAGS_MAX, PAYLOAD_DAYS_MAX, PAYLOAD_DAYS_MIN,
};
use domain::message::Message;
use domain::name::{Channel, EventId, EventTypeName, Tag};
use domain::payload::Payload;
use domain::time::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::v1::app::{ApplicationIn, WantedApp};
use crate::v1::body::object;
use crate::v1::check::Checks;
use crate::v1::error::Error;
use crate::v1::items::AtMost;

/// The prefix of our own ids of messages.
const PREFIX: &str = "msg_";
const HOURS_PER_DAY: u64 = 24;
const HOURS_MAX: u64 = PAYLOAD_DAYS_MAX * HOURS_PER_DAY;

/// The channels of a message.
pub(super) type Channels = AtMost<String, MESSAGE_CHANNELS_MAX>;

/// A message to be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::v1) struct MessageIn {
    /// The platform's own id, unique within the app for as long as the message is there.
    #[schema(min_length = 1, max_length = 256, pattern = r"^\.*[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$")]
    event_id: Option<String>,
    /// What it is about; decides which endpoints want it.
    #[schema(
        min_length = 1,
        max_length = 256,
        pattern = r"^\.*[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$",
        example = "candidate.created"
    )]
    event_type: String,
    /// What is sent, byte for byte as it stands here. Also called `data`.
    #[serde(alias = "data")]
    #[schema(value_type = Object, example = json!({ "email": "ada@example.com" }))]
    payload: Box<RawValue>,
    /// A second way to choose among the app's endpoints.
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 5)]
    channels: Option<Channels>,
    /// By which it is found again.
    #[schema(value_type = Option<Vec<String>>, max_items = 8)]
    tags: Option<AtMost<String, MESSAGE_TAGS_MAX>>,
    /// For how many days the payload is kept, from its delivery on.
    #[schema(minimum = 5, maximum = 90, default = 90)]
    payload_retention_period: Option<u64>,
    /// The same in hours, which may be fewer.
    #[schema(minimum = 1, maximum = 2160)]
    payload_retention_hours: Option<u64>,
    /// What is sent instead of the payload.
    #[serde(default, deserialize_with = "object")]
    #[schema(value_type = Option<TransformationsParams>)]
    transformations_params: Option<TransformationsParams>,
    /// The app, which is made if there is none with the `uid` in the path. Its own `uid` must be the same then.
    #[serde(default, deserialize_with = "object")]
    #[schema(value_type = Option<ApplicationIn>)]
    application: Option<ApplicationIn>,
    /// It is not delivered before then, at most 366 days ahead. A time that has passed is now.
    #[schema(value_type = Option<String>, format = DateTime)]
    deliver_at: Option<Timestamp>,
    /// The same in seconds from now on.
    #[schema(minimum = 0, maximum = 31_622_400)]
    delay_seconds: Option<u64>,
}

/// What is sent instead of the payload. Whimbrel knows no transformations, and calls say `application/json` whatever they
/// carry: all other members (`headers` among them) are ignored.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TransformationsParams {
    /// The body of the calls, as it is.
    raw_payload: Option<String>,
}

/// A message as somebody wants it, checked.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) event_type: EventTypeName,
    pub(super) payload: Payload,
    /// The app that it may make.
    pub(super) application: Option<WantedApp>,
    event_id: Option<EventId>,
    channels: Vec<Channel>,
    tags: Vec<Tag>,
    deliver_at: Option<Timestamp>,
    expires_at: Timestamp,
}

impl MessageIn {
    /// The payload, where it is what is sent.
    pub(super) fn object(&self) -> Option<&RawValue> {
        let instead = self.transformations_params.as_ref().and_then(|instead| instead.raw_payload.as_ref());
        instead.is_none().then_some(&*self.payload)
    }

    /// Checks what is asked for at `now`.
    pub(super) fn check(self, now: Timestamp) -> Result<Wanted, Error> {
        let mut checks = Checks::of_body();
        let deliver_at = self.deliver_at(&mut checks, now);
        let expires_at = deliver_at.unwrap_or(now) + self.retention(&mut checks);
        let event_id = checks.uid("eventId", PREFIX, self.event_id.as_deref());
        let channels = channels(&mut checks, self.channels);
        let tags = self.tags.map_or_else(Vec::new, |tags| names(&mut checks, "tags", tags.0));
        let application = self.application.map(|application| application.check(&["body", "application"]));
        let application = application.and_then(|application| checks.checked(application));
        let payload = payload(&mut checks, self.payload, self.transformations_params);
        let event_type = checks.parsed("eventType", Some(&self.event_type));
        checks.done_with(event_type.map(|event_type| Wanted {
            event_type,
            payload,
            application,
            event_id,
            channels,
            tags,
            deliver_at,
            expires_at,
        }))
    }

    fn deliver_at(&self, checks: &mut Checks, now: Timestamp) -> Option<Timestamp> {
        let (name, at) = match (self.deliver_at, self.delay_seconds) {
            (Some(_), Some(_)) => {
                checks.note("delaySeconds", "may not be there beside deliverAt");
                return None;
            }
            (Some(at), None) => ("deliverAt", at),
            (None, Some(seconds)) => ("delaySeconds", now + Duration::from_secs(seconds)),
            (None, None) => return None,
        };
        if at > now + DELIVER_LATER_TIME_MAX {
            checks.note(name, "may be at most 366 days ahead");
        }
        Some(at).filter(|at| *at > now)
    }

    /// For how long the payload is kept.
    fn retention(&self, checks: &mut Checks) -> Duration {
        let (name, per_unit, unit, allowed) =
            match (self.payload_retention_period, self.payload_retention_hours) {
                (Some(_), Some(_)) => {
                    checks.note("payloadRetentionHours", "may not be there beside payloadRetentionPeriod");
                    return Duration::ZERO;
                }
                (None, Some(hours)) => ("payloadRetentionHours", 1, hours, 1..=HOURS_MAX),
                (days, None) => {
                    let days = days.unwrap_or(PAYLOAD_DAYS_MAX);
                    ("payloadRetentionPeriod", HOURS_PER_DAY, days, PAYLOAD_DAYS_MIN..=PAYLOAD_DAYS_MAX)
                }
            };
        let clamped = unit.clamp(*allowed.start(), *allowed.end());
        if clamped != unit {
            checks.note(name, format!("must be from {} to {}", allowed.start(), allowed.end()));
        }
        Duration::from_secs(clamped * per_unit * 3600)
    }
}

impl Wanted {
    /// The message, whose app the store fills in.
    pub(super) fn made(self, id: MessageId) -> Message {
        Message {
            event_id: self.event_id,
            channels: self.channels,
            tags: self.tags,
            deliver_at: self.deliver_at,
            expires_at: Some(self.expires_at),
            payload: self.payload,
            ..Message::new(id, AppId::from_number(0), self.event_type, Origin::sent())
        }
    }
}

/// The bytes that are sent. They move from the request into the message.
fn payload(checks: &mut Checks, json: Box<RawValue>, instead: Option<TransformationsParams>) -> Payload {
    if !json.get().starts_with('{') {
        checks.note("payload", "must be an object");
    }
    Payload::Verbatim(match instead.and_then(|instead| instead.raw_payload) {
        Some(text) => Bytes::from(text),
        None => Bytes::from(Box::<str>::from(json).into_boxed_bytes()),
    })
}

/// The channels of a message; if there is a list of them, it is not empty.
pub(super) fn channels(checks: &mut Checks, channels: Option<Channels>) -> Vec<Channel> {
    const ALLOWED: RangeInclusive<usize> = 1..=MESSAGE_CHANNELS_MAX;
    let Some(AtMost(channels)) = channels else { return Vec::new() };
    if !ALLOWED.contains(&channels.len()) {
        checks.note("channels", "must have at least one item");
    }
    names(checks, "channels", channels)
}

fn names<T: FromStr<Err: Display>>(checks: &mut Checks, list: &str, texts: Vec<String>) -> Vec<T> {
    let parse = |(index, text): (usize, String)| {
        let wrong = |error: T::Err| checks.note_at(&[list, &format!("[{index}]")], error.to_string());
        text.parse().map_err(wrong).ok()
    };
    texts.into_iter().enumerate().filter_map(parse).collect()
}
