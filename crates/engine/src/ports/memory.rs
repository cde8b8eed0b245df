//! The store in memory: the executable specification of the ports. Every other store is compared with it.
//!
//! It is as plain as can be: every move holds one lock, and every question looks at everything.

mod catalog;
mod deliveries;
mod history;
mod inbox;
mod keyring;
mod lists;
mod notices;
mod queue;
mod sending;
mod statistics;
mod tasks;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::app::{App, AppKey, AppKind, AppRef};
use domain::attempt::Attempt;
use domain::counts::{Counts, Place};
use domain::delivery::{Delivery, State};
use domain::endpoint::Endpoint;
use domain::event_type::EventType;
use domain::id::{AppId, DeliveryId, EndpointId, KeyId, MessageId, OrganizationId, TaskId};
use domain::key::Key;
use domain::message::{Fate, Message};
use domain::name::EventTypeName;
use domain::organization::Organization;
use domain::resource::{Resource, ResourceKey};
use domain::revision::Revision;
use domain::task::Task;
use domain::throttle::Pace;
use domain::time::Timestamp;

use super::inbox::IdempotencyKey;
use super::queue::WaitingLane;

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
    counts: BTreeMap<Place, Counts>,
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
            counts: BTreeMap::new(),
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
        self.app(key.organization, &AppRef::Uid(key.uid.clone()))
    }

    /// A customer's app that is not deleted.
    fn app(&self, organization: OrganizationId, named: &AppRef) -> Option<&App> {
        let is_it = |app: &&App| match named {
            AppRef::Id(id) => app.id == *id,
            AppRef::Uid(uid) => app.uid.as_ref() == Some(uid),
        };
        self.apps_of(organization, AppKind::Customer).find(is_it)
    }

    /// The apps of an organization that are not deleted.
    fn apps_of(&self, organization: OrganizationId, kind: AppKind) -> impl Iterator<Item = &App> {
        let is_one = move |app: &&App| {
            app.organization == organization && app.kind == kind && app.deleted_at.is_none()
        };
        self.apps.values().filter(is_one)
    }

    /// The app with this uid, which is made with the id `fresh` if there is none.
    fn find_or_make(&mut self, key: &AppKey, fresh: AppId) -> AppId {
        match self.app_by_key(key) {
            Some(app) => app.id,
            None => self.make(App::named(fresh, key)),
        }
    }

    fn make(&mut self, app: App) -> AppId {
        let id = app.id;
        self.apps.insert(id, App { revision: Revision::default().next(), ..app });
        id
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

    /// What waits for an endpoint, in the order in which it is claimed.
    fn waiting_for(&self, endpoint: EndpointId) -> Vec<(Timestamp, &Delivery)> {
        let due = |delivery: &Delivery| match delivery.state {
            State::Waiting { due } if delivery.id.endpoint == endpoint => Some(due),
            _ => None,
        };
        let waiting = self.deliveries.values().filter_map(|delivery| Some((due(delivery)?, delivery)));
        let mut waiting: Vec<_> = waiting.collect();
        waiting.sort_by_key(|(due, delivery)| (*due, delivery.id));
        waiting
    }

    /// The lane of an endpoint, if anything waits in it.
    fn lane(&self, endpoint: EndpointId) -> Option<WaitingLane> {
        let (first, _) = *self.waiting_for(endpoint).first()?;
        let found = self.endpoints.get(&endpoint)?;
        let due = first.max(found.held_until.unwrap_or_default());
        Some(WaitingLane { endpoint, app: found.app, due, pace: self.pace(endpoint) })
    }

    /// Lets an endpoint be called that was held up; answers whether it was.
    fn free(&mut self, endpoint: EndpointId) -> bool {
        self.endpoints.get_mut(&endpoint).and_then(|endpoint| endpoint.held_until.take()).is_some()
    }

    /// Makes a delivery wait that somebody asked for, and with it its lane, if that was held up.
    fn ask_for(&mut self, delivery: Delivery) {
        self.free(delivery.id.endpoint);
        if let Some(message) = self.messages.get_mut(&delivery.id.message) {
            Arc::make_mut(message).fate = Fate::Routed;
        }
        self.deliveries.insert(delivery.id, delivery);
    }
}
