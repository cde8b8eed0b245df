//! `/api/v1/live`: what happens to deliveries, as it happens, as server-sent events
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>). (Ours; the Svix contract has no such thing.)
//!
//! A stream reads from the engine's feed when its client takes something, and waits otherwise: whatever a client does, it
//! holds up nobody. It ends when the server stops, and when its key opens nothing any more.

mod frame;
mod places;
mod stream;

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use engine::live::Cursor;
use utoipa_axum::routes;

use super::Routes;
use super::access::{AppQuery, ScopedReader};
use super::answer::Answer;
use super::error::Error;
use crate::Api;
use crate::access::Identity;
use crate::error::Refusal;

use self::frame::DeliveryChange;
use self::stream::Stream;

pub(crate) use self::places::Places;

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(live))
}

/// The header in which a client says up to where it was told.
const LAST_EVENT_ID: &str = "last-event-id";

/// Watch what happens to deliveries
///
/// A stream of events. `delivery` tells how a delivery is now, as described. `lost` tells that changes were left out:
/// since the client was away for too long, or is too slow, or because there were too many; it reads again what it shows.
/// `id` is a place in the stream, which a client that comes again sends in `Last-Event-ID`. After ten seconds without
/// anything comes a comment. Whoever begins reads what it shows after the stream has begun.
#[utoipa::path(
    get,
    path = "/live",
    operation_id = "v1.live.get",
    tag = "Live",
    params(AppQuery, ("Last-Event-ID" = Option<String>, Header, description = "The last `id` that was told")),
    responses((
        status = 200,
        description = "Events; the data of each `delivery` is this",
        body = DeliveryChange,
        content_type = "text/event-stream"
    ))
)]
async fn live(
    State(api): State<Arc<Api>>,
    reader: ScopedReader,
    Extension(identity): Extension<Identity>,
    headers: HeaderMap,
) -> Answer {
    let since = headers.get(LAST_EVENT_ID).map(|id| {
        let cursor = id.to_str().ok().and_then(|id| id.parse().ok());
        cursor.unwrap_or(Cursor::NOWHERE)
    });
    let crowded = || Error::from(Refusal::unavailable_for_now("As many watch as may watch at once."));
    let place = api.live.take(identity.caller).ok_or_else(crowded)?;
    let watcher = api.doors.worker.live().watch(since).ok_or_else(Refusal::stopping)?;
    let stream = Stream::new(api, reader, identity, headers, watcher, place);
    let mut response = Response::new(Body::from_stream(stream.frames()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Some proxies gather what comes, unless they are told otherwise.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}
