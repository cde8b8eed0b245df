//! What is set up.

use std::sync::Arc;

use async_trait::async_trait;
use domain::app::{App, AppRef};
use domain::endpoint::{Endpoint, EndpointRef};
use domain::event_type::EventType;
use domain::id::{AppId, EndpointId, OrganizationId};
use domain::limits::ENDPOINTS_PER_APP_MAX;
use domain::name::{AppUid, EventTypeName};
use domain::notice::Notice;
use domain::resource::{Resource, ResourceKey};

use super::super::catalog::{Archived, Callee, Catalog, NewWebhook, Put, Registered, Stored};
use super::super::fault::StoreError;
use super::super::page::{Page, Slice};
use super::MemoryStore;

#[async_trait]
impl Catalog for MemoryStore {
    async fn register(&self, webhook: NewWebhook) -> Result<Registered, StoreError> {
        let mut tables = self.tables();
        let known = tables.app_by_key(&webhook.app).map(|app| app.id);
        let endpoints = || known.into_iter().flat_map(|app| tables.endpoints_of(app));
        let same = endpoints().find(|endpoint| endpoint.is_webhook_for(&webhook.event_type)).cloned();
        match same {
            Some(same) if same.disabled.is_none() => return Ok(Registered::Exists),
            Some(same) => _ = tables.endpoints.insert(same.id, same.deleted(webhook.id.timestamp())),
            None if endpoints().count() >= ENDPOINTS_PER_APP_MAX => return Ok(Registered::TooMany),
            None => {}
        }
        let app = tables.find_or_make(&webhook.app, webhook.app_id);
        let NewWebhook {
            app: domain::app::AppKey { organization, .. }, id, target, event_type, secret, ..
        } = webhook;
        let name = (organization, event_type.clone());
        let declared = || EventType::named(organization, event_type.clone(), id.timestamp());
        tables.event_types.entry(name).or_insert_with(declared);
        tables.endpoints.insert(id, Endpoint::webhook(id, app, target, event_type, secret));
        Ok(Registered::Created)
    }

    async fn app(&self, _: OrganizationId, _: &AppRef) -> Result<Option<App>, StoreError> {
        todo!()
    }

    async fn apps(&self, _: OrganizationId, _: Slice<AppId>) -> Result<Page<App>, StoreError> {
        todo!()
    }

    async fn put_app(&self, _: App) -> Result<Put, StoreError> {
        todo!()
    }

    async fn operational_app(&self, _: OrganizationId, _: AppId) -> Result<App, StoreError> {
        todo!()
    }

    async fn callee(&self, id: EndpointId) -> Result<Option<Callee>, StoreError> {
        let tables = self.tables();
        let Some(endpoint) = tables.endpoints.get(&id).cloned().map(Arc::new) else { return Ok(None) };
        let app = tables.apps.get(&endpoint.app);
        let organization = app.and_then(|app| tables.organizations.get(&app.organization));
        let settings = organization.map(|organization| organization.settings).unwrap_or_default();
        Ok(Some(Callee { endpoint, header_names: settings.header_names }))
    }

    async fn endpoint(&self, id: EndpointId) -> Result<Option<Arc<Endpoint>>, StoreError> {
        Ok(self.tables().endpoints.get(&id).cloned().map(Arc::new))
    }

    async fn endpoint_of(&self, _: AppId, _: &EndpointRef) -> Result<Option<Endpoint>, StoreError> {
        todo!()
    }

    async fn endpoints(&self, _: AppId, _: Slice<EndpointId>) -> Result<Page<Endpoint>, StoreError> {
        todo!()
    }

    async fn put_endpoint(&self, _: Endpoint, _: Option<Notice>) -> Result<Stored, StoreError> {
        todo!()
    }

    async fn event_type(
        &self,
        _: OrganizationId,
        _: &EventTypeName,
    ) -> Result<Option<Arc<EventType>>, StoreError> {
        todo!()
    }

    async fn event_types(
        &self,
        _: OrganizationId,
        _: Archived,
        _: Slice<EventTypeName>,
    ) -> Result<Page<EventType>, StoreError> {
        todo!()
    }

    async fn put_event_type(&self, _: EventType) -> Result<Put, StoreError> {
        todo!()
    }

    async fn expunge_event_type(&self, _: OrganizationId, _: &EventTypeName) -> Result<bool, StoreError> {
        todo!()
    }

    async fn resource(
        &self,
        organization: OrganizationId,
        key: &ResourceKey,
    ) -> Result<Option<(AppUid, Resource)>, StoreError> {
        let tables = self.tables();
        let found = tables.resources.get(&(organization, key.clone())).cloned();
        let uid = |resource: &Resource| tables.apps.get(&resource.app).and_then(|app| app.uid.clone());
        Ok(found.and_then(|resource| Some((uid(&resource)?, resource))))
    }
}
