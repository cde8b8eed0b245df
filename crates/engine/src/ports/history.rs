//! The store as a history: what became of everything.

mod deliveries;

use async_trait::async_trait;
use domain::app::AppKey;
use domain::attempt::Attempt;
use domain::delivery::Delivery;
use domain::endpoint::Endpoint;
use domain::event::Origin;
use domain::execution::{Call, Story};
use domain::id::{AppId, AttemptId, DeliveryId, EndpointId, MessageId, OrganizationId};
use domain::message::{Fate, Message, MessageRef};
use domain::name::{Channel, EventTypeName, Tag};
use domain::resource::ResourceKey;
use domain::time::Timestamp;

use super::fault::StoreError;
use super::page::{Filtered, Page, Slice};

pub use deliveries::{AttemptSummary, DeliveriesOf, DeliveryFilter, PastDelivery};

/// Looks back.
#[async_trait]
pub trait History: Send + Sync {
    /// The calls of an app, newest first (by message, then by endpoint), strictly older than `before`: at most
    /// `limit`. A page ends before the call with which its payloads would have more than
    /// [`PAGE_PAYLOAD_BYTES_MAX`](domain::limits::PAGE_PAYLOAD_BYTES_MAX) bytes, but not before its first call. Empty
    /// for an app that does not exist.
    async fn calls(
        &self,
        app: &AppKey,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Page<PastCall>, StoreError>;

    /// The messages of an app, newest first, strictly older than `before`: at most `limit`. Empty for an app that
    /// does not exist. With `fate`, only those.
    async fn executions(
        &self,
        app: &AppKey,
        fate: Option<Fate>,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Page<PastMessage>, StoreError>;

    /// Everything about one message of an organization; its calls in the order of their endpoints.
    async fn story(&self, organization: OrganizationId, id: MessageId) -> Result<Option<Story>, StoreError>;

    /// A message of an app.
    async fn message(&self, app: AppId, message: &MessageRef) -> Result<Option<Message>, StoreError>;

    /// The messages of an app that the filter lets pass, by their id, with their payloads. A page ends before the message
    /// with which its payloads would have more than
    /// [`PAGE_PAYLOAD_BYTES_MAX`](domain::limits::PAGE_PAYLOAD_BYTES_MAX) bytes, but not before its first one.
    async fn messages(
        &self,
        app: AppId,
        filter: MessageFilter,
        slice: Slice<MessageId>,
    ) -> Result<Filtered<Message, MessageId>, StoreError>;

    /// The messages of an endpoint's deliveries, by their id, with where the delivery stands; bounded as
    /// [`History::messages`].
    async fn messages_of_endpoint(
        &self,
        endpoint: EndpointId,
        filter: MessageFilter,
        status: Option<DeliveryStatus>,
        slice: Slice<MessageId>,
    ) -> Result<Filtered<(Message, Delivery), MessageId>, StoreError>;

    /// The endpoints of a message's deliveries, by their id, with where the delivery stands; also those that are deleted.
    async fn endpoints_of_message(
        &self,
        message: MessageId,
        slice: Slice<EndpointId>,
    ) -> Result<Page<(Endpoint, Delivery)>, StoreError>;

    /// The deliveries of an organization, of an app or of an endpoint that the filter lets pass, by their id: by message,
    /// then by endpoint. Those of endpoints that are deleted are among them; of an organization, those of its customers
    /// that are there.
    async fn deliveries(
        &self,
        of: DeliveriesOf,
        filter: DeliveryFilter,
        slice: Slice<DeliveryId>,
    ) -> Result<Filtered<PastDelivery, DeliveryId>, StoreError>;

    /// The attempts of a message or of an endpoint that the filter lets pass, by their id.
    async fn attempts(
        &self,
        of: AttemptsOf,
        filter: AttemptFilter,
        slice: Slice<AttemptId>,
    ) -> Result<Filtered<PastAttempt, AttemptId>, StoreError>;

    /// One attempt of a message.
    async fn attempt(&self, message: MessageId, id: AttemptId) -> Result<Option<PastAttempt>, StoreError>;

    /// Forgets the response of an attempt ([`Attempt::expunged`]); answers whether there is such an attempt.
    async fn expunge_attempt(&self, message: MessageId, id: AttemptId) -> Result<bool, StoreError>;

    /// The attempts of an endpoint by outcome that began in the hours from that of `since` to that of `until`, both
    /// included ([`Timestamp::hours`]), and what waits now: of the first [`COUNT_MAX`] deliveries, in the order in which
    /// they are due.
    async fn stats(
        &self,
        endpoint: EndpointId,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Stats, StoreError>;
}

/// So many deliveries that wait for an endpoint are counted, and no more.
pub const COUNT_MAX: usize = 10_000;

/// Which messages are wanted. What is empty or `None` lets everything pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// Accepted at or after this moment.
    pub since: Option<Timestamp>,
    /// Accepted before this moment.
    pub until: Option<Timestamp>,
    /// One of these event types.
    pub event_types: Vec<EventTypeName>,
    /// In this channel.
    pub channel: Option<Channel>,
    /// With this tag.
    pub tag: Option<Tag>,
}

impl MessageFilter {
    /// Whether a message that was accepted in the time passes.
    pub fn matches(&self, message: &Message) -> bool {
        (self.event_types.is_empty() || self.event_types.contains(&message.event_type))
            && self.channel.as_ref().is_none_or(|channel| message.channels.contains(channel))
            && self.tag.as_ref().is_none_or(|tag| message.tags.contains(tag))
    }

    /// When the messages were accepted that are looked at.
    pub fn times(&self) -> Times {
        Times { since: self.since, until: self.until }
    }

    /// Whether it looks at more than the time.
    pub fn looks_at_messages(&self) -> bool {
        !self.event_types.is_empty() || self.channel.is_some() || self.tag.is_some()
    }
}

/// A window of time. The rows that lie outside of it, by the time of their ids, are not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// At or after this moment.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

impl Times {
    /// Whether a moment lies in it.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until)
    }
}

/// Where a delivery stands, as lists tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// The receiver has it.
    Succeeded,
    /// It was not tried yet.
    Pending,
    /// It will not be tried any more.
    Failed,
    /// It failed, and will be tried again; or its first attempt is under way.
    Sending,
    /// It was taken back.
    Cancelled,
}

