//! Event types on the wire.

use std::collections::BTreeMap;

use domain::event_type::EventType;
use domain::id::OrganizationId;
use domain::name::{EventTypeName, FeatureFlag, GroupName};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::v1::check::Checks;
use crate::v1::error::Error;
use crate::v1::patch::Patch;
use crate::v1::schemas::check_schemas;

type Schemas = BTreeMap<String, Value>;

/// An event type to be declared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::v1) struct EventTypeIn {
    /// Its name, unique within the organization.
    #[schema(
        min_length = 1,
        max_length = 256,
        pattern = r"^\.*[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$",
        example = "candidate.created"
    )]
    name: String,
    /// For people.
    #[schema(max_length = 1024, example = "A candidate was created")]
    description: String,
    /// Whether it is put away: it cannot be chosen any more.
    archived: Option<bool>,
    /// Whether people should choose another one.
    deprecated: Option<bool>,
    /// JSON Schemas (draft 7) of its payloads by version; `1` is the one that counts.
    #[schema(value_type = Option<BTreeMap<String, Value>>)]
    schemas: Option<Schemas>,
    /// Only apps with this flag see it.
    #[schema(min_length = 1, max_length = 256, pattern = r"^\.*[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$", deprecated)]
    feature_flag: Option<String>,
    /// Only apps with this flag see it: at most one.
    #[schema(max_items = 1)]
    feature_flags: Option<Vec<String>>,
    /// Which others it is shown with.
    #[schema(min_length = 1, max_length = 256, pattern = r"^\.*[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$")]
    group_name: Option<String>,
}

/// What is to take the place of an event type.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::v1) struct EventTypeUpdate {
    /// For people.
    #[schema(max_length = 1024)]
    description: String,
    /// Whether it is put away: it cannot be chosen any more.
    archived: Option<bool>,
    /// Whether people should choose another one.
    deprecated: Option<bool>,
    /// JSON Schemas (draft 7) of its payloads by version; `1` is the one that counts.
    #[schema(value_type = Option<BTreeMap<String, Value>>)]
    schemas: Option<Schemas>,
    /// Only apps with this flag see it.
    #[schema(min_length = 1, max_length = 256, pattern = r"^\.*[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$", deprecated)]
    feature_flag: Option<String>,
    /// Only apps with this flag see it: at most one.
    #[schema(max_items = 1)]
    feature_flags: Option<Vec<String>>,
    /// Which others it is shown with.
    #[schema(min_length = 1, max_length = 256, pattern = r"^\.*[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$")]
    group_name: Option<String>,
}

/// What is to be changed of an event type.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::v1) struct EventTypePatch {
    /// For people.
    #[schema(max_length = 1024)]
    description: Option<String>,
    /// Whether it is put away: it cannot be chosen any more.
    archived: Option<bool>,
    /// Whether people should choose another one.
    deprecated: Option<bool>,
    /// JSON Schemas (draft 7) of its payloads by version; `1` is the one that counts.
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, Value>>)]
    schemas: Patch<Schemas>,
    /// Only apps with this flag see it.
    #[serde(default)]
    #[schema(value_type = Option<String>, deprecated)]
    feature_flag: Patch<String>,
    /// Only apps with this flag see it: at most one.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 1)]
    feature_flags: Patch<Vec<String>>,
    /// Which others it is shown with.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256, pattern = r"^\.*[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$")]
    group_name: Patch<String>,
}

/// An event type.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::v1) struct EventTypeOut {
    /// Its name.
    #[schema(value_type = String)]
    name: EventTypeName,
    /// For people.
    description: String,
    /// Whether it is put away.
    archived: bool,
    /// Whether people should choose another one.
    deprecated: bool,
    /// JSON Schemas of its payloads by version; in lists only if they are asked for.
    #[schema(value_type = Option<BTreeMap<String, Value>>, required = true)]
    schemas: Option<Schemas>,
    /// Only apps with this flag see it.
    #[schema(value_type = Option<String>, required = true, deprecated)]
    feature_flag: Option<FeatureFlag>,
    /// Only apps with this flag see it.
    #[schema(value_type = Option<Vec<String>>, required = true)]
    feature_flags: Option<[FeatureFlag; 1]>,
    /// Which others it is shown with.
    #[schema(value_type = Option<String>, required = true)]
    group_name: Option<GroupName>,
    /// When it was declared.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl From<EventType> for EventTypeOut {
    fn from(event_type: EventType) -> Self {
        Self {
            name: event_type.name,
            description: event_type.description,
            archived: event_type.archived,
            deprecated: event_type.deprecated,
            schemas: event_type.schemas,
            feature_flags: event_type.feature_flag.clone().map(|flag| [flag]),
            feature_flag: event_type.feature_flag,
            group_name: event_type.group_name,
            created_at: event_type.created_at,
            updated_at: event_type.updated_at,
        }
    }
}

