//! The port to the receivers: sends one request, once, and says what it met.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::attempt::Outcome;
use domain::headers::CustomHeaders;
use domain::receiver_auth::ReceiverAuth;
use domain::target::Target;

/// One signed request, ready to go out.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where to, as stored with the endpoint.
    pub target: Target,
    /// Header names (lower case) and values of ours; the sender adds only `host`, `user-agent` and
    /// `content-length`.
    pub headers: Vec<(&'static str, String)>,
    /// Headers of the endpoint's owner; one of ours, or of `auth`, takes their place if they have the same name.
    pub custom: CustomHeaders,
    /// How the receiver knows that it is we.
    pub auth: Arc<ReceiverAuth>,
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
/// One call is at most one request to the receiver: nothing is repeated, redirected or sent through a proxy. An
/// access token may be fetched before, within the same time. It returns within its own time limit whatever the
/// receiver does, and never fails otherwise than by outcome.
#[async_trait]
pub trait Sender: Send + Sync {
    /// Sends `request` and waits for the response, the failure or the deadline.
    async fn send(&self, request: Request) -> Exchange;

    /// Whether requests can be sent with this auth, as far as that can be known before the first of them: so that
    /// whoever configures a certificate with another one's key hears of it at once.
    ///
    /// # Errors
    /// Why not, as a sentence.
    fn check_auth(&self, auth: &ReceiverAuth) -> Result<(), String> {
        let _ = auth;
        Ok(())
    }
}
