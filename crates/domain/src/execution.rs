//! The story of an execution: each step of the article's state machine, with what went in and what came out.
//!
//! It is derived from the message, its deliveries and their attempts; nothing is written down for it.

use serde_json::{Value, json};

use crate::app::App;
use crate::attempt::Attempt;
use crate::delivery::{Delivery, FailedReason, State};
use crate::endpoint::Endpoint;
use crate::id::DeliveryId;
use crate::message::{Fate, Message};
use crate::payload::Payload;
use crate::time::Timestamp;

/// Everything that is stored about one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// For whom.
    pub app: App,
    /// What.
    pub message: Message,
    /// To whom, and how it went.
    pub calls: Vec<Call>,
}

/// A delivery with its endpoint and its attempts: what the article calls a webhook call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Where it stands.
    pub delivery: Delivery,
    /// Whom it calls, as registered now.
    pub endpoint: Endpoint,
    /// Its attempts, first to last.
    pub attempts: Vec<Attempt>,
}

/// Where an execution stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// A delivery is pending.
    Running,
    /// Nobody listens: it ended, succeeded, and nothing was sent.
    Skipped,
    /// All deliveries succeeded.
    Succeeded,
    /// The resource was not found, or a delivery failed.
    Failed,
}

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
    /// When it began; `None` if it has not.
    pub started_at: Option<Timestamp>,
    /// When it ended; `None` if it has not.
    pub ended_at: Option<Timestamp>,
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

impl Story {
    /// Where the execution stands.
    pub fn status(&self) -> Status {
        match self.message.fate {
            Fate::Skipped => Status::Skipped,
            Fate::DataNotFound => Status::Failed,
            Fate::Routed if self.calls.iter().any(|call| call.delivery.is_pending()) => Status::Running,
            Fate::Routed if self.calls.iter().all(Call::succeeded) => Status::Succeeded,
            Fate::Routed => Status::Failed,
        }
    }

    /// When it ended; `None` while it runs.
    pub fn ended_at(&self) -> Option<Timestamp> {
        match self.status() {
            Status::Running => None,
            _ => self.calls.iter().filter_map(Call::settled_at).max().or(Some(self.message.accepted_at())),
        }
    }

    /// The steps S6a to S6j. Those from S6f on are there once for each call, or once without a call when none
    /// was made.
    pub fn steps(&self) -> Vec<Step> {
        let mut steps = self.preparation();
        if self.calls.is_empty() {
            steps.extend(CALL_STEPS.map(|(id, name)| Step::not_entered(id, name)));
        }
        steps.extend(self.calls.iter().flat_map(|call| call.steps(&self.message)));
        steps
    }

    fn preparation(&self) -> Vec<Step> {
        let message = &self.message;
        let listened = message.fate != Fate::Skipped;
        let found = message.fate == Fate::Routed;
        let at = message.accepted_at();
        let detail = self.detail();
        let webhooks: Vec<Value> = self.calls.iter().map(Call::endpoint_json).collect();
        let reference = json!(message.resource);
        let resource = resource_of(&message.payload);
        let step = |(id, name): (&'static str, &'static str), state, input: &Value, output: Value| Step {
            id,
            name,
            delivery: None,
            state,
            started_at: (state != StepState::NotEntered).then_some(at),
            ended_at: (state != StepState::NotEntered).then_some(at),
            input: if state == StepState::NotEntered { Value::Null } else { input.clone() },
            output: if state == StepState::NotEntered { Value::Null } else { output },
        };
        let entered = |was: bool| if was { StepState::Succeeded } else { StepState::NotEntered };
        let ended = if found { StepState::Succeeded } else { StepState::Failed };
        let validated = if listened { ended } else { StepState::NotEntered };
        let choice = json!({ "next": if listened { "TransformWebhookData" } else { "SkipExecution" } });
        let verdict = if found { json!({ "next": "CreateWebhookCall" }) } else { json!({ "error": DATA_NOT_FOUND }) };
        vec![
            step(PREPARATION_STEPS[0], StepState::Succeeded, &detail, json!({ "listening": listened, "webhooks": webhooks })),
            step(PREPARATION_STEPS[1], StepState::Succeeded, &json!({ "listening": listened }), choice),
            step(PREPARATION_STEPS[2], entered(listened), &detail, reference.clone()),
            step(PREPARATION_STEPS[3], entered(listened), &reference, resource),
            step(PREPARATION_STEPS[4], validated, &json!({ "found": found }), verdict),
        ]
    }

