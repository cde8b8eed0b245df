//! The one error of the API, and its one shape: `{"message":"…","errors":["…"]}`. `message` names the kind
//! and is the same for all errors of a kind; each of `errors` is a sentence about this request.
//!
//! The only other shape is the article's for `POST /webhooks`: see `seed/webhooks.rs`.

use axum::http::header::{CONNECTION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::ports::fault::StoreError;
use engine::ports::inbox::Refused;
use serde::Serialize;

use crate::answer;

/// Why a request was not done.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) message: &'static str,
    pub(crate) errors: Vec<String>,
    /// When the client may come again.
    retry_after: Option<&'static str>,
    /// Whether the connection cannot be used any more, because the rest of the request is still in it, or
    /// should not be, because we are stopping.
    closes: bool,
}

#[derive(Serialize)]
struct Shape<'a> {
    message: &'a str,
    errors: &'a [String],
}

impl Refusal {
    /// Of this kind.
    pub(crate) fn new(status: StatusCode, message: &'static str, errors: Vec<String>) -> Self {
        Self { status, message, errors, retry_after: None, closes: false }
    }

    /// 400: the body is not JSON.
    pub(crate) fn invalid_json(why: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Invalid JSON", vec![why])
    }

    /// 422: fields are missing or wrong; `errors` has one sentence for each.
    pub(crate) fn invalid(errors: Vec<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Validation errors", errors)
    }

    /// 401: no key, or not one of ours. It does not say which.
    pub(crate) fn unauthorized() -> Self {
        let why = "The header Authorization must be there once, with \"Bearer \" and a key.";
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", vec![why.to_owned()])
    }

    /// 403: the key is for other things.
    pub(crate) fn forbidden() -> Self {
        let why = "The key does not allow this.";
        Self::new(StatusCode::FORBIDDEN, "Forbidden", vec![why.to_owned()])
    }

    /// 403: a browser sends this for a web page that is not ours.
    pub(crate) fn foreign_page() -> Self {
        let why =
            "Without keys, only programs and pages of this machine may call, by its address or as localhost.";
        Self::new(StatusCode::FORBIDDEN, "Forbidden", vec![why.to_owned()])
    }

    /// 403: a request with the cookie of a session that may be another page's.
    pub(crate) fn unproven() -> Self {
        let why =
            "With a session's cookie, requests come from the console, with its token in x-whimbrel-csrf.";
        Self::new(StatusCode::FORBIDDEN, "Forbidden", vec![why.to_owned()])
    }

    /// 404: what was asked for is not there.
    pub(crate) fn not_found(why: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found", vec![why.to_owned()])
    }

    /// 405: the route is there, for other methods.
    pub(crate) fn method_not_allowed() -> Self {
        let why = "The route does not have this method; the header Allow lists those it has.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", vec![why.to_owned()])
    }

    /// 408: the request did not come to its end in time.
    pub(crate) fn timeout() -> Self {
        let why = "The body of the request was not complete within 30 seconds.".to_owned();
        Self { closes: true, ..Self::new(StatusCode::REQUEST_TIMEOUT, "Request timeout", vec![why]) }
    }

    /// 400: the connection ended, or broke the rules of HTTP, within the body.
    pub(crate) fn incomplete() -> Self {
        let why = "The body of the request could not be read to its end.".to_owned();
        Self { closes: true, ..Self::new(StatusCode::BAD_REQUEST, "Request incomplete", vec![why]) }
    }

    /// 409: it contradicts what is stored.
    fn conflict(why: String) -> Self {
        Self::new(StatusCode::CONFLICT, "Conflict", vec![why])
    }

    /// 413: the body is larger than we read.
    pub(crate) fn too_large(bytes_max: usize) -> Self {
        let why = format!("The body of the request may have at most {bytes_max} bytes.");
        Self { closes: true, ..Self::new(StatusCode::PAYLOAD_TOO_LARGE, "Request too large", vec![why]) }
    }

    /// 413: what would follow from the request is larger than we store at once.
    fn too_much() -> Self {
        let why =
            "The calls that follow from one request may carry at most 8388608 bytes together.".to_owned();
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "Request too large", vec![why])
    }

    /// 415: the body is encoded.
    pub(crate) fn encoded() -> Self {
        let why =
            "The body of the request must not be compressed: send it without Content-Encoding.".to_owned();
        Self {
            closes: true,
            ..Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported content encoding", vec![why])
        }
    }

    /// 500: a defect of ours.
    pub(crate) fn defect() -> Self {
        let why = "The request met a defect of the server, which was logged.".to_owned();
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal error", vec![why])
    }

    /// 500: a row in the store that cannot be read. To come again would be of no use, so it is no 503.
    fn damaged(why: String) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal error", vec![why])
    }

    /// 503: this process takes no requests any more.
    pub(crate) fn stopping() -> Self {
        let why = "The server is stopping.".to_owned();
        Self { closes: true, ..Self::unavailable(why, "1") }
    }

    /// 503: there is no room for the request at this moment.
    pub(crate) fn crowded() -> Self {
        Self::unavailable("There is no room for so large a request at this moment.".to_owned(), "1")
    }

    /// 503: the first of two equal requests is still under way.
    pub(crate) fn busy() -> Self {
        Self::unavailable("The same request is still under way.".to_owned(), "1")
    }

    /// 503: there is no place for the caller at this moment.
    pub(crate) fn unavailable_for_now(why: &str) -> Self {
        Self::unavailable(why.to_owned(), "10")
    }

    fn unavailable(why: String, retry_after: &'static str) -> Self {
        let refusal = Self::new(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable", vec![why]);
        Self { retry_after: Some(retry_after), ..refusal }
    }

    /// The answer in a shape of the caller's; status and headers are those of the refusal.
    pub(crate) fn shaped(&self, body: &impl Serialize) -> Response {
        let mut response = answer::json(self.status, body);
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        if self.closes {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.shaped(&Shape { message: self.message, errors: &self.errors })
    }
}

/// For what could not be stored; the doors have logged it.
impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let retry_after = match error {
            StoreError::Damaged(_) => return Self::damaged(error.to_string()),
            StoreError::Full(_) => "10",
            StoreError::Unavailable(_) | StoreError::Unknown(_) => "1",
        };
        Self::unavailable(error.to_string(), retry_after)
    }
}

/// For what contradicts what is stored, or is too much at once.
impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::ForeignResource => Self::conflict("The resource belongs to another company.".to_owned()),
            Refused::TooLarge => Self::too_much(),
        }
    }
}

/// For what could not be looked up.
pub(crate) fn unreadable(error: StoreError) -> Refusal {
    tracing::warn!(%error, "cannot look up what is stored");
    error.into()
}
