//! Endpoints in memory, for the question before each attempt. What was acknowledged is never answered as it was
//! before: the writer puts each change in here after its commit and before its answer.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::endpoint::Endpoint;
use domain::id::EndpointId;
use lru::LruCache;

use crate::limits::CACHED_ENDPOINTS_MAX;

/// The endpoints that were asked for lately.
pub(super) struct Endpoints(Mutex<Cache>);

struct Cache {
    endpoints: LruCache<EndpointId, Arc<Endpoint>>,
    /// Rises with each change, so that what was read before it is not taken for what is there after it.
    version: Version,
}

/// A moment in the cache's life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Version(u64);

impl Endpoints {
    /// The endpoint if it is known; otherwise the moment from which on it may be read and then filled in.
    pub(super) fn find(&self, id: EndpointId) -> Result<Arc<Endpoint>, Version> {
        let mut cache = self.cache();
        cache.endpoints.get(&id).cloned().ok_or(cache.version)
    }

    /// Remembers an endpoint that was read since `version`, unless another change came between.
    pub(super) fn fill(&self, endpoint: &Arc<Endpoint>, version: Version) {
        let mut cache = self.cache();
        if cache.version == version {
            cache.endpoints.put(endpoint.id, endpoint.clone());
        }
    }

    /// Takes in what was committed.
    pub(super) fn update(&self, changed: Vec<Arc<Endpoint>>) {
        if changed.is_empty() {
            return;
        }
        let mut cache = self.cache();
        cache.version.0 += 1;
        for endpoint in changed {
            cache.endpoints.put(endpoint.id, endpoint);
        }
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Endpoints {
    fn default() -> Self {
        let most = NonZeroUsize::new(CACHED_ENDPOINTS_MAX).expect("the cache holds something");
        Self(Mutex::new(Cache { endpoints: LruCache::new(most), version: Version::default() }))
    }
}

#[cfg(test)]
mod tests {
    use domain::endpoint::{Destination, Subscription};
    use domain::id::AppId;
    use domain::secret::Secret;

    use super::*;

    fn endpoint(app: i64) -> Arc<Endpoint> {
        Arc::new(Endpoint {
            id: EndpointId::from_number(1),
            app: AppId::from_number(app),
            target: Destination::stored("https://example.com/"),
            subscription: Subscription::Endpoint(None),
            secret: Secret::from_bytes(b"secret"),
            disabled: None,
        })
    }

    #[test]
    fn what_was_read_before_a_change_does_not_hide_it() {
        let endpoints = Endpoints::default();
        let (old, new) = (endpoint(1), endpoint(2));
        let version = endpoints.find(old.id).unwrap_err();
        endpoints.update(vec![new.clone()]);
        endpoints.fill(&old, version);
        assert_eq!(endpoints.find(old.id), Ok(new));
    }

    #[test]
    fn what_was_read_is_known() {
        let endpoints = Endpoints::default();
        let found = endpoint(1);
        let version = endpoints.find(found.id).unwrap_err();
        endpoints.fill(&found, version);
        assert_eq!(endpoints.find(found.id), Ok(found));
    }
}
