//! Organizations, keys and remembered answers.

use async_trait::async_trait;
use domain::id::{KeyId, MessageId, OrganizationId};
use domain::key::{Key, KeyHash};
use domain::organization::Organization;
use domain::time::Timestamp;

use super::super::catalog::Put;
use super::super::fault::StoreError;
use super::super::inbox::{IdempotencyKey, Unsent};
use super::super::keyring::{Answer, Answered, Keyring};
use super::super::page::{Page, Slice};
use super::MemoryStore;

/// What is remembered under an idempotency key.
#[derive(Clone, Debug)]
pub(super) enum Remembered {
    /// What became of the messages of a sending.
    Messages(Vec<Result<MessageId, Unsent>>),
    /// The answer to another request.
    Answer(Answer),
}

#[async_trait]
impl Keyring for MemoryStore {
    async fn organization(&self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        Ok(self.tables().organizations.get(&id).cloned())
    }

    async fn organization_of(&self, _: &str, _: OrganizationId) -> Result<Organization, StoreError> {
        todo!()
    }

    async fn put_organization(&self, _: Organization) -> Result<Put, StoreError> {
        todo!()
    }

    async fn key(&self, hash: KeyHash) -> Result<Option<Key>, StoreError> {
        Ok(self.tables().keys.values().find(|key| key.hash == hash).cloned())
    }

    async fn key_named(&self, _: OrganizationId, _: KeyId) -> Result<Option<Key>, StoreError> {
        todo!()
    }

    async fn keys(&self, _: OrganizationId, _: Slice<KeyId>) -> Result<Page<Key>, StoreError> {
        todo!()
    }

    async fn put_key(&self, _: Key) -> Result<Put, StoreError> {
        todo!()
    }

    async fn put_first_key(&self, key: Key) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let first = tables.keys.is_empty();
        if first {
            tables.keys.insert(key.id, Key { revision: key.revision.next(), ..key });
        }
        Ok(first)
    }

    async fn answer(&self, _: &IdempotencyKey) -> Result<Option<Answered>, StoreError> {
        todo!()
    }

    async fn remember(&self, _: IdempotencyKey, _: Answer) -> Result<(), StoreError> {
        todo!()
    }

    async fn forget_answers(&self, _: Timestamp, _: usize) -> Result<usize, StoreError> {
        todo!()
    }
}
