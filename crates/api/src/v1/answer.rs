//! Answers of the full API.

use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use serde::Serialize;

use super::error::Error;
use crate::answer::json;

/// What a handler gives.
pub(super) type Answer = Result<Response, Error>;

/// 200 with what was found or changed.
pub(super) fn ok(body: &impl Serialize) -> Answer {
    Ok(json(StatusCode::OK, body))
}

/// 201 with what was made.
pub(super) fn created(body: &impl Serialize) -> Answer {
    Ok(json(StatusCode::CREATED, body))
}

/// 204: done, and there is nothing to say.
pub(super) fn nothing() -> Answer {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
