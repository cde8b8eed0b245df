//! A message: one occurrence accepted for one app.

use crate::event::Origin;
use crate::id::{AppId, MessageId};
use crate::name::EventTypeName;
use crate::payload::Payload;
use crate::resource::ResourceKey;
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
    /// The record that it is about.
    pub resource: ResourceKey,
    /// How its routing ended.
    pub fate: Fate,
    /// What is sent.
    pub payload: Payload,
}

/// How the routing of a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Deliveries were made.
    Routed,
    /// No endpoint wants it: the execution ends, succeeded, with nothing sent.
    Skipped,
    /// The resource that it refers to does not exist: the execution ends, failed with `dataNotFound`.
    DataNotFound,
}

impl Message {
    /// When it was accepted; the call's `createdAt` and the payload's `triggeredAt`.
    pub fn accepted_at(&self) -> Timestamp {
        self.id.timestamp()
    }
}
