//! Keys to the API: what each of them may do. Only their hashes are kept.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::id::{AppId, KeyId, OrganizationId};
use crate::revision::Revision;
use crate::time::Timestamp;

/// SHA-256 of a key. Keys are long random numbers, so a fast hash is as good as a slow one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHash(pub [u8; 32]);

impl KeyHash {
    /// What a key is known by.
    pub fn of(key: &[u8]) -> Self {
        Self(Sha256::digest(key).into())
    }
}

/// Bytes of a key that name it: they may be shown.
const NAME_BYTES: usize = 4;
/// Random bytes of a key; the 24 of them that are secret are 192 bits, which nobody guesses.
pub const KEY_BYTES: usize = NAME_BYTES + 24;

/// A key as its owner needs it, which is shown once and never kept: `whk_`, eight hexadecimal digits that name it, `_`,
/// and 48 that are secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ClearKey(String);

impl ClearKey {
    /// A key out of random bytes.
    pub fn new(random: [u8; KEY_BYTES]) -> Self {
        let (name, secret) = random.split_at(NAME_BYTES);
        Self(format!("whk_{}_{}", hex(name), hex(secret)))
    }

    /// What is kept of it.
    pub fn hash(&self) -> KeyHash {
        KeyHash::of(self.0.as_bytes())
    }

    /// The key itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClearKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClearKey(***)")
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

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

impl Scope {
    /// Whether it allows to change what belongs to the whole organization.
    pub fn administers(self) -> bool {
        self == Self::Admin
    }

    /// Whether it allows to look at what belongs to the whole organization.
    pub fn reads(self) -> bool {
        matches!(self, Self::Admin | Self::Read)
    }

    /// Whether it allows to send.
    pub fn sends(self) -> bool {
        matches!(self, Self::Admin | Self::Send)
    }

    /// Whether it allows to look at something of this organization, be it only what all its apps may see.
    pub fn sees(self) -> bool {
        !matches!(self, Self::Send)
    }

    /// Whether it allows to change what belongs to an app.
    pub fn manages_app(self, app: AppId) -> bool {
        matches!(self, Self::Admin) || self == Self::App(app)
    }

    /// Whether it allows to look at what belongs to an app.
    pub fn reads_app(self, app: AppId) -> bool {
        self.reads() || self == Self::App(app)
    }

    /// Whether apps other than its own are hidden from it.
    pub fn hides_app(self, app: AppId) -> bool {
        matches!(self, Self::App(own) if own != app)
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
    fn a_key_is_long_and_does_not_print_itself() {
        let mut random = [7; KEY_BYTES];
        let key = ClearKey::new(random);
        let parts: Vec<&str> = key.expose().split('_').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [3, 8, 48]);
        assert!(!format!("{key:?}").contains(parts[2]));
        random[KEY_BYTES - 1] = 8;
        assert_ne!(ClearKey::new(random).hash(), key.hash());
    }

    fn check_scope(scope: Scope, [administers, reads, sends, sees, manages_app, reads_app]: [bool; 6]) {
        let app = AppId::from_number(1);
        let found = [
            scope.administers(),
            scope.reads(),
            scope.sends(),
            scope.sees(),
            scope.manages_app(app),
            scope.reads_app(app),
        ];
        assert_eq!(found, [administers, reads, sends, sees, manages_app, reads_app], "{scope:?}");
    }

    #[test]
    fn each_scope_allows_what_it_is_for() {
        let (yes, no) = (true, false);
        check_scope(Scope::Admin, [yes, yes, yes, yes, yes, yes]);
        check_scope(Scope::Send, [no, no, yes, no, no, no]);
        check_scope(Scope::Read, [no, yes, no, yes, no, yes]);
        check_scope(Scope::App(AppId::from_number(1)), [no, no, no, yes, yes, yes]);
        check_scope(Scope::App(AppId::from_number(2)), [no, no, no, yes, no, no]);
    }

    #[test]
    fn a_key_opens_until_it_expires_or_is_revoked() {
        check(None, None, true);
        check(Some(101), None, true);
        check(Some(100), None, false);
        check(None, Some(200), false);
    }
}
