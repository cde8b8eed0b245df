//! Apps on the wire.

use std::collections::BTreeMap;

use domain::app::{App, AppKind};
use domain::id::{AppId, OrganizationId};
use domain::metadata::Metadata;
use domain::name::AppUid;
use domain::revision::Revision;
use domain::throttle::Rate;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::v1::check::Checks;
use crate::v1::error::Error;
use crate::v1::patch::Patch;

/// The prefix of our own ids of apps.
pub(super) const PREFIX: &str = "app_";

/// An app to be made, or what is to take the place of one.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::v1) struct ApplicationIn {
    /// For people.
    #[schema(min_length = 1, max_length = 1024, example = "My application")]
    name: String,
    /// The platform's own id, unique within the organization.
    #[schema(
        min_length = 1,
        max_length = 256,
        pattern = r"^\.*[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$",
        example = "customer-42"
    )]
    uid: Option<String>,
    /// How many messages per second all endpoints together get at most.
    #[schema(minimum = 1, maximum = 65_535)]
    throttle_rate: Option<u16>,
    /// The former name of `throttleRate`.
    #[schema(minimum = 1, maximum = 65_535, deprecated)]
    rate_limit: Option<u16>,
    /// The platform's own notes.
    metadata: Option<BTreeMap<String, String>>,
}

/// What is to be changed of an app.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::v1) struct ApplicationPatch {
    /// For people.
    #[schema(min_length = 1, max_length = 1024)]
    name: Option<String>,
    /// The platform's own id, unique within the organization.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256, pattern = r"^\.*[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$")]
    uid: Patch<String>,
    /// How many messages per second all endpoints together get at most.
    #[serde(default)]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 65_535)]
    throttle_rate: Patch<u16>,
    /// The former name of `throttleRate`.
    #[serde(default)]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 65_535, deprecated)]
    rate_limit: Patch<u16>,
    /// The platform's own notes.
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, String>>)]
    metadata: Patch<BTreeMap<String, String>>,
}

/// An app.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::v1) struct ApplicationOut {
    /// Whimbrel's id.
    #[schema(value_type = String, example = "app_7Zk2mVd0001")]
    id: AppId,
    /// The platform's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "customer-42")]
    uid: Option<AppUid>,
    /// For people.
    name: String,
    /// How many messages per second all endpoints together get at most.
    #[schema(required = true)]
    throttle_rate: Option<u16>,
    /// The former name of `throttleRate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(deprecated)]
    rate_limit: Option<u16>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// The platform's own notes.
    #[schema(value_type = BTreeMap<String, String>)]
    metadata: Metadata,
}

impl From<App> for ApplicationOut {
    fn from(app: App) -> Self {
        let throttle_rate = app.throttle.map(Rate::per_second);
        Self {
            id: app.id,
            created_at: app.created_at(),
            uid: app.uid,
            name: app.name,
            throttle_rate,
            rate_limit: throttle_rate,
            updated_at: app.updated_at,
            metadata: app.metadata,
        }
    }
}

/// An app as somebody wants it, checked.
#[derive(Clone, Debug)]
pub(in crate::v1) struct Wanted {
    pub(in crate::v1) uid: Option<AppUid>,
    name: String,
    throttle: Option<Rate>,
    metadata: Metadata,
}

impl ApplicationIn {
    /// Checks what is asked for, in the body or in a member of it.
    pub(in crate::v1) fn check(self, part: &'static [&'static str]) -> Result<Wanted, Error> {
        let mut checks = Checks::of(part);
        let former = checks.rate("rateLimit", self.rate_limit);
        let rate = checks.rate("throttleRate", self.throttle_rate).or(former);
        let wanted = Wanted {
            uid: checks.uid("uid", PREFIX, self.uid.as_deref()),
            name: checks.title("name", self.name),
            throttle: rate,
            metadata: checks.metadata(self.metadata.unwrap_or_default()),
        };
        checks.done_with(Some(wanted))
    }
}

impl Wanted {
    /// A new app.
    pub(in crate::v1) fn made(self, id: AppId, organization: OrganizationId) -> App {
        App {
            id,
            organization,
            kind: AppKind::Customer,
            uid: self.uid,
            name: self.name,
            throttle: self.throttle,
            metadata: self.metadata,
            updated_at: id.timestamp(),
            deleted_at: None,
            revision: Revision::default(),
        }
    }

    /// What becomes of an app that it takes the place of.
    pub(super) fn over(self, mut app: App, at: Timestamp) -> App {
        app.uid = self.uid;
        app.name = self.name;
        app.throttle = self.throttle;
        app.metadata = self.metadata;
        app.updated_at = at;
        app
    }
}

/// A change of an app, checked.
#[derive(Clone, Debug)]
pub(super) struct Change {
    name: Option<String>,
    uid: Patch<AppUid>,
    throttle: Patch<Rate>,
    metadata: Patch<Metadata>,
}

impl ApplicationPatch {
    /// Checks what is asked for.
    pub(super) fn check(self) -> Result<Change, Error> {
        let mut checks = Checks::of_body();
        let change = Change {
            name: self.name.map(|name| checks.title("name", name)),
            uid: self.uid.and_then(|uid| checks.uid("uid", PREFIX, Some(&uid))),
            throttle: self
                .throttle_rate
                .and_then(|rate| checks.rate("throttleRate", Some(rate)))
                .or(self.rate_limit.and_then(|rate| checks.rate("rateLimit", Some(rate)))),
            metadata: self.metadata.and_then(|notes| Some(checks.metadata(notes))),
        };
        checks.done()?;
        Ok(change)
    }
}

impl Change {
    /// What becomes of an app.
    pub(super) fn over(self, app: App, at: Timestamp) -> App {
        App {
            name: self.name.unwrap_or(app.name),
            uid: self.uid.over(app.uid),
            throttle: self.throttle.over(app.throttle),
            metadata: self.metadata.over(Some(app.metadata)).unwrap_or_default(),
            updated_at: at,
            ..app
        }
    }
}
