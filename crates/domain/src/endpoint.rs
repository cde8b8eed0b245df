//! An endpoint: a URL of an app that wants to be called.

mod kept;

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::headers::CustomHeaders;
use crate::id::{AppId, EndpointId};
use crate::limits::ENDPOINT_WARNING_SHARE;
use crate::metadata::Metadata;
use crate::name::{EndpointUid, EventTypeName, InvalidName};
use crate::receiver_auth::ReceiverAuth;
use crate::revision::Revision;
use crate::secret::Secret;
use crate::secrets::Secrets;
use crate::subscription::Subscription;
use crate::target::{Target, TargetRefused};
use crate::throttle::Rate;
use crate::time::Timestamp;

/// A URL of an app, what it wants, and how it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Whimbrel's id; its time is the endpoint's creation.
    pub id: EndpointId,
    /// Whose endpoint.
    pub app: AppId,
    /// The platform's id, unique within the app; given back when the endpoint is deleted.
    pub uid: Option<EndpointUid>,
    /// By which door it came in.
    pub door: Door,
    /// Where it is called.
    pub target: Destination,
    /// For people.
    pub description: String,
    /// The version of the platform's API that it wants; kept and given back.
    pub version: u16,
    /// What it wants.
    pub subscription: Subscription,
    /// How fast it is called at most.
    pub throttle: Option<Rate>,
    /// In which order it is called.
    pub ordering: Ordering,
    /// Sign its calls.
    pub secrets: Secrets,
    /// Headers of its calls beside ours.
    pub headers: CustomHeaders,
    /// How we show its receiver who we are.
    pub auth: Arc<ReceiverAuth>,
    /// The platform's own notes.
    pub metadata: Metadata,
    /// Nothing but failure since then.
    pub failing: Option<Failing>,
    /// An endpoint that is called in order is not called before then: its first delivery waits for a retry.
    pub held_until: Option<Timestamp>,
    /// Set while it may not be called.
    pub disabled: Option<Disabled>,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Since when it is gone. It stays for the history of its calls, and wants nothing any more.
    pub deleted_at: Option<Timestamp>,
    /// Rises with each change.
    pub revision: Revision,
}

/// By which door an endpoint came in, which decides by which schedule it is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// `POST /webhooks`, as in the article: an app has one for each event type; retried by the article's schedule.
    Webhook,
    /// The full API; retried by the standard schedule.
    Api,
}

/// In which order an endpoint gets its messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ordering {
    /// As fast as possible.
    #[default]
    None,
    /// One at a time, in the order of acceptance. A failing message holds up those behind it until it succeeds, is
    /// exhausted or is cancelled.
    Fifo,
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

/// An endpoint as a path names it: by its id or by its uid. Which of them it is, the prefix says; a uid cannot have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndpointRef {
    /// By Whimbrel's id.
    Id(EndpointId),
    /// By the platform's.
    Uid(EndpointUid),
}

impl FromStr for EndpointRef {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => text.parse().map(Self::Uid),
        }
    }
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
    /// It met nothing but failure for days.
    Failing,
    /// Somebody asked for it.
    Asked,
}

/// Nothing but failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failing {
    /// Since the first failure after the last success.
    pub since: Timestamp,
    /// Whether the organization was warned.
    pub warned: bool,
}

/// What an attempt means for the health of its endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// What it was before.
    Same,
    /// The first failure after a success.
    FailsNow,
    /// It has failed for most of the time that is allowed.
    Warned,
    /// It has failed for too long.
    TooLong,
    /// The first success after failures.
    Works,
}

impl Endpoint {
    /// An endpoint with a URL and a secret; everything else is as it is when nobody says otherwise.
    pub fn new(id: EndpointId, app: AppId, door: Door, target: Target, secret: Secret) -> Self {
        Self {
            id,
            app,
            uid: None,
            door,
            target: Destination::Readable(target),
            description: String::new(),
            version: 1,
            subscription: Subscription::default(),
            throttle: None,
            ordering: Ordering::None,
            secrets: Secrets::new(secret),
            headers: CustomHeaders::default(),
            auth: Arc::default(),
            metadata: Metadata::default(),
            failing: None,
            held_until: None,
            disabled: None,
            updated_at: id.timestamp(),
            deleted_at: None,
            revision: Revision::default(),
        }
    }

    /// A webhook registered as in the article.
    pub fn webhook(
        id: EndpointId,
        app: AppId,
        target: Target,
        event_type: EventTypeName,
        secret: Secret,
    ) -> Self {
        let subscription = Subscription::to(event_type);
        Self { subscription, ..Self::new(id, app, Door::Webhook, target, secret) }
    }

    /// Whether it is a webhook, registered as in the article, for this event type.
    pub fn is_webhook_for(&self, event_type: &EventTypeName) -> bool {
        self.door == Door::Webhook && self.subscription == Subscription::to(event_type.clone())
    }

    /// When it was made.
    pub fn created_at(&self) -> Timestamp {
        self.id.timestamp()
    }

    /// The endpoint without its uid, which another one may have from now on.
    #[must_use]
    pub fn deleted(self, at: Timestamp) -> Self {
        Self { uid: None, deleted_at: Some(at), updated_at: at, ..self }
    }

    /// Whether it is there and may be called.
    pub fn is_callable(&self) -> bool {
        self.disabled.is_none() && self.deleted_at.is_none()
    }

    /// The endpoint as it is called again: nothing is held against it.
    #[must_use]
    pub fn enabled(self) -> Self {
        Self { disabled: None, failing: None, ..self }
    }

    /// What an attempt that ended at `now` means for its health, if failing is allowed for `allowed` (zero: for ever).
    pub fn health_after(&self, succeeded: bool, now: Timestamp, allowed: Duration) -> Health {
        match self.failing {
            None if succeeded => Health::Same,
            None => Health::FailsNow,
            Some(_) if succeeded => Health::Works,
            Some(_) if allowed.is_zero() => Health::Same,
            Some(failing) if now.since(failing.since) >= allowed => Health::TooLong,
            Some(failing) if !failing.warned && now.since(failing.since) >= warning_time(allowed) => {
                Health::Warned
            }
            Some(_) => Health::Same,
        }
    }

    /// The endpoint after an attempt that ended at `at`.
    #[must_use]
    pub fn with_health(self, health: Health, at: Timestamp) -> Self {
        match health {
            Health::Same => self,
            Health::Works => Self { failing: None, ..self },
            Health::FailsNow if self.failing.is_some() => self,
            Health::FailsNow => Self { failing: Some(Failing { since: at, warned: false }), ..self },
            Health::Warned => {
                let failing = self.failing.map(|failing| Failing { warned: true, ..failing });
                Self { failing, ..self }
            }
            Health::TooLong => self.disable(Disabled { at, reason: DisabledReason::Failing }),
        }
    }

    /// The endpoint, not called any more. One that is disabled already stays so since when and why it was.
    #[must_use]
    pub fn disable(self, disabled: Disabled) -> Self {
        match self.disabled {
            Some(_) => self,
            None => Self { disabled: Some(disabled), updated_at: disabled.at.max(self.updated_at), ..self },
        }
    }
}

/// After which part of the allowed time the organization is warned.
pub fn warning_time(allowed: Duration) -> Duration {
    allowed.mul_f64(ENDPOINT_WARNING_SHARE)
}

#[cfg(test)]
#[path = "endpoint_tests.rs"]
mod tests;