    /// The event's detail, the input of the execution.
    pub fn detail(&self) -> Value {
        json!({
            "companyId": self.app.uid,
            "webhookEvent": self.message.event_type,
            "resourceType": self.message.resource.kind,
            "resourceId": self.message.resource.id,
        })
    }
}

/// The cause of an execution whose resource does not exist; the article's word.
pub const DATA_NOT_FOUND: &str = "dataNotFound";

const PREPARATION_STEPS: [(&str, &str); 5] = [
    ("S6a", "Get Webhooks For Company And Event"),
    ("S6b", "Validate If Webhook Data Exists"),
    ("S6c", "Transform Webhook Data"),
    ("S6d", "Fetch Resource Data"),
    ("S6e", "Validate If Event Object Data Exists"),
];

const CALL_STEPS: [(&str, &str); 5] = [
    ("S6f", "Create Webhook Call"),
    ("S6g", "Queue Webhook Call"),
    ("S6h", "Call Webhook"),
    ("S6i", "Retry"),
    ("S6j", "Update Webhook Call"),
];

impl Step {
    fn not_entered(id: &'static str, name: &'static str) -> Self {
        let state = StepState::NotEntered;
        let (input, output) = (Value::Null, Value::Null);
        Self { id, name, delivery: None, state, started_at: None, ended_at: None, input, output }
    }
}

impl Call {
    /// Whether the receiver has it.
    pub fn succeeded(&self) -> bool {
        matches!(self.delivery.state, State::Succeeded { .. })
    }

    /// When its final state was settled.
    pub fn settled_at(&self) -> Option<Timestamp> {
        match self.delivery.state {
            State::Succeeded { at } | State::Failed { at, .. } => Some(at),
            State::Waiting { .. } | State::Leased { .. } => None,
        }
    }

    /// Why it is not delivered, in words; `None` unless it has failed.
    pub fn error(&self) -> Option<String> {
        let State::Failed { reason, .. } = self.delivery.state else { return None };
        let met = self.attempts.last().and_then(|attempt| attempt.outcome.failure.as_ref());
        Some(match (reason, met) {
            (FailedReason::EndpointDisabled, _) => "The endpoint is disabled.".to_owned(),
            (FailedReason::Gone | FailedReason::Exhausted, Some(failure)) => failure.to_string(),
            (FailedReason::Gone | FailedReason::Exhausted, None) => "No attempt is on record.".to_owned(),
        })
    }

    fn endpoint_json(&self) -> Value {
        json!({ "endpointId": self.endpoint.id, "url": self.endpoint.target.as_str() })
    }

