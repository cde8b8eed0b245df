//! What is set up.

use std::sync::Arc;

use async_trait::async_trait;
use domain::app::{App, AppKey, AppKind, AppRef};
use domain::counts::Home;
use domain::endpoint::{Endpoint, EndpointRef};
use domain::event_type::EventType;
use domain::id::{AppId, EndpointId, OrganizationId};
use domain::limits::ENDPOINTS_PER_APP_MAX;
use domain::name::{AppUid, EventTypeName};
use domain::notice::Notice;
use domain::resource::{Resource, ResourceKey};
use domain::time::Timestamp;

use super::super::catalog::{Archived, Callee, Catalog, NewWebhook, Put, Registered, Stored};
use super::super::fault::StoreError;
use super::super::page::{Page, Slice};
use super::keyring::is_current;
use super::lists::{Row, by, walk};
use super::{MemoryStore, Tables};

#[async_trait]
impl Catalog for MemoryStore {
    async fn register(&self, webhook: NewWebhook) -> Result<Registered, StoreError> {
        let mut tables = self.tables();
        let known = tables.app_by_key(&webhook.app).map(|app| app.id);
        let endpoints = || known.into_iter().flat_map(|app| tables.endpoints_of(app));
        let same = endpoints().find(|endpoint| endpoint.is_webhook_for(&webhook.event_type)).cloned();
        match same {
            Some(same) if same.disabled.is_none() => return Ok(Registered::Exists),
            Some(same) => tables.delete_endpoint(same, webhook.id.timestamp()),
            None if endpoints().count() >= ENDPOINTS_PER_APP_MAX => return Ok(Registered::TooMany),
            None => {}
        }
        let app = tables.find_or_make(&webhook.app, webhook.app_id);
        let NewWebhook { app: AppKey { organization, .. }, id, target, event_type, secret, .. } = webhook;
        let name = (organization, event_type.clone());
        let declared = EventType::named(organization, event_type.clone(), id.timestamp());
        let revision = declared.revision.next();
        tables.event_types.entry(name).or_insert(EventType { revision, ..declared });
        tables.endpoints.insert(id, Endpoint::webhook(id, app, target, event_type, secret).put_over(None));
        Ok(Registered::Created)
    }

    async fn app(&self, organization: OrganizationId, app: &AppRef) -> Result<Option<App>, StoreError> {
        Ok(self.tables().app(organization, app).cloned())
    }

    async fn apps(&self, organization: OrganizationId, slice: Slice<AppId>) -> Result<Page<App>, StoreError> {
        let tables = self.tables();
        let apps = by(tables.apps_of(organization, AppKind::Customer), |app| app.id);
        Page::of_walk(walk(apps.iter(), &slice).map(|(_, app)| Row::Ok(App::clone(app))), &slice)
    }

    async fn put_app(&self, app: App) -> Result<Put, StoreError> {
        Ok(self.tables().put_app(app))
    }

    async fn home(&self, app: AppId) -> Result<Option<Home>, StoreError> {
        Ok(self.tables().apps.get(&app).map(Home::of))
    }

