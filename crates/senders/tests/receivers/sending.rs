//! What the tests of the sender have in common: short settings, one request, one way to compare.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::attempt::FailureCode;
use domain::headers::CustomHeaders;
use domain::target::Target;
use engine::ports::sender::{Exchange, Request, Sender};
use senders::{HttpSender, Settings};
use serde_json::Value;

/// The deadline of attempts in tests.
pub(crate) const ATTEMPT_TIME: Duration = Duration::from_millis(1000);
/// What an attempt may take over its deadline: scheduling on a busy machine.
const SLACK: Duration = Duration::from_millis(500);

/// Short limits, and loopback opened.
pub(crate) fn settings() -> Settings {
    Settings {
        attempt_time: ATTEMPT_TIME,
        connect_time: Duration::from_millis(700),
        opened: "127.0.0.0/8".parse().unwrap(),
        ..Settings::default()
    }
}

pub(crate) fn sender() -> HttpSender {
    HttpSender::new(settings()).unwrap()
}

pub(crate) fn request(url: &str, body: impl Into<Bytes>) -> Request {
    let headers = vec![("content-type", "application/json".to_owned()), ("webhook-id", "msg_1".to_owned())];
    let (target, body) = (Target::stored(url).unwrap(), body.into());
    Request { target, headers, custom: CustomHeaders::default(), auth: Arc::default(), body }
}

/// A body in which no part is like the one before it.
pub(crate) fn patterned(bytes: u32) -> Vec<u8> {
    (0..bytes).flat_map(u32::to_le_bytes).take(bytes as usize).collect()
}

/// Sends and checks what holds for every attempt: it ends in time.
pub(crate) async fn send(sender: &HttpSender, url: &str) -> Exchange {
    send_body(sender, url, "{}").await
}

pub(crate) async fn send_body(sender: &HttpSender, url: &str, body: impl Into<Bytes>) -> Exchange {
    let exchange = sender.send(request(url, body)).await;
    assert!(exchange.duration <= ATTEMPT_TIME + SLACK, "{exchange:?}");
    exchange
}

/// Sends with what the endpoint's owner said: headers, and auth as it is stored.
pub(crate) async fn send_as(sender: &HttpSender, url: &str, custom: Value, auth: &Value) -> Exchange {
    let custom = serde_json::from_value(custom).unwrap();
    let auth = Arc::new(serde_json::from_value(auth.clone()).unwrap());
    let exchange = sender.send(Request { custom, auth, ..request(url, "{}") }).await;
    assert!(exchange.duration <= ATTEMPT_TIME + SLACK, "{exchange:?}");
    exchange
}

/// The status and the failure's code.
pub(crate) fn met(exchange: &Exchange) -> (Option<u16>, Option<FailureCode>) {
    let outcome = &exchange.outcome;
    let status = outcome.response.as_ref().map(|response| response.status);
    (status, outcome.failure.as_ref().map(|failure| failure.code))
}