    fn steps(&self, message: &Message) -> [Step; 5] {
        let created = message.accepted_at();
        let first = self.attempts.first();
        let begun = first.map(|attempt| attempt.started_at);
        let settled = self.settled_at();
        let call = json!({ "deliveryId": self.delivery.id, "messageId": message.id });
        let summary = json!({ "attempts": self.delivery.attempts, "interruptions": self.delivery.interruptions });
        let step = |at: usize, state, span: (Option<Timestamp>, Option<Timestamp>), input, output| Step {
            id: CALL_STEPS[at].0,
            name: CALL_STEPS[at].1,
            delivery: Some(self.delivery.id),
            state,
            started_at: span.0,
            ended_at: span.1,
            input,
            output,
        };
        let create = step(0, StepState::Succeeded, (Some(created), Some(created)), self.endpoint_json(), call.clone());
        let queued = match (begun.or(settled), self.delivery.state) {
            (Some(_), _) | (None, State::Leased { .. }) => StepState::Succeeded,
            (None, _) => StepState::Running,
        };
        let queue = step(1, queued, (Some(created), begun.or(settled)), call.clone(), self.queue_json());
        let ended = first.map(Attempt::ended_at);
        let first_json = first.map_or(Value::Null, attempt_json);
        let send = step(2, self.send_state(), (begun, ended), call.clone(), first_json);
        let retries: Vec<Value> = self.attempts.iter().skip(1).map(attempt_json).collect();
        let retry_began = first.filter(|_| self.retry_state() != StepState::NotEntered).map(Attempt::ended_at);
        let retry_ended = retry_began.and(settled);
        let retry = step(3, self.retry_state(), (retry_began, retry_ended), self.queue_json(), json!(retries));
        let updated = if settled.is_some() { StepState::Succeeded } else { StepState::Pending };
        let update = step(4, updated, (settled, settled), summary, self.update_json());
        [create, queue, send, retry, update]
    }

    fn send_state(&self) -> StepState {
        match self.attempts.first() {
            Some(attempt) if attempt.outcome.is_success() => StepState::Succeeded,
            Some(_) => StepState::Failed,
            None => match self.delivery.state {
                State::Leased { .. } => StepState::Running,
                State::Waiting { .. } => StepState::Pending,
                State::Succeeded { .. } | State::Failed { .. } => StepState::NotEntered,
            },
        }
    }

    fn retry_state(&self) -> StepState {
        let retried = self.attempts.len() > 1;
        match self.delivery.state {
            State::Waiting { .. } | State::Leased { .. } if !self.attempts.is_empty() => StepState::Running,
            State::Succeeded { .. } if retried => StepState::Succeeded,
            State::Failed { .. } if retried => StepState::Failed,
            _ => StepState::NotEntered,
        }
    }

    fn queue_json(&self) -> Value {
        match self.delivery.state {
            State::Waiting { due } => json!({ "state": "waiting", "nextAttemptAt": due }),
            State::Leased { .. } => json!({ "state": "under way" }),
            State::Succeeded { .. } | State::Failed { .. } => json!({ "state": "ended" }),
        }
    }

    fn update_json(&self) -> Value {
        match self.delivery.state {
            State::Succeeded { .. } => json!({ "status": "success" }),
            State::Failed { .. } => json!({ "status": "failed", "error": self.error() }),
            State::Waiting { .. } | State::Leased { .. } => Value::Null,
        }
    }
}

/// An attempt for the eyes of people; the response's body is shown as text, with what is not UTF-8 replaced.
fn attempt_json(attempt: &Attempt) -> Value {
    let response = attempt.outcome.response.as_ref().map(|response| {
        json!({
            "status": response.status,
            "body": String::from_utf8_lossy(&response.body),
            "truncated": response.truncated,
        })
    });
    let failure = attempt
        .outcome
        .failure
        .as_ref()
        .map(|failure| json!({ "code": failure.code, "detail": failure.detail }));
    json!({
        "number": attempt.number,
        "startedAt": attempt.started_at,
        "endedAt": attempt.ended_at(),
        "durationMs": u64::try_from(attempt.duration.as_millis()).unwrap_or(u64::MAX),
        "url": attempt.url,
        "response": response,
        "failure": failure,
    })
}

fn resource_of(payload: &Payload) -> Value {
    let Payload::Envelope(envelope) = payload else { return Value::Null };
    let envelope: Value = serde_json::from_slice(envelope).unwrap_or_default();
    envelope.get("resource").cloned().unwrap_or_default()
}

#[cfg(test)]
#[path = "execution_tests.rs"]
mod tests;
