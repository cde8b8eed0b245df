//! `GET /webhook_history/{companyId}`: the calls of a company, newest first.
//!
//! `limit` (1 to 250, default 50) and `iterator` walk through all of them: the answer has an `iterator` exactly
//! when more calls follow, and a page whose payloads would be too large ends early. It is the `pk` of the page's last call, and any other `pk` may be given as well.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use domain::app::AppKey;
use domain::delivery::State as DeliveryState;
use domain::id::DeliveryId;
use domain::name::AppUid;
use domain::time::Timestamp;
use engine::ports::history::PastCall;
use serde::Serialize;
use serde_json::value::RawValue;

use super::access::Reader;
use crate::answer::Found;
use crate::error::{Refusal, unreadable};
use crate::fields::Errors;
use crate::query::{Query, next};
use crate::{Api, answer};

/// A call as the article's table has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Call<'a> {
    pk: DeliveryId,
    company_id: &'a AppUid,
    created_at: Timestamp,
    status: &'static str,
    payload: &'a RawValue,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
}

/// What the article's workflow notes about a failed call.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FailureOutput {
    error: String,
    cause: &'static str,
}

/// Handles `GET /webhook_history/{companyId}`.
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    caller: Reader,
    company: Result<Path<String>, PathRejection>,
    query: Query,
) -> Result<Response, Refusal> {
    let mut errors = Errors::default();
    let company = errors.required("companyId", company.ok().and_then(|Path(text)| text.parse().ok()));
    let page = query.page(&mut errors);
    let Some(company) = company.filter(|_| errors.is_empty()) else { return Err(errors.into_refusal()) };
    let company = AppKey { organization: caller.organization, uid: company };
    let found = api.doors.store.calls(&company, page.after, page.limit).await.map_err(unreadable)?;
    let iterator = next(&found, |past| past.call.delivery.id.to_string());
    let bodies: Vec<Bytes> = found.rows.iter().map(body).collect();
    let data: Vec<Call<'_>> =
        found.rows.iter().zip(&bodies).map(|(past, body)| call(&company.uid, past, body)).collect();
    Ok(answer::json(StatusCode::OK, &Found { data, iterator }))
}

fn body(past: &PastCall) -> Bytes {
    past.message.payload.body(past.call.delivery.token.as_ref())
}

fn call<'a>(company_id: &'a AppUid, past: &'a PastCall, body: &'a [u8]) -> Call<'a> {
    let (status, output) = match past.call.delivery.state {
        DeliveryState::Waiting { .. } | DeliveryState::Leased { .. } => ("pending", None),
        DeliveryState::Succeeded { .. } => ("success", Some("{}".to_owned())),
        DeliveryState::Failed { .. } => ("failed", Some(failure_output(past))),
    };
    Call {
        pk: past.call.delivery.id,
        company_id,
        created_at: past.message.accepted_at(),
        status,
        payload: serde_json::from_slice(body).unwrap_or(RawValue::NULL),
        url: past.call.endpoint.target.as_str(),
        output,
    }
}

fn failure_output(past: &PastCall) -> String {
    let error = past.call.error().unwrap_or_default();
    let output = FailureOutput { error, cause: "Webhook call failure" };
    serde_json::to_string(&output).expect("two texts are JSON")
}
