//! The store in memory, which can be made to fail.

use std::sync::{Arc, Mutex};

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
use engine::ports::memory::MemoryStore;
use engine::ports::queue::{Applied, Claim, Claimed, Life, Queue, Settlement, WaitingLane};

/// What is wrong with the store.
#[derive(Clone)]
pub(crate) enum Fault {
    Error(StoreError),
    Panic,
}

#[derive(Default)]
pub(crate) struct FaultyStore {
    memory: MemoryStore,
    fault: Mutex<Option<Fault>>,
}

impl FaultyStore {
    pub(crate) fn fail(&self, fault: Fault) {
        *self.fault.lock().unwrap() = Some(fault);
    }

    pub(crate) fn heal(&self) {
        *self.fault.lock().unwrap() = None;
    }

    /// Everything that is stored, as text.
    pub(crate) fn dump(&self) -> String {
        format!("{:?}", self.memory)
    }

    fn check(&self) -> Result<&MemoryStore, StoreError> {
        let fault = self.fault.lock().unwrap().clone();
        match fault {
            None => Ok(&self.memory),
            Some(Fault::Error(error)) => Err(error),
            Some(Fault::Panic) => panic!("the store has a defect (a test wants it so)"),
        }
    }
}

type Answer<T> = Result<T, StoreError>;

#[async_trait]
impl Inbox for FaultyStore {
    async fn accept(&self, acceptance: Acceptance) -> Answer<Result<Vec<Accepted>, Refused>> {
        let accepted = self.check()?.accept(acceptance).await;
        // As with a store on disk, the answer takes its time.
        tokio::task::yield_now().await;
        accepted
    }
}

#[async_trait]
impl Queue for FaultyStore {
    async fn open(&self) -> Answer<Life> {
        self.check()?.open().await
    }

    async fn take_over(&self, living: Lease, now: Timestamp, limit: usize) -> Answer<usize> {
        self.check()?.take_over(living, now, limit).await
    }

    async fn waiting_lanes(&self, after: Option<EndpointId>, limit: usize) -> Answer<Vec<WaitingLane>> {
        self.check()?.waiting_lanes(after, limit).await
    }

    async fn claim(&self, claim: Claim) -> Answer<Claimed> {
        self.check()?.claim(claim).await
    }

    async fn settle(&self, settlements: Vec<Settlement>) -> Answer<Vec<Applied>> {
        self.check()?.settle(settlements).await
    }
}

#[async_trait]
impl Catalog for FaultyStore {
    async fn register(&self, webhook: NewWebhook) -> Answer<Registered> {
        self.check()?.register(webhook).await
    }

    async fn endpoint(&self, id: EndpointId) -> Answer<Option<Arc<Endpoint>>> {
        self.check()?.endpoint(id).await
    }

    async fn resource(&self, key: &ResourceKey) -> Answer<Option<(AppUid, Resource)>> {
        self.check()?.resource(key).await
    }

    async fn admin_keys(&self) -> Answer<Vec<KeyHash>> {
        self.check()?.admin_keys().await
    }

    async fn add_first_admin_key(&self, key: KeyHash) -> Answer<bool> {
        self.check()?.add_first_admin_key(key).await
    }
}

#[async_trait]
impl History for FaultyStore {
    async fn calls(&self, app: &AppUid, before: Option<DeliveryId>, limit: usize) -> Answer<Page<PastCall>> {
        self.check()?.calls(app, before, limit).await
    }

    async fn messages(
        &self,
        app: &AppUid,
        fate: Option<Fate>,
        before: Option<MessageId>,
        limit: usize,
    ) -> Answer<Page<PastMessage>> {
        self.check()?.messages(app, fate, before, limit).await
    }

    async fn story(&self, id: MessageId) -> Answer<Option<Story>> {
        self.check()?.story(id).await
    }
}
