//! The one error of the full API. Its shape is the contract's: `{"code","detail"}`, and for a request whose parts are
//! missing or wrong (422) `{"detail":[{"loc","msg","type"}]}`, where `loc` says which part.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::desk::Unchanged;
use engine::ports::fault::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Unidentified;
use crate::error::Refusal;
use crate::gate::Stopped;

/// Why a request was not done.
#[derive(Debug)]
pub(crate) enum Error {
    /// A reason with a name.
    Said {
        /// Status, words and headers.
        refusal: Refusal,
        /// The reason's name.
        code: &'static str,
    },
    /// Parts of the request are missing or wrong.
    Invalid(Vec<Problem>),
}

/// Why a request was not done.
#[derive(Serialize, ToSchema)]
#[schema(as = HttpErrorOut)]
pub(super) struct Said<'a> {
    /// The reason's name, for programs.
    code: &'a str,
    /// The reason, for people.
    detail: &'a str,
}

/// What is wrong with a request.
#[derive(Serialize, ToSchema)]
#[schema(as = HttpValidationError)]
pub(super) struct Invalid<'a> {
    /// All parts that are missing or wrong.
    #[schema(value_type = Vec<Problem>)]
    detail: &'a [Problem],
}

/// A part of the request that is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ValidationError)]
pub(crate) struct Problem {
    /// Where it is: `body`, `query` or `path`, then the names of members; an item of a list is `[0]`.
    pub(super) loc: Vec<String>,
    /// What is wrong with it.
    pub(super) msg: String,
    /// The kind of problem.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
}

/// A value that may not be.
pub(super) const VALUE: &str = "value_error";
/// A body that cannot be read.
pub(super) const DECODE: &str = "value_error.jsondecode";

impl Error {
    /// A reason with a name.
    pub(super) fn said(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Said { refusal: Refusal::new(status, "", vec![detail.into()]), code }
    }

    /// 400: it can be read, and makes no sense.
    pub(super) fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::said(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 403: the key is for other things.
    pub(super) fn forbidden() -> Self {
        let detail = "Insufficient access for the given operation.";
        Self::said(StatusCode::FORBIDDEN, "insufficient access", detail)
    }

    /// 404: what was asked for is not there, or not for this caller.
    pub(super) fn not_found() -> Self {
        Self::said(StatusCode::NOT_FOUND, "not_found", "Entity not found")
    }

    /// 409: it contradicts what is stored.
    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        Self::said(StatusCode::CONFLICT, "conflict", detail)
    }

    /// 422: one part of the request is wrong.
    pub(super) fn invalid(loc: &[&str], msg: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem::new(loc, msg)])
    }
}

impl Problem {
    /// A value that may not be.
    pub(super) fn new(loc: &[&str], msg: impl Into<String>) -> Self {
        Self { loc: loc.iter().map(|part| (*part).to_owned()).collect(), msg: msg.into(), kind: VALUE }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Error::Said { refusal, code } => {
                let detail = refusal.errors.join(" ");
                refusal.shaped(&Said { code, detail: &detail })
            }
            Error::Invalid(problems) => Refusal::invalid(Vec::new()).shaped(&Invalid { detail: &problems }),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal.status {
            StatusCode::UNAUTHORIZED => "authentication_failed",
            StatusCode::FORBIDDEN => "insufficient access",
            StatusCode::NOT_FOUND => "not_found",
            StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
            StatusCode::REQUEST_TIMEOUT => "request_timeout",
            StatusCode::CONFLICT => "conflict",
            StatusCode::PAYLOAD_TOO_LARGE => "payload_too_large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
            StatusCode::SERVICE_UNAVAILABLE => "service_unavailable",
            StatusCode::INTERNAL_SERVER_ERROR => "internal_error",
            _ => "generic_error",
        };
        Self::Said { refusal, code }
    }
}

impl From<Stopped> for Error {
    fn from(stopped: Stopped) -> Self {
        let detail = match stopped {
            Stopped::Unidentified(Unidentified::Unknown | Unidentified::Ended) => "Invalid token",
            Stopped::Unidentified(Unidentified::RawSecret) => {
                "Authentication failed. JWT signing secrets can not be used as tokens: a token is signed with the secret."
            }
            Stopped::Unidentified(Unidentified::NoSubject) => "Invalid token (missing `sub`).",
            Stopped::Unidentified(Unidentified::BadSubject) => {
                return Self::bad_request(
                    "bad_token",
                    "The token is neither for an organization nor for an application.",
                );
            }
            Stopped::Stopping
            | Stopped::Unidentified(
                Unidentified::ForeignPage | Unidentified::Unproven | Unidentified::Store(_),
            ) => {
                return Refusal::from(stopped).into();
            }
        };
        Self::said(StatusCode::UNAUTHORIZED, "authentication_failed", detail)
    }
}

/// For what could not be changed; the doors have logged it.
impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Refusal::from(error).into()
    }
}

/// For a change that was decided against. What a route says differently, it looks for itself.
impl From<Unchanged<Error>> for Error {
    fn from(unchanged: Unchanged<Error>) -> Self {
        match unchanged {
            Unchanged::Absent => Self::not_found(),
            Unchanged::Refused(error) => error,
            Unchanged::Taken => Self::conflict("A conflict has occurred"),
            Unchanged::TooMany => Self::bad_request("limit_reached", "There are as many as there may be."),
            Unchanged::Contended => {
                Self::conflict("Others change it again and again at this moment; nothing was changed.")
            }
        }
    }
}
