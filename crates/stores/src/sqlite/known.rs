//! What readers are asked for again and again, in memory: endpoints before each attempt, keys with each request, event
//! types with each message. What was acknowledged is never answered as it was before: the writer puts each change in
//! here after its commit and before its answer. So it does with what it had to read for itself: whom a message is for is
//! asked for next.

use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::counts::Home;
use domain::endpoint::Endpoint;
use domain::event_type::EventType;
use domain::id::{AppId, EndpointId, OrganizationId};
use domain::key::{Key, KeyHash};
use domain::name::EventTypeName;
use domain::organization::Organization;

use super::lately::{Lately, Weigh};
use super::routes::Route;
use crate::limits::{CACHED_ENDPOINT_BYTES_MAX, CACHED_EVENT_TYPE_BYTES_MAX, CACHED_KEY_BYTES_MAX};

/// All of it.
pub(super) struct Known {
    /// Endpoints by their id.
    pub(super) endpoints: Cache<EndpointId, Arc<Endpoint>>,
    /// Where apps belong, which never changes.
    pub(super) homes: Cache<AppId, Home>,
    /// Keys by their hash.
    pub(super) keys: Cache<KeyHash, Arc<Key>>,
    /// Organizations by their id.
    pub(super) organizations: Cache<OrganizationId, Arc<Organization>>,
    /// Event types by their name; `None` for one that is not declared, which is asked for as often.
    pub(super) event_types: Cache<(OrganizationId, EventTypeName), Option<Arc<EventType>>>,
}

/// What a move has changed.
#[derive(Clone, Debug)]
pub(super) enum Changed {
    /// It was read, and is stored so.
    Route(Arc<Route>),
    /// It is stored so.
    Endpoint(Arc<Endpoint>),
    /// It is stored so.
    Key(Arc<Key>),
    /// No key has this hash any more.
    KeyGone(KeyHash),
    /// It is stored so.
    Organization(Arc<Organization>),
    /// It is stored so, or not at all.
    EventType(OrganizationId, EventTypeName, Option<Arc<EventType>>),
}

impl Default for Known {
    fn default() -> Self {
        Self {
            endpoints: Cache::up_to(CACHED_ENDPOINT_BYTES_MAX),
            homes: Cache::up_to(CACHED_KEY_BYTES_MAX),
            keys: Cache::up_to(CACHED_KEY_BYTES_MAX),
            organizations: Cache::up_to(CACHED_KEY_BYTES_MAX),
            event_types: Cache::up_to(CACHED_EVENT_TYPE_BYTES_MAX),
        }
    }
}

impl Known {
    /// Takes in what was committed.
    pub(super) fn update(&self, changed: Vec<Changed>) {
        for change in changed {
            match change {
                Changed::Route(route) => {
                    self.homes.change(route.app.id, Some(Home::of(&route.app)));
                    for endpoint in &route.endpoints {
                        self.endpoints.change(endpoint.id, Some(endpoint.clone()));
                    }
                }
                Changed::Endpoint(endpoint) => self.endpoints.change(endpoint.id, Some(endpoint)),
                Changed::Key(key) => self.keys.change(key.hash, Some(key)),
                Changed::KeyGone(hash) => self.keys.change(hash, None),
                Changed::Organization(organization) => {
                    self.organizations.change(organization.id, Some(organization));
                }
                Changed::EventType(organization, name, event_type) => {
                    self.event_types.change((organization, name), Some(event_type));
                }
            }
        }
    }
}

/// Values of one kind.
pub(super) struct Cache<K: Hash + Eq, V>(Mutex<Values<K, V>>);

struct Values<K: Hash + Eq, V> {
    lately: Lately<K, V>,
    /// Rises with each change, so that what was read before it is not taken for what is there after it.
    version: Version,
}

/// A moment in the cache's life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Version(u64);

impl<K: Hash + Eq, V: Clone + Weigh> Cache<K, V> {
    fn up_to(bytes_max: usize) -> Self {
        Self(Mutex::new(Values { lately: Lately::up_to(bytes_max), version: Version::default() }))
    }

    /// The value if it is known; otherwise the moment from which on it may be read and then filled in.
    pub(super) fn find(&self, key: &K) -> Result<V, Version> {
        let mut values = self.values();
        values.lately.find(key).ok_or(values.version)
    }

    /// Remembers a value that was read since `version`, unless another change came between.
    pub(super) fn fill(&self, key: K, value: &V, version: Version) {
        let mut values = self.values();
        if values.version == version {
            values.lately.put(key, value.clone());
        }
    }

    fn change(&self, key: K, value: Option<V>) {
        let mut values = self.values();
        values.version.0 += 1;
        match value {
            Some(value) => values.lately.put(key, value),
            None => _ = values.lately.take(&key),
        }
    }

    fn values(&self) -> MutexGuard<'_, Values<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "known_tests.rs"]
mod tests;
