//! The store in memory: the executable specification of the ports. Every other store is compared with it.
//!
//! It is as plain as can be: every move holds one lock, and every question looks at everything.

mod catalog;
mod history;
mod inbox;
mod keyring;
mod queue;
mod tasks;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::app::{App, AppKey};
use domain::attempt::Attempt;
use domain::delivery::Delivery;
use domain::endpoint::Endpoint;
use domain::event_type::EventType;
use domain::id::{AppId, DeliveryId, EndpointId, KeyId, MessageId, OrganizationId, TaskId};
use domain::key::Key;
use domain::message::Message;
use domain::name::EventTypeName;
use domain::organization::Organization;
use domain::resource::{Resource, ResourceKey};
use domain::task::Task;
use domain::throttle::Pace;

use super::inbox::IdempotencyKey;

/// A store that forgets everything when it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Tables>);

#[derive(Clone, Debug)]
struct Tables {
    lease: i64,
    organizations: BTreeMap<OrganizationId, Organization>,
    keys: BTreeMap<KeyId, Key>,
    apps: BTreeMap<AppId, App>,
    event_types: BTreeMap<(OrganizationId, EventTypeName), EventType>,
    endpoints: BTreeMap<EndpointId, Endpoint>,
    resources: BTreeMap<(OrganizationId, ResourceKey), Resource>,
    messages: BTreeMap<MessageId, Arc<Message>>,
    deliveries: BTreeMap<DeliveryId, Delivery>,
    attempts: BTreeMap<(DeliveryId, u32), Attempt>,
    tasks: BTreeMap<TaskId, Task>,
    answers: HashMap<[u8; 16], (IdempotencyKey, keyring::Remembered)>,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            lease: 0,
            organizations: [(Organization::DEFAULT, Organization::default_one())].into(),
            keys: BTreeMap::new(),
            apps: BTreeMap::new(),
            event_types: BTreeMap::new(),
            endpoints: BTreeMap::new(),
            resources: BTreeMap::new(),
            messages: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            attempts: BTreeMap::new(),
            tasks: BTreeMap::new(),
            answers: HashMap::new(),
        }
    }
}

impl MemoryStore {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    /// The app with this uid.
    fn app_by_key(&self, key: &AppKey) -> Option<&App> {
        let is_it = |app: &&App| app.organization == key.organization && app.uid.as_ref() == Some(&key.uid);
        self.apps.values().find(is_it)
    }

    /// The app with this uid, which is made with the id `fresh` if there is none.
    fn find_or_make(&mut self, key: &AppKey, fresh: AppId) -> AppId {
        if let Some(app) = self.app_by_key(key) {
            return app.id;
        }
        self.apps.insert(fresh, App { revision: domain::revision::Revision(1), ..App::named(fresh, key) });
        fresh
    }

    /// The endpoints of an app that are not deleted.
    fn endpoints_of(&self, app: AppId) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.values().filter(move |endpoint| endpoint.app == app && endpoint.deleted_at.is_none())
    }

    /// How an endpoint is to be called.
    fn pace(&self, endpoint: EndpointId) -> Pace {
        let Some(endpoint) = self.endpoints.get(&endpoint) else { return Pace::default() };
        let app = self.apps.get(&endpoint.app).and_then(|app| app.throttle);
        Pace { ordering: endpoint.ordering, endpoint: endpoint.throttle, app }
    }
}
