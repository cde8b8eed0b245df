//! Sending many messages at once: one request and one commit, and an acknowledgement for each.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::app::AppRef;
use domain::id::{MessageId, OrganizationId};
use domain::limits::MESSAGES_PER_BATCH_MAX;
use domain::message::MessageRef;
use domain::time::Timestamp;
use engine::ports::inbox::{AcceptedMessage, Sent, Unsent};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::send::{accepted, message, refused, repeated};
use super::wire::{MessageIn, Wanted};
use super::{Contents, MessageOut, TAG};
use crate::Api;
use crate::v1::Routes;
use crate::v1::access::{PathApp, Sender};
use crate::v1::answer::Answer;
use crate::v1::body::{Object, lacking};
use crate::v1::error::{Error, Problem};
use crate::v1::idempotency::{Keyed, reused};
use crate::v1::items::AtMost;
use crate::v1::schemas::PayloadChecks;

pub(in crate::v1) fn routes() -> Routes {
    Routes::new().routes(routes!(create))
}

/// Whether a path is that of a batch.
pub(in crate::v1) fn is_batch(path: &str) -> bool {
    let app = path.strip_prefix("/app/").and_then(|rest| rest.strip_suffix("/msg/batch"));
    app.is_some_and(|app| !app.contains('/'))
}

/// Messages to be sent.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct MessageBatchIn {
    /// The messages, in their order.
    #[schema(value_type = Vec<MessageIn>, min_items = 1, max_items = 1000)]
    messages: AtMost<Object<MessageIn>, MESSAGES_PER_BATCH_MAX>,
}

/// What became of the messages.
#[derive(Debug, Serialize, ToSchema)]
struct MessageBatchOut {
    /// An acknowledgement for each, in their order.
    data: Vec<Acknowledgement>,
}

/// What became of one message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum Acknowledgement {
    /// It is stored.
    Accepted {
        /// 202
        status: u16,
        /// The message, without its payload.
        message: MessageOut,
    },
    /// It is not sent.
    Refused {
        /// What it would have been answered alone.
        status: u16,
        /// The reason.
        error: Reason,
    },
}

/// Why a message is not sent.
#[derive(Debug, Serialize, ToSchema)]
struct Reason {
    /// The reason's name, for programs.
    code: &'static str,
    /// The reason, for people.
    detail: String,
}

/// Send many messages
///
/// Up to 1,000 messages, 8 MiB together, are stored in one commit, each for itself: one that is refused, because its
/// `eventId` is taken or because the payloads before it are too large, does not concern the others. If a message is
/// malformed, nothing is sent. With the header `Idempotency-Key`, they are sent once, however often it is asked for.
#[utoipa::path(
    post,
    path = "/app/{app_id}/msg/batch",
    operation_id = "v1.message.create-batch",
    tag = TAG,
    params(
        PathApp,
        ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 256, description = "The messages are sent once under this key")
    ),
    request_body = MessageBatchIn,
    responses((status = 202, description = "What became of each message", body = MessageBatchOut))
)]
async fn create(
    State(api): State<Arc<Api>>,
    caller: Sender,
    PathApp { app_id }: PathApp,
    Keyed { body, key }: Keyed<MessageBatchIn>,
) -> Answer {
    let organization = caller.organization;
    let wanted = body.check(api.doors.now())?;
    check_payloads(&api, organization, &wanted).await?;
    let messages = wanted.into_iter().map(|wanted| message(&api, organization, &app_id, wanted).0);
    let sent = match api.doors.send(organization, messages.collect(), key).await? {
        Sent::Stored(sent) => sent,
        Sent::Repeated(earlier) => {
            let data = recalled(&api, organization, &app_id, earlier).await?;
            return accepted(&MessageBatchOut { data });
        }
        Sent::KeyReused => return Err(reused()),
    };
    if sent.iter().all(|sent| matches!(sent, Err(Unsent::NoApp))) {
        return Err(Error::not_found());
    }
    let acknowledge = |sent: Result<AcceptedMessage, Unsent>| match sent {
        Ok(sent) => Acknowledgement::accepted(MessageOut::new(&sent.message, Contents::Left)),
        Err(unsent) => Acknowledgement::refused(refused(unsent)),
    };
    accepted(&MessageBatchOut { data: sent.into_iter().map(acknowledge).collect() })
}

impl MessageBatchIn {
    /// Checks what is asked for at `now`.
    fn check(self, now: Timestamp) -> Result<Vec<Wanted>, Error> {
        let AtMost(messages) = self.messages;
        if messages.is_empty() {
            return Err(Error::invalid(&["body", "messages"], "must have at least one item"));
        }
        let mut wanted = Vec::with_capacity(messages.len());
        let mut wrong = Vec::new();
        for (index, Object(message)) in messages.into_iter().enumerate() {
            let checked = match message {
                Ok(message) => message.check(now),
                Err(name) => Err(Error::Invalid(vec![lacking(&["body"], name)])),
            };
            match checked {
                Ok(message) => wanted.push(message),
                Err(Error::Invalid(problems)) if wrong.len() < PROBLEMS_MAX => {
                    wrong.extend(problems.into_iter().map(|problem| at(index, problem)));
                }
                Err(Error::Invalid(_)) => break,
                Err(error) => return Err(error),
            }
        }
        if wrong.is_empty() { Ok(wanted) } else { Err(Error::Invalid(wrong)) }
    }
}

/// Problems of a batch after which no more messages are looked at.
const PROBLEMS_MAX: usize = 100;

/// What is wrong with a message, in its place in the batch.
fn at(index: usize, mut problem: Problem) -> Problem {
    problem.loc.splice(1..1, ["messages".to_owned(), format!("[{index}]")]);
    problem
}

/// Holds all payloads against the schemas of their event types, if the organization asks for it.
async fn check_payloads(api: &Api, organization: OrganizationId, wanted: &[Wanted]) -> Result<(), Error> {
    let Some(mut checks) = PayloadChecks::begin(api, organization).await? else { return Ok(()) };
    for (index, Wanted { event_type, payload, .. }) in wanted.iter().enumerate() {
        let loc = ["body", "messages", &format!("[{index}]"), "payload"];
        checks.check(event_type, payload.as_bytes(), &loc).await?;
    }
    Ok(())
}

/// What the same batch was answered before.
async fn recalled(
    api: &Api,
    organization: OrganizationId,
    app: &AppRef,
    earlier: Vec<Result<MessageId, Unsent>>,
) -> Result<Vec<Acknowledgement>, Error> {
    let mut data = Vec::with_capacity(earlier.len());
    for sent in earlier {
        data.push(match sent {
            Ok(id) => {
                let id = MessageRef::Id(id);
                Acknowledgement::accepted(repeated(api, organization, app, &id, Contents::Left).await?)
            }
            Err(unsent) => Acknowledgement::refused(refused(unsent)),
        });
    }
    Ok(data)
}

impl Acknowledgement {
    fn accepted(message: MessageOut) -> Self {
        Self::Accepted { status: StatusCode::ACCEPTED.as_u16(), message }
    }

    fn refused(error: Error) -> Self {
        let (status, code, detail) = match error {
            Error::Said { refusal, code } => (refusal.status, code, refusal.errors.join(" ")),
            Error::Invalid(_) => unreachable!("a message is checked before it is sent"),
        };
        Self::Refused { status: status.as_u16(), error: Reason { code, detail } }
    }
}
