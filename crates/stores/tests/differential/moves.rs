//! Every method of the ports as data, and every answer as data.

use std::sync::Arc;

use domain::app::{App, AppKey, AppRef};
use domain::birth::Crowded;
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
use engine::ports::catalog::{Archived, NewWebhook, Put, Registered, Stored};
use engine::ports::fault::StoreError;
use engine::ports::history::{
    AttemptFilter, AttemptsOf, DeliveriesOf, DeliveryFilter, DeliveryStatus, MessageFilter, PastAttempt,
    PastCall, PastDelivery, PastMessage, Stats,
};
use engine::ports::inbox::{
    Acceptance, Accepted, Cancellation, Cancelled, IdempotencyKey, Refused, Sending, Sent,
};
use engine::ports::keyring::{Answer as Remembered, Answered};
use engine::ports::page::{Filtered, Page, Slice};
use engine::ports::queue::{
    Claim, Claimed, Life, Redelivered, Redelivery, Settlement, Settlements, WaitingLane,
};
use engine::ports::statistics::{Backlog, CountsOf, EndpointHealth};
use engine::ports::store::Store;
use engine::ports::tasks::{Advance, Advanced};

/// `Name(argument: its type, …) -> what the method answers: the method and how it is called;`
macro_rules! moves {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty: $method:ident($($call:expr),*);)*) => {
        #[derive(Clone, Debug)]
        pub(crate) enum Move {
            $($name($($type),*),)*
            /// Close the file and open it again.
            Reopen,
        }

        #[derive(Debug, PartialEq)]
        pub(crate) enum Answer {
            $($name(Box<Result<$answer, StoreError>>),)*
            Nothing,
        }

        impl Move {
            pub(crate) async fn carry_out(self, store: &dyn Store) -> Answer {
                match self {
                    $(Move::$name($($argument),*) => Answer::$name(Box::new(store.$method($($call),*).await)),)*
                    Move::Reopen => Answer::Nothing,
                }
            }
        }
    };
}

