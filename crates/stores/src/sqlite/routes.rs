//! Apps and their endpoints in the writer's memory, for routing. The writer is the only one who changes them, so
//! this is always what the open transaction would read; when something is undone, all of it is forgotten.

use std::sync::Arc;

use domain::endpoint::Endpoint;
use domain::id::AppId;
use domain::name::AppUid;
use lru::LruCache;
use rusqlite::Connection;

use super::rows;
use crate::limits::CACHED_ROUTES_MAX;

/// The apps that were routed to lately.
pub(super) struct Routes {
    apps: LruCache<AppUid, Arc<Route>>,
    /// The weights of all apps in it.
    weight: usize,
}

/// An app and its endpoints, in the order of their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// The app.
    pub(super) app: AppId,
    /// Its endpoints without those that were replaced, which no message is for.
    pub(super) endpoints: Vec<Endpoint>,
}

impl Default for Routes {
    fn default() -> Self {
        Self { apps: LruCache::unbounded(), weight: 0 }
    }
}

impl Routes {
    /// The app with this uid, if there is one.
    pub(super) fn find(
        &mut self,
        connection: &Connection,
        uid: &AppUid,
    ) -> rusqlite::Result<Option<Arc<Route>>> {
        if let Some(route) = self.apps.get(uid) {
            return Ok(Some(route.clone()));
        }
        let Some(app) = rows::app::find(connection, uid)? else { return Ok(None) };
        let mut endpoints = rows::endpoint::of_app(connection, app)?;
        endpoints.retain(|endpoint| !endpoint.is_replaced());
        Ok(Some(self.put(uid.clone(), Route { app, endpoints })))
    }

    /// The app with this uid, which is made with the id `fresh` if there is none.
    pub(super) fn find_or_make(
        &mut self,
        connection: &Connection,
        uid: &AppUid,
        fresh: AppId,
    ) -> rusqlite::Result<Arc<Route>> {
        if let Some(route) = self.find(connection, uid)? {
            return Ok(route);
        }
        rows::app::insert(connection, fresh, uid)?;
        Ok(self.put(uid.clone(), Route { app: fresh, endpoints: Vec::new() }))
    }

    /// Adds an endpoint to its app, or puts it in the place of what it was before.
    pub(super) fn put_endpoint(&mut self, uid: &AppUid, endpoint: &Endpoint) {
        let Some(route) = self.take(uid) else { return };
        let mut route = Arc::unwrap_or_clone(route);
        match route.endpoints.binary_search_by_key(&endpoint.id, |known| known.id) {
            Ok(at) if endpoint.is_replaced() => _ = route.endpoints.remove(at),
            Ok(at) => route.endpoints[at] = endpoint.clone(),
            Err(at) => route.endpoints.insert(at, endpoint.clone()),
        }
        self.put(uid.clone(), route);
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn put(&mut self, uid: AppUid, route: Route) -> Arc<Route> {
        let route = Arc::new(route);
        self.weight += route.weight();
        self.apps.put(uid, route.clone());
        // The app that was just put is the last to go, and stays even where it is too heavy alone.
        while self.weight > CACHED_ROUTES_MAX && self.apps.len() > 1 {
            let oldest = self.apps.pop_lru();
            self.weight -= oldest.map_or(0, |(_, route)| route.weight());
        }
        route
    }

    fn take(&mut self, uid: &AppUid) -> Option<Arc<Route>> {
        let route = self.apps.pop(uid)?;
        self.weight -= route.weight();
        Some(route)
    }
}

impl Route {
    fn weight(&self) -> usize {
        1 + self.endpoints.len()
    }
}
