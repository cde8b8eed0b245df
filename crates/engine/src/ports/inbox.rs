//! The store as what accepts: changes and events come in, messages and deliveries are stored with them.

use std::sync::Arc;

use async_trait::async_trait;
use domain::app::{App, AppKey, AppRef};
use domain::birth::Birth;
use domain::change::{ChangeKind, Put};
use domain::delivery::Delivery;
use domain::event::Event;
use domain::id::{AppId, EndpointId, MessageId, OrganizationId};
use domain::message::{Message, MessageRef};
use domain::resource::ResourceKey;
use domain::rule::Rules;
use domain::throttle::Pace;
use domain::time::Timestamp;

use super::fault::StoreError;
use super::queue::WaitingLane;

/// Takes in what happened.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Stores all entries of one acceptance, with the messages and deliveries that follow from them, or none. It is
    /// refused at the first entry that cannot be taken, or with which the payloads become too large together.
    ///
    /// A change is applied to its resource, matched against the rules, and each event type that results becomes a
    /// message ([`domain::route::route`]). An event becomes one message, for the resource as it is now. An app is
    /// made when its uid is first used. What an app has left behind that is deleted counts as absent, so its keys may be
    /// used by others.
    async fn accept(&self, acceptance: Acceptance) -> Result<Result<Vec<Accepted>, Refused>, StoreError>;

    /// Stores messages that were sent as such, each for itself and in their order: one that is refused does not concern
    /// the others, and makes no app. With an idempotency key that is known and was used for the same request, nothing is
    /// stored, and the answer is that of the first time. The key is remembered in the same move, if at least one message
    /// was stored. An `eventId` stays taken for as long as its message is there, expunged or not.
    ///
    /// Each message is routed among its app's endpoints ([`domain::route::deliver`]), or to the one that it is for
    /// ([`domain::route::deliver_only`]). The reasons to refuse one are looked
    /// at in the order of [`Unsent`].
    async fn send(&self, sending: Sending) -> Result<Sent, StoreError>;

    /// Takes a message back: its deliveries that wait are settled as cancelled (those of one endpoint, if one is given).
    /// Deliveries that are under way or have ended are left alone. `None` if the app has no such message. An endpoint that
    /// was held up is so no more when one of its deliveries is taken back.
    async fn cancel(&self, cancellation: Cancellation) -> Result<Option<Cancelled>, StoreError>;

    /// Forgets the payload of a message ([`domain::payload::Payload::forgotten`]). Its deliveries that wait are settled as
    /// expunged, and endpoints that they held up are so no more. Answers whether the app has such a message.
    async fn expunge(&self, app: AppId, message: &MessageRef, at: Timestamp) -> Result<bool, StoreError>;

    /// Forgets the payloads of up to `limit` messages that have expired by `now`, as [`Inbox::expunge`] does, those first
    /// that have expired first (then by id); answers how many.
    async fn expunge_expired(&self, now: Timestamp, limit: usize) -> Result<usize, StoreError>;
}

/// Messages that are sent together: one request, one commit.
#[derive(Clone, Debug)]
pub struct Sending {
    /// In which organization.
    pub organization: OrganizationId,
    /// The messages.
    pub messages: Vec<NewMessage>,
    /// The key under which the answer is remembered.
    pub idempotency: Option<IdempotencyKey>,
    /// How fresh deliveries are born.
    pub birth: Birth,
}

/// A message to be sent.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// For whom.
    pub to: Addressee,
    /// The message. Its `app` and its `fate` are filled in by the move.
    pub message: Message,
}

/// For whom a message is.
#[derive(Clone, Debug)]
pub enum Addressee {
    /// An app that is there.
    Known(AppRef),
    /// The app with the uid of this one, which is stored if there is none.
    Made(Box<App>),
    /// One endpoint of an app that is there, whatever it wants, and no other.
    One(AppId, EndpointId),
}

/// What makes two requests the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// A hash of whose request it is, of its route and of the key that the client sent.
    pub key: [u8; 16],
    /// A hash of the request's body.
    pub body: [u8; 16],
    /// When the request came.
    pub at: Timestamp,
    /// Keys that came before this moment are forgotten.
    pub since: Timestamp,
}

/// What became of a sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Each message is stored or refused, in the same order.
    Stored(Vec<Result<AcceptedMessage, Unsent>>),
    /// The same request was answered before, with these.
    Repeated(Vec<Result<MessageId, Unsent>>),
    /// The key was used for a request with another body.
    KeyReused,
}

/// Why a message is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsent {
    /// There is no such app.
    #[error("there is no such application")]
    NoApp,
    /// The app has a message with this `eventId`.
    #[error("a message with this eventId exists")]
    EventIdTaken,
    /// The payloads of the messages that were stored before it and its own have more than
    /// [`ACCEPTANCE_PAYLOAD_BYTES_MAX`](domain::limits::ACCEPTANCE_PAYLOAD_BYTES_MAX) bytes together.
    #[error("the payloads are too large together")]
    TooLarge,
}

/// Which deliveries are taken back.
#[derive(Clone, Debug)]
pub struct Cancellation {
    /// Of which app.
    pub app: AppId,
    /// Of which message.
    pub message: MessageRef,
    /// Only for this endpoint.
    pub endpoint: Option<EndpointId>,
    /// When.
    pub at: Timestamp,
}

/// What became of a cancellation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancelled {
    /// How many deliveries were taken back.
    pub count: usize,
    /// Lanes that may go on, because what held them up is gone, in the order of their endpoints.
    pub freed: Vec<WaitingLane>,
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
    pub app: AppKey,
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
    /// How the endpoints among them are to be called whose owners have said anything about it.
    pub paces: Vec<(EndpointId, Pace)>,
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
