//! The routes of the article's system, and those beside them in the same style.

mod access;
mod candidates;
mod events;
mod executions;
mod history;
mod messages;
mod resources;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodRouter, get, post, put};

use crate::Api;

/// The routes, each with and without a slash at its end.
pub(crate) fn routes() -> Router<Arc<Api>> {
    let routes: [(&str, MethodRouter<Arc<Api>>); 7] = [
        ("/webhooks", post(webhooks::register)),
        ("/candidates", post(candidates::create)),
        ("/webhook_history/{companyId}", get(history::list)),
        ("/events", post(events::publish)),
        ("/resources/{type}/{id}", put(resources::put).get(resources::read).delete(resources::delete)),
        ("/executions", get(executions::list)),
        ("/executions/{id}", get(executions::read)),
    ];
    routes.into_iter().fold(Router::new(), |router, (path, methods)| {
        router.route(path, methods.clone()).route(&format!("{path}/"), methods)
    })
}
