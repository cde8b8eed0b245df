//! The ports of the store, each method with the troubles that it has.

use std::sync::Arc;

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
use engine::ports::history::{
    AttemptFilter, AttemptsOf, DeliveriesOf, DeliveryFilter, DeliveryStatus, History, MessageFilter,
    PastAttempt, PastCall, PastDelivery, PastMessage, Stats,
};
use engine::ports::inbox::{
    Acceptance, Accepted, Cancellation, Cancelled, IdempotencyKey, Inbox, Refused, Sending, Sent,
};
use engine::ports::keyring::{Answer as Reply, Answered, Keyring};
use engine::ports::page::{Filtered, Page, Slice};
use engine::ports::queue::{
    Claim, Claimed, Life, Queue, Redelivered, Redelivery, Settlement, Settlements, WaitingLane,
};
use engine::ports::statistics::{Backlog, CountsOf, EndpointHealth, Statistics};
use engine::ports::tasks::{Advance, Advanced, Tasks};

use super::store::{Answer, Shaky};

/// Implements a port: each method is a `read`, a `write` or `calm`.
macro_rules! port {
    ($port:ident: $($kind:ident $name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        #[async_trait]
        impl $port for Shaky {
            $(async fn $name(&self, $($arg: $type),*) -> Answer<$answer> {
                self.$kind(self.world.store.$name($($arg),*)).await
            })*
        }
    };
}

port! { Inbox:
    accepting accept(acceptance: Acceptance) -> Result<Vec<Accepted>, Refused>;
    sending send(sending: Sending) -> Sent;
    write cancel(cancellation: Cancellation) -> Option<Cancelled>;
    write expunge(app: AppId, message: &MessageRef, at: Timestamp) -> bool;
    write expunge_expired(now: Timestamp, limit: usize) -> usize;
}

port! { Queue:
    calm open() -> Life;
    write take_over(living: Lease, limit: usize) -> usize;
    read waiting_lanes(after: Option<EndpointId>, limit: usize) -> Vec<WaitingLane>;
    write claim(claim: Claim) -> Claimed;
    write settle(settlements: Arc<[Settlement]>) -> Settlements;
    write redeliver(redelivery: Redelivery) -> Redelivered;
}

port! { Catalog:
    calm register(webhook: NewWebhook) -> Registered;
    read app(organization: OrganizationId, app: &AppRef) -> Option<App>;
    read apps(organization: OrganizationId, slice: Slice<AppId>) -> Page<App>;
    write put_app(app: App) -> Put;
    read home(app: AppId) -> Option<Home>;
    write operational_app(organization: OrganizationId, fresh: AppId) -> App;
    looking_up callee(id: EndpointId) -> Option<Callee>;
    read endpoint(id: EndpointId) -> Option<Arc<Endpoint>>;
    read endpoint_of(app: AppId, endpoint: &EndpointRef) -> Option<Endpoint>;
    read endpoints(app: AppId, slice: Slice<EndpointId>) -> Page<Endpoint>;
    write put_endpoint(endpoint: Endpoint, notice: Option<Notice>) -> Stored;
    read event_type(organization: OrganizationId, name: &EventTypeName) -> Option<Arc<EventType>>;
    read event_types(organization: OrganizationId, archived: Archived, slice: Slice<EventTypeName>) -> Page<EventType>;
    write put_event_type(event_type: EventType) -> Put;
    write expunge_event_type(organization: OrganizationId, name: &EventTypeName) -> bool;
    read resource(organization: OrganizationId, key: &ResourceKey) -> Option<(AppUid, Resource)>;
}

port! { Keyring:
    read organization(id: OrganizationId) -> Option<Organization>;
    write organization_of(external: &str, fresh: OrganizationId) -> Organization;
    write put_organization(organization: Organization) -> Put;
    read key(hash: KeyHash) -> Option<Key>;
    read key_named(organization: OrganizationId, id: KeyId) -> Option<Key>;
    read keys(organization: OrganizationId, slice: Slice<KeyId>) -> Page<Key>;
    write put_key(key: Key) -> Put;
    write put_first_admin_key(key: Key) -> bool;
    write forget_app_keys(before: Timestamp, limit: usize) -> usize;
    read answer(key: &IdempotencyKey) -> Option<Answered>;
    write remember(key: IdempotencyKey, answer: Reply) -> ();
    write forget_answers(since: Timestamp, limit: usize) -> usize;
}

port! { Tasks:
    write begin_task(task: Task) -> Put;
    read task(organization: OrganizationId, id: TaskId) -> Option<Task>;
    read tasks(organization: OrganizationId, slice: Slice<TaskId>) -> Page<Task>;
    read tasks_of_app(app: AppId, slice: Slice<TaskId>) -> Page<Task>;
    read running_tasks(limit: usize) -> Vec<Task>;
    write advance_task(advance: Advance) -> Option<Advanced>;
}

port! { History:
    read calls(app: &AppKey, before: Option<DeliveryId>, limit: usize) -> Page<PastCall>;
    read executions(app: &AppKey, fate: Option<Fate>, before: Option<MessageId>, limit: usize) -> Page<PastMessage>;
    read story(organization: OrganizationId, id: MessageId) -> Option<Story>;
    read message(app: AppId, message: &MessageRef) -> Option<Message>;
    read messages(app: AppId, filter: MessageFilter, slice: Slice<MessageId>) -> Filtered<Message, MessageId>;
    read messages_of_endpoint(endpoint: EndpointId, filter: MessageFilter, status: Option<DeliveryStatus>, slice: Slice<MessageId>) -> Filtered<(Message, Delivery), MessageId>;
    read endpoints_of_message(message: MessageId, slice: Slice<EndpointId>) -> Page<(Endpoint, Delivery)>;
    read deliveries(of: DeliveriesOf, filter: DeliveryFilter, slice: Slice<DeliveryId>) -> Filtered<PastDelivery, DeliveryId>;
    read attempts(of: AttemptsOf, filter: AttemptFilter, slice: Slice<AttemptId>) -> Filtered<PastAttempt, AttemptId>;
    read attempt(message: MessageId, id: AttemptId) -> Option<PastAttempt>;
    write expunge_attempt(message: MessageId, id: AttemptId) -> bool;
    read stats(endpoint: EndpointId, since: Timestamp, until: Timestamp) -> Stats;
}

port! { Statistics:
    read counts(of: CountsOf, grain: Grain, since: Timestamp, until: Timestamp) -> Vec<(Timestamp, Counts)>;
    read backlog(of: CountsOf) -> Backlog;
    read health(of: CountsOf, since: Timestamp, limit: usize) -> (Timestamp, Vec<EndpointHealth>);
    write forget_minutes(before: Timestamp, limit: usize) -> usize;
}
