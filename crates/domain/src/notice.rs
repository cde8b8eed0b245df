//! Operational webhooks: what happens to an organization's endpoints and deliveries is told to the organization itself,
//! by messages like any other.

mod tell;

use serde_json::{Value, json};

use crate::attempt::Attempt;
use crate::id::{AppId, AttemptId, EndpointId, MessageId, TaskId};
use crate::name::{AppUid, EndpointUid, EventId, EventTypeName};
use crate::task::{TaskKind, TaskStatus};
use crate::time::Timestamp;

/// Something to tell, and the id of the message that tells it, if anybody listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The id of the message.
    pub id: MessageId,
    /// What happened.
    pub news: News,
}

/// What happened to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It was made.
    EndpointCreated,
    /// It was changed, or its secret was.
    EndpointUpdated,
    /// It is gone.
    EndpointDeleted,
    /// It is called again.
    EndpointEnabled,
    /// It has failed for so long that it will soon be disabled.
    EndpointFailing {
        /// Since when nothing has succeeded.
        since: Timestamp,
        /// When it will be disabled.
        disable_at: Timestamp,
    },
    /// It is not called any more.
    EndpointDisabled {
        /// Since when nothing had succeeded; `None` where that is not the reason.
        since: Option<Timestamp>,
        /// Who did it.
        trigger: DisableTrigger,
    },
    /// A delivery has failed several times and will be tried again.
    AttemptFailing(LastAttempt),
    /// A delivery has failed for the last time.
    AttemptExhausted(LastAttempt),
    /// A delivery has succeeded after it was told to be failing.
    AttemptRecovered(LastAttempt),
    /// A background task has ended.
    TaskFinished {
        /// Which one.
        task: TaskId,
        /// What it did.
        kind: TaskKind,
        /// How it ended.
        status: TaskStatus,
        /// Deliveries that it made wait.
        queued: u64,
    },
}

/// Who disabled an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisableTrigger {
    /// Somebody asked for it.
    Manual,
    /// We did, for what its receiver answered or did not.
    Automatic,
}

impl DisableTrigger {
    /// The word of the Svix contract.
    pub fn as_str(self) -> &'static str {
        match self {
            DisableTrigger::Manual => "manual",
            DisableTrigger::Automatic => "automatic",
        }
    }
}

/// The attempt that a notice is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastAttempt {
    /// Of which message.
    pub message: MessageId,
    /// Its id.
    pub id: AttemptId,
    /// The response's status; 0 if there was none.
    pub status: u16,
    /// When it began.
    pub at: Timestamp,
}

impl LastAttempt {
    /// Of an attempt of `message`.
    pub fn of(message: MessageId, attempt: &Attempt) -> Self {
        let status = attempt.outcome.response.as_ref().map_or(0, |response| response.status);
        Self { message, id: attempt.id, status, at: attempt.started_at }
    }
}

/// Whom a notice is about, by the names that the platform knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concerned {
    /// The endpoint's app.
    pub app: AppId,
    /// The app's uid.
    pub app_uid: Option<AppUid>,
    /// The endpoint.
    pub endpoint: EndpointId,
    /// The endpoint's uid.
    pub endpoint_uid: Option<EndpointUid>,
    /// The message's `eventId`, where the notice is about a message.
    pub event_id: Option<EventId>,
}

/// Every type of operational webhook, for those who choose among them.
pub const EVENT_TYPES: [&str; 10] = [
    "background_task.finished",
    "endpoint.created",
    "endpoint.deleted",
    "endpoint.disabled",
    "endpoint.enabled",
    "endpoint.failing",
    "endpoint.updated",
    "message.attempt.exhausted",
    "message.attempt.failing",
    "message.attempt.recovered",
];

impl News {
    /// The type of its message.
    pub fn event_type(&self) -> EventTypeName {
        let name = match self {
            News::EndpointCreated => "endpoint.created",
            News::EndpointUpdated => "endpoint.updated",
            News::EndpointDeleted => "endpoint.deleted",
            News::EndpointEnabled => "endpoint.enabled",
            News::EndpointFailing { .. } => "endpoint.failing",
            News::EndpointDisabled { .. } => "endpoint.disabled",
            News::AttemptFailing(_) => "message.attempt.failing",
            News::AttemptExhausted(_) => "message.attempt.exhausted",
            News::AttemptRecovered(_) => "message.attempt.recovered",
            News::TaskFinished { .. } => "background_task.finished",
        };
        name.parse().expect("it is a valid name")
    }

