//! The store as a catalog: endpoints, resources and keys.

use std::sync::Arc;

use async_trait::async_trait;
use domain::endpoint::Endpoint;
use domain::id::{AppId, EndpointId};
use domain::name::{AppUid, EventTypeName};
use domain::resource::{Resource, ResourceKey};
use domain::secret::Secret;
use domain::target::Target;

use super::fault::StoreError;

/// Keeps what the platform and its customers have set up.
#[async_trait]
pub trait Catalog: Send + Sync {
    /// Registers a webhook. An app is made when its uid is first used. A webhook of the app for the same event type
    /// that is disabled is replaced ([`Endpoint::replaced`]): it stays for the history of its calls, wants nothing
    /// any more, and counts no more among the app's endpoints.
    async fn register(&self, webhook: NewWebhook) -> Result<Registered, StoreError>;

    /// An endpoint as it is now. Asked before each attempt, so it must be cheap.
    async fn endpoint(&self, id: EndpointId) -> Result<Option<Arc<Endpoint>>, StoreError>;

    /// A resource as it is now, with the uid of its app.
    async fn resource(&self, key: &ResourceKey) -> Result<Option<(AppUid, Resource)>, StoreError>;

    /// The hashes of the admin keys.
    async fn admin_keys(&self) -> Result<Vec<KeyHash>, StoreError>;

    /// Stores the hash of an admin key, if there is none yet. Answers whether it did.
    async fn add_first_admin_key(&self, key: KeyHash) -> Result<bool, StoreError>;
}

/// A webhook to be registered as in the article.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// Whose webhook.
    pub app: AppUid,
    /// The app's id, if it is new.
    pub app_id: AppId,
    /// The endpoint's id.
    pub id: EndpointId,
    /// Where it is called.
    pub target: Target,
    /// What it wants.
    pub event_type: EventTypeName,
    /// Signs its calls.
    pub secret: Secret,
}

/// What became of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// It is stored.
    Created,
    /// The app has a webhook for this event type that may be called.
    Exists,
    /// The app has as many endpoints as it may have.
    TooMany,
}

/// SHA-256 of a key. Keys are long random numbers, so a fast hash is as good as a slow one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHash(pub [u8; 32]);
