//! Answers that are JSON, which is all of them.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;

/// An answer with a JSON body, which nobody may keep: it tells of tenants' data and of secrets.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let mut written = Vec::with_capacity(JSON_BYTES);
    serde_json::to_writer(&mut written, body).expect("wire types have text keys and no failing parts");
    verbatim(status, written)
}

/// What is set aside for an answer: as much as most of them have.
const JSON_BYTES: usize = 2048;

/// An answer with this JSON as its body.
pub(crate) fn verbatim(status: StatusCode, json: impl Into<Body>) -> Response {
    let mut response = Response::new(json.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// `{"message":…,"data":…}`: the article's answer to what was done.
#[derive(Serialize)]
pub(crate) struct Done<T> {
    pub(crate) message: &'static str,
    pub(crate) data: T,
}

/// `{"data":…}`: the answer to a question; with `iterator` when more rows follow on the next page.
#[derive(Serialize)]
pub(crate) struct Found<T> {
    pub(crate) data: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) iterator: Option<String>,
}

/// 200 with what was done.
pub(crate) fn done(message: &'static str, data: impl Serialize) -> Response {
    json(StatusCode::OK, &Done { message, data })
}

/// 200 with what was found.
pub(crate) fn found(data: impl Serialize) -> Response {
    json(StatusCode::OK, &Found { data, iterator: None })
}
