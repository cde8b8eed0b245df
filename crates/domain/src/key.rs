//! Keys to the API: what each of them may do. Only their hashes are kept.

use crate::id::{AppId, KeyId, OrganizationId};
use crate::revision::Revision;
use crate::time::Timestamp;

/// SHA-256 of a key. Keys are long random numbers, so a fast hash is as good as a slow one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHash(pub [u8; 32]);

/// A key, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name, which is no secret; its time is the key's making.
    pub id: KeyId,
    /// Which organization it opens.
    pub organization: OrganizationId,
    /// What may be done with it.
    pub scope: Scope,
    /// For people.
    pub name: String,
    /// What it is known by.
    pub hash: KeyHash,
    /// From when on it opens nothing any more.
    pub expires_at: Option<Timestamp>,
    /// Since when it opens nothing any more.
    pub revoked_at: Option<Timestamp>,
    /// Rises with each change.
    pub revision: Revision,
}

/// What may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything in the organization.
    Admin,
    /// To send: messages, events and resources; nothing else, and no reading.
    Send,
    /// To look at everything in the organization, and change nothing. Secrets are not shown.
    Read,
    /// What a customer of the platform may do with this app: its endpoints, messages and attempts.
    App(AppId),
}

impl Key {
    /// Whether it opens anything.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

/// Who calls the API, once that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// In which organization.
    pub organization: OrganizationId,
    /// What may be done.
    pub scope: Scope,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expires_at: Option<i64>, revoked_at: Option<i64>, is_valid: bool) {
        let key = Key {
            id: KeyId::from_number(1),
            organization: OrganizationId::from_number(1),
            scope: Scope::Admin,
            name: String::new(),
            hash: KeyHash([0; 32]),
            expires_at: expires_at.map(Timestamp::from_millis),
            revoked_at: revoked_at.map(Timestamp::from_millis),
            revision: Revision::default(),
        };
        assert_eq!(key.is_valid(Timestamp::from_millis(100)), is_valid, "{expires_at:?} {revoked_at:?}");
    }

    #[test]
    fn a_key_opens_until_it_expires_or_is_revoked() {
        check(None, None, true);
        check(Some(101), None, true);
        check(Some(100), None, false);
        check(None, Some(200), false);
    }
}