moves! {
    Accept(acceptance: Acceptance) -> Result<Vec<Accepted>, Refused>: accept(acceptance);
    Send(sending: Sending) -> Sent: send(sending);
    Cancel(cancellation: Cancellation) -> Option<Cancelled>: cancel(cancellation);
    Expunge(app: AppId, message: MessageRef, at: Timestamp) -> bool: expunge(app, &message, at);
    ExpungeExpired(now: Timestamp, limit: usize) -> usize: expunge_expired(now, limit);

    Open() -> Life: open();
    TakeOver(living: Lease, limit: usize) -> usize: take_over(living, limit);
    Lanes(after: Option<EndpointId>, limit: usize) -> Vec<WaitingLane>: waiting_lanes(after, limit);
    Claim(claim: Claim) -> Claimed: claim(claim);
    Settle(settlements: Arc<[Settlement]>) -> Settlements: settle(settlements);
    Redeliver(redelivery: Redelivery) -> Redelivered: redeliver(redelivery);

    Register(webhook: NewWebhook) -> Registered: register(webhook);
    App(organization: OrganizationId, app: AppRef) -> Option<App>: app(organization, &app);
    Apps(organization: OrganizationId, slice: Slice<AppId>) -> Page<App>: apps(organization, slice);
    PutApp(app: App) -> Put: put_app(app);
    Home(app: AppId) -> Option<Home>: home(app);
    OperationalApp(organization: OrganizationId, fresh: AppId) -> App: operational_app(organization, fresh);
    Endpoint(id: EndpointId) -> Option<Arc<Endpoint>>: endpoint(id);
    EndpointOf(app: AppId, named: EndpointRef) -> Option<Endpoint>: endpoint_of(app, &named);
    Endpoints(app: AppId, slice: Slice<EndpointId>) -> Page<Endpoint>: endpoints(app, slice);
    PutEndpoint(endpoint: Box<Endpoint>, notice: Option<Notice>) -> Stored: put_endpoint(*endpoint, notice);
    EventType(organization: OrganizationId, name: EventTypeName) -> Option<Arc<EventType>>:
        event_type(organization, &name);
    EventTypes(organization: OrganizationId, archived: Archived, slice: Slice<EventTypeName>) -> Page<EventType>:
        event_types(organization, archived, slice);
    PutEventType(event_type: EventType) -> Put: put_event_type(event_type);
    ExpungeEventType(organization: OrganizationId, name: EventTypeName) -> bool:
        expunge_event_type(organization, &name);
    Resource(organization: OrganizationId, key: ResourceKey) -> Option<(AppUid, Resource)>:
        resource(organization, &key);

    Organization(id: OrganizationId) -> Option<Organization>: organization(id);
    OrganizationOf(external: &'static str, fresh: OrganizationId) -> Organization:
        organization_of(external, fresh);
    PutOrganization(organization: Organization) -> Put: put_organization(organization);
    Key(hash: KeyHash) -> Option<Key>: key(hash);
    KeyNamed(organization: OrganizationId, id: KeyId) -> Option<Key>: key_named(organization, id);
    Keys(organization: OrganizationId, slice: Slice<KeyId>) -> Page<Key>: keys(organization, slice);
    PutKey(key: Key) -> Put: put_key(key);
    PutFirstKey(key: Key) -> bool: put_first_admin_key(key);
    ForgetAppKeys(before: Timestamp, limit: usize) -> usize: forget_app_keys(before, limit);
    Recall(key: IdempotencyKey) -> Option<Answered>: answer(&key);
    Remember(key: IdempotencyKey, answer: Remembered) -> (): remember(key, answer);
    ForgetAnswers(since: Timestamp, limit: usize) -> usize: forget_answers(since, limit);

    BeginTask(task: Task) -> Put: begin_task(task);
    Task(organization: OrganizationId, id: TaskId) -> Option<Task>: task(organization, id);
    Tasks(organization: OrganizationId, slice: Slice<TaskId>) -> Page<Task>: tasks(organization, slice);
    TasksOfApp(app: AppId, slice: Slice<TaskId>) -> Page<Task>: tasks_of_app(app, slice);
    RunningTasks(limit: usize) -> Vec<Task>: running_tasks(limit);
    AdvanceTask(advance: Advance) -> Option<Advanced>: advance_task(advance);

    Calls(app: AppKey, before: Option<DeliveryId>, limit: usize) -> Page<PastCall>: calls(&app, before, limit);
    Executions(app: AppKey, fate: Option<Fate>, before: Option<MessageId>, limit: usize) -> Page<PastMessage>:
        executions(&app, fate, before, limit);
    Story(organization: OrganizationId, id: MessageId) -> Option<Story>: story(organization, id);
    Message(app: AppId, message: MessageRef) -> Option<Message>: message(app, &message);
    Messages(app: AppId, filter: MessageFilter, slice: Slice<MessageId>) -> Filtered<Message, MessageId>:
        messages(app, filter, slice);
    MessagesOfEndpoint(
        endpoint: EndpointId, filter: MessageFilter, status: Option<DeliveryStatus>, slice: Slice<MessageId>
    ) -> Filtered<(Message, Delivery), MessageId>: messages_of_endpoint(endpoint, filter, status, slice);
    EndpointsOfMessage(message: MessageId, slice: Slice<EndpointId>) -> Page<(Endpoint, Delivery)>:
        endpoints_of_message(message, slice);
    Deliveries(of: DeliveriesOf, filter: DeliveryFilter, slice: Slice<DeliveryId>)
        -> Filtered<PastDelivery, DeliveryId>: deliveries(of, filter, slice);
    Attempts(of: AttemptsOf, filter: AttemptFilter, slice: Slice<AttemptId>) -> Filtered<PastAttempt, AttemptId>:
        attempts(of, filter, slice);
    Attempt(message: MessageId, id: AttemptId) -> Option<PastAttempt>: attempt(message, id);
    ExpungeAttempt(message: MessageId, id: AttemptId) -> bool: expunge_attempt(message, id);
    Stats(endpoint: EndpointId, since: Timestamp, until: Timestamp) -> Stats: stats(endpoint, since, until);

    Counts(of: CountsOf, grain: Grain, since: Timestamp, until: Timestamp) -> Vec<(Timestamp, Counts)>:
        counts(of, grain, since, until);
    Backlog(of: CountsOf) -> Backlog: backlog(of);
    Health(of: CountsOf, since: Timestamp, limit: usize) -> (Timestamp, Vec<EndpointHealth>):
        health(of, since, limit);
    ForgetMinutes(before: Timestamp, limit: usize) -> usize: forget_minutes(before, limit);
}

/// Lanes whose fresh deliveries wait.
pub(crate) fn crowded(endpoints: &[EndpointId]) -> Arc<Crowded> {
    let crowded = Arc::<Crowded>::default();
    endpoints.iter().for_each(|endpoint| crowded.set(*endpoint, true));
    crowded
}
