//! The store as a keyring: organizations, the keys that open them, and answers that are given twice.

use async_trait::async_trait;
use domain::id::{KeyId, OrganizationId};
use domain::key::{Key, KeyHash};
use domain::organization::Organization;
use domain::time::Timestamp;

use super::catalog::Put;
use super::fault::StoreError;
use super::inbox::IdempotencyKey;
use super::page::{Page, Slice};

/// Keeps organizations and keys.
#[async_trait]
pub trait Keyring: Send + Sync {
    /// An organization as it is now. The default one is always there.
    async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError>;

    /// The organization that another server's tokens call `external`; it is made with the id `fresh` if there is none
    /// ([`Organization::external`]).
    async fn organization_of(
        &self,
        external: &str,
        fresh: OrganizationId,
    ) -> Result<Organization, StoreError>;

    /// Stores an organization, if its revision is the one that is stored (or 0, and there is none with its id);
    /// [`Put::Taken`] if another one is called so by another server's tokens.
    async fn put_organization(&self, organization: Organization) -> Result<Put, StoreError>;

    /// The key with this hash, also one that is revoked or has expired. Asked with each request, so it must be cheap.
    async fn key(&self, hash: KeyHash) -> Result<Option<Key>, StoreError>;

    /// The key with this id.
    async fn key_named(&self, organization: OrganizationId, id: KeyId) -> Result<Option<Key>, StoreError>;

    /// The keys of an organization, by their id, also those that are revoked or have expired, until they are forgotten.
    async fn keys(&self, organization: OrganizationId, slice: Slice<KeyId>) -> Result<Page<Key>, StoreError>;

    /// Stores a key, if its revision is the one that is stored (or 0, and there is none with its id); [`Put::Taken`] if
    /// another one has its hash.
    async fn put_key(&self, key: Key) -> Result<Put, StoreError>;

    /// Stores a key, if there is no admin key yet, be it one that opens nothing any more. Answers whether it did.
    async fn put_first_admin_key(&self, key: Key) -> Result<bool, StoreError>;

    /// Forgets up to `limit` keys of one app that expired before `before`, those that did so first (then by id); answers
    /// how many.
    async fn forget_app_keys(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError>;

    /// The answer that was given to this request before, if it is remembered. What a sending was answered is not found
    /// here: its key was used for another request.
    async fn answer(&self, key: &IdempotencyKey) -> Result<Option<Answered>, StoreError>;

    /// Remembers the answer to a request other than a sending, which remembers its own. What is remembered under the key
    /// and not forgotten by [`IdempotencyKey::since`] stays as it is.
    async fn remember(&self, key: IdempotencyKey, answer: Answer) -> Result<(), StoreError>;

    /// Forgets up to `limit` answers to requests that came before `since`, of sendings too, the oldest first (then by
    /// key); answers how many.
    async fn forget_answers(&self, since: Timestamp, limit: usize) -> Result<usize, StoreError>;
}

/// An answer that is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// What is remembered under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// The same request was answered with this.
    Same(Answer),
    /// The key was used for a request with another body.
    KeyReused,
}
