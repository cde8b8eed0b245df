//! The port to the receivers: sends one request, once, and says what it met.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::attempt::Outcome;
use domain::target::Target;

/// One signed request, ready to go out.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where to, as stored with the endpoint.
    pub target: Target,
    /// Header names (lower case) and values; the sender adds only `host` and `content-length`.
    pub headers: Vec<(&'static str, String)>,
    /// The body, byte for byte.
    pub body: Bytes,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The answer, or why there is none.
    pub outcome: Outcome,
    /// From the call of [`Sender::send`] to its return.
    pub duration: Duration,
}

/// Sends requests to receivers.
///
/// One call is at most one request on the wire: nothing is repeated, redirected or sent through a proxy. It
/// returns within its own time limit whatever the receiver does, and never fails otherwise than by outcome.
#[async_trait]
pub trait Sender: Send + Sync {
    /// Sends `request` and waits for the response, the failure or the deadline.
    async fn send(&self, request: Request) -> Exchange;
}
