//! Sending one message: what the program does most. The app is looked up by the move that stores the message, and the
//! idempotency key is remembered by it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use domain::app::AppRef;
use domain::id::OrganizationId;
use domain::message::MessageRef;
use engine::ports::inbox::{Addressee, NewMessage, Refused, Sent, Unsent};
use serde::Serialize;
use utoipa_axum::routes;

use super::wire::{MessageIn, Wanted};
use super::{ContentQuery, Contents, MessageOut, TAG};
use crate::Api;
use crate::answer::json;
use crate::error::{Refusal, unreadable};
use crate::v1::Routes;
use crate::v1::access::{PathApp, Sender};
use crate::v1::answer::Answer;
use crate::v1::error::{Error, Problem};
use crate::v1::idempotency::{Keyed, reused};
use crate::v1::query::Query;
use crate::v1::schemas::PayloadChecks;

pub(in crate::v1) fn routes() -> Routes {
    Routes::new().routes(routes!(create))
}

/// Send a message
///
/// It is stored when the answer comes, and delivered to every endpoint of the app that wants it. With the header
/// `Idempotency-Key`, it is sent once, however often it is asked for.
#[utoipa::path(
    post,
    path = "/app/{app_id}/msg",
    operation_id = "v1.message.create",
    tag = TAG,
    params(
        PathApp,
        ContentQuery,
        ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 256, description = "The message is sent once under this key")
    ),
    request_body = MessageIn,
    responses((status = 202, description = "The message, which is stored", body = MessageOut))
)]
async fn create(
    State(api): State<Arc<Api>>,
    caller: Sender,
    PathApp { app_id }: PathApp,
    Query(query): Query<ContentQuery>,
    Keyed { body, key }: Keyed<MessageIn>,
) -> Answer {
    let (organization, contents) = (caller.organization, query.contents());
    let object = body.object().filter(|_| contents == Contents::Shown).map(ToOwned::to_owned);
    let wanted = body.check(api.doors.now())?;
    if let Some(mut checks) = PayloadChecks::begin(&api, organization).await? {
        checks.check(&wanted.event_type, wanted.payload.as_bytes(), &["body", "payload"]).await?;
    }
    let (message, no_app) = message(&api, organization, &app_id, wanted);
    match api.doors.send(organization, vec![message], key).await? {
        Sent::Stored(sent) => match sent.into_iter().next().expect("one message has one answer") {
            Ok(sent) => accepted(&MessageOut::new(&sent.message, contents).with_object(object)),
            Err(Unsent::NoApp) => Err(no_app.into()),
            Err(unsent) => Err(refused(unsent)),
        },
        Sent::Repeated(earlier) => match earlier.into_iter().next().expect("one message has one answer") {
            Ok(id) => accepted(&repeated(&api, organization, &app_id, &MessageRef::Id(id), contents).await?),
            Err(unsent) => Err(refused(unsent)),
        },
        Sent::KeyReused => Err(reused()),
    }
}

/// 202 with what is stored, and goes its way from now on.
pub(in crate::v1) fn accepted(body: &impl Serialize) -> Answer {
    Ok(json(StatusCode::ACCEPTED, body))
}

/// Why there may be no app for a message.
pub(super) enum NoApp {
    /// There is none, and none was to be made.
    Absent,
    /// One was to be made, without a uid.
    WithoutUid,
    /// One was to be made, with another uid than that of the path.
    OtherUid,
}

impl From<NoApp> for Error {
    fn from(no_app: NoApp) -> Self {
        let (kind, msg) = match no_app {
            NoApp::Absent => return Self::not_found(),
            NoApp::WithoutUid => ("application_uid_missing", "must be there, and that of the path"),
            NoApp::OtherUid => ("application_uid_mismatch", "must be that of the path"),
        };
        let problem = Problem::new(&["body", "application", "uid"], msg);
        Self::Invalid(vec![Problem { kind, ..problem }])
    }
}

/// The message for the store, and what it means if there is no app.
pub(super) fn message(
    api: &Api,
    organization: OrganizationId,
    app_id: &AppRef,
    mut wanted: Wanted,
) -> (NewMessage, NoApp) {
    let application = wanted.application.take();
    let (to, no_app) = match (application, app_id) {
        (None, _) => (None, NoApp::Absent),
        (Some(app), AppRef::Uid(uid)) if app.uid.as_ref() == Some(uid) => {
            (Some(Addressee::Made(Box::new(app.made(api.doors.mint(), organization)))), NoApp::Absent)
        }
        (Some(app), _) if app.uid.is_none() => (None, NoApp::WithoutUid),
        (Some(_), _) => (None, NoApp::OtherUid),
    };
    let to = to.unwrap_or_else(|| Addressee::Known(app_id.clone()));
    (NewMessage { to, message: wanted.made(api.doors.mint()) }, no_app)
}

/// The message that the same request made before.
pub(super) async fn repeated(
    api: &Api,
    organization: OrganizationId,
    app: &AppRef,
    message: &MessageRef,
    contents: Contents,
) -> Result<MessageOut, Error> {
    let store = &api.doors.store;
    let app = store.app(organization, app).await.map_err(unreadable)?.ok_or_else(Error::not_found)?;
    let found = store.message(app.id, message).await.map_err(unreadable)?.ok_or_else(Error::not_found)?;
    Ok(MessageOut::new(&found, contents))
}

/// Why a message is not sent, for a client.
pub(super) fn refused(unsent: Unsent) -> Error {
    match unsent {
        Unsent::NoApp => Error::not_found(),
        Unsent::EventIdTaken => Error::conflict("A message with that eventId already exists"),
        Unsent::TooLarge => Refusal::from(Refused::TooLarge).into(),
    }
}
