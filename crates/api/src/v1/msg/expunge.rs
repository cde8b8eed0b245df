//! Payloads are forgotten because somebody asks for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use domain::limits::MESSAGES_EXPUNGED_MAX;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{PathMessage, TAG};
use crate::Api;
use crate::v1::Routes;
use crate::v1::access::{AppAdmin, PathApp};
use crate::v1::answer::{Answer, nothing, ok};
use crate::v1::body::Json;
use crate::v1::error::Error;
use crate::v1::items::AtMost;

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(expunge)).routes(routes!(expunge_many))
}

/// Forget a message's payload
///
/// What waits of it is not delivered any more.
#[utoipa::path(
    delete,
    path = "/app/{app_id}/msg/{msg_id}/content",
    operation_id = "v1.message.expunge-content",
    tag = TAG,
    params(PathApp, PathMessage),
    responses((status = 204, description = "It is gone"))
)]
async fn expunge(
    State(api): State<Arc<Api>>,
    caller: AppAdmin,
    PathMessage { msg_id }: PathMessage,
) -> Answer {
    if api.doors.expunge(caller.app.id, &msg_id).await? { nothing() } else { Err(Error::not_found()) }
}

/// Messages whose payloads are to be forgotten.
#[derive(Debug, Deserialize, ToSchema)]
struct BulkExpungeIn {
    /// Their ids, or `eventId`s.
    #[schema(value_type = Vec<String>, max_items = 250)]
    ids: AtMost<String, MESSAGES_EXPUNGED_MAX>,
}

/// What became of them.
#[derive(Debug, Serialize, ToSchema)]
struct BulkExpungeOut {
    /// By their ids.
    results: BTreeMap<String, Expunged>,
}

/// What became of one of them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Expunged {
    /// Its payload is gone.
    Expunged,
    /// The app has no such message.
    NotFound,
}

/// Forget the payloads of several messages
#[utoipa::path(
    post,
    path = "/app/{app_id}/msg/bulk-expunge",
    operation_id = "v1.message.bulk-expunge-content",
    tag = TAG,
    params(PathApp),
    request_body = BulkExpungeIn,
    responses((status = 200, description = "What became of each", body = BulkExpungeOut))
)]
async fn expunge_many(
    State(api): State<Arc<Api>>,
    caller: AppAdmin,
    Json(body): Json<BulkExpungeIn>,
) -> Answer {
    let mut results = BTreeMap::new();
    for id in body.ids.0 {
        let found = match id.parse() {
            Ok(name) => api.doors.expunge(caller.app.id, &name).await?,
            Err(_) => false,
        };
        results.insert(id, if found { Expunged::Expunged } else { Expunged::NotFound });
    }
    ok(&BulkExpungeOut { results })
}
