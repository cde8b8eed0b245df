//! A message: one occurrence accepted for one app.

use std::str::FromStr;

use crate::event::Origin;
use crate::id::{AppId, MessageId};
use crate::name::{Channel, EventId, EventTypeName, InvalidName, Tag};
use crate::payload::{Payload, Token};
use crate::resource::ResourceKey;
use crate::secret::Secret;
use crate::subscription::Topic;
use crate::time::Timestamp;

/// One occurrence accepted for one app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The `webhook-id` of every attempt.
    pub id: MessageId,
    /// For whom.
    pub app: AppId,
    /// What it is about; decides which endpoints want it.
    pub event_type: EventTypeName,
    /// Who published the event behind it.
    pub origin: Origin,
    /// The record that it is about; `None` for a message that was sent as such.
    pub resource: Option<ResourceKey>,
    /// The platform's own id, unique within the app.
    pub event_id: Option<EventId>,
    /// A second way to choose among the app's endpoints.
    pub channels: Vec<Channel>,
    /// By which it is found again.
    pub tags: Vec<Tag>,
    /// It is not delivered before then.
    pub deliver_at: Option<Timestamp>,
    /// From then on its payload may be forgotten.
    pub expires_at: Option<Timestamp>,
    /// How its routing ended.
    pub fate: Fate,
    /// What is sent.
    pub payload: Payload,
}

/// How the routing of a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Deliveries were made: at once, or later because somebody asked for one.
    Routed,
    /// No endpoint wants it: the execution ends, succeeded, with nothing sent.
    Skipped,
    /// The resource that it refers to does not exist: the execution ends, failed with `dataNotFound`.
    DataNotFound,
}

impl Message {
    /// A message with nothing but what every message has: it is about no record, and its payload is absent.
    pub fn new(id: MessageId, app: AppId, event_type: EventTypeName, origin: Origin) -> Self {
        Self {
            id,
            app,
            event_type,
            origin,
            resource: None,
            event_id: None,
            channels: Vec::new(),
            tags: Vec::new(),
            deliver_at: None,
            expires_at: None,
            fate: Fate::Routed,
            payload: Payload::Absent,
        }
    }

    /// The article's token for an endpoint with this secret, where the payload has a place for it.
    pub fn token(&self, secret: &Secret) -> Option<Token> {
        let resource = self.resource.as_ref().filter(|_| self.payload.is_envelope())?;
        Some(Token::new(secret, resource.id.as_str(), self.accepted_at()))
    }

    /// What decides who wants it.
    pub fn topic(&self) -> Topic<'_> {
        Topic::new(&self.event_type, &self.channels, self.payload.as_bytes())
    }

    /// When it was accepted; the call's `createdAt` and the payload's `triggeredAt`.
    pub fn accepted_at(&self) -> Timestamp {
        self.id.timestamp()
    }
}

/// A message as a path names it: by its id or by its `eventId`. Which of them it is, the prefix says; an `eventId` cannot
/// have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageRef {
    /// By Whimbrel's id.
    Id(MessageId),
    /// By the platform's.
    EventId(EventId),
}

impl FromStr for MessageRef {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => text.parse().map(Self::EventId),
        }
    }
}