impl DeliveryStatus {
    /// Of a delivery.
    pub fn of(delivery: &Delivery) -> Self {
        use domain::delivery::{FailedReason, State};
        match delivery.state {
            State::Waiting { .. } if delivery.attempts == 0 => Self::Pending,
            State::Waiting { .. } | State::Leased { .. } => Self::Sending,
            State::Succeeded { .. } => Self::Succeeded,
            State::Failed { reason: FailedReason::Cancelled, .. } => Self::Cancelled,
            State::Failed { .. } => Self::Failed,
        }
    }
}

/// Whose attempts are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptsOf {
    /// Of all deliveries of a message.
    Message(MessageId),
    /// Of one delivery.
    Delivery(DeliveryId),
    /// Of all deliveries to an endpoint.
    Endpoint(EndpointId),
}

/// Which attempts are wanted. What is `None` lets everything pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttemptFilter {
    /// Begun at or after this moment.
    pub since: Option<Timestamp>,
    /// Begun before this moment.
    pub until: Option<Timestamp>,
    /// Whether they succeeded.
    pub succeeded: Option<bool>,
    /// The hundreds of the response's status, such as 400; 0 for attempts without a response.
    pub status_class: Option<u16>,
    /// What their messages must be like; its times do not count.
    pub message: MessageFilter,
}

impl AttemptFilter {
    /// When the attempts began that are looked at.
    pub fn times(&self) -> Times {
        Times { since: self.since, until: self.until }
    }

    /// Whether an attempt that began in the time passes, by itself.
    pub fn matches(&self, attempt: &Attempt) -> bool {
        let status = attempt.outcome.response.as_ref().map_or(0, |response| response.status);
        self.succeeded.is_none_or(|succeeded| succeeded == attempt.outcome.is_success())
            && self.status_class.is_none_or(|class| class == status / 100 * 100)
    }
}

/// An attempt in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastAttempt {
    /// Of which delivery.
    pub delivery: DeliveryId,
    /// What was done.
    pub attempt: Attempt,
}

/// What became of the attempts of an endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Attempts that succeeded.
    pub succeeded: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Deliveries that were not tried yet.
    pub pending: u64,
    /// Deliveries that failed, and will be tried again.
    pub sending: u64,
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
    pub resource: Option<ResourceKey>,
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
