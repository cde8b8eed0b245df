//! The store as a history: what became of everything.

use async_trait::async_trait;
use domain::event::Origin;
use domain::execution::{Call, Story};
use domain::id::{DeliveryId, MessageId};
use domain::message::{Fate, Message};
use domain::name::{AppUid, EventTypeName};
use domain::resource::ResourceKey;

use super::fault::StoreError;

/// Looks back.
#[async_trait]
pub trait History: Send + Sync {
    /// The calls of an app, newest first (by message, then by endpoint), strictly older than `before`: at most
    /// `limit`. A page ends before the call with which its payloads would have more than
    /// [`PAGE_PAYLOAD_BYTES_MAX`](domain::limits::PAGE_PAYLOAD_BYTES_MAX) bytes, but not before its first call. Empty
    /// for an app that does not exist.
    async fn calls(
        &self,
        app: &AppUid,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Page<PastCall>, StoreError>;

    /// The messages of an app, newest first, strictly older than `before`: at most `limit`. Empty for an app that
    /// does not exist. With `fate`, only those.
    async fn messages(
        &self,
        app: &AppUid,
        fate: Option<Fate>,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Page<PastMessage>, StoreError>;

    /// Everything about one message; its calls in the order of their endpoints.
    async fn story(&self, id: MessageId) -> Result<Option<Story>, StoreError>;
}

/// Some of the rows that were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, newest first.
    pub rows: Vec<T>,
    /// Whether older ones follow.
    pub more: bool,
}

impl<T> Page<T> {
    /// A page without rows, and the last one.
    pub fn empty() -> Self {
        Self { rows: Vec::new(), more: false }
    }
}

/// A message in the history, without what it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastMessage {
    /// Its id, which tells when it was accepted.
    pub id: MessageId,
    /// What it is about.
    pub event_type: EventTypeName,
    /// Who published the event behind it.
    pub origin: Origin,
    /// The record that it is about.
    pub resource: ResourceKey,
    /// How its routing ended.
    pub fate: Fate,
}

/// A call in the history: the message and what became of it. Of the attempts only the last one is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastCall {
    /// What was sent.
    pub message: Message,
    /// To whom, and how it went; at most the last attempt.
    pub call: Call,
}
