//! The store as one life sees it: slow, sometimes full, away or broken, and gone when the life has ended.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::delivery::Lease;
use domain::endpoint::Endpoint;
use domain::execution::Story;
use domain::id::{DeliveryId, EndpointId, MessageId};
use domain::message::Fate;
use domain::name::AppUid;
use domain::resource::{Resource, ResourceKey};
use domain::time::Timestamp;
use engine::ports::catalog::{Catalog, KeyHash, NewWebhook, Registered};
use engine::ports::fault::StoreError;
use engine::ports::history::{History, Page, PastCall, PastMessage};
use engine::ports::inbox::{Acceptance, Accepted, Inbox, Refused};
use engine::ports::queue::{Applied, Claim, Claimed, Life, Queue, Settlement, WaitingLane};

use super::life::Gate;
use super::world::World;

/// The store of one life.
pub(crate) struct Shaky {
    pub(crate) world: Arc<World>,
    pub(crate) gate: Arc<Gate>,
}

type Answer<T> = Result<T, StoreError>;

impl Shaky {
    /// What can happen before a move reaches the store: nothing is changed then.
    async fn before_write(&self) -> Answer<()> {
        self.before_read().await?;
        if self.world.is_full() { Err(StoreError::Full("no room".into())) } else { Ok(()) }
    }

    async fn before_read(&self) -> Answer<()> {
        self.gate.pass(&self.world).await;
        tokio::time::sleep(Duration::from_micros(self.world.draw(0..3000))).await;
        self.gate.pass(&self.world).await;
        match self.world.trouble(100) {
            true => Err(StoreError::Unavailable("away".into())),
            false => Ok(()),
        }
    }

    /// What can happen after a move: it is done, but the answer may not come, or not tell.
    async fn after_write<T>(&self, answer: Answer<T>) -> Answer<T> {
        tokio::time::sleep(Duration::from_micros(self.world.draw(0..3000))).await;
        self.gate.pass(&self.world).await;
        match self.world.trouble(500) {
            true => Err(StoreError::Unknown("lost the answer".into())),
            false => answer,
        }
    }
}

#[async_trait]
impl Inbox for Shaky {
    async fn accept(&self, acceptance: Acceptance) -> Answer<Result<Vec<Accepted>, Refused>> {
        self.before_write().await?;
        let answer = self.world.store.accept(acceptance).await;
        self.after_write(answer).await
    }
}

#[async_trait]
impl Queue for Shaky {
    async fn open(&self) -> Answer<Life> {
        self.world.store.open().await
    }

    async fn take_over(&self, living: Lease, now: Timestamp, limit: usize) -> Answer<usize> {
        self.before_write().await?;
        let answer = self.world.store.take_over(living, now, limit).await;
        self.after_write(answer).await
    }

    async fn waiting_lanes(&self, after: Option<EndpointId>, limit: usize) -> Answer<Vec<WaitingLane>> {
        self.before_read().await?;
        self.world.store.waiting_lanes(after, limit).await
    }

    async fn claim(&self, claim: Claim) -> Answer<Claimed> {
        self.before_write().await?;
        let answer = self.world.store.claim(claim).await;
        self.after_write(answer).await
    }

    async fn settle(&self, settlements: Vec<Settlement>) -> Answer<Vec<Applied>> {
        self.before_write().await?;
        let answer = self.world.store.settle(settlements).await;
        self.after_write(answer).await
    }
}

#[async_trait]
impl Catalog for Shaky {
    async fn register(&self, webhook: NewWebhook) -> Answer<Registered> {
        self.world.store.register(webhook).await
    }

    async fn endpoint(&self, id: EndpointId) -> Answer<Option<Arc<Endpoint>>> {
        self.before_read().await?;
        self.world.store.endpoint(id).await
    }

    async fn resource(&self, key: &ResourceKey) -> Answer<Option<(AppUid, Resource)>> {
        self.world.store.resource(key).await
    }

    async fn admin_keys(&self) -> Answer<Vec<KeyHash>> {
        self.world.store.admin_keys().await
    }

    async fn add_first_admin_key(&self, key: KeyHash) -> Answer<bool> {
        self.world.store.add_first_admin_key(key).await
    }
}

#[async_trait]
impl History for Shaky {
    async fn calls(&self, app: &AppUid, before: Option<DeliveryId>, limit: usize) -> Answer<Page<PastCall>> {
        self.world.store.calls(app, before, limit).await
    }

    async fn messages(
        &self,
        app: &AppUid,
        fate: Option<Fate>,
        before: Option<MessageId>,
        limit: usize,
    ) -> Answer<Page<PastMessage>> {
        self.world.store.messages(app, fate, before, limit).await
    }

    async fn story(&self, id: MessageId) -> Answer<Option<Story>> {
        self.world.store.story(id).await
    }
}
