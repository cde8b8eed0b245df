//! The store as a counter: what became of attempts and deliveries, in numbers that are kept as it happens.

use async_trait::async_trait;
use domain::attempt::Failure;
use domain::counts::{Counts, Grain};
use domain::endpoint::Endpoint;
use domain::id::{AppId, OrganizationId};
use domain::name::AppUid;
use domain::time::Timestamp;

use super::fault::StoreError;

/// Tells numbers. What is counted where, [`domain::counts::Home::places`] says: it is counted in the move that makes it
/// so, and never taken back.
#[async_trait]
pub trait Statistics: Send + Sync {
    /// What was counted in the times from that of `since` to that of `until`, both included ([`Grain::number`]): those in
    /// which there was anything, in their order, by when they begin.
    async fn counts(
        &self,
        of: CountsOf,
        grain: Grain,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Timestamp, Counts)>, StoreError>;

    /// What is to be delivered at this moment to endpoints that are there. Of what waits and of what is under way,
    /// [`COUNT_MAX`](super::history::COUNT_MAX) each are counted.
    async fn backlog(&self, of: CountsOf) -> Result<Backlog, StoreError>;

    /// The endpoints of customers that are there, and did anything since the hour of `since` or are in trouble now
    /// ([`domain::trouble::Trouble::is_present`]): those in most trouble first, then by their id; at most `limit`. A store
    /// with many of them may look at a bounded number, and tells since when it has.
    async fn health(
        &self,
        of: CountsOf,
        since: Timestamp,
        limit: usize,
    ) -> Result<(Timestamp, Vec<EndpointHealth>), StoreError>;

    /// Forgets what was counted by the minute in minutes before that of `before`: up to `limit` places in their order
    /// ([`domain::counts::Place`]). Answers how many.
    async fn forget_minutes(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError>;
}

/// Whose numbers are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountsOf {
    /// Of which organization.
    pub organization: OrganizationId,
    /// Of which of its apps; `None` for all of its customers.
    pub app: Option<AppId>,
}

/// What is to be delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Deliveries that wait and were not tried yet.
    pub pending: u64,
    /// Deliveries that failed, and wait to be tried again.
    pub sending: u64,
    /// Deliveries that a node has in its memory: under way, or about to be.
    pub under_way: u64,
    /// Whether there are more than were counted.
    pub is_capped: bool,
}

/// How an endpoint is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointHealth {
    /// Which endpoint.
    pub endpoint: Endpoint,
    /// The platform's name of its app.
    pub app_uid: Option<AppUid>,
    /// What was counted.
    pub counts: Counts,
    /// How many deliveries wait for it, up to [`domain::limits::LANE_COUNT_MAX`].
    pub waiting: usize,
    /// The last failure among its last [`domain::limits::LAST_ATTEMPTS_MAX`] attempts, unless everything counted succeeded
    /// and it is not failing.
    pub last_failure: Option<(Timestamp, Failure)>,
}
