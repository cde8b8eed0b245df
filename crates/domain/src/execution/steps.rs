//! The steps of the article's state machine, S6a to S6j: how each went, when, with what going in and coming out.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Call, DATA_NOT_FOUND, Story};
use crate::attempt::Attempt;
use crate::delivery::State;
use crate::id::DeliveryId;
use crate::message::{Fate, Message};
use crate::payload::Payload;
use crate::resource::Fields;
use crate::time::Timestamp;

/// One step of the story.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The step's mark in the article's state machine: `S6a` … `S6j`.
    pub id: &'static str,
    /// What the step does.
    pub name: &'static str,
    /// The call it belongs to; `None` for the steps before calls are made.
    pub delivery: Option<DeliveryId>,
    /// How it went.
    pub state: StepState,
    /// When it began and ended; `None` for what has not come yet.
    pub span: Span,
    /// What went in.
    pub input: Value,
    /// What came out.
    pub output: Value,
}

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// It was not needed, or not reached in an execution that has ended.
    NotEntered,
    /// It has not begun.
    Pending,
    /// It is under way.
    Running,
    /// It ended well.
    Succeeded,
    /// It ended badly.
    Failed,
}

/// From when to when a step went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// A step's mark and name.
type Mark = (&'static str, &'static str);

const GET_WEBHOOKS: Mark = ("S6a", "Get Webhooks For Company And Event");
const WEBHOOKS_EXIST: Mark = ("S6b", "Validate If Webhook Data Exists");
const TRANSFORM: Mark = ("S6c", "Transform Webhook Data");
const FETCH_RESOURCE: Mark = ("S6d", "Fetch Resource Data");
const RESOURCE_EXISTS: Mark = ("S6e", "Validate If Event Object Data Exists");
const CREATE_CALL: Mark = ("S6f", "Create Webhook Call");
const QUEUE_CALL: Mark = ("S6g", "Queue Webhook Call");
const CALL_WEBHOOK: Mark = ("S6h", "Call Webhook");
const RETRY: Mark = ("S6i", "Retry");
const UPDATE_CALL: Mark = ("S6j", "Update Webhook Call");

/// The steps of a story. Those from S6f on are there once for each call, or once without a call if none was made.
pub fn steps(story: &Story) -> Vec<Step> {
    let mut steps = preparation(story);
    if story.calls.is_empty() {
        let marks = [CREATE_CALL, QUEUE_CALL, CALL_WEBHOOK, RETRY, UPDATE_CALL];
        steps.extend(marks.map(Step::not_entered));
    }
    steps.extend(story.calls.iter().flat_map(|call| call_steps(&story.message, call)));
    steps
}

/// Preparation happens at once, in the transaction that accepts the message.
fn preparation(story: &Story) -> Vec<Step> {
    use StepState::{Failed, Succeeded};
    let accepted = Span::moment(story.message.accepted_at());
    let did = |mark, state, input, output| Step::entered(mark, state, accepted, input, output);
    let listening = story.message.fate != Fate::Skipped;
    let found = story.message.fate == Fate::Routed;
    let called: Vec<Value> = story.calls.iter().map(webhook).collect();
    // Whom a message without calls would have called is not stored: only that there was somebody.
    let found_webhooks = match called.as_slice() {
        [] => json!({ "listening": listening }),
        _ => json!({ "listening": listening, "webhooks": called }),
    };
    let next = if listening { "TransformWebhookData" } else { "SkipExecution" };
    let mut steps = vec![
        did(GET_WEBHOOKS, Succeeded, story.detail(), found_webhooks),
        did(WEBHOOKS_EXIST, Succeeded, json!({ "listening": listening }), json!({ "next": next })),
    ];
    if !listening {
        steps.extend([TRANSFORM, FETCH_RESOURCE, RESOURCE_EXISTS].map(Step::not_entered));
        return steps;
    }
    let reference = json!(story.message.resource);
    let resource = resource(&story.message.payload);
    let (state, verdict) = if found {
        (Succeeded, json!({ "next": "CreateWebhookCall" }))
    } else {
        (Failed, json!({ "error": DATA_NOT_FOUND }))
    };
    steps.extend([
        did(TRANSFORM, Succeeded, story.detail(), reference.clone()),
        did(FETCH_RESOURCE, Succeeded, reference, resource),
        did(RESOURCE_EXISTS, state, json!({ "found": found }), verdict),
    ]);
    steps
}

