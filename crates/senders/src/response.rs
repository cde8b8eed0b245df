//! What is kept of a receiver's answer: the status, a little of the body, and what is wrong with it.

use std::io;

use bytes::Bytes;
use domain::attempt::{Failure, FailureCode, Outcome};
use domain::limits::{ATTEMPT_BYTES_READ_MAX, RESPONSE_BODY_BYTES_MAX, RESPONSE_HEAD_BYTES_MAX};

use crate::body::Framing;
use crate::budget::Meter;
use crate::chunks::Misframed;
use crate::connection::Connection;
use crate::head::{Fault, Head};
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
    /// Whether its connection may serve another request when the answer has ended.
    is_kept_alive: bool,
}

impl Answer {
    /// What the head says, and where the body will end.
    pub(crate) fn begin(head: Head) -> (Self, Framing) {
        let Head { status, framing, is_kept_alive, retry_after, location } = head;
        (Self { status, retry_after, location, body: Vec::new(), is_cut: false, is_kept_alive }, framing)
    }

    /// Reads what is kept of the body, and stops there.
    pub(crate) async fn read_body(
        &mut self,
        connection: &mut Connection,
        mut framing: Framing,
    ) -> Result<(), Failure> {
        // A body that does not come to its end is cut; the loop sets it right when it does.
        self.is_cut = true;
        loop {
            let mut is_full = false;
            let keep = |data: &[u8]| is_full |= !self.keep(data);
            connection.take(|bytes| framing.take(bytes, keep)).map_err(|Misframed| misframed())?;
            if is_full {
                return Ok(());
            }
            if framing.is_done() {
                break;
            }
            match connection.read().await {
                Ok(()) => {}
                Err(Fault::Closed) if framing == Framing::ToTheEnd => break,
                Err(fault) => return Err(body_failure(&fault, connection.meter())),
            }
        }
        self.is_cut = false;
        Ok(())
    }

    /// Keeps what there is room for; answers whether that is all.
    fn keep(&mut self, data: &[u8]) -> bool {
        let room = RESPONSE_BODY_BYTES_MAX - self.body.len();
        self.body.extend_from_slice(&data[..data.len().min(room)]);
        data.len() <= room
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
        self.is_kept_alive && !self.is_cut
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

const IN_HEAD: &str = "before a complete response head";
const IN_BODY: &str = "within the response body";

/// Why no complete head came.
pub(crate) fn head_failure(fault: &Fault, meter: &Meter) -> Failure {
    match fault {
        Fault::TooLarge => head_too_large(),
        _ if meter.is_used_up() => head_too_large(),
        Fault::Malformed(why) => {
            Failure::new(FailureCode::InvalidResponse, format!("What came is not HTTP/1.1: {why}."))
        }
        Fault::Closed | Fault::Broken(_) => broken(fault, IN_HEAD),
    }
}

fn head_too_large() -> Failure {
    let kibibytes = RESPONSE_HEAD_BYTES_MAX / 1024;
    let detail =
        format!("The response head is larger than {kibibytes} KiB or 100 headers, or announces too much.");
    Failure::new(FailureCode::HeadTooLarge, detail)
}

fn body_failure(fault: &Fault, meter: &Meter) -> Failure {
    if meter.is_used_up() {
        let kibibytes = ATTEMPT_BYTES_READ_MAX / 1024;
        let detail = format!("The receiver sent over {kibibytes} KiB without completing its response.");
        return Failure::new(FailureCode::TooManyBytes, detail);
    }
    broken(fault, IN_BODY)
}

fn misframed() -> Failure {
    let detail = "The response body is not framed as HTTP/1.1 wants it.";
    Failure::new(FailureCode::InvalidResponse, detail)
}

/// The connection ended; `place` says how far the response had come.
fn broken(fault: &Fault, place: &str) -> Failure {
    let Fault::Broken(error) = fault else {
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
