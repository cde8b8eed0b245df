//! Deliveries in the history: whose, which, and what is told of each.

use std::time::Duration;

use domain::app::{App, AppKind};
use domain::attempt::{Attempt, FailureCode};
use domain::delivery::Delivery;
use domain::id::{AppId, DeliveryId, EndpointId, OrganizationId};
use domain::name::{AppUid, EventTypeName};
use domain::time::Timestamp;

use super::super::page::Slice;
use super::{DeliveryStatus, MessageFilter};

/// Whose deliveries are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveriesOf {
    /// Of all customers of an organization. All deliveries there are are looked at, so that pages come with few rows where
    /// others are busier.
    Organization(OrganizationId),
    /// Of an app.
    App(AppId),
    /// To an endpoint.
    Endpoint(EndpointId),
}

impl DeliveriesOf {
    /// Whether the deliveries of an app are among those of an organization.
    pub fn counts(organization: OrganizationId, app: &App) -> bool {
        app.organization == organization && app.kind == AppKind::Customer && app.deleted_at.is_none()
    }

    /// The place behind all deliveries of a message of others, in the direction of the walk. Nobody is told more of their
    /// ids than it takes to go on from there.
    pub fn behind(others: DeliveryId, slice: &Slice<DeliveryId>) -> DeliveryId {
        let last = if slice.walks_up() { i64::MAX } else { 0 };
        DeliveryId { endpoint: EndpointId::from_number(last), ..others }
    }
}

/// Which deliveries are wanted. What is empty lets everything pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// They stand in one of these places.
    pub statuses: Vec<DeliveryStatus>,
    /// What their messages must be like.
    pub message: MessageFilter,
}

impl DeliveryFilter {
    /// Whether a delivery passes, by where it stands.
    pub fn matches(&self, delivery: &Delivery) -> bool {
        self.statuses.is_empty() || self.statuses.contains(&DeliveryStatus::of(delivery))
    }
}

/// A delivery in the history, without what it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastDelivery {
    /// Where it stands.
    pub delivery: Delivery,
    /// For whom.
    pub app: AppId,
    /// What the platform calls them; `None` if they have no uid, or not any more.
    pub app_uid: Option<AppUid>,
    /// What it is about.
    pub event_type: EventTypeName,
    /// Where the endpoint is called now.
    pub url: String,
    /// Until when the endpoint is held up.
    pub held_until: Option<Timestamp>,
    /// How its last attempt went.
    pub last: Option<AttemptSummary>,
}

/// What an attempt met, in brief.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptSummary {
    /// The response's status; `None` if there was no response.
    pub status: Option<u16>,
    /// Why it failed; `None` for a success.
    pub failure: Option<FailureCode>,
    /// When it began.
    pub at: Timestamp,
    /// From its beginning to its end.
    pub duration: Duration,
}

impl AttemptSummary {
    /// Of an attempt.
    pub fn of(attempt: &Attempt) -> Self {
        let outcome = &attempt.outcome;
        Self {
            status: outcome.response.as_ref().map(|response| response.status),
            failure: outcome.failure.as_ref().map(|failure| failure.code),
            at: attempt.started_at,
            duration: attempt.duration,
        }
    }
}
