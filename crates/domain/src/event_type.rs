//! Event types: what can happen, as an organization declares it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::id::OrganizationId;
use crate::name::{EventTypeName, FeatureFlag, GroupName};
use crate::revision::Revision;
use crate::time::Timestamp;

/// A kind of event that an organization has declared.
#[derive(Clone, Debug, PartialEq)]
pub struct EventType {
    /// Whose event type.
    pub organization: OrganizationId,
    /// Its name; unique within the organization.
    pub name: EventTypeName,
    /// For people.
    pub description: String,
    /// Whether it is put away: it can be chosen no more, and messages of it are still delivered.
    pub archived: bool,
    /// Whether people should choose another one.
    pub deprecated: bool,
    /// Only apps with this flag see it.
    pub feature_flag: Option<FeatureFlag>,
    /// Which others it is shown with.
    pub group_name: Option<GroupName>,
    /// JSON Schemas of its payloads by version, `1` being the one that counts.
    pub schemas: Option<BTreeMap<String, Value>>,
    /// When it was declared.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Rises with each change.
    pub revision: Revision,
}

impl EventType {
    /// An event type that nothing is known of but its name, as a webhook that listens to it declares it.
    pub fn named(organization: OrganizationId, name: EventTypeName, at: Timestamp) -> Self {
        Self {
            organization,
            name,
            description: String::new(),
            archived: false,
            deprecated: false,
            feature_flag: None,
            group_name: None,
            schemas: None,
            created_at: at,
            updated_at: at,
            revision: Revision::default(),
        }
    }

    /// The schema that payloads are checked against.
    pub fn schema(&self) -> Option<&Value> {
        self.schemas.as_ref()?.get(SCHEMA_VERSION)
    }
}

/// The version of a schema that counts, as the Svix contract has it.
pub const SCHEMA_VERSION: &str = "1";
