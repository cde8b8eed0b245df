//! The store as what accepts: changes and events come in, messages and deliveries are stored with them.

use std::sync::Arc;

use async_trait::async_trait;
use domain::birth::Birth;
use domain::change::{ChangeKind, Put};
use domain::delivery::Delivery;
use domain::event::Event;
use domain::id::{AppId, MessageId};
use domain::message::Message;
use domain::name::AppUid;
use domain::resource::ResourceKey;
use domain::rule::Rules;

use super::fault::StoreError;

/// Takes in what happened.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Stores all entries of one acceptance, with the messages and deliveries that follow from them, or none. It is
    /// refused at the first entry that cannot be taken, or with which the payloads become too large together.
    ///
    /// A change is applied to its resource, matched against the rules, and each event type that results becomes a
    /// message ([`domain::route::route`]). An event becomes one message, for the resource as it is now. An app is
    /// made when its uid is first used.
    async fn accept(&self, acceptance: Acceptance) -> Result<Result<Vec<Accepted>, Refused>, StoreError>;
}

/// What one request asks to be stored.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// What happened, in this order.
    pub entries: Vec<Entry>,
    /// How fresh deliveries are born.
    pub birth: Birth,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A resource is put or taken away.
    Change(NewChange),
    /// An event was published by reference.
    Event(NewEvent),
}

/// A resource to be put or taken away.
#[derive(Clone, Debug)]
pub struct NewChange {
    /// Whose resource.
    pub app: AppUid,
    /// The app's id, if it is new.
    pub app_id: AppId,
    /// Which resource.
    pub key: ResourceKey,
    /// What becomes of it.
    pub put: Put,
    /// What its change is called on the bus.
    pub rules: Arc<Rules>,
    /// Ids for the messages that the change makes, as many as there are rules; the time of the first is the
    /// time of the change. Never empty.
    pub message_ids: Vec<MessageId>,
}

/// An event to be routed.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What was published.
    pub event: Event,
    /// The app's id, if it is new.
    pub app_id: AppId,
    /// The id of its message, whose time is the time of acceptance.
    pub message_id: MessageId,
}

/// What became of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The kind of the change; `None` for an event, and for taking away what was not there, which changes nothing.
    pub change: Option<ChangeKind>,
    /// The messages that it made, with their deliveries.
    pub messages: Vec<AcceptedMessage>,
}

/// A stored message, and its deliveries as they were born.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedMessage {
    /// The message.
    pub message: Arc<Message>,
    /// Its deliveries.
    pub deliveries: Vec<Delivery>,
}

/// Why an acceptance was refused as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The resource belongs to another app.
    #[error("the resource belongs to another company")]
    ForeignResource,
    /// The payloads of its messages have more than
    /// [`ACCEPTANCE_PAYLOAD_BYTES_MAX`](domain::limits::ACCEPTANCE_PAYLOAD_BYTES_MAX) bytes together.
    #[error("the payloads of its messages are too large together")]
    TooLarge,
}