impl EventTypeOut {
    /// The same without its schemas, which may be long.
    pub(super) fn without_schemas(self) -> Self {
        Self { schemas: None, ..self }
    }
}

/// An event type as somebody wants it, checked.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    description: String,
    archived: bool,
    deprecated: bool,
    schemas: Option<Schemas>,
    feature_flag: Option<FeatureFlag>,
    group_name: Option<GroupName>,
}

impl EventTypeIn {
    /// Checks what is asked for.
    pub(super) fn check(self) -> Result<(EventTypeName, Wanted), Error> {
        let mut checks = Checks::of_body();
        let name = checks.parsed("name", Some(&self.name));
        let wanted = EventTypeUpdate {
            description: self.description,
            archived: self.archived,
            deprecated: self.deprecated,
            schemas: self.schemas,
            feature_flag: self.feature_flag,
            feature_flags: self.feature_flags,
            group_name: self.group_name,
        };
        let wanted = wanted.checked(&mut checks);
        checks.done_with(name.map(|name| (name, wanted)))
    }
}

impl EventTypeUpdate {
    /// Checks what is asked for.
    pub(super) fn check(self) -> Result<Wanted, Error> {
        let mut checks = Checks::of_body();
        let wanted = self.checked(&mut checks);
        checks.done_with(Some(wanted))
    }

    fn checked(self, checks: &mut Checks) -> Wanted {
        let of_many = self.feature_flags.and_then(|flags| flag(&flags, checks));
        Wanted {
            description: checks.text("description", self.description),
            archived: self.archived.unwrap_or(false),
            deprecated: self.deprecated.unwrap_or(false),
            schemas: self.schemas.map(|schemas| check_schemas(schemas, checks)),
            feature_flag: of_many.or(checks.parsed("featureFlag", self.feature_flag.as_deref())),
            group_name: checks.parsed("groupName", self.group_name.as_deref()),
        }
    }
}

/// The one flag among those that are given.
fn flag(flags: &[String], checks: &mut Checks) -> Option<FeatureFlag> {
    if flags.len() > 1 {
        checks.note("featureFlags", "may have at most one flag");
    }
    checks.parsed("featureFlags", flags.first().map(String::as_str))
}

impl Wanted {
    /// A new event type.
    pub(super) fn made(self, organization: OrganizationId, name: EventTypeName, at: Timestamp) -> EventType {
        self.over(EventType::named(organization, name, at), at)
    }

    /// What becomes of an event type that it takes the place of.
    pub(super) fn over(self, event_type: EventType, at: Timestamp) -> EventType {
        EventType {
            description: self.description,
            archived: self.archived,
            deprecated: self.deprecated,
            schemas: self.schemas,
            feature_flag: self.feature_flag,
            group_name: self.group_name,
            updated_at: at,
            ..event_type
        }
    }
}

/// A change of an event type, checked.
#[derive(Clone, Debug)]
pub(super) struct Change {
    description: Option<String>,
    archived: Option<bool>,
    deprecated: Option<bool>,
    schemas: Patch<Schemas>,
    feature_flag: Patch<FeatureFlag>,
    group_name: Patch<GroupName>,
}

impl EventTypePatch {
    /// Checks what is asked for.
    pub(super) fn check(self) -> Result<Change, Error> {
        let mut checks = Checks::of_body();
        let of_many = match self.feature_flags {
            Patch::Set(flags) if flags.is_empty() => Patch::Clear,
            flags => flags.and_then(|flags| flag(&flags, &mut checks)),
        };
        let of_one = self.feature_flag.and_then(|flag| checks.parsed("featureFlag", Some(&flag)));
        let change = Change {
            description: self.description.map(|text| checks.text("description", text)),
            archived: self.archived,
            deprecated: self.deprecated,
            schemas: self.schemas.and_then(|schemas| Some(check_schemas(schemas, &mut checks))),
            feature_flag: of_many.or(of_one),
            group_name: self.group_name.and_then(|name| checks.parsed("groupName", Some(&name))),
        };
        checks.done_with(Some(change))
    }
}

impl Change {
    /// What becomes of an event type.
    pub(super) fn over(self, event_type: EventType, at: Timestamp) -> EventType {
        EventType {
            description: self.description.unwrap_or(event_type.description),
            archived: self.archived.unwrap_or(event_type.archived),
            deprecated: self.deprecated.unwrap_or(event_type.deprecated),
            schemas: self.schemas.over(event_type.schemas),
            feature_flag: self.feature_flag.over(event_type.feature_flag),
            group_name: self.group_name.over(event_type.group_name),
            updated_at: at,
            ..event_type
        }
    }
}
