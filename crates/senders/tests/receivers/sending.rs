//! What the tests of the sender have in common: short settings, one request, one way to compare.

use std::time::Duration;

use bytes::Bytes;
use domain::attempt::FailureCode;
use domain::target::Target;
use engine::ports::sender::{Exchange, Request, Sender};
use senders::{HttpSender, Settings};

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
    Request { target: Target::stored(url).unwrap(), headers, body: body.into() }
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

/// The status and the failure's code.
pub(crate) fn met(exchange: &Exchange) -> (Option<u16>, Option<FailureCode>) {
    let outcome = &exchange.outcome;
    let status = outcome.response.as_ref().map(|response| response.status);
    (status, outcome.failure.as_ref().map(|failure| failure.code))
}
