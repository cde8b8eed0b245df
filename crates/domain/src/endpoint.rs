//! An endpoint: a URL of an app that wants to be called.

use crate::id::{AppId, EndpointId};
use crate::name::EventTypeName;
use crate::secret::Secret;
use crate::target::{Target, TargetRefused};
use crate::time::Timestamp;

/// A URL of an app, and what it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Whimbrel's id.
    pub id: EndpointId,
    /// Whose endpoint.
    pub app: AppId,
    /// Where it is called.
    pub target: Destination,
    /// What it wants, and by which schedule it is tried again.
    pub subscription: Subscription,
    /// Signs its calls.
    pub secret: Secret,
    /// Set when it may not be called any more.
    pub disabled: Option<Disabled>,
}

/// Where an endpoint is called, as far as its stored URL can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A URL in its canonical form.
    Readable(Target),
    /// An old row, or an import: its calls fail and say why, and no other endpoint is held up.
    Unreadable {
        /// The URL as it is stored.
        url: String,
        /// What is wrong with it.
        why: TargetRefused,
    },
}

impl Destination {
    /// Reads a stored URL.
    pub fn stored(url: &str) -> Self {
        match Target::stored(url) {
            Ok(target) => Self::Readable(target),
            Err(why) => Self::Unreadable { url: url.to_owned(), why },
        }
    }

    /// The URL as it is stored.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Readable(target) => target.as_str(),
            Self::Unreadable { url, .. } => url,
        }
    }
}

/// How an endpoint came to be, which decides what it wants and how it is retried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subscription {
    /// A webhook registered as in the article (`POST /webhooks`): exactly one event type, of which the app has
    /// no other such webhook; retried by the article's schedule.
    Webhook(EventTypeName),
    /// Any other endpoint: these event types (none, if it was replaced), or all; retried by the standard schedule.
    Endpoint(Option<Vec<EventTypeName>>),
}

/// Since when and why an endpoint is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disabled {
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: DisabledReason,
}

/// Why an endpoint is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisabledReason {
    /// It answered 410.
    Gone,
}

impl Endpoint {
    /// Whether messages of this type are for this endpoint.
    pub fn wants(&self, event_type: &EventTypeName) -> bool {
        match &self.subscription {
            Subscription::Webhook(wanted) => wanted == event_type,
            Subscription::Endpoint(Some(wanted)) => wanted.contains(event_type),
            Subscription::Endpoint(None) => true,
        }
    }

    /// A disabled webhook in whose place the app has put another one: it wants nothing any more, and is there only
    /// for the history of its calls.
    #[must_use]
    pub fn replaced(mut self) -> Self {
        self.subscription = Subscription::Endpoint(Some(Vec::new()));
        self
    }

    /// Whether it was replaced.
    pub fn is_replaced(&self) -> bool {
        self.disabled.is_some() && self.subscription == Subscription::Endpoint(Some(Vec::new()))
    }
}
