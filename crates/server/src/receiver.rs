//! The sample receiver of `whimbrel dev`: a webhook's other end. It checks both signatures of each call, prints a line
//! about it, and answers as its path says.
//!
//! It knows the secrets because it sits in the same process as the store that keeps them.

mod check;
mod flaky;
mod manner;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use domain::execution::Story;
use domain::limits::REQUEST_BODY_BYTES_MAX;
use domain::organization::Organization;
use domain::secret::Secret;
use domain::time::Timestamp;
use engine::ports::clock::Clock;
use engine::ports::history::History;

use self::check::{Checks, Signed};
use self::flaky::Flaky;
pub(crate) use self::manner::HELP;
use self::manner::{Manner, Reply};
use crate::log::tame;
use crate::stdout::say;

/// Connections to the sample receiver at once; each may hold a body.
pub(crate) const CONNECTIONS_MAX: usize = 256;
/// A call's body: a resource as large as a request may be, and the envelope around it.
const BODY_BYTES_MAX: usize = REQUEST_BODY_BYTES_MAX + 64 * 1024;

/// Receives calls.
pub(crate) struct Receiver {
    history: Arc<dyn History>,
    clock: Arc<dyn Clock>,
    flaky: Flaky,
}

/// A receiver that looks up secrets in `history`.
pub(crate) fn router(history: Arc<dyn History>, clock: Arc<dyn Clock>) -> Router {
    let receiver = Receiver { history, clock, flaky: Flaky::default() };
    Router::new().fallback(receive).with_state(Arc::new(receiver))
}

async fn receive(State(receiver): State<Arc<Receiver>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return respond(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
    let signed = Signed::read(header, &body);
    let now = receiver.clock.now();
    let story = receiver.story(signed.id).await;
    let secrets = story.as_ref().map(|story| secrets(story, now));
    let path = head.uri.path();
    let reply = Manner::of(path).reply(|| receiver.flaky.count(signed.id.unwrap_or_default(), path));
    let checks = secrets.map(|secrets| signed.check(&secrets, now));
    say(Line { at: now, method: &head.method, path, reply, story: story.as_ref(), checks, id: signed.id });
    match reply {
        Reply::Status(status) => respond(status),
        Reply::Late(time) => {
            tokio::time::sleep(time).await;
            respond(StatusCode::OK)
        }
        Reply::Never => std::future::pending().await,
    }
}

impl Receiver {
    /// What is stored of the message with this id.
    async fn story(&self, id: Option<&str>) -> Option<Story> {
        let id = id?.parse().ok()?;
        let story = self.history.story(Organization::DEFAULT, id).await;
        story
            .inspect_err(|error| tracing::warn!(%error, "the sample receiver cannot look up a secret"))
            .ok()?
    }
}

/// The secrets of all endpoints that the message goes to: which of them is called cannot be seen from here.
fn secrets(story: &Story, now: Timestamp) -> Vec<Secret> {
    story.calls.iter().flat_map(|call| call.endpoint.secrets.live(now).cloned()).collect()
}

fn respond(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// What is printed of a call.
struct Line<'a> {
    at: Timestamp,
    method: &'a Method,
    path: &'a str,
    reply: Reply,
    story: Option<&'a Story>,
    checks: Option<Checks>,
    id: Option<&'a str>,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, method, path, reply, .. } = self;
        write!(f, "receiver: {at} {method} {} -> {reply}", tame(path))?;
        match self.story {
            Some(Story { message, .. }) => {
                write!(f, ", {}", message.event_type)?;
                if let Some(resource) = &message.resource {
                    write!(f, " of {}/{}", resource.kind, resource.id)?;
                }
            }
            None => write!(f, ", not a call of ours")?,
        }
        if let Some(Checks { token, signature }) = &self.checks {
            // Only what comes from a record has a place for the article's token.
            if self.story.is_some_and(|story| story.message.resource.is_some()) {
                write!(f, ", token {token}")?;
            }
            write!(f, ", signature {signature}")?;
        }
        write!(f, ", {}", tame(self.id.unwrap_or("no webhook-id")))
    }
}
