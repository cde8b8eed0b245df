//! The routes of the article's system, and those beside them in the same style.

mod candidates;
mod history;
mod messages;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodRouter, get, post};

use crate::Api;

/// The routes, each with and without a slash at its end.
pub(crate) fn routes() -> Router<Arc<Api>> {
    let routes: [(&str, MethodRouter<Arc<Api>>); 3] = [
        ("/webhooks", post(webhooks::register)),
        ("/candidates", post(candidates::create)),
        ("/webhook_history/{companyId}", get(history::list)),
    ];
    routes.into_iter().fold(Router::new(), |router, (path, methods)| {
        router.route(path, methods.clone()).route(&format!("{path}/"), methods)
    })
}
