//! `…/endpoint/{endpoint_id}/send-example`: a message for this endpoint alone, as an event type's schema shows it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use bytes::Bytes;
use domain::event::Origin;
use domain::id::OrganizationId;
use domain::limits::PAYLOAD_DAYS_MAX;
use domain::message::Message;
use domain::name::EventTypeName;
use domain::payload::Payload;
use engine::ports::inbox::{Addressee, NewMessage, Sent};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::Api;
use crate::error::unreadable;
use crate::v1::Routes;
use crate::v1::access::{EndpointAdmin, PathApp};
use crate::v1::answer::{Answer, ok};
use crate::v1::body::Json;
use crate::v1::check::Checks;
use crate::v1::error::Error;

use crate::v1::msg::{Contents, MessageOut, PathEndpoint};

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(send))
}

/// Which example.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EventExampleIn {
    /// The event type: one that has examples in its schema, or `svix.ping`.
    #[schema(
        min_length = 1,
        max_length = 256,
        pattern = r"^\.*[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$",
        example = "svix.ping"
    )]
    event_type: String,
    /// Which of the examples, the first one being 0.
    #[schema(minimum = 0, maximum = 65_535, default = 0)]
    example_index: Option<u16>,
    /// What is sent instead.
    #[schema(value_type = Option<Object>)]
    payload: Option<Box<RawValue>>,
}

/// Send an example to an endpoint
///
/// It goes to this endpoint alone, whatever that one wants.
#[utoipa::path(
    post,
    path = "/app/{app_id}/endpoint/{endpoint_id}/send-example",
    operation_id = "v1.endpoint.send-example",
    tag = super::TAG,
    params(PathApp, PathEndpoint),
    request_body = EventExampleIn,
    responses((status = 200, description = "The message that is sent", body = MessageOut))
)]
async fn send(
    State(api): State<Arc<Api>>,
    EndpointAdmin { app, endpoint }: EndpointAdmin,
    Json(body): Json<EventExampleIn>,
) -> Answer {
    let mut checks = Checks::of_body();
    let event_type = checks.parsed::<EventTypeName>("eventType", Some(&body.event_type));
    let payload = body.payload.and_then(|json| {
        let object = Some(json).filter(|json| json.get().starts_with('{'));
        checks.some("payload", object, "must be an object")
    });
    let event_type = checks.done_with(event_type)?;
    let payload = match payload {
        Some(json) => Bytes::from(Box::<str>::from(json).into_boxed_bytes()),
        None => example(&api, app.organization, &event_type, body.example_index.unwrap_or(0)).await?,
    };
    let message = Message {
        expires_at: Some(api.doors.now() + Duration::from_secs(PAYLOAD_DAYS_MAX * SECONDS_PER_DAY)),
        payload: Payload::Verbatim(payload),
        ..Message::new(api.doors.mint(), app.id, event_type, Origin::sent())
    };
    let to = Addressee::One(app.id, endpoint.id);
    let sent = api.doors.send(app.organization, vec![NewMessage { to, message }], None).await?;
    let Sent::Stored(sent) = sent else { unreachable!("nothing is repeated without a key") };
    match sent.into_iter().next() {
        Some(Ok(sent)) => ok(&MessageOut::new(&sent.message, Contents::Left)),
        // The app was deleted at this moment; nothing else is against a single message without an `eventId`.
        _ => Err(Error::not_found()),
    }
}

/// What an event type shows of its payloads.
async fn example(
    api: &Api,
    organization: OrganizationId,
    name: &EventTypeName,
    index: u16,
) -> Result<Bytes, Error> {
    if name.as_str() == PING {
        return Ok(Bytes::from_static(PING_PAYLOAD));
    }
    let event_type = api.doors.store.event_type(organization, name).await.map_err(unreadable)?;
    let examples = event_type.as_ref().and_then(|event_type| event_type.schema()?.get("examples"));
    let example = examples.and_then(|examples| examples.get(usize::from(index)));
    match example.filter(|example| example.is_object()).map(Value::to_string) {
        Some(json) => Ok(json.into()),
        None => Err(Error::bad_request(
            "invalid_scheme",
            "The schema of the event type has no such example; give a payload instead.",
        )),
    }
}

/// An event type that has an example without being declared.
const PING: &str = "svix.ping";
const PING_PAYLOAD: &[u8] = br#"{"success": true}"#;
const SECONDS_PER_DAY: u64 = 24 * 3600;
