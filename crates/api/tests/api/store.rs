//! The store in memory, which can be made to fail.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::app::{App, AppKey, AppRef};
use domain::counts::{Counts, Grain, Home};
use domain::delivery::{Delivery, Lease};
use domain::endpoint::{Endpoint, EndpointRef};
use domain::event_type::EventType;
use domain::execution::Story;
use domain::id::{AppId, AttemptId, DeliveryId, EndpointId, KeyId, MessageId, OrganizationId, TaskId};
use domain::key::{Key, KeyHash};
use domain::message::{Fate, Message, MessageRef};
use domain::name::{AppUid, EventTypeName};
use domain::notice::Notice;
use domain::organization::Organization;
use domain::resource::{Resource, ResourceKey};
use domain::task::Task;
use domain::time::Timestamp;
use engine::ports::catalog::{Archived, Callee, Catalog, NewWebhook, Put, Registered, Stored};
use engine::ports::fault::StoreError;
use engine::ports::history::{
    AttemptFilter, AttemptsOf, DeliveriesOf, DeliveryFilter, DeliveryStatus, History, MessageFilter,
    PastAttempt, PastCall, PastDelivery, PastMessage, Stats,
};
use engine::ports::inbox::{
    Acceptance, Accepted, Cancellation, Cancelled, IdempotencyKey, Inbox, Refused, Sending, Sent,
};
use engine::ports::keyring::{Answer, Answered, Keyring};
use engine::ports::memory::MemoryStore;
use engine::ports::page::{Filtered, Page, Slice};
use engine::ports::queue::{
    Claim, Claimed, Life, Queue, Redelivered, Redelivery, Settlement, Settlements, WaitingLane,
};
use engine::ports::statistics::{Backlog, CountsOf, EndpointHealth, Statistics};
use engine::ports::tasks::{Advance, Advanced, Tasks};

/// What is wrong with the store.
#[derive(Clone)]
pub(crate) enum Fault {
    Error(StoreError),
    Panic,
}

#[derive(Default)]
pub(crate) struct FaultyStore {
    memory: MemoryStore,
    /// What is wrong, and with which move; with every move if none is named.
    fault: Mutex<Option<(Option<&'static str>, Fault)>>,
}

impl FaultyStore {
    pub(crate) fn fail(&self, fault: Fault) {
        *self.fault.lock().unwrap() = Some((None, fault));
    }

    /// Fails at one move alone.
    pub(crate) fn fail_at(&self, name: &'static str, fault: Fault) {
        *self.fault.lock().unwrap() = Some((Some(name), fault));
    }

    pub(crate) fn heal(&self) {
        *self.fault.lock().unwrap() = None;
    }

    /// Everything that is stored, as text.
    pub(crate) fn dump(&self) -> String {
        format!("{:?}", self.memory)
    }

