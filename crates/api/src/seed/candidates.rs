//! `POST /candidates`: stores a candidate, whose creation is a change like any other.
//!
//! The answer's header `whimbrel-message-id` names the messages that followed, so that one can look at their
//! executions.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use domain::app::AppKey;
use domain::change::Put;
use domain::limits::TEXT_BYTES_MAX;
use domain::name::{AppUid, ResourceId};
use domain::resource::{Fields, ResourceKey};
use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;

use super::access::Sender;
use super::messages::{ids, with_message_ids};
use crate::email::is_email;
use crate::error::Refusal;
use crate::fields::{Errors, Field, Object};
use crate::{Api, answer, body, json};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Body<'a> {
    #[serde(borrow)]
    email: Field<'a>,
    #[serde(borrow)]
    company_id: Field<'a>,
    #[serde(borrow)]
    first_name: Field<'a>,
    #[serde(borrow)]
    last_name: Field<'a>,
    #[serde(borrow)]
    location: Field<'a>,
}

#[derive(Serialize)]
struct Created {
    id: ResourceId,
}

/// Handles `POST /candidates`.
pub(super) async fn create(
    State(api): State<Arc<Api>>,
    caller: Sender,
    request: Request,
) -> Result<Response, Refusal> {
    let body = body::read(request).await?;
    let (company, fields) = check(&json::parse::<Object<Body<'_>>>(&body)?.0.unwrap_or_default())?;
    let app = AppKey { organization: caller.organization, uid: company };
    let key = fresh_key(&api);
    let id = key.id.clone();
    let accepted = api.doors.change(app, key, Put::Fields(fields)).await??;
    let response = answer::done("Candidate created", Created { id });
    Ok(with_message_ids(response, ids(&accepted)))
}

fn check(body: &Body<'_>) -> Result<(AppUid, Fields), Refusal> {
    let mut errors = Errors::default();
    let email = errors.required("email", body.email.text().filter(|email| is_email(email)));
    let company = errors.required("companyId", body.company_id.company());
    let first_name = errors.required("firstName", body.first_name.text().filter(is_name));
    let last_name = errors.required("lastName", body.last_name.text().filter(is_name));
    let location = body.location.text().filter(|location| location.len() <= TEXT_BYTES_MAX);
    if location.is_none() && !body.location.is_absent() {
        errors.note("Optional field location invalid".to_owned());
    }
    let Some(company) = company.filter(|_| errors.is_empty()) else { return Err(errors.into_refusal()) };
    let members =
        [("email", email), ("firstName", first_name), ("lastName", last_name), ("location", location)];
    Ok((company, fields(members)))
}

fn is_name(text: &&str) -> bool {
    !text.trim().is_empty() && text.len() <= TEXT_BYTES_MAX
}

fn fields(members: [(&str, Option<&str>); 4]) -> Fields {
    let mut fields = Fields::default();
    for (name, value) in members {
        if let Some(value) = value {
            fields.put(name, to_raw_value(value).expect("a text is JSON"));
        }
    }
    fields
}

fn fresh_key(api: &Api) -> ResourceKey {
    let id = uuid::Builder::from_random_bytes(api.doors.random()).into_uuid();
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    let id = id.hyphenated().encode_lower(&mut text);
    ResourceKey {
        kind: "candidate".parse().expect("it is a valid name"),
        id: id.parse().expect("a UUID is a valid name"),
    }
}
