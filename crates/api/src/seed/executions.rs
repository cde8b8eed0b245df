//! `/executions`: what became of each message, step by step.
//!
//! The list says how the routing of each message ended: `routed`, `skipped` or `dataNotFound`; `status` keeps
//! one of these. How the calls of a routed message went is in its own execution, which says `running`, `skipped`,
//! `succeeded` or `failed`.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::app::AppKey;
use domain::delivery::State as DeliveryState;
use domain::execution::steps::{Step, StepState, attempt_json, steps};
use domain::execution::{Call, DATA_NOT_FOUND, Status, Story};
use domain::id::{AppId, DeliveryId, EndpointId, MessageId};
use domain::message::Fate;
use domain::name::{AppUid, EventTypeName};
use domain::resource::ResourceKey;
use domain::time::Timestamp;
use engine::ports::history::PastMessage;
use serde::Serialize;
use serde_json::Value;

use super::access::Reader;
use crate::answer::Found;
use crate::error::{Refusal, unreadable};
use crate::fields::Errors;
use crate::query::{Query, next};
use crate::{Api, answer};

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

/// A whole execution.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Execution<'a> {
    id: MessageId,
    app_id: AppId,
    company_id: Option<&'a AppUid>,
    event_type: &'a EventTypeName,
    source: &'a str,
    detail_type: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    started_at: Timestamp,
    ended_at: Option<Timestamp>,
    input: Value,
    steps: Vec<WireStep>,
    deliveries: Vec<Delivery<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireStep {
    id: &'static str,
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_id: Option<DeliveryId>,
    state: &'static str,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    input: Value,
    output: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Delivery<'a> {
    id: DeliveryId,
    endpoint_id: EndpointId,
    url: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    attempts: Vec<Value>,
    interruptions: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<Timestamp>,
}

/// Handles `GET /executions/{id}`: the id of a message, or the `pk` of one of its calls.
pub(super) async fn read(
    State(api): State<Arc<Api>>,
    caller: Reader,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Refusal> {
    let absent = || Refusal::not_found("There is no such execution.");
    let id = path.ok().and_then(|Path(text)| Id::parse(&text)).ok_or_else(absent)?;
    let story = api.doors.store.story(caller.organization, id.message()).await.map_err(unreadable)?;
    let story = story.filter(|story| id.is_in(story)).ok_or_else(absent)?;
    Ok(answer::found(execution(&story)))
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

    fn is_in(&self, story: &Story) -> bool {
        match self {
            Id::Message(id) => story.message.id == *id,
            Id::Call(id) => story.calls.iter().any(|call| call.delivery.id == *id),
        }
    }
}

fn execution(story: &Story) -> Execution<'_> {
    let message = &story.message;
    Execution {
        id: message.id,
        app_id: story.app.id,
        company_id: story.app.uid.as_ref(),
        event_type: &message.event_type,
        source: &message.origin.source,
        detail_type: &message.origin.detail_type,
        status: match story.status() {
            Status::Running => "running",
            Status::Skipped => "skipped",
            Status::Succeeded => "succeeded",
            Status::Failed => "failed",
        },
        cause: (message.fate == Fate::DataNotFound).then_some(DATA_NOT_FOUND),
        started_at: message.accepted_at(),
        ended_at: story.ended_at(),
        input: story.detail(),
        steps: steps(story).into_iter().map(step).collect(),
        deliveries: story.calls.iter().map(delivery).collect(),
    }
}

fn step(step: Step) -> WireStep {
    let state = match step.state {
        StepState::NotEntered => "notEntered",
        StepState::Pending => "pending",
        StepState::Running => "running",
        StepState::Succeeded => "succeeded",
        StepState::Failed => "failed",
    };
    let Step { id, name, delivery, span, input, output, .. } = step;
    WireStep {
        id,
        name,
        delivery_id: delivery,
        state,
        started_at: span.started_at,
        ended_at: span.ended_at,
        input,
        output,
    }
}

fn delivery(call: &Call) -> Delivery<'_> {
    let delivery = &call.delivery;
    Delivery {
        id: delivery.id,
        endpoint_id: delivery.id.endpoint,
        url: call.endpoint.target.as_str(),
        status: match delivery.state {
            DeliveryState::Waiting { .. } | DeliveryState::Leased { .. } => "pending",
            DeliveryState::Succeeded { .. } => "succeeded",
            DeliveryState::Failed { .. } => "failed",
        },
        error: call.error(),
        attempts: call.attempts.iter().map(attempt_json).collect(),
        interruptions: delivery.interruptions,
        next_attempt_at: match delivery.state {
            DeliveryState::Waiting { due } => Some(due),
            _ => None,
        },
    }
}