fn call_steps(message: &Message, call: &Call) -> [Step; 5] {
    let accepted = message.accepted_at();
    let settled = call.settled_at();
    let first = call.attempts.first();
    let begun = first.map(|attempt| attempt.started_at);
    let first_ended = first.map(Attempt::ended_at);
    let left_queue = begun.or(settled);
    let reference = json!({ "deliveryId": call.delivery.id, "messageId": message.id });
    let retries: Vec<Value> = call.attempts.iter().skip(1).map(attempt_json).collect();
    let efforts = json!({ "attempts": call.delivery.attempts, "interruptions": call.delivery.interruptions });
    let updated = if settled.is_some() { StepState::Succeeded } else { StepState::Pending };
    let did = |mark, state, started_at, ended_at, input, output| {
        let step = match state {
            StepState::NotEntered => Step::not_entered(mark),
            _ => Step::entered(mark, state, Span { started_at, ended_at }, input, output),
        };
        Step { delivery: Some(call.delivery.id), ..step }
    };
    [
        did(
            CREATE_CALL,
            StepState::Succeeded,
            Some(accepted),
            Some(accepted),
            webhook(call),
            reference.clone(),
        ),
        did(QUEUE_CALL, queue_state(call), Some(accepted), left_queue, reference.clone(), place(call)),
        did(
            CALL_WEBHOOK,
            first_state(call),
            begun,
            first_ended,
            reference,
            first.map_or(Value::Null, attempt_json),
        ),
        did(RETRY, retry_state(call), first_ended, first_ended.and(settled), place(call), json!(retries)),
        did(UPDATE_CALL, updated, settled, settled, efforts, update(call)),
    ]
}

fn queue_state(call: &Call) -> StepState {
    match call.delivery.state {
        State::Waiting { .. } if call.attempts.is_empty() => StepState::Running,
        _ => StepState::Succeeded,
    }
}

fn first_state(call: &Call) -> StepState {
    match (call.attempts.first(), call.delivery.state) {
        (Some(attempt), _) if attempt.outcome.is_success() => StepState::Succeeded,
        (Some(_), _) => StepState::Failed,
        (None, State::Leased { .. }) => StepState::Running,
        (None, State::Waiting { .. }) => StepState::Pending,
        (None, State::Succeeded { .. } | State::Failed { .. }) => StepState::NotEntered,
    }
}

fn retry_state(call: &Call) -> StepState {
    match (call.attempts.len(), call.delivery.state) {
        (0, _) => StepState::NotEntered,
        (_, State::Waiting { .. } | State::Leased { .. }) => StepState::Running,
        (1, _) => StepState::NotEntered,
        (_, State::Succeeded { .. }) => StepState::Succeeded,
        (_, State::Failed { .. }) => StepState::Failed,
    }
}

fn webhook(call: &Call) -> Value {
    json!({ "endpointId": call.endpoint.id, "url": call.endpoint.target.as_str() })
}

/// Where the call is between its attempts.
fn place(call: &Call) -> Value {
    match call.delivery.state {
        State::Waiting { due } => json!({ "place": "waiting", "nextAttemptAt": due }),
        State::Leased { .. } => json!({ "place": "under way" }),
        State::Succeeded { .. } | State::Failed { .. } => json!({ "place": "ended" }),
    }
}

fn update(call: &Call) -> Value {
    match call.delivery.state {
        State::Succeeded { .. } => json!({ "status": "success" }),
        State::Failed { .. } => json!({ "status": "failed", "error": call.error() }),
        State::Waiting { .. } | State::Leased { .. } => Value::Null,
    }
}

/// An attempt for people's eyes: what is not UTF-8 in the response's body is replaced.
pub fn attempt_json(attempt: &Attempt) -> Value {
    let response = attempt.outcome.response.as_ref().map(|response| {
        json!({
            "status": response.status,
            "body": String::from_utf8_lossy(&response.body),
            "truncated": response.truncated,
        })
    });
    let failure = attempt.outcome.failure.as_ref();
    json!({
        "id": attempt.id,
        "number": attempt.number,
        "startedAt": attempt.started_at,
        "endedAt": attempt.ended_at(),
        "durationMs": u64::try_from(attempt.duration.as_millis()).unwrap_or(u64::MAX),
        "url": attempt.url,
        "trigger": attempt.trigger.as_str(),
        "response": response,
        "failure": failure.map(|failure| json!({ "code": failure.code, "detail": failure.detail })),
    })
}

/// The resource that was fetched; as text if it holds something that only some programs can read, such as 1e400.
fn resource(payload: &Payload) -> Value {
    let envelope = match payload {
        Payload::Envelope(envelope) => Fields::parse(envelope).unwrap_or_default(),
        Payload::Verbatim(bytes) => {
            return serde_json::from_slice(bytes)
                .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(bytes)));
        }
        Payload::Absent | Payload::Expunged => return Value::Null,
    };
    let Some(resource) = envelope.field("resource").map(RawValue::get) else { return Value::Null };
    serde_json::from_str(resource).unwrap_or_else(|_| Value::from(resource))
}

impl Step {
    fn entered((id, name): Mark, state: StepState, span: Span, input: Value, output: Value) -> Self {
        Self { id, name, delivery: None, state, span, input, output }
    }

    fn not_entered(mark: Mark) -> Self {
        Self::entered(mark, StepState::NotEntered, Span::default(), Value::Null, Value::Null)
    }
}

impl Span {
    fn moment(at: Timestamp) -> Self {
        Self { started_at: Some(at), ended_at: Some(at) }
    }
}
