//! The store as a queue: deliveries that wait are claimed, and claims are settled.

use std::sync::Arc;

use async_trait::async_trait;
use domain::attempt::Attempt;
use domain::delivery::{Delivery, Fence, Lease, Settled};
use domain::endpoint::Health;
use domain::id::{AppId, DeliveryId, EndpointId, MessageId};
use domain::message::Message;
use domain::notice::Notice;
use domain::throttle::Pace;
use domain::time::Timestamp;

use super::fault::StoreError;
use super::inbox::AcceptedMessage;

/// Gives out deliveries, and takes back what became of them. Looking for work passes over a stored row that cannot
/// be read, so that it holds up neither its lane nor the others.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Begins a new life of a node. The leases of its earlier lives are dead from now on.
    async fn open(&self) -> Result<Life, StoreError>;

    /// Frees up to `limit` deliveries with a lease lower than `living`, the lowest first (then by id), and returns
    /// how many; 0 when none are left.
    async fn take_over(&self, living: Lease, limit: usize) -> Result<usize, StoreError>;

    /// Lanes with waiting deliveries, in the order of their endpoints, from the first one after `after`: at most
    /// `limit`. However much waits in a lane, it costs no more than one look.
    async fn waiting_lanes(
        &self,
        after: Option<EndpointId>,
        limit: usize,
    ) -> Result<Vec<WaitingLane>, StoreError>;

    /// Leases up to `limit` due deliveries of one lane, those due longest first (then by id), and stops once their
    /// payloads have `payload_bytes`: at most one delivery goes beyond that. None are due before the lane's endpoint may
    /// be called again ([`domain::endpoint::Endpoint::held_until`]).
    async fn claim(&self, claim: Claim) -> Result<Claimed, StoreError>;

    /// Records attempts and what follows from them, in one move for all. A settlement whose fence does not hold is
    /// left out. What follows for the endpoint, [`domain::endpoint::Endpoint::after_settlement`] says. Notices that are
    /// news ([`domain::notice::News::is_new`]) become messages of the organization's operational app, if an endpoint of
    /// it wants them, and nothing otherwise ([`Notice::tell`]). Answers in the same order.
    async fn settle(&self, settlements: Arc<[Settlement]>) -> Result<Settlements, StoreError>;

    /// Makes a delivery again because somebody asked for it ([`Delivery::redeliver`]), or makes it at all
    /// ([`Delivery::late`]); its message's fate is [`domain::message::Fate::Routed`] then. What the endpoint wants does not
    /// matter. An endpoint that was held up is so no more. The reasons against it are looked at in the order of
    /// [`Redelivered`].
    async fn redeliver(&self, redelivery: Redelivery) -> Result<Redelivered, StoreError>;
}

/// What became of settlements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settlements {
    /// Whether each counted.
    pub applied: Vec<Applied>,
    /// The messages that the notices became; their deliveries wait.
    pub told: Vec<AcceptedMessage>,
}

/// Which delivery is wanted again.
#[derive(Clone, Copy, Debug)]
pub struct Redelivery {
    /// Of which message.
    pub message: MessageId,
    /// To which endpoint.
    pub endpoint: EndpointId,
    /// From when on.
    pub now: Timestamp,
}

/// What became of a redelivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redelivered {
    /// There is no such message, no such endpoint (any more), or they belong to different apps.
    Absent,
    /// The message has no payload (any more).
    NoPayload,
    /// The endpoint is disabled.
    Disabled,
    /// It is under way already.
    UnderWay,
    /// It waits; this is its lane.
    Waiting(WaitingLane),
}

/// A new life of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Higher than any lease before it.
    pub lease: Lease,
    /// The highest number of any id that is stored; 0 if there is none.
    pub id_floor: i64,
}

/// A lane with deliveries that wait in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingLane {
    /// The lane's endpoint.
    pub endpoint: EndpointId,
    /// The endpoint's app.
    pub app: AppId,
    /// When the first of them may be sent.
    pub due: Timestamp,
    /// How the endpoint is to be called.
    pub pace: Pace,
}

/// Which deliveries are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The lane.
    pub endpoint: EndpointId,
    /// Who claims.
    pub lease: Lease,
    /// What is due by now.
    pub now: Timestamp,
    /// How many at most.
    pub limit: usize,
    /// How many bytes of payload are enough.
    pub payload_bytes: usize,
}

/// What a claim got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claimed {
    /// The deliveries, leased, with their messages.
    pub jobs: Vec<Job>,
    /// When the first of those that are left in the lane may be sent.
    pub next_due: Option<Timestamp>,
    /// How the endpoint is to be called; the usual way where it is not there any more.
    pub pace: Pace,
}

/// A delivery that this node holds, and its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The delivery, leased.
    pub delivery: Delivery,
    /// Its message, shared by all deliveries of it.
    pub message: Arc<Message>,
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// The claim.
    pub fence: Fence,
    /// What became of it.
    pub settled: Settled,
    /// The attempt, exactly when [`Settled::effort`] says that there was one.
    pub attempt: Option<Attempt>,
    /// When it was settled.
    pub at: Timestamp,
    /// What it means for the endpoint.
    pub health: Health,
    /// What is to be told of it.
    pub notices: Vec<Notice>,
}

/// Whether a settlement counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It is stored.
    Yes,
    /// Its claim is not the present one; nothing was changed.
    Stale,
}
