//! What a body asks for, checked: a change that makes an endpoint out of one that is there, or out of a new one.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use domain::address::Networks;
use domain::endpoint::{Destination, Disabled, DisabledReason, Endpoint, Ordering};
use domain::headers::CustomHeaders;
use domain::metadata::Metadata;
use domain::name::{Channel, EndpointUid, EventTypeName};
use domain::notice::{DisableTrigger, News};
use domain::pattern::Pattern;
use domain::receiver_auth::ReceiverAuth;
use domain::secret::Secret;
use domain::subscription::Subscription;
use domain::target::Target;
use domain::throttle::Rate;
use domain::time::Timestamp;
use serde_json::value::RawValue;

use super::headers::Pairs;
use super::secret;
use super::wire::{EndpointIn, EndpointPatch};
use crate::v1::check::Checks;
use crate::v1::error::Error;
use crate::v1::items::AtMost;
use crate::v1::patch::Patch;

/// The prefix of our own ids of endpoints.
pub(super) const PREFIX: &str = "ep_";

/// A change of an endpoint, checked.
#[derive(Clone)]
pub(super) struct Change {
    /// Where it is called.
    pub(super) target: Option<Target>,
    /// The platform's id.
    pub(super) uid: Patch<EndpointUid>,
    description: Option<String>,
    version: Option<u16>,
    throttle: Patch<Rate>,
    disabled: Option<bool>,
    event_types: Patch<Vec<EventTypeName>>,
    channels: Patch<Vec<Channel>>,
    pattern: Patch<Pattern>,
    ordering: Option<Ordering>,
    metadata: Patch<Metadata>,
    secret: Option<Secret>,
    headers: Option<CustomHeaders>,
}

impl EndpointIn {
    /// Checks what is asked for. `opened` are the operator's networks.
    pub(super) fn check(self, opened: &Networks) -> Result<Change, Error> {
        let mut checks = Checks::of_body();
        let change = self.checked(&mut checks, opened);
        checks.done()?;
        Ok(change)
    }

    /// What is not there is as it is when nobody says anything about it, except for what older clients do not know.
    fn checked(self, checks: &mut Checks, opened: &Networks) -> Change {
        let former = checks.rate("rateLimit", self.rate_limit);
        let rate = checks.rate("throttleRate", self.throttle_rate).or(former);
        let event_types = match self.event_types {
            Some(list) => names(checks, "eventTypes", &list),
            None => self.filter_types.and_then(|list| names(checks, "filterTypes", &list)),
        };
        Change {
            target: target(checks, &self.url, opened),
            uid: whole(checks.uid("uid", PREFIX, self.uid.as_deref())),
            description: Some(checks.text("description", self.description.unwrap_or_default())),
            version: version(checks, self.version).or(Some(1)),
            throttle: whole(rate),
            disabled: Some(self.disabled.unwrap_or_default()),
            event_types: whole(event_types),
            channels: whole(self.channels.and_then(|list| names(checks, "channels", &list))),
            pattern: self.filter.and_then(|filter| pattern(checks, &filter)),
            ordering: self.ordering.map(Ordering::from),
            metadata: Patch::Set(checks.metadata(self.metadata.unwrap_or_default())),
            secret: secret::read(checks, "secret", self.secret.as_deref()),
            headers: self
                .headers
                .and_then(|Pairs(headers)| checks.ok("headers", CustomHeaders::new(headers))),
        }
    }
}

impl EndpointPatch {
    /// Checks what is asked for. `opened` are the operator's networks.
    pub(super) fn check(self, opened: &Networks) -> Result<Change, Error> {
        let mut checks = Checks::of_body();
        let change = self.checked(&mut checks, opened);
        checks.done()?;
        Ok(change)
    }

    fn checked(self, checks: &mut Checks, opened: &Networks) -> Change {
        let throttle = self.throttle_rate.and_then(|rate| checks.rate("throttleRate", Some(rate)));
        let event_types = self.event_types.and_then(|list| names(checks, "eventTypes", &list));
        Change {
            target: self.url.and_then(|url| target(checks, &url, opened)),
            uid: self.uid.and_then(|uid| checks.uid("uid", PREFIX, Some(&uid))),
            description: self.description.map(|text| checks.text("description", text)),
            version: version(checks, self.version),
            throttle: throttle.or(self.rate_limit.and_then(|rate| checks.rate("rateLimit", Some(rate)))),
            disabled: self.disabled,
            event_types: event_types
                .or(self.filter_types.and_then(|list| names(checks, "filterTypes", &list))),
            channels: self.channels.and_then(|list| names(checks, "channels", &list)),
            pattern: self.filter.and_then(|filter| pattern(checks, &filter)),
            ordering: self.ordering.map(Ordering::from),
            metadata: self.metadata.and_then(|notes| Some(checks.metadata(notes))),
            secret: secret::read(checks, "secret", self.secret.as_deref()),
            headers: None,
        }
    }
}

