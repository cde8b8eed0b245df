//! The store as a history: what became of everything.

use async_trait::async_trait;
use domain::execution::{Call, Story};
use domain::id::{DeliveryId, MessageId};
use domain::message::{Fate, Message};
use domain::name::AppUid;

use super::fault::StoreError;

/// Looks back.
#[async_trait]
pub trait History: Send + Sync {
    /// The calls of an app, newest first (by message, then by endpoint), strictly older than `before`: at most
    /// `limit`. Empty for an app that does not exist.
    async fn calls(
        &self,
        app: &AppUid,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<PastCall>, StoreError>;

    /// The messages of an app, newest first, strictly older than `before`: at most `limit`. Empty for an app that
    /// does not exist. With `fate`, only those.
    async fn messages(
        &self,
        app: &AppUid,
        fate: Option<Fate>,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError>;

    /// Everything about one message; its calls in the order of their endpoints.
    async fn story(&self, id: MessageId) -> Result<Option<Story>, StoreError>;
}

/// A call in the history: the message and what became of it. Of the attempts only the last one is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastCall {
    /// What was sent.
    pub message: Message,
    /// To whom, and how it went; at most the last attempt.
    pub call: Call,
}