    /// The message of which it is, if it is about one.
    pub fn message(&self) -> Option<MessageId> {
        match self {
            News::AttemptFailing(last) | News::AttemptExhausted(last) | News::AttemptRecovered(last) => {
                Some(last.message)
            }
            _ => None,
        }
    }

    /// The payload of its message: `{"type":…,"data":{…}}`, as the Svix contract has it.
    pub fn payload(&self, concerned: &Concerned) -> Vec<u8> {
        let mut data = json!({
            "appId": concerned.app,
            "appUid": concerned.app_uid,
            "endpointId": concerned.endpoint,
            "endpointUid": concerned.endpoint_uid,
        });
        let more = match self {
            News::EndpointFailing { since, disable_at } => {
                json!({ "failSince": since, "disableAt": disable_at })
            }
            News::EndpointDisabled { since, trigger } => {
                json!({ "failSince": since, "trigger": trigger.as_str() })
            }
            News::AttemptFailing(last) | News::AttemptExhausted(last) | News::AttemptRecovered(last) => {
                json!({
                    "msgId": last.message,
                    "msgEventId": concerned.event_id,
                    "lastAttempt": {
                        "id": last.id,
                        "responseStatusCode": last.status,
                        "timestamp": last.at,
                    },
                })
            }
            News::TaskFinished { task, kind, status, queued } => json!({
                "taskId": task,
                "task": kind.as_str(),
                "status": status.as_str(),
                "data": { "messagesSent": queued },
            }),
            News::EndpointCreated | News::EndpointUpdated | News::EndpointDeleted | News::EndpointEnabled => {
                Value::Null
            }
        };
        if let (Some(data), Value::Object(more)) = (data.as_object_mut(), more) {
            data.extend(more);
        }
        serde_json::to_vec(&json!({ "type": self.event_type(), "data": data })).expect("a value is JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_listed() {
        let last = LastAttempt {
            message: MessageId::from_number(1),
            id: AttemptId::from_number(2),
            status: 503,
            at: Timestamp::default(),
        };
        let since = Timestamp::default();
        let mut types: Vec<String> = [
            News::EndpointCreated,
            News::EndpointUpdated,
            News::EndpointDeleted,
            News::EndpointEnabled,
            News::EndpointFailing { since, disable_at: since },
            News::EndpointDisabled { since: None, trigger: DisableTrigger::Manual },
            News::AttemptFailing(last.clone()),
            News::AttemptExhausted(last.clone()),
            News::AttemptRecovered(last),
            News::TaskFinished {
                task: TaskId::from_number(3),
                kind: TaskKind::Recover,
                status: TaskStatus::Finished,
                queued: 7,
            },
        ]
        .map(|news| news.event_type().to_string())
        .into();
        types.sort();
        assert_eq!(types, EVENT_TYPES);
    }

    #[test]
    fn a_payload_names_everybody_concerned() {
        let concerned = Concerned {
            app: AppId::from_number(1),
            app_uid: Some("acme".parse().unwrap()),
            endpoint: EndpointId::from_number(2),
            endpoint_uid: None,
            event_id: Some("e-1".parse().unwrap()),
        };
        let last = LastAttempt {
            message: MessageId::from_number(3),
            id: AttemptId::from_number(4),
            status: 0,
            at: Timestamp::from_millis(1_769_862_896_789),
        };
        let payload: Value = serde_json::from_slice(&News::AttemptFailing(last).payload(&concerned)).unwrap();
        let expected = json!({
            "type": "message.attempt.failing",
            "data": {
                "appId": "app_00000000001", "appUid": "acme",
                "endpointId": "ep_00000000002", "endpointUid": null,
                "msgId": "msg_00000000003", "msgEventId": "e-1",
                "lastAttempt": {
                    "id": "atmpt_00000000004", "responseStatusCode": 0,
                    "timestamp": "2026-01-31T12:34:56.789Z",
                },
            },
        });
        assert_eq!(payload, expected);
    }
}