/// What a body that replaces everything asks for: what is not there goes.
fn whole<T>(value: Option<T>) -> Patch<T> {
    value.map_or(Patch::Clear, Patch::Set)
}

fn target(checks: &mut Checks, url: &str, opened: &Networks) -> Option<Target> {
    let refused = |why: domain::target::TargetRefused| format!("{}: {why}", why.code());
    checks.ok("url", Target::parse(url, opened).map_err(refused))
}

fn version(checks: &mut Checks, version: Option<u16>) -> Option<u16> {
    checks.some("version", Some(version?).filter(|version| *version > 0), "must be at least 1")
}

/// Names, each once.
fn names<N: FromStr<Err: Display> + Eq, const MAX: usize>(
    checks: &mut Checks,
    member: &str,
    AtMost(texts): &AtMost<String, MAX>,
) -> Option<Vec<N>> {
    if texts.is_empty() {
        checks.note(member, "must have at least one item");
    }
    let mut names = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        match text.parse::<N>() {
            Ok(name) if names.contains(&name) => {}
            Ok(name) => names.push(name),
            Err(why) => checks.note_at(&[member, &format!("[{index}]")], why.to_string()),
        }
    }
    Some(names)
}

fn pattern(checks: &mut Checks, filter: &RawValue) -> Option<Pattern> {
    checks.ok("filter", Pattern::parse(filter.get().as_bytes()))
}

impl Change {
    /// The event types that are chosen by it.
    pub(super) fn chosen(&self) -> &[EventTypeName] {
        if let Patch::Set(chosen) = &self.event_types { chosen } else { &[] }
    }

    /// What becomes of an endpoint.
    pub(super) fn over(self, endpoint: Endpoint, at: Timestamp) -> Result<Endpoint, Error> {
        let is_moved = self.target.is_some();
        let secrets = match self.secret {
            Some(secret) => endpoint.secrets.rotate(secret, at, Duration::ZERO).map_err(secret::too_many)?,
            None => endpoint.secrets,
        };
        let changed = Endpoint {
            target: self.target.map_or(endpoint.target, Destination::Readable),
            uid: self.uid.over(endpoint.uid),
            description: self.description.unwrap_or(endpoint.description),
            version: self.version.unwrap_or(endpoint.version),
            throttle: self.throttle.over(endpoint.throttle),
            subscription: Subscription {
                event_types: self.event_types.over(endpoint.subscription.event_types),
                channels: self.channels.over(endpoint.subscription.channels),
                pattern: self.pattern.over(endpoint.subscription.pattern),
            },
            ordering: self.ordering.unwrap_or(endpoint.ordering),
            metadata: self.metadata.over(Some(endpoint.metadata)).unwrap_or_default(),
            headers: self.headers.unwrap_or(endpoint.headers),
            secrets,
            updated_at: at,
            ..endpoint
        };
        if is_moved && !fits(&changed.auth, &changed.target) {
            return Err(Error::invalid(
                &["body", "url"],
                "must be https: it is called with a client certificate",
            ));
        }
        Ok(match self.disabled {
            Some(true) => changed.disable(Disabled { at, reason: DisabledReason::Asked }),
            Some(false) if changed.disabled.is_some() => changed.enabled(),
            _ => changed,
        })
    }
}

/// Whether an endpoint with this URL can be called with this auth.
pub(super) fn fits(auth: &ReceiverAuth, target: &Destination) -> bool {
    let is_tls = matches!(target, Destination::Readable(target) if target.is_tls());
    is_tls || !matches!(auth, ReceiverAuth::Mtls(_))
}

/// What the organization is told of a change.
pub(super) fn news(before: Option<&Endpoint>, after: &Endpoint) -> News {
    let was_disabled = before.map(|before| before.disabled.is_some());
    match (was_disabled, after.disabled.is_some()) {
        _ if after.deleted_at.is_some() => News::EndpointDeleted,
        (None, _) => News::EndpointCreated,
        (Some(true), false) => News::EndpointEnabled,
        (Some(false), true) => News::EndpointDisabled { since: None, trigger: DisableTrigger::Manual },
        (Some(_), _) => News::EndpointUpdated,
    }
}
