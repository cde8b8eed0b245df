//! Apps and their endpoints in the writer's memory, for routing and for settling. The writer is the only one who changes
//! them, so this is always what the open transaction would read; when something is undone, all of it is forgotten.

use std::sync::Arc;

use domain::app::{App, AppKey, AppKind};
use domain::endpoint::Endpoint;
use domain::id::{AppId, EndpointId};
use domain::throttle::Pace;
use rusqlite::Connection;

use super::lately::{Lately, Weigh};
use super::rows;
use crate::limits::CACHED_ROUTE_BYTES_MAX;

/// What was routed to and settled lately.
pub(super) struct Routes {
    /// Apps by the names that customers gave them.
    names: Lately<AppKey, AppId>,
    /// Apps with their endpoints.
    routes: Lately<AppId, Arc<Route>>,
    /// Endpoints one by one, also those that are deleted.
    endpoints: Lately<EndpointId, Arc<Endpoint>>,
    /// Apps whose routes have come in since that was asked.
    fresh: Vec<AppId>,
}

/// An app and its endpoints, in the order of their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// The app, which may be deleted.
    pub(super) app: App,
    /// Its endpoints without those that are deleted, which no message is for.
    pub(super) endpoints: Vec<Arc<Endpoint>>,
}

impl Default for Routes {
    fn default() -> Self {
        Self {
            names: Lately::up_to(CACHED_ROUTE_BYTES_MAX),
            routes: Lately::up_to(CACHED_ROUTE_BYTES_MAX),
            endpoints: Lately::up_to(CACHED_ROUTE_BYTES_MAX),
            fresh: Vec::new(),
        }
    }
}

impl Routes {
    /// The customer's app with this uid, if there is one.
    pub(super) fn named(
        &mut self,
        connection: &Connection,
        key: &AppKey,
    ) -> rusqlite::Result<Option<Arc<Route>>> {
        if let Some(id) = self.names.find(key)
            && let Some(route) = self.routes.find(&id)
        {
            return Ok(Some(route));
        }
        let Some(app) = rows::app::find_key(connection, key)? else { return Ok(None) };
        self.names.put(key.clone(), app.id);
        self.load(connection, app).map(Some)
    }

    /// The app with this id, if there is one; it may be deleted.
    pub(super) fn of(&mut self, connection: &Connection, id: AppId) -> rusqlite::Result<Option<Arc<Route>>> {
        if let Some(route) = self.routes.find(&id) {
            return Ok(Some(route));
        }
        match rows::app::find(connection, id)? {
            Some(app) => self.load(connection, app).map(Some),
            None => Ok(None),
        }
    }

    /// The endpoint with this id, also one that is deleted.
    pub(super) fn endpoint(
        &mut self,
        connection: &Connection,
        id: EndpointId,
    ) -> rusqlite::Result<Option<Arc<Endpoint>>> {
        if let Some(endpoint) = self.endpoints.find(&id) {
            return Ok(Some(endpoint));
        }
        let found = rows::endpoint::find(connection, id)?.map(Arc::new);
        if let Some(endpoint) = &found {
            self.endpoints.put(id, endpoint.clone());
        }
        Ok(found)
    }

    /// How an endpoint is to be called. Nothing but it and its app need be readable for that.
    pub(super) fn pace(&mut self, connection: &Connection, endpoint: &Endpoint) -> rusqlite::Result<Pace> {
        if let Some(route) = self.routes.find(&endpoint.app) {
            return Ok(route.pace(endpoint));
        }
        let app = rows::app::find(connection, endpoint.app)?;
        Ok(pace(endpoint, app.as_ref()))
    }

    /// Stores an app that is new, and has no endpoints.
    pub(super) fn make_app(&mut self, connection: &Connection, app: App) -> rusqlite::Result<Arc<Route>> {
        rows::app::put(connection, &app)?;
        Ok(self.take_in(Route { app, endpoints: Vec::new() }))
    }

