//! An app: one customer of the platform. The article calls it a company, and the company's id is its `uid`.

use std::str::FromStr;

use crate::id::{AppId, OrganizationId};
use crate::metadata::Metadata;
use crate::name::{AppUid, InvalidName};
use crate::organization::Organization;
use crate::revision::Revision;
use crate::throttle::Rate;
use crate::time::Timestamp;

/// One customer of the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Whimbrel's id; its time is the app's creation.
    pub id: AppId,
    /// Whose app.
    pub organization: OrganizationId,
    /// What it is for.
    pub kind: AppKind,
    /// The platform's id, unique within the organization; given back when the app is deleted.
    pub uid: Option<AppUid>,
    /// For people. An app that is made because its uid was named is called like its uid.
    pub name: String,
    /// How fast all its endpoints together are called.
    pub throttle: Option<Rate>,
    /// The platform's own notes.
    pub metadata: Metadata,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Since when it is gone. It stays for the history; nothing is accepted for it any more.
    pub deleted_at: Option<Timestamp>,
    /// Rises with each change.
    pub revision: Revision,
}

/// What an app is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppKind {
    /// A customer of the platform.
    Customer,
    /// The organization itself: its endpoints are told what happens to its apps (operational webhooks). Each
    /// organization has at most one; it is in no list.
    Operational,
}

impl App {
    /// A customer that nothing is known of but its name.
    pub fn named(id: AppId, key: &AppKey) -> Self {
        Self {
            id,
            organization: key.organization,
            kind: AppKind::Customer,
            uid: Some(key.uid.clone()),
            name: key.uid.to_string(),
            throttle: None,
            metadata: Metadata::default(),
            updated_at: id.timestamp(),
            deleted_at: None,
            revision: Revision::default(),
        }
    }

    /// The app of an organization's operational webhooks.
    pub fn operational(id: AppId, organization: OrganizationId) -> Self {
        Self {
            id,
            organization,
            kind: AppKind::Operational,
            uid: None,
            name: "Operational webhooks".to_owned(),
            throttle: None,
            metadata: Metadata::default(),
            updated_at: id.timestamp(),
            deleted_at: None,
            revision: Revision::default(),
        }
    }

    /// When it was made.
    pub fn created_at(&self) -> Timestamp {
        self.id.timestamp()
    }

    /// The app without its uid, which another one may have from now on.
    #[must_use]
    pub fn deleted(self, at: Timestamp) -> Self {
        Self { uid: None, deleted_at: Some(at), updated_at: at, ..self }
    }
}

/// An app by the name that the platform gave it. As text it is the uid alone, in the default organization.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppKey {
    /// Whose app.
    pub organization: OrganizationId,
    /// Its uid.
    pub uid: AppUid,
}

impl FromStr for AppKey {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        Ok(Self { organization: Organization::DEFAULT, uid: text.parse()? })
    }
}

/// An app as a path names it: by its id or by its uid. Which of them it is, the prefix says; a uid cannot have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppRef {
    /// By Whimbrel's id.
    Id(AppId),
    /// By the platform's.
    Uid(AppUid),
}

impl FromStr for AppRef {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => text.parse().map(Self::Uid),
        }
    }
}

impl From<AppId> for AppRef {
    fn from(id: AppId) -> Self {
        Self::Id(id)
    }
}
