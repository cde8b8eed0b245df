//! The catalog: apps, endpoints, event types and resources.

mod put;

use std::sync::Arc;

use async_trait::async_trait;
use domain::app::{App, AppKey, AppKind, AppRef};
use domain::counts::Home;
use domain::endpoint::{Endpoint, EndpointRef};
use domain::event_type::EventType;
use domain::id::{AppId, EndpointId, OrganizationId};
use domain::name::{AppUid, EventTypeName};
use domain::notice::Notice;
use domain::resource::{Resource, ResourceKey};
use engine::ports::catalog::{Archived, Callee, Catalog, NewWebhook, Put, Registered, Stored};
use engine::ports::fault::StoreError;
use engine::ports::keyring::Keyring as _;
use engine::ports::page::{Page, Slice};
use rusqlite::Connection;

use super::SqliteStore;
use super::pages::Span;
use super::rows;
use super::writer::Done;

#[async_trait]
impl Catalog for SqliteStore {
    async fn register(&self, webhook: NewWebhook) -> Result<Registered, StoreError> {
        self.writer.carry_out(move |work| put::register(work, webhook.clone()).map(Done::Keep)).await
    }

    async fn app(&self, organization: OrganizationId, app: &AppRef) -> Result<Option<App>, StoreError> {
        let app = app.clone();
        self.readers.read(move |connection| self::app(connection, organization, app)).await
    }

    async fn apps(&self, organization: OrganizationId, slice: Slice<AppId>) -> Result<Page<App>, StoreError> {
        let span = Span::numbers(&slice, AppId::number);
        let page = move |connection: &Connection| {
            rows::app::of_organization(connection, organization, &span, |rows| Page::of_walk(rows, &slice))
        };
        self.readers.read(page).await
    }

    async fn put_app(&self, app: App) -> Result<Put, StoreError> {
        self.writer.carry_out(move |work| put::app(work, app.clone()).map(Done::Keep)).await
    }

    async fn home(&self, app: AppId) -> Result<Option<Home>, StoreError> {
        let version = match self.known.homes.find(&app) {
            Ok(home) => return Ok(Some(home)),
            Err(version) => version,
        };
        let found = self.lookups.read(move |connection| rows::app::find(connection, app)).await?;
        let home = found.as_ref().map(Home::of);
        home.iter().for_each(|home| self.known.homes.fill(app, home, version));
        Ok(home)
    }

    async fn operational_app(&self, organization: OrganizationId, fresh: AppId) -> Result<App, StoreError> {
        let find = move |connection: &Connection| rows::app::find_operational(connection, organization);
        if let Some(found) = self.readers.read(find).await? {
            return Ok(found);
        }
        self.writer
            .carry_out(move |work| put::operational_app(work, organization, fresh).map(Done::Keep))
            .await
    }

    async fn callee(&self, id: EndpointId) -> Result<Option<Callee>, StoreError> {
        let Some(endpoint) = self.endpoint(id).await? else { return Ok(None) };
        let organization = self.organization_of_app(endpoint.app).await?;
        let settings = match self.known.organizations.find(&organization) {
            Ok(organization) => organization.settings,
            Err(_) => self.organization(organization).await?.map(|found| found.settings).unwrap_or_default(),
        };
        Ok(Some(Callee { endpoint, header_names: settings.header_names }))
    }

    async fn endpoint(&self, id: EndpointId) -> Result<Option<Arc<Endpoint>>, StoreError> {
        let version = match self.known.endpoints.find(&id) {
            Ok(endpoint) => return Ok(Some(endpoint)),
            Err(version) => version,
        };
        let found = self.lookups.read(move |connection| rows::endpoint::find(connection, id)).await?;
        let found = found.map(Arc::new);
        if let Some(endpoint) = &found {
            self.known.endpoints.fill(id, endpoint, version);
        }
        Ok(found)
    }

    async fn endpoint_of(&self, app: AppId, named: &EndpointRef) -> Result<Option<Endpoint>, StoreError> {
        let named = named.clone();
        let find = move |connection: &Connection| match &named {
            EndpointRef::Id(id) => rows::endpoint::find(connection, *id),
            EndpointRef::Uid(uid) => rows::endpoint::find_uid(connection, app, uid),
        };
        let found = self.readers.read(find).await?;
        Ok(found.filter(|endpoint| endpoint.app == app && endpoint.deleted_at.is_none()))
    }

