//! `/resources/{type}/{id}`: any record of the platform can be put, read and deleted. Each put and delete is a
//! change, which the rules may turn into messages.
//!
//! A record's key is the same for all companies, and a record belongs to the company that put it first.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use domain::app::AppKey;
use domain::change::{ChangeKind, Put};
use domain::id::MessageId;
use domain::name::{AppUid, ResourceId, ResourceType};
use domain::resource::{Fields, Resource, ResourceKey};
use engine::ports::inbox::{Accepted, Refused};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::access::{Reader, Sender};
use super::messages::{ids, with_message_ids};
use crate::error::{Refusal, unreadable};
use crate::fields::{Errors, Field};
use crate::query::Query;
use crate::{Api, answer, body, json};

/// What a put or a delete did.
#[derive(Serialize)]
struct Changed {
    #[serde(rename = "type")]
    kind: ResourceType,
    id: ResourceId,
    change: Option<ChangeKind>,
    messages: Vec<MessageId>,
}

type KeyPath = Result<Path<(String, String)>, PathRejection>;

/// Handles `PUT /resources/{type}/{id}`: `companyId` and any other fields.
pub(super) async fn put(
    State(api): State<Arc<Api>>,
    caller: Sender,
    path: KeyPath,
    request: Request,
) -> Result<Response, Refusal> {
    let body = body::read(request).await?;
    let (company, key, fields) = check_put(path, json::parse(&body)?)?;
    let app = AppKey { organization: caller.organization, uid: company };
    let accepted = api.doors.change(app, key.clone(), Put::Fields(fields)).await??;
    Ok(changed("Resource stored", key, &accepted))
}

/// Handles `GET /resources/{type}/{id}`: the record as receivers get it, and whose it is.
pub(super) async fn read(
    State(api): State<Arc<Api>>,
    caller: Reader,
    path: KeyPath,
) -> Result<Response, Refusal> {
    let key = check_key(path)?;
    let found = api.doors.store.resource(caller.organization, &key).await.map_err(unreadable)?;
    let (company, resource) = found.ok_or_else(absent)?;
    Ok(answer::found(with_company(&resource, &company)))
}

/// Handles `DELETE /resources/{type}/{id}`. With the parameter `companyId`, only if it is that company's.
pub(super) async fn delete(
    State(api): State<Arc<Api>>,
    caller: Sender,
    path: KeyPath,
    query: Query,
) -> Result<Response, Refusal> {
    let mut errors = Errors::default();
    let key = key(path, &mut errors);
    let asked: Option<AppUid> = query.optional("companyId", "the id of a company", &mut errors);
    let Some(key) = key.filter(|_| errors.is_empty()) else { return Err(errors.into_refusal()) };
    let found = api.doors.store.resource(caller.organization, &key).await.map_err(unreadable)?;
    let (owner, _) = found.ok_or_else(absent)?;
    if asked.is_some_and(|asked| asked != owner) {
        return Err(Refused::ForeignResource.into());
    }
    let app = AppKey { organization: caller.organization, uid: owner };
    let accepted = api.doors.change(app, key.clone(), Put::Absent).await??;
    // Somebody else may have taken it away in between.
    accepted.change.ok_or_else(absent)?;
    Ok(changed("Resource deleted", key, &accepted))
}

fn check_put(path: KeyPath, mut fields: Fields) -> Result<(AppUid, ResourceKey, Fields), Refusal> {
    let mut errors = Errors::default();
    let key = key(path, &mut errors);
    let company = fields.take("companyId").and_then(|value| field(&value).company());
    let company = errors.required("companyId", company);
    let (kind, id) = (fields.take("type"), fields.take("id"));
    if let Some(key) = &key {
        agrees("type", kind.as_deref(), &key.kind, &mut errors);
        agrees("id", id.as_deref(), &key.id, &mut errors);
    }
    match (key, company) {
        (Some(key), Some(company)) if errors.is_empty() => Ok((company, key, fields)),
        _ => Err(errors.into_refusal()),
    }
}

/// What is said twice, in the path and in the body, must be the same.
fn agrees<N: std::str::FromStr + PartialEq>(
    name: &str,
    value: Option<&RawValue>,
    in_path: &N,
    errors: &mut Errors,
) {
    if value.is_some_and(|value| field(value).id::<N>().as_ref() != Some(in_path)) {
        errors.note(format!("Field {name} must be the same as in the path"));
    }
}

fn field(value: &RawValue) -> Field<'_> {
    serde_json::from_str(value.get()).unwrap_or(Field::Other)
}

fn check_key(path: KeyPath) -> Result<ResourceKey, Refusal> {
    let mut errors = Errors::default();
    key(path, &mut errors).ok_or_else(|| errors.into_refusal())
}

fn key(path: KeyPath, errors: &mut Errors) -> Option<ResourceKey> {
    let (kind, id) = path.map(|Path(key)| key).unwrap_or_default();
    let kind = errors.required("type", kind.parse().ok());
    let id = errors.required("id", id.parse().ok());
    Some(ResourceKey { kind: kind?, id: id? })
}

/// Puts `companyId` before the members that receivers get.
fn with_company(resource: &Resource, company: &AppUid) -> Box<RawValue> {
    let image = String::from_utf8(resource.to_json()).expect("JSON that we wrote is text");
    let members = image.strip_prefix('{').unwrap_or_default();
    let company = to_raw_value(company).expect("a text is JSON");
    let json = format!(r#"{{"companyId":{company},{members}"#);
    RawValue::from_string(json).expect("an object with one more member is JSON")
}

fn changed(message: &'static str, key: ResourceKey, accepted: &Accepted) -> Response {
    let messages = ids(accepted).collect();
    let data = Changed { kind: key.kind, id: key.id, change: accepted.change, messages };
    with_message_ids(answer::done(message, data), ids(accepted))
}

fn absent() -> Refusal {
    Refusal::not_found("There is no such resource.")
}
