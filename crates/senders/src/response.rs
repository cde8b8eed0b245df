//! What is kept of a receiver's answer: the status, a little of the body, and what is wrong with it.

use std::error::Error as _;
use std::io;

use bytes::Bytes;
use domain::attempt::{Failure, FailureCode, Outcome};
use domain::limits::{
    ATTEMPT_BYTES_READ_MAX, LOCATION_BYTES_MAX, RESPONSE_BODY_BYTES_MAX, RESPONSE_HEAD_BYTES_MAX,
};
use http::header::{CONTENT_LENGTH, HeaderName, LOCATION, RETRY_AFTER, TRANSFER_ENCODING};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};

use crate::budget::Meter;
use crate::connection::Connection;
use crate::tls;

/// An answer as far as it has come.
#[derive(Debug)]
pub(crate) struct Answer {
    status: u16,
    retry_after: Option<String>,
    location: Option<String>,
    body: Vec<u8>,
    /// Whether the body went on after what is kept of it.
    is_cut: bool,
    /// Whether the head leaves no doubt where the answer ends.
    is_framed: bool,
}

impl Answer {
    /// What the head says.
    pub(crate) fn new(head: &Response<Incoming>) -> Self {
        let headers = head.headers();
        let is_ambiguous = headers.contains_key(CONTENT_LENGTH) && headers.contains_key(TRANSFER_ENCODING);
        Self {
            status: head.status().as_u16(),
            retry_after: kept(headers, &RETRY_AFTER),
            location: kept(headers, &LOCATION),
            body: Vec::new(),
            is_cut: false,
            is_framed: !is_ambiguous && head.status() != StatusCode::SWITCHING_PROTOCOLS,
        }
    }

    /// Reads what is kept of the body, and stops there.
    pub(crate) async fn read_body(
        &mut self,
        connection: &mut Connection,
        mut body: Incoming,
    ) -> Result<(), Failure> {
        // A body that does not come to its end is cut; the loop sets it right when it does.
        self.is_cut = true;
        while !body.is_end_stream() {
            let frame = match connection.drive(body.frame()).await {
                None => break,
                Some(Err(error)) => return Err(body_failure(&error, connection.meter())),
                Some(Ok(frame)) => frame,
            };
            // Trailers are not kept.
            let Ok(data) = frame.into_data() else { continue };
            let room = RESPONSE_BODY_BYTES_MAX - self.body.len();
            self.body.extend_from_slice(&data[..data.len().min(room)]);
            if data.len() > room {
                return Ok(());
            }
        }
        self.is_cut = false;
        Ok(())
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// What is kept of the body.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// Whether the body went on after what is kept of it.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Whether the answer ended where it said, so that its connection may serve another request.
    pub(crate) fn is_complete(&self) -> bool {
        self.is_framed && !self.is_cut
    }

    /// The outcome of an attempt that got this answer, and perhaps failed while the body was read. A status
    /// that is a failure by itself says more than a body that broke off.
    pub(crate) fn into_outcome(self, failure: Option<Failure>) -> Outcome {
        let response = domain::attempt::Response {
            status: self.status,
            body: Bytes::from(self.body),
            truncated: self.is_cut,
            retry_after: self.retry_after,
        };
        let mut outcome = Outcome::answered(response, self.location.as_deref());
        outcome.failure = outcome.failure.or(failure);
        outcome
    }
}

/// A header's value as text, if it is short enough to be meant for us.
fn kept(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?.as_bytes();
    let value = &value[..value.len().min(LOCATION_BYTES_MAX)];
    Some(String::from_utf8_lossy(value).into_owned())
}

/// Why no complete head came.
pub(crate) fn head_failure(error: &hyper::Error, meter: &Meter) -> Failure {
    if meter.is_used_up() || error.is_parse_too_large() {
        let kibibytes = RESPONSE_HEAD_BYTES_MAX / 1024;
        let detail = format!(
            "The response head is larger than {kibibytes} KiB or 100 headers, or announces too much."
        );
        return Failure::new(FailureCode::HeadTooLarge, detail);
    }
    if error.is_parse() {
        return Failure::new(FailureCode::InvalidResponse, format!("What came is not HTTP/1.1: {error}."));
    }
    broken(error, "before a complete response head")
}

fn body_failure(error: &hyper::Error, meter: &Meter) -> Failure {
    if meter.is_used_up() {
        let kibibytes = ATTEMPT_BYTES_READ_MAX / 1024;
        let detail = format!("The receiver sent over {kibibytes} KiB without completing its response.");
        return Failure::new(FailureCode::TooManyBytes, detail);
    }
    let kind = io_error(error).map(io::Error::kind);
    if matches!(kind, Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)) {
        return Failure::new(
            FailureCode::InvalidResponse,
            "The response body is not framed as HTTP/1.1 wants it.",
        );
    }
    broken(error, "within the response body")
}

/// The connection ended; `place` says how far the response had come.
fn broken(error: &hyper::Error, place: &str) -> Failure {
    let Some(error) = io_error(error) else {
        return Failure::new(
            FailureCode::ConnectionClosed,
            format!("The receiver closed the connection {place}."),
        );
    };
    if let Some(failure) = tls::failure(error) {
        return failure;
    }
    let detail = match error.kind() {
        io::ErrorKind::UnexpectedEof => format!("The receiver closed the connection {place}."),
        io::ErrorKind::ConnectionReset => format!("The receiver reset the connection {place}."),
        _ => format!("The connection broke {place}: {error}."),
    };
    Failure::new(FailureCode::ConnectionClosed, detail)
}

fn io_error(error: &hyper::Error) -> Option<&io::Error> {
    error.source()?.downcast_ref()
}