    fn check(&self, name: &str) -> Result<&MemoryStore, StoreError> {
        let fault = self.fault.lock().unwrap().clone();
        match fault.filter(|(failing, _)| failing.is_none_or(|failing| failing == name)) {
            None => Ok(&self.memory),
            Some((_, Fault::Error(error))) => Err(error),
            Some((_, Fault::Panic)) => panic!("the store has a defect (a test wants it so)"),
        }
    }
}

/// Passes the moves of a port on, unless the store fails. As with a store on disk, an answer takes its time.
macro_rules! forward {
    ($port:ident { $(fn $name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)* }) => {
        #[async_trait]
        impl $port for FaultyStore {
            $(async fn $name(&self, $($argument: $kind),*) -> Result<$answer, StoreError> {
                let answer = self.check(stringify!($name))?.$name($($argument),*).await;
                tokio::task::yield_now().await;
                answer
            })*
        }
    };
}

forward!(Inbox {
    fn accept(acceptance: Acceptance) -> Result<Vec<Accepted>, Refused>;
    fn send(sending: Sending) -> Sent;
    fn cancel(cancellation: Cancellation) -> Option<Cancelled>;
    fn expunge(app: AppId, message: &MessageRef, at: Timestamp) -> bool;
    fn expunge_expired(now: Timestamp, limit: usize) -> usize;
});

forward!(Queue {
    fn open() -> Life;
    fn take_over(living: Lease, limit: usize) -> usize;
    fn waiting_lanes(after: Option<EndpointId>, limit: usize) -> Vec<WaitingLane>;
    fn claim(claim: Claim) -> Claimed;
    fn settle(settlements: Arc<[Settlement]>) -> Settlements;
    fn redeliver(redelivery: Redelivery) -> Redelivered;
});

forward!(Catalog {
    fn register(webhook: NewWebhook) -> Registered;
    fn app(organization: OrganizationId, app: &AppRef) -> Option<App>;
    fn apps(organization: OrganizationId, slice: Slice<AppId>) -> Page<App>;
    fn put_app(app: App) -> Put;
    fn home(app: AppId) -> Option<Home>;
    fn operational_app(organization: OrganizationId, fresh: AppId) -> App;
    fn callee(id: EndpointId) -> Option<Callee>;
    fn endpoint(id: EndpointId) -> Option<Arc<Endpoint>>;
    fn endpoint_of(app: AppId, endpoint: &EndpointRef) -> Option<Endpoint>;
    fn endpoints(app: AppId, slice: Slice<EndpointId>) -> Page<Endpoint>;
    fn put_endpoint(endpoint: Endpoint, notice: Option<Notice>) -> Stored;
    fn event_type(organization: OrganizationId, name: &EventTypeName) -> Option<Arc<EventType>>;
    fn event_types(organization: OrganizationId, archived: Archived, slice: Slice<EventTypeName>) -> Page<EventType>;
    fn put_event_type(event_type: EventType) -> Put;
    fn expunge_event_type(organization: OrganizationId, name: &EventTypeName) -> bool;
    fn resource(organization: OrganizationId, key: &ResourceKey) -> Option<(AppUid, Resource)>;
});

forward!(Keyring {
    fn organization(id: OrganizationId) -> Option<Organization>;
    fn organization_of(external: &str, fresh: OrganizationId) -> Organization;
    fn put_organization(organization: Organization) -> Put;
    fn key(hash: KeyHash) -> Option<Key>;
    fn key_named(organization: OrganizationId, id: KeyId) -> Option<Key>;
    fn keys(organization: OrganizationId, slice: Slice<KeyId>) -> Page<Key>;
    fn put_key(key: Key) -> Put;
    fn put_first_admin_key(key: Key) -> bool;
    fn forget_app_keys(before: Timestamp, limit: usize) -> usize;
    fn answer(key: &IdempotencyKey) -> Option<Answered>;
    fn remember(key: IdempotencyKey, answer: Answer) -> ();
    fn forget_answers(since: Timestamp, limit: usize) -> usize;
});

forward!(Tasks {
    fn begin_task(task: Task) -> Put;
    fn task(organization: OrganizationId, id: TaskId) -> Option<Task>;
    fn tasks(organization: OrganizationId, slice: Slice<TaskId>) -> Page<Task>;
    fn tasks_of_app(app: AppId, slice: Slice<TaskId>) -> Page<Task>;
    fn running_tasks(limit: usize) -> Vec<Task>;
    fn advance_task(advance: Advance) -> Option<Advanced>;
});

forward!(History {
    fn calls(app: &AppKey, before: Option<DeliveryId>, limit: usize) -> Page<PastCall>;
    fn executions(app: &AppKey, fate: Option<Fate>, before: Option<MessageId>, limit: usize) -> Page<PastMessage>;
    fn story(organization: OrganizationId, id: MessageId) -> Option<Story>;
    fn message(app: AppId, message: &MessageRef) -> Option<Message>;
    fn messages(app: AppId, filter: MessageFilter, slice: Slice<MessageId>) -> Filtered<Message, MessageId>;
    fn messages_of_endpoint(
        endpoint: EndpointId,
        filter: MessageFilter,
        status: Option<DeliveryStatus>,
        slice: Slice<MessageId>
    ) -> Filtered<(Message, Delivery), MessageId>;
    fn endpoints_of_message(message: MessageId, slice: Slice<EndpointId>) -> Page<(Endpoint, Delivery)>;
    fn deliveries(of: DeliveriesOf, filter: DeliveryFilter, slice: Slice<DeliveryId>) -> Filtered<PastDelivery, DeliveryId>;
    fn attempts(of: AttemptsOf, filter: AttemptFilter, slice: Slice<AttemptId>) -> Filtered<PastAttempt, AttemptId>;
    fn attempt(message: MessageId, id: AttemptId) -> Option<PastAttempt>;
    fn expunge_attempt(message: MessageId, id: AttemptId) -> bool;
    fn stats(endpoint: EndpointId, since: Timestamp, until: Timestamp) -> Stats;
});

forward!(Statistics {
    fn counts(of: CountsOf, grain: Grain, since: Timestamp, until: Timestamp) -> Vec<(Timestamp, Counts)>;
    fn backlog(of: CountsOf) -> Backlog;
    fn health(of: CountsOf, since: Timestamp, limit: usize) -> (Timestamp, Vec<EndpointHealth>);
    fn forget_minutes(before: Timestamp, limit: usize) -> usize;
});