    async fn operational_app(&self, organization: OrganizationId, fresh: AppId) -> Result<App, StoreError> {
        let mut tables = self.tables();
        let known = tables.apps_of(organization, AppKind::Operational).next().map(|app| app.id);
        let id = known.unwrap_or_else(|| tables.make(App::operational(fresh, organization)));
        Ok(tables.app_of(id))
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

    async fn endpoint_of(&self, app: AppId, named: &EndpointRef) -> Result<Option<Endpoint>, StoreError> {
        let is_it = |endpoint: &&Endpoint| match named {
            EndpointRef::Id(id) => endpoint.id == *id,
            EndpointRef::Uid(uid) => endpoint.uid.as_ref() == Some(uid),
        };
        Ok(self.tables().endpoints_of(app).find(is_it).cloned())
    }

    async fn endpoints(&self, app: AppId, slice: Slice<EndpointId>) -> Result<Page<Endpoint>, StoreError> {
        let tables = self.tables();
        let endpoints = by(tables.endpoints_of(app), |endpoint| endpoint.id);
        let rows = walk(endpoints.iter(), &slice).map(|(_, endpoint)| Row::Ok(Endpoint::clone(endpoint)));
        Page::of_walk(rows, &slice)
    }

    async fn put_endpoint(&self, endpoint: Endpoint, notice: Option<Notice>) -> Result<Stored, StoreError> {
        let mut tables = self.tables();
        let stored = tables.endpoints.get(&endpoint.id).cloned();
        let put = tables.refusal(stored.as_ref(), &endpoint).unwrap_or(Put::Stored);
        if put != Put::Stored {
            return Ok(Stored { put, told: Vec::new() });
        }
        let kept = endpoint.put_over(stored.as_ref());
        tables.endpoints.insert(kept.id, kept.clone());
        // One that is deleted has given its uid back, but it is told of by it.
        let about = if kept.deleted_at.is_none() { kept } else { stored.unwrap_or(kept) };
        let told = notice.and_then(|notice| tables.tell(notice, &about)).into_iter().collect();
        Ok(Stored { put, told })
    }

    async fn event_type(
        &self,
        organization: OrganizationId,
        name: &EventTypeName,
    ) -> Result<Option<Arc<EventType>>, StoreError> {
        Ok(self.tables().event_types.get(&(organization, name.clone())).cloned().map(Arc::new))
    }

    async fn event_types(
        &self,
        organization: OrganizationId,
        archived: Archived,
        slice: Slice<EventTypeName>,
    ) -> Result<Page<EventType>, StoreError> {
        let tables = self.tables();
        let is_wanted = |event_type: &&EventType| {
            event_type.organization == organization
                && (archived == Archived::Included || !event_type.archived)
        };
        let names = by(tables.event_types.values().filter(is_wanted), |event_type| event_type.name.clone());
        let rows = walk(names.iter(), &slice).map(|(_, event_type)| Row::Ok(EventType::clone(event_type)));
        Page::of_walk(rows, &slice)
    }

    async fn put_event_type(&self, event_type: EventType) -> Result<Put, StoreError> {
        let mut tables = self.tables();
        let name = (event_type.organization, event_type.name.clone());
        let stored = tables.event_types.get(&name).map(|stored| stored.revision);
        if !is_current(stored, event_type.revision) {
            return Ok(Put::Stale);
        }
        let revision = event_type.revision.next();
        tables.event_types.insert(name, EventType { revision, ..event_type });
        Ok(Put::Stored)
    }

    async fn expunge_event_type(
        &self,
        organization: OrganizationId,
        name: &EventTypeName,
    ) -> Result<bool, StoreError> {
        Ok(self.tables().event_types.remove(&(organization, name.clone())).is_some())
    }

    async fn resource(
        &self,
        organization: OrganizationId,
        key: &ResourceKey,
    ) -> Result<Option<(AppUid, Resource)>, StoreError> {
        let tables = self.tables();
        let found = tables.resource(&(organization, key.clone())).cloned();
        let uid = |resource: &Resource| tables.apps.get(&resource.app).and_then(|app| app.uid.clone());
        Ok(found.and_then(|resource| Some((uid(&resource)?, resource))))
    }
}

impl Tables {
    fn put_app(&mut self, app: App) -> Put {
        let stored = self.apps.get(&app.id);
        if stored.is_some_and(|stored| stored.deleted_at.is_some())
            || !is_current(stored.map(|stored| stored.revision), app.revision)
        {
            return Put::Stale;
        }
        let is_rival = |other: &App| {
            other.id != app.id && other.organization == app.organization && other.uid == app.uid
        };
        if app.uid.is_some() && self.apps.values().any(is_rival) {
            return Put::Taken;
        }
        if let Some(at) = app.deleted_at {
            let endpoints: Vec<Endpoint> = self.endpoints_of(app.id).cloned().collect();
            endpoints.into_iter().for_each(|endpoint| self.delete_endpoint(endpoint, at));
        }
        self.apps.insert(app.id, App { revision: app.revision.next(), ..app });
        Put::Stored
    }

    fn delete_endpoint(&mut self, endpoint: Endpoint, at: Timestamp) {
        let stored = endpoint.clone();
        self.endpoints.insert(endpoint.id, endpoint.deleted(at).put_over(Some(&stored)));
    }

    /// Why an endpoint cannot be put in the place of what is stored.
    fn refusal(&self, stored: Option<&Endpoint>, endpoint: &Endpoint) -> Option<Put> {
        let app = self.apps.get(&endpoint.app).filter(|app| app.deleted_at.is_none());
        let is_gone = stored.is_some_and(|stored| stored.deleted_at.is_some()) || app.is_none();
        if is_gone || !is_current(stored.map(|stored| stored.revision), endpoint.revision) {
            return Some(Put::Stale);
        }
        if endpoint.deleted_at.is_some() {
            return None;
        }
        let others = || self.endpoints_of(endpoint.app).filter(|other| other.id != endpoint.id);
        if others().any(|other| other.is_rival_of(endpoint)) {
            return Some(Put::Taken);
        }
        (stored.is_none() && others().count() >= ENDPOINTS_PER_APP_MAX).then_some(Put::TooMany)
    }
}
