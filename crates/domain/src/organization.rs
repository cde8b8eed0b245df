//! An organization: one environment of the platform, with its own keys, apps and event types.

use crate::id::OrganizationId;
use crate::revision::Revision;
use crate::sign::HeaderNames;
use crate::time::Timestamp;

/// One environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Whimbrel's id.
    pub id: OrganizationId,
    /// The `sub` of tokens that another server issued for it; unique.
    pub external: Option<String>,
    /// For people.
    pub name: String,
    /// How its webhooks are signed and checked.
    pub settings: Settings,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Rises with each change.
    pub revision: Revision,
}

/// What an organization decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Under which names the signature's headers are sent.
    pub header_names: HeaderNames,
    /// Whether payloads are checked against the schemas of their event types.
    pub validates_payloads: bool,
}

impl Organization {
    /// The organization that is there from the start: of the article's routes without a key, of the first admin key.
    pub const DEFAULT: OrganizationId = OrganizationId::constant(1);

    /// The organization of another server's tokens, as it is when the first of them is seen.
    pub fn external(id: OrganizationId, external: &str) -> Self {
        Self {
            id,
            external: Some(external.to_owned()),
            name: external.to_owned(),
            updated_at: id.timestamp(),
            ..Self::default_one()
        }
    }

    /// The organization that is there from the start, as it is then.
    pub fn default_one() -> Self {
        Self {
            id: Self::DEFAULT,
            external: None,
            name: "default".to_owned(),
            settings: Settings::default(),
            updated_at: Timestamp::default(),
            revision: Revision::default(),
        }
    }
}