    /// Stores an app in the place of what is stored of it, if anything is.
    pub(super) fn put_app(
        &mut self,
        connection: &Connection,
        stored: Option<&App>,
        app: App,
    ) -> rusqlite::Result<()> {
        rows::app::put(connection, &app)?;
        let names = [stored.and_then(key), key(&app)];
        names.into_iter().flatten().for_each(|name| _ = self.names.take(&name));
        if let Some(route) = self.routes.take(&app.id) {
            let endpoints = route.endpoints.clone();
            self.routes.put(app.id, Arc::new(Route { app, endpoints }));
        }
        Ok(())
    }

    /// Stores an endpoint, whether it was there or not.
    pub(super) fn put_endpoint(
        &mut self,
        connection: &Connection,
        endpoint: &Arc<Endpoint>,
    ) -> rusqlite::Result<()> {
        rows::endpoint::put(connection, endpoint)?;
        self.endpoints.put(endpoint.id, endpoint.clone());
        let Some(route) = self.routes.take(&endpoint.app) else { return Ok(()) };
        let mut route = Arc::unwrap_or_clone(route);
        match route.endpoints.binary_search_by_key(&endpoint.id, |known| known.id) {
            Ok(at) if endpoint.deleted_at.is_some() => _ = route.endpoints.remove(at),
            Ok(at) => route.endpoints[at] = endpoint.clone(),
            Err(_) if endpoint.deleted_at.is_some() => {}
            Err(at) => route.endpoints.insert(at, endpoint.clone()),
        }
        self.routes.put(endpoint.app, Arc::new(route));
        Ok(())
    }

    /// Routes that have come in since this was last asked, as they are now. Whoever delivers will ask for their parts.
    pub(super) fn take_fresh(&mut self) -> Vec<Arc<Route>> {
        std::mem::take(&mut self.fresh).iter().filter_map(|app| self.routes.find(app)).collect()
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.fresh.clear();
        self.names.clear();
        self.routes.clear();
        self.endpoints.clear();
    }

    fn load(&mut self, connection: &Connection, app: App) -> rusqlite::Result<Arc<Route>> {
        let endpoints = rows::endpoint::of_app(connection, app.id)?;
        Ok(self.take_in(Route { app, endpoints: endpoints.into_iter().map(Arc::new).collect() }))
    }

    fn take_in(&mut self, route: Route) -> Arc<Route> {
        let (id, route) = (route.app.id, Arc::new(route));
        self.routes.put(id, route.clone());
        self.fresh.push(id);
        route
    }
}

impl Route {
    /// Whether it is a customer's app that is there.
    pub(super) fn is_for_customers(&self) -> bool {
        self.app.kind == AppKind::Customer && self.app.deleted_at.is_none()
    }

    /// How one of its endpoints is to be called.
    pub(super) fn pace(&self, endpoint: &Endpoint) -> Pace {
        pace(endpoint, Some(&self.app))
    }

    /// The endpoint with this id.
    pub(super) fn endpoint(&self, id: EndpointId) -> Option<&Arc<Endpoint>> {
        let at = self.endpoints.binary_search_by_key(&id, |endpoint| endpoint.id);
        at.ok().map(|at| &self.endpoints[at])
    }
}

fn pace(endpoint: &Endpoint, app: Option<&App>) -> Pace {
    let app = app.and_then(|app| app.throttle);
    Pace { ordering: endpoint.ordering, endpoint: endpoint.throttle, app }
}

/// The name that a customer gave an app.
pub(super) fn key(app: &App) -> Option<AppKey> {
    app.uid.clone().map(|uid| AppKey { organization: app.organization, uid })
}

impl Weigh for Route {
    fn bytes(&self) -> usize {
        self.app.bytes() + self.endpoints.iter().map(Weigh::bytes).sum::<usize>()
    }
}

impl Weigh for AppId {
    fn bytes(&self) -> usize {
        size_of::<AppId>()
    }
}
