//! `POST /webhooks`: registers a URL for one event type of a company. Answers the signing token, once.
//!
//! Its errors have the article's shape: `{"message":"…","error":…}`, where `error` is a list of sentences, or
//! one sentence for a registration that contradicts another. A URL that may not be called is told why in `details`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::app::AppKey;
use domain::name::{AppUid, EventTypeName};
use domain::target::{Target, TargetRefused};
use engine::ports::catalog::Registered;
use engine::ports::fault::StoreError;
use serde::{Deserialize, Serialize};

use super::access::Admin;
use crate::error::Refusal;
use crate::fields::{Errors, Field, Object};
use crate::{Api, answer, body, json};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Body<'a> {
    #[serde(borrow)]
    url: Field<'a>,
    #[serde(borrow)]
    company_id: Field<'a>,
    #[serde(borrow)]
    event_type: Field<'a>,
}

#[derive(Serialize)]
struct Token<'a> {
    token: &'a str,
}

/// Handles `POST /webhooks`.
pub(super) async fn register(
    State(api): State<Arc<Api>>,
    caller: Admin,
    request: Request,
) -> Result<Response, Refused> {
    let body = body::read(request).await?;
    let webhook = check(json::parse(&body)?, &api)?;
    let app = AppKey { organization: caller.organization, uid: webhook.company };
    let registered = api.doors.register(app, webhook.target, webhook.event_type).await?;
    let secret = registered.map_err(Refused::Contradicts)?;
    Ok(answer::done("Webhook created", Token { token: secret.expose_token() }))
}

struct Webhook {
    company: AppUid,
    target: Target,
    event_type: EventTypeName,
}

fn check(body: Object<Body<'_>>, api: &Api) -> Result<Webhook, Refused> {
    let body = body.0.unwrap_or_default();
    let mut errors = Errors::default();
    let mut url_refused = None;
    let target = body.url.text().and_then(|text| {
        let target = Target::parse(text, &api.settings.opened);
        target.map_err(|refused| url_refused = Some(refused)).ok()
    });
    let target = errors.required("url", target);
    let company = errors.required("companyId", body.company_id.company());
    let event_type = errors.required("eventType", body.event_type.name());
    match (target, company, event_type) {
        (Some(target), Some(company), Some(event_type)) => Ok(Webhook { company, target, event_type }),
        _ => Err(Refused::Invalid { refusal: errors.into_refusal(), url_refused }),
    }
}

/// Why there is no webhook.
pub(super) enum Refused {
    /// As on every route.
    Request(Refusal),
    /// Fields are missing or wrong.
    Invalid {
        /// Which ones.
        refusal: Refusal,
        /// Why the URL may not be called.
        url_refused: Option<TargetRefused>,
    },
    /// It contradicts other registrations of the company.
    Contradicts(Registered),
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Refused::Request(refusal)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Refused::Request(error.into())
    }
}

#[derive(Serialize)]
struct Shape<'a, E> {
    message: &'a str,
    error: E,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<[Detail; 1]>,
}

#[derive(Serialize)]
struct Detail {
    field: &'static str,
    code: &'static str,
    reason: String,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (refusal, details) = match self {
            Refused::Request(refusal) => (refusal, None),
            Refused::Invalid { refusal, url_refused } => (refusal, url_refused.map(|why| [detail(&why)])),
            Refused::Contradicts(registered) => return contradiction(registered),
        };
        refusal.shaped(&Shape { message: refusal.message, error: &refusal.errors, details })
    }
}

fn detail(why: &TargetRefused) -> Detail {
    Detail { field: "url", code: why.code(), reason: why.to_string() }
}

fn contradiction(registered: Registered) -> Response {
    let error = match registered {
        Registered::TooMany => "The company has as many webhooks as it may have.",
        Registered::Exists | Registered::Created => "Record exists.",
    };
    answer::json(StatusCode::CONFLICT, &Shape { message: "Webhook creation failed", error, details: None })
}
