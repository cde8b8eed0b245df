//! A change: the insert, update or delete of a resource.

use std::fmt;
use std::str::FromStr;

use crate::id::AppId;
use crate::resource::{Fields, Resource, ResourceKey};
use crate::time::Timestamp;

/// What happened to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It is new.
    Insert,
    /// It was put again.
    Update,
    /// It is gone.
    Delete,
}

impl ChangeKind {
    /// The word that rules and answers use.
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Insert => "insert",
            ChangeKind::Update => "update",
            ChangeKind::Delete => "delete",
        }
    }
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be insert, update or delete")]
pub struct InvalidChangeKind;

impl FromStr for ChangeKind {
    type Err = InvalidChangeKind;

    fn from_str(text: &str) -> Result<Self, InvalidChangeKind> {
        let kinds = [ChangeKind::Insert, ChangeKind::Update, ChangeKind::Delete];
        kinds.into_iter().find(|kind| kind.as_str() == text).ok_or(InvalidChangeKind)
    }
}

/// What happened, and the resource: as it is now, or as it last was when it was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// The image that rules look at and payloads carry.
    pub resource: Resource,
}

/// What a client wants done to a resource; what kind of change that is depends on what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// Store these fields, whether the resource is there or not.
    Fields(Fields),
    /// Take the resource away.
    Absent,
}

/// The resource belongs to another app, so it can be neither changed nor seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForeignResource;

impl Change {
    /// The change that `put` by `app` makes to what is `stored` under `key`; `None` if there is nothing to take
    /// away.
    ///
    /// # Errors
    /// If the stored resource belongs to another app.
    pub fn of(
        key: ResourceKey,
        app: AppId,
        stored: Option<Resource>,
        put: Put,
        at: Timestamp,
    ) -> Result<Option<Change>, ForeignResource> {
        if stored.as_ref().is_some_and(|stored| stored.app != app) {
            return Err(ForeignResource);
        }
        let change = match (put, stored) {
            (Put::Fields(fields), None) => {
                let resource = Resource { key, app, fields, created_at: at, updated_at: at };
                Some(Change { kind: ChangeKind::Insert, resource })
            }
            (Put::Fields(fields), Some(stored)) => {
                let resource = Resource { fields, updated_at: at, ..stored };
                Some(Change { kind: ChangeKind::Update, resource })
            }
            (Put::Absent, Some(resource)) => Some(Change { kind: ChangeKind::Delete, resource }),
            (Put::Absent, None) => None,
        };
        Ok(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(stored: Option<Resource>, app: i64, put: Put) -> Result<Option<Change>, ForeignResource> {
        let key = ResourceKey { kind: "order".parse().unwrap(), id: "1".parse().unwrap() };
        Change::of(key, AppId::from_number(app), stored, put, Timestamp::from_millis(app))
    }

    fn fields(json: &str) -> Put {
        Put::Fields(Fields::parse(json.as_bytes()).unwrap())
    }

    #[test]
    fn the_kind_of_a_change_depends_on_what_is_stored() {
        let inserted = change(None, 1, fields("{}")).unwrap().unwrap();
        assert_eq!(inserted.kind, ChangeKind::Insert);
        let stored = Resource { created_at: Timestamp::default(), ..inserted.resource };
        let updated = change(Some(stored.clone()), 1, fields(r#"{"a":1}"#)).unwrap().unwrap();
        assert_eq!((updated.kind, updated.resource.created_at), (ChangeKind::Update, stored.created_at));
        assert_eq!(updated.resource.fields.to_json(), r#"{"a":1}"#);
        let deleted = change(Some(stored.clone()), 1, Put::Absent).unwrap().unwrap();
        assert_eq!((deleted.kind, deleted.resource), (ChangeKind::Delete, stored));
        assert_eq!(change(None, 1, Put::Absent), Ok(None));
    }

    #[test]
    fn another_apps_resource_cannot_be_changed() {
        let stored = change(None, 1, fields("{}")).unwrap().unwrap().resource;
        for put in [fields("{}"), Put::Absent] {
            assert_eq!(change(Some(stored.clone()), 2, put), Err(ForeignResource));
        }
    }
}
