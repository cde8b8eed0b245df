//! A whole execution as it is told: its steps, its calls, and of each call what was sent and what came back.

use domain::attempt::Attempt;
use domain::delivery::{FailedReason, State as DeliveryState};
use domain::execution::request::{Evidence, Signatures};
use domain::execution::steps::{Step, StepState, attempt_json, steps};
use domain::execution::{Call, DATA_NOT_FOUND, Status, Story};
use domain::id::{AppId, DeliveryId, EndpointId, MessageId};
use domain::limits::{EXECUTION_SIGNED_BYTES_MAX, PAGE_PAYLOAD_BYTES_MAX};
use domain::message::{Fate, Message};
use domain::name::{AppUid, EventTypeName};
use domain::organization::Organization;
use domain::time::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

/// A whole execution.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Execution<'a> {
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
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// What its attempts send; `None` if that is not known any more, or would make the answer too large.
    body: Option<String>,
    attempts: Vec<Value>,
    interruptions: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<Timestamp>,
}

/// Tells an execution to somebody.
pub(super) struct Teller<'a> {
    organization: &'a Organization,
    signatures: Signatures,
    asked: Option<DeliveryId>,
    /// For bodies: each call has one of its own, which may be large.
    body_bytes: Room,
    /// For signatures, each of which reads a whole body.
    signed_bytes: Room,
}

/// How many bytes may still be used.
struct Room(usize);

impl Room {
    /// Takes so many, if there are as many.
    fn take(&mut self, bytes: usize) -> bool {
        let left = self.0.checked_sub(bytes);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

impl<'a> Teller<'a> {
    /// To somebody who asked for this call, if for one, and may see the signatures or not.
    pub(super) fn new(
        organization: &'a Organization,
        signatures: Signatures,
        asked: Option<DeliveryId>,
    ) -> Self {
        let (body_bytes, signed_bytes) = (Room(PAGE_PAYLOAD_BYTES_MAX), Room(EXECUTION_SIGNED_BYTES_MAX));
        Self { organization, signatures, asked, body_bytes, signed_bytes }
    }

    /// The whole story.
    pub(super) fn execution<'s>(&mut self, story: &'s Story) -> Execution<'s> {
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
            deliveries: self.deliveries(story),
        }
    }

    /// The one that was asked for comes first where there is not room for all.
    fn deliveries<'s>(&mut self, story: &'s Story) -> Vec<Delivery<'s>> {
        let is_asked = |call: &&Call| Some(call.delivery.id) == self.asked;
        let (asked, others): (Vec<&Call>, Vec<&Call>) = story.calls.iter().partition(is_asked);
        let calls = asked.into_iter().chain(others);
        let mut deliveries: Vec<_> = calls.map(|call| self.delivery(&story.message, call)).collect();
        deliveries.sort_by_key(|delivery| delivery.id);
        deliveries
    }

    fn delivery<'s>(&mut self, message: &Message, call: &'s Call) -> Delivery<'s> {
        let delivery = &call.delivery;
        let payload = Some(&message.payload).filter(|payload| payload.is_there());
        let payload = payload.filter(|payload| self.body_bytes.take(payload.len()));
        let body = payload.map(|payload| payload.body(delivery.token.as_ref()));
        let attempts = call.attempts.iter();
        let attempts = attempts.map(|attempt| self.attempt(call, attempt, body.as_deref())).collect();
        Delivery {
            id: delivery.id,
            endpoint_id: delivery.id.endpoint,
            url: call.endpoint.target.as_str(),
            status: match delivery.state {
                DeliveryState::Waiting { .. } | DeliveryState::Leased { .. } => "pending",
                DeliveryState::Succeeded { .. } => "succeeded",
                DeliveryState::Failed { .. } => "failed",
            },
            reason: call.reason().map(reason),
            error: call.error(),
            body: body.map(|body| String::from_utf8_lossy(&body).into_owned()),
            attempts,
            interruptions: delivery.interruptions,
            next_attempt_at: match delivery.state {
                DeliveryState::Waiting { due } => Some(due),
                _ => None,
            },
        }
    }

    /// An attempt with its request.
    fn attempt(&mut self, call: &Call, attempt: &Attempt, body: Option<&[u8]>) -> Value {
        let Self { organization, signatures, .. } = *self;
        let is_signed =
            signatures == Signatures::Shown && body.is_some_and(|body| self.signed_bytes.take(body.len()));
        let signatures = if is_signed { Signatures::Shown } else { Signatures::Left };
        let request = Evidence { organization, call, body, signatures }.request(attempt);
        let request = request.map(|request| json!({ "method": request.method, "headers": request.headers }));
        let mut told = attempt_json(attempt);
        told["request"] = request.into();
        told
    }
}

/// The name of a reason, for programs.
fn reason(reason: FailedReason) -> &'static str {
    match reason {
        FailedReason::Exhausted => "exhausted",
        FailedReason::Gone => "gone",
        FailedReason::EndpointDisabled => "endpointDisabled",
        FailedReason::Cancelled => "canceled",
        FailedReason::Expunged => "expunged",
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
