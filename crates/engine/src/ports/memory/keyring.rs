//! Organizations, keys and remembered answers.

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::id::{KeyId, MessageId, OrganizationId};
use domain::key::{Key, KeyHash, Scope};
use domain::organization::Organization;
use domain::revision::Revision;
use domain::time::Timestamp;

use super::super::catalog::Put;
use super::super::fault::StoreError;
use super::super::inbox::{IdempotencyKey, Unsent};
use super::super::keyring::{Answer, Answered, Keyring};
use super::super::page::{Page, Slice};
use super::lists::{Row, walk};
use super::{MemoryStore, Tables};

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

    async fn organization_of(
        &self,
        external: &str,
        fresh: OrganizationId,
    ) -> Result<Organization, StoreError> {
        let mut tables = self.tables();
        let is_it = |found: &&Organization| found.external.as_deref() == Some(external);
        if let Some(found) = tables.organizations.values().find(is_it) {
            return Ok(found.clone());
        }
        let made = Organization::external(fresh, external);
        let made = Organization { revision: made.revision.next(), ..made };
        tables.organizations.insert(fresh, made.clone());
        Ok(made)
    }

    async fn put_organization(&self, organization: Organization) -> Result<Put, StoreError> {
        let mut tables = self.tables();
        if !is_current(
            tables.organizations.get(&organization.id).map(|it| it.revision),
            organization.revision,
        ) {
            return Ok(Put::Stale);
        }
        let is_rival = |other: &Organization| {
            other.id != organization.id && other.external.is_some() && other.external == organization.external
        };
        if tables.organizations.values().any(is_rival) {
            return Ok(Put::Taken);
        }
        let revision = organization.revision.next();
        tables.organizations.insert(organization.id, Organization { revision, ..organization });
        Ok(Put::Stored)
    }

    async fn key(&self, hash: KeyHash) -> Result<Option<Key>, StoreError> {
        Ok(self.tables().keys.values().find(|key| key.hash == hash).cloned())
    }

    async fn key_named(&self, organization: OrganizationId, id: KeyId) -> Result<Option<Key>, StoreError> {
        Ok(self.tables().keys.get(&id).filter(|key| key.organization == organization).cloned())
    }

    async fn keys(&self, organization: OrganizationId, slice: Slice<KeyId>) -> Result<Page<Key>, StoreError> {
        let tables = self.tables();
        let of_it = walk(tables.keys.iter(), &slice).filter(|(_, key)| key.organization == organization);
        Page::of_walk(of_it.map(|(_, key)| Row::Ok(key.clone())), &slice)
    }

    async fn put_key(&self, key: Key) -> Result<Put, StoreError> {
        let mut tables = self.tables();
        if !is_current(tables.keys.get(&key.id).map(|key| key.revision), key.revision) {
            return Ok(Put::Stale);
        }
        if tables.keys.values().any(|other| other.id != key.id && other.hash == key.hash) {
            return Ok(Put::Taken);
        }
        tables.keys.insert(key.id, Key { revision: key.revision.next(), ..key });
        Ok(Put::Stored)
    }

    async fn put_first_admin_key(&self, key: Key) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let first = !tables.keys.values().any(|key| key.scope == Scope::Admin);
        if first {
            tables.keys.insert(key.id, Key { revision: key.revision.next(), ..key });
        }
        Ok(first)
    }

    async fn forget_app_keys(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let mut tables = self.tables();
        let of_apps = tables.keys.values().filter(|key| matches!(key.scope, Scope::App(_)));
        let ends = of_apps.filter_map(|key| Some((key.expires_at?, key.id)));
        let ended = BTreeSet::from_iter(ends.filter(|(expires_at, _)| *expires_at < before));
        let first: Vec<_> = ended.into_iter().take(limit).collect();
        for (_, id) in &first {
            tables.keys.remove(id);
        }
        Ok(first.len())
    }

    async fn answer(&self, key: &IdempotencyKey) -> Result<Option<Answered>, StoreError> {
        let answered = |remembered| match remembered {
            Some(Remembered::Answer(answer)) => Answered::Same(answer),
            Some(Remembered::Messages(_)) | None => Answered::KeyReused,
        };
        Ok(self.tables().remembered(key).map(answered))
    }

    async fn remember(&self, key: IdempotencyKey, answer: Answer) -> Result<(), StoreError> {
        let mut tables = self.tables();
        if tables.remembered(&key).is_none() {
            tables.answers.insert(key.key, (key, Remembered::Answer(answer)));
        }
        Ok(())
    }

    async fn forget_answers(&self, since: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let mut tables = self.tables();
        let old = tables.answers.values().map(|(key, _)| (key.at, key.key)).filter(|(at, _)| *at < since);
        let oldest: Vec<_> = BTreeSet::from_iter(old).into_iter().take(limit).collect();
        for (_, key) in &oldest {
            tables.answers.remove(key);
        }
        Ok(oldest.len())
    }
}

impl Tables {
    /// What is remembered under a key that is not forgotten: `Some(None)` if it was of a request with another body.
    pub(super) fn remembered(&self, asked: &IdempotencyKey) -> Option<Option<Remembered>> {
        let (key, remembered) = self.answers.get(&asked.key).filter(|(key, _)| key.at >= asked.since)?;
        Some(Some(remembered.clone()).filter(|_| key.body == asked.body))
    }
}

/// Whether a put that has seen `seen` may be done to what has the revision `stored`.
pub(super) fn is_current(stored: Option<Revision>, seen: Revision) -> bool {
    stored.unwrap_or_default() == seen
}