    async fn endpoints(&self, app: AppId, slice: Slice<EndpointId>) -> Result<Page<Endpoint>, StoreError> {
        let span = Span::numbers(&slice, EndpointId::number);
        let page = move |connection: &Connection| {
            rows::endpoint::page_of_app(connection, app, &span, |rows| Page::of_walk(rows, &slice))
        };
        self.readers.read(page).await
    }

    async fn put_endpoint(&self, endpoint: Endpoint, notice: Option<Notice>) -> Result<Stored, StoreError> {
        self.writer
            .carry_out(move |work| put::endpoint(work, endpoint.clone(), notice.clone()).map(Done::Keep))
            .await
    }

    async fn event_type(
        &self,
        organization: OrganizationId,
        name: &EventTypeName,
    ) -> Result<Option<Arc<EventType>>, StoreError> {
        let key = (organization, name.clone());
        let version = match self.known.event_types.find(&key) {
            Ok(event_type) => return Ok(event_type),
            Err(version) => version,
        };
        let name = name.clone();
        let find = move |connection: &Connection| rows::event_type::find(connection, organization, &name);
        let found = self.lookups.read(find).await?.map(Arc::new);
        self.known.event_types.fill(key, &found, version);
        Ok(found)
    }

    async fn event_types(
        &self,
        organization: OrganizationId,
        archived: Archived,
        slice: Slice<EventTypeName>,
    ) -> Result<Page<EventType>, StoreError> {
        let span = Span::texts(&slice, EventTypeName::as_str);
        let page = move |connection: &Connection| {
            let of_walk = |rows: &mut rows::Rows<'_, EventType>| Page::of_walk(rows, &slice);
            rows::event_type::of_organization(connection, organization, archived, &span, of_walk)
        };
        self.readers.read(page).await
    }

    async fn put_event_type(&self, event_type: EventType) -> Result<Put, StoreError> {
        self.writer.carry_out(move |work| put::event_type(work, event_type.clone()).map(Done::Keep)).await
    }

    async fn expunge_event_type(
        &self,
        organization: OrganizationId,
        name: &EventTypeName,
    ) -> Result<bool, StoreError> {
        let name = name.clone();
        self.writer.carry_out(move |work| put::no_event_type(work, organization, &name).map(Done::Keep)).await
    }

    async fn resource(
        &self,
        organization: OrganizationId,
        key: &ResourceKey,
    ) -> Result<Option<(AppUid, Resource)>, StoreError> {
        let key = key.clone();
        self.readers.read(move |connection| resource(connection, organization, &key)).await
    }
}

impl SqliteStore {
    /// The organization of an app that is there.
    async fn organization_of_app(&self, app: AppId) -> Result<OrganizationId, StoreError> {
        let home = self.home(app).await?;
        let home = home.ok_or_else(|| StoreError::Damaged(format!("the app {app} is missing")))?;
        Ok(home.organization)
    }
}

/// A customer's app that is there.
fn app(
    connection: &Connection,
    organization: OrganizationId,
    named: AppRef,
) -> rusqlite::Result<Option<App>> {
    let found = match named {
        AppRef::Id(id) => rows::app::find(connection, id)?,
        AppRef::Uid(uid) => rows::app::find_key(connection, &AppKey { organization, uid })?,
    };
    let is_it = |app: &App| {
        app.organization == organization && app.kind == AppKind::Customer && app.deleted_at.is_none()
    };
    Ok(found.filter(is_it))
}

fn resource(
    connection: &Connection,
    organization: OrganizationId,
    key: &ResourceKey,
) -> rusqlite::Result<Option<(AppUid, Resource)>> {
    let Some(resource) = rows::resource::find(connection, organization, key)? else { return Ok(None) };
    let app = rows::app::find(connection, resource.app)?.filter(|app| app.deleted_at.is_none());
    Ok(app.and_then(|app| app.uid).map(|uid| (uid, resource)))
}
