//! The catalog: endpoints, resources and keys.

use std::sync::Arc;

use async_trait::async_trait;
use domain::endpoint::{Destination, Endpoint, Subscription};
use domain::id::EndpointId;
use domain::limits::ENDPOINTS_PER_APP_MAX;
use domain::name::AppUid;
use domain::resource::{Resource, ResourceKey};
use engine::ports::catalog::{Catalog, KeyHash, NewWebhook, Registered};
use engine::ports::fault::StoreError;
use rusqlite::Connection;

use super::SqliteStore;
use super::rows;
use super::writer::{Done, Work};

#[async_trait]
impl Catalog for SqliteStore {
    async fn register(&self, webhook: NewWebhook) -> Result<Registered, StoreError> {
        self.writer.carry_out(|work| register(work, webhook).map(Done::Keep)).await
    }

    async fn endpoint(&self, id: EndpointId) -> Result<Option<Arc<Endpoint>>, StoreError> {
        let version = match self.endpoints.find(id) {
            Ok(endpoint) => return Ok(Some(endpoint)),
            Err(version) => version,
        };
        let found = self.lookups.read(move |connection| rows::endpoint::find(connection, id)).await?;
        let found = found.map(Arc::new);
        if let Some(endpoint) = &found {
            self.endpoints.fill(endpoint, version);
        }
        Ok(found)
    }

    async fn resource(&self, key: &ResourceKey) -> Result<Option<(AppUid, Resource)>, StoreError> {
        let key = key.clone();
        self.readers.read(move |connection| resource(connection, &key)).await
    }

    async fn admin_keys(&self) -> Result<Vec<KeyHash>, StoreError> {
        self.readers.read(rows::admin_key::all).await
    }

    async fn add_first_admin_key(&self, key: KeyHash) -> Result<bool, StoreError> {
        self.writer
            .carry_out(move |work| rows::admin_key::insert_first(work.connection, key).map(Done::Keep))
            .await
    }
}

/// All refusals come before the first write.
fn register(work: &mut Work<'_>, webhook: NewWebhook) -> rusqlite::Result<Registered> {
    let NewWebhook { app: uid, app_id, id, target, event_type, secret } = webhook;
    let subscription = Subscription::Webhook(event_type);
    if let Some(known) = work.routes.find(work.connection, &uid)? {
        match known.endpoints.iter().find(|endpoint| endpoint.subscription == subscription) {
            Some(same) if same.disabled.is_none() => return Ok(Registered::Exists),
            Some(same) => replace(work, &uid, same.clone().replaced())?,
            None if known.endpoints.len() >= ENDPOINTS_PER_APP_MAX => return Ok(Registered::TooMany),
            None => {}
        }
    }
    let app = work.routes.find_or_make(work.connection, &uid, app_id)?.app;
    let target = Destination::Readable(target);
    let endpoint = Endpoint { id, app, target, subscription, secret, disabled: None };
    rows::endpoint::insert(work.connection, &endpoint)?;
    work.routes.put_endpoint(&uid, &endpoint);
    work.changed.push(Arc::new(endpoint));
    Ok(Registered::Created)
}

fn replace(work: &mut Work<'_>, uid: &AppUid, replaced: Endpoint) -> rusqlite::Result<()> {
    rows::endpoint::subscribe(work.connection, &replaced)?;
    work.routes.put_endpoint(uid, &replaced);
    work.changed.push(Arc::new(replaced));
    Ok(())
}

fn resource(connection: &Connection, key: &ResourceKey) -> rusqlite::Result<Option<(AppUid, Resource)>> {
    let Some(resource) = rows::resource::find(connection, key)? else { return Ok(None) };
    Ok(Some((rows::app::uid(connection, resource.app)?, resource)))
}
