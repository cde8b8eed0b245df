//! The store as a catalog: apps, endpoints, event types and resources.

use std::sync::Arc;

use async_trait::async_trait;
use domain::app::{App, AppKey, AppRef};
use domain::counts::Home;
use domain::endpoint::{Endpoint, EndpointRef};
use domain::event_type::EventType;
use domain::id::{AppId, EndpointId, OrganizationId};
use domain::name::{AppUid, EventTypeName};
use domain::notice::Notice;
use domain::resource::{Resource, ResourceKey};
use domain::secret::Secret;
use domain::sign::HeaderNames;
use domain::target::Target;

use super::fault::StoreError;
use super::inbox::AcceptedMessage;
use super::page::{Page, Slice};

/// Keeps what the platform and its customers have set up.
///
/// A record is changed by reading it, deciding, and putting it: the put counts only if nobody else has changed it
/// meanwhile. Deleted records are in no list, are not found, except by [`Catalog::callee`] and [`Catalog::endpoint`], and
/// cannot be changed any more ([`Put::Stale`]). Whatever a move changes of a record raises its revision, except for what
/// holds an endpoint up. What is stored first has the revision 1.
#[async_trait]
pub trait Catalog: Send + Sync {
    /// Registers a webhook. An app is made when its uid is first used, and the event type is declared if it is not. A
    /// webhook of the app for the same event type that is disabled is replaced: it is deleted, and stays for the history
    /// of its calls.
    async fn register(&self, webhook: NewWebhook) -> Result<Registered, StoreError>;

    /// A customer's app as it is now. The operational one is not found.
    async fn app(&self, organization: OrganizationId, app: &AppRef) -> Result<Option<App>, StoreError>;

    /// The apps of an organization, by their id. The operational one is not among them.
    async fn apps(&self, organization: OrganizationId, slice: Slice<AppId>) -> Result<Page<App>, StoreError>;

    /// Stores an app, if its revision is the one that is stored (or 0, and there is none with its id). With an app that is
    /// deleted, its endpoints are, and its resources are there no more; what waits for them ends in its own lane.
    async fn put_app(&self, app: App) -> Result<Put, StoreError>;

    /// Where an app belongs, also one that is deleted. Asked for each change that somebody watches, so it must be cheap.
    async fn home(&self, app: AppId) -> Result<Option<Home>, StoreError>;

    /// The app of an organization's operational webhooks, which is made with the id `fresh` if there is none.
    async fn operational_app(&self, organization: OrganizationId, fresh: AppId) -> Result<App, StoreError>;

    /// An endpoint as it is now, also one that is deleted, and how its calls are signed. Asked before each attempt, so it
    /// must be cheap.
    async fn callee(&self, id: EndpointId) -> Result<Option<Callee>, StoreError>;

    /// An endpoint as it is now, also one that is deleted.
    async fn endpoint(&self, id: EndpointId) -> Result<Option<Arc<Endpoint>>, StoreError>;

    /// An endpoint of an app.
    async fn endpoint_of(&self, app: AppId, endpoint: &EndpointRef) -> Result<Option<Endpoint>, StoreError>;

    /// The endpoints of an app, by their id.
    async fn endpoints(&self, app: AppId, slice: Slice<EndpointId>) -> Result<Page<Endpoint>, StoreError>;

    /// Stores an endpoint ([`Endpoint::put_over`]), if its revision is the one that is stored (or 0, and there is none with
    /// its id) and its app is there, and tells the organization ([`Notice::tell`]) by the uid that it has, or had before
    /// it was deleted. [`Put::Taken`] if it cannot be there beside another one of the app ([`Endpoint::is_rival_of`]),
    /// [`Put::TooMany`] if it is new and the app has as many as it may have.
    ///
    /// What holds an endpoint up is not put: when it is disabled no more, or is called in order no more, it is held up no
    /// more. Retries that wait for it keep their times.
    async fn put_endpoint(&self, endpoint: Endpoint, notice: Option<Notice>) -> Result<Stored, StoreError>;

    /// An event type, also one that is archived.
    async fn event_type(
        &self,
        organization: OrganizationId,
        name: &EventTypeName,
    ) -> Result<Option<Arc<EventType>>, StoreError>;

    /// The event types of an organization, by their name; those that are archived only if they are asked for.
    async fn event_types(
        &self,
        organization: OrganizationId,
        archived: Archived,
        slice: Slice<EventTypeName>,
    ) -> Result<Page<EventType>, StoreError>;

    /// Stores an event type, if its revision is the one that is stored (or 0, and there is none with its name, archived
    /// or not).
    async fn put_event_type(&self, event_type: EventType) -> Result<Put, StoreError>;

    /// Takes an event type away as if it had never been there; answers whether it was.
    async fn expunge_event_type(
        &self,
        organization: OrganizationId,
        name: &EventTypeName,
    ) -> Result<bool, StoreError>;

    /// A resource as it is now, with the uid of its app. Those of apps that are deleted, or have no uid any more, are not
    /// found.
    async fn resource(
        &self,
        organization: OrganizationId,
        key: &ResourceKey,
    ) -> Result<Option<(AppUid, Resource)>, StoreError>;
}

/// Whom an attempt calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callee {
    /// The endpoint.
    pub endpoint: Arc<Endpoint>,
    /// Under which names its organization wants the signatures sent.
    pub header_names: HeaderNames,
}

/// Whether archived event types are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archived {
    /// With the others.
    Included,
    /// No.
    Left,
}

/// What became of a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is stored, and its revision is one higher.
    Stored,
    /// Somebody else has changed it meanwhile: read it and decide again.
    Stale,
    /// What must be unique (a uid, a name, a hash) belongs to another one.
    Taken,
    /// There are as many as there may be.
    TooMany,
}

/// What became of an endpoint's put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Whether it is stored.
    pub put: Put,
    /// The message that the notice became; its deliveries wait.
    pub told: Vec<AcceptedMessage>,
}

/// A webhook to be registered as in the article.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// Whose webhook.
    pub app: AppKey,
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
