//! `/executions`: what became of each message, step by step.
//!
//! The list says how the routing of each message ended: `routed`, `skipped` or `dataNotFound`; `status` keeps
//! one of these. How the calls of a routed message went is in its own execution, which says `running`, `skipped`,
//! `succeeded` or `failed`.

mod whole;

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::app::AppKey;
use domain::execution::{DATA_NOT_FOUND, Story};
use domain::id::{DeliveryId, MessageId};
use domain::message::Fate;
use domain::name::{AppUid, EventTypeName};
use domain::resource::ResourceKey;
use domain::time::Timestamp;
use engine::ports::history::PastMessage;
use serde::Serialize;

use super::access::{Reader, StoryReader};
use crate::answer::Found;
use crate::error::{Refusal, unreadable};
use crate::fields::Errors;
use crate::query::{Query, next};
use crate::{Api, answer};

use whole::Teller;

/// A row of the list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    id: MessageId,
    company_id: &'a AppUid,
    event_type: &'a EventTypeName,
    source: &'a str,
    detail_type: &'a str,
    #[serde(flatten)]
    resource: Option<&'a ResourceKey>,
    status: &'static str,
    started_at: Timestamp,
}

/// Handles `GET /executions?companyId=…`: newest first, with `status`, `limit` and `iterator`.
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    caller: Reader,
    query: Query,
) -> Result<Response, Refusal> {
    let mut errors = Errors::default();
    let company: Option<AppUid> = query.required("companyId", "the id of a company", &mut errors);
    let form = "routed, skipped or dataNotFound";
    let fate: Option<RoutingStatus> = query.optional("status", form, &mut errors);
    let page = query.page(&mut errors);
    let Some(company) = company.filter(|_| errors.is_empty()) else { return Err(errors.into_refusal()) };
    let fate = fate.map(|RoutingStatus(fate)| fate);
    let app = AppKey { organization: caller.organization, uid: company };
    let found = api.doors.store.executions(&app, fate, page.after, page.limit).await.map_err(unreadable)?;
    let iterator = next(&found, |message| message.id.to_string());
    let data: Vec<Row<'_>> = found.rows.iter().map(|message| row(&app.uid, message)).collect();
    Ok(answer::json(StatusCode::OK, &Found { data, iterator }))
}

fn row<'a>(company_id: &'a AppUid, message: &'a PastMessage) -> Row<'a> {
    Row {
        id: message.id,
        company_id,
        event_type: &message.event_type,
        source: &message.origin.source,
        detail_type: &message.origin.detail_type,
        resource: message.resource.as_ref(),
        status: routing_status(message.fate),
        started_at: message.id.timestamp(),
    }
}

fn routing_status(fate: Fate) -> &'static str {
    match fate {
        Fate::Routed => "routed",
        Fate::Skipped => "skipped",
        Fate::DataNotFound => DATA_NOT_FOUND,
    }
}

struct RoutingStatus(Fate);

impl std::str::FromStr for RoutingStatus {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let fates = [Fate::Routed, Fate::Skipped, Fate::DataNotFound];
        fates.into_iter().find(|fate| routing_status(*fate) == text).map(Self).ok_or(())
    }
}

/// Handles `GET /executions/{id}`: the id of a message, or the `pk` of one of its calls.
pub(super) async fn read(
    State(api): State<Arc<Api>>,
    caller: StoryReader,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Refusal> {
    let absent = || Refusal::not_found("There is no such execution.");
    let id = path.ok().and_then(|Path(text)| Id::parse(&text)).ok_or_else(absent)?;
    let story = api.doors.store.story(caller.organization, id.message()).await.map_err(unreadable)?;
    let story = story.filter(|story| caller.sees(&story.app) && id.is_in(story)).ok_or_else(absent)?;
    let organization = api.doors.store.organization(caller.organization).await.map_err(unreadable)?;
    let organization = organization.ok_or_else(absent)?;
    let mut teller = Teller::new(&organization, caller.signatures(&story.app), id.call());
    Ok(answer::found(teller.execution(&story)))
}

enum Id {
    Message(MessageId),
    Call(DeliveryId),
}

impl Id {
    fn parse(text: &str) -> Option<Self> {
        let call = || text.parse().map(Id::Call);
        text.parse().map(Id::Message).or_else(|_| call()).ok()
    }

    fn message(&self) -> MessageId {
        match self {
            Id::Message(id) => *id,
            Id::Call(id) => id.message,
        }
    }

    fn call(&self) -> Option<DeliveryId> {
        match self {
            Id::Message(_) => None,
            Id::Call(id) => Some(*id),
        }
    }

    fn is_in(&self, story: &Story) -> bool {
        match self {
            Id::Message(id) => story.message.id == *id,
            Id::Call(id) => story.calls.iter().any(|call| call.delivery.id == *id),
        }
    }
}
