//! One HTTP request of a delivery: what it met (outcome), and what follows from it (verdict).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;

use crate::endpoint::Ordering;
use crate::id::AttemptId;
use crate::retry::{self, Retries};
use crate::time::Timestamp;

/// One HTTP request of a delivery, as the history keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// 1 for the first attempt of a delivery; rises without gaps.
    pub number: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// From its beginning to the end of the response, or to the failure.
    pub duration: Duration,
    /// Where it went.
    pub url: String,
    /// Why it was made.
    pub trigger: Trigger,
    /// What it met.
    pub outcome: Outcome,
}

impl Attempt {
    /// When its response was complete, or its failure certain.
    pub fn ended_at(&self) -> Timestamp {
        self.started_at + self.duration
    }

    /// The attempt without what the receiver answered, but for its status.
    #[must_use]
    pub fn expunged(mut self) -> Self {
        if let Some(response) = &mut self.outcome.response {
            response.body = Bytes::from_static(EXPUNGED);
            response.truncated = false;
            response.retry_after = None;
        }
        self
    }
}

/// What the history has in the place of a response's body that was forgotten; the word of the Svix contract.
pub const EXPUNGED: &[u8] = b"EXPUNGED";

/// Why an attempt is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trigger {
    /// Because a message came in, or by the schedule of retries.
    #[default]
    Scheduled,
    /// Because somebody asked for it.
    Manual,
}

impl Trigger {
    /// The word that answers use.
    pub fn as_str(self) -> &'static str {
        match self {
            Trigger::Scheduled => "scheduled",
            Trigger::Manual => "manual",
        }
    }
}

/// What one attempt met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The receiver's answer, as far as it came.
    pub response: Option<Response>,
    /// Why the attempt is not a success; `None` for a success.
    pub failure: Option<Failure>,
}

/// What is kept of a receiver's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status, 100 to 999.
    pub status: u16,
    /// The first 16 KiB of the body, any bytes.
    pub body: Bytes,
    /// Whether the receiver's body went on after what is kept of it.
    pub truncated: bool,
    /// The `Retry-After` header as it came.
    pub retry_after: Option<String>,
}

/// Why an attempt failed: a code that programs may rely on, and words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Stable: never renamed, only added to.
    pub code: FailureCode,
    /// What exactly happened, in a sentence without secrets.
    pub detail: String,
}

impl Failure {
    /// A failure with its words, cut at their limit.
    pub fn new(code: FailureCode, detail: impl Into<String>) -> Self {
        let mut detail = detail.into();
        let end = detail.floor_char_boundary(crate::limits::FAILURE_DETAIL_BYTES_MAX);
        detail.truncate(end);
        Self { code, detail }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

macro_rules! failure_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Stable codes of failure, in the order in which an attempt can meet them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FailureCode { $($(#[$doc])* $name,)* }

        impl FailureCode {
            /// Every code.
            pub const ALL: &[FailureCode] = &[$(FailureCode::$name,)*];

            /// The code as it is stored and shown.
            pub fn as_str(self) -> &'static str {
                match self { $(FailureCode::$name => $text,)* }
            }
        }
    };
}

failure_codes! {
    /// The endpoint's URL is not one that may be called (an old row, an import).
    UrlRefused = "url_refused",
    /// The host, or an address in its name's answer, is not public.
    DestinationDenied = "destination_denied",
    /// What the receiver wants to know its callers by could not be had: no access token came, or the client
    /// certificate cannot be used. The request was not sent.
    AuthFailed = "auth_failed",
    /// The name does not exist or has no address.
    DnsNotFound = "dns_not_found",
    /// The name could not be resolved: the servers refuse or fail.
    DnsFailed = "dns_failed",
    /// The name was not resolved in time.
    DnsTimeout = "dns_timeout",
    /// Nobody listens there.
    ConnectRefused = "connect_refused",
    /// The connection could not be made for another reason.
    ConnectFailed = "connect_failed",
    /// The connection (TCP and TLS) was not made in time.
    ConnectTimeout = "connect_timeout",
    /// The receiver's certificate is not valid for the name, or not at all.
    TlsCertificate = "tls_certificate",
    /// The TLS handshake failed otherwise.
    TlsFailed = "tls_failed",
    /// No complete response head in time.
    HeadTimeout = "head_timeout",
    /// The response head is larger than we read.
    HeadTooLarge = "head_too_large",
    /// No complete response body in time.
    BodyTimeout = "body_timeout",
    /// The receiver sent more bytes than an attempt reads, without completing a response.
    TooManyBytes = "too_many_bytes",
    /// The connection ended before the response was complete.
    ConnectionClosed = "connection_closed",
    /// What came is not HTTP/1.1.
    InvalidResponse = "invalid_response",
    /// The receiver redirects; redirects are not followed.
    Redirect = "redirect",
    /// The receiver answered 410: it wants no more.
    Gone = "gone",
    /// The receiver answered with another status than 2xx.
    HttpStatus = "http_status",
    /// A fault of our own, such as no free file descriptor.
    Internal = "internal",
}

impl FailureCode {
    /// Whether the receiver gave no answer at all, which costs us a connection's time: the breaker counts these.
    pub fn is_silence(self) -> bool {
        use FailureCode::{
            AuthFailed, ConnectFailed, ConnectRefused, ConnectTimeout, ConnectionClosed, DnsFailed,
            DnsNotFound, DnsTimeout, HeadTimeout, TlsCertificate, TlsFailed,
        };
        matches!(
            self,
            AuthFailed
                | ConnectFailed
                | ConnectRefused
                | ConnectTimeout
                | ConnectionClosed
                | DnsFailed
                | DnsNotFound
                | DnsTimeout
                | HeadTimeout
                | TlsCertificate
                | TlsFailed
        )
    }
}

impl FailureCode {
    /// Whether an attempt meets it only once its request goes out. Of a fault of our own nobody knows.
    pub fn follows_request(self) -> bool {
        use FailureCode::{
            BodyTimeout, ConnectionClosed, Gone, HeadTimeout, HeadTooLarge, HttpStatus, InvalidResponse,
            Redirect, TooManyBytes,
        };
        matches!(
            self,
            HeadTimeout
                | HeadTooLarge
                | BodyTimeout
                | TooManyBytes
                | ConnectionClosed
                | InvalidResponse
                | Redirect
                | Gone
                | HttpStatus
        )
    }
}

impl fmt::Display for FailureCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for FailureCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The text is not a failure code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a failure code")]
pub struct InvalidFailureCode;

impl FromStr for FailureCode {
    type Err = InvalidFailureCode;

    fn from_str(text: &str) -> Result<Self, InvalidFailureCode> {
        FailureCode::ALL.iter().copied().find(|code| code.as_str() == text).ok_or(InvalidFailureCode)
    }
}

impl Outcome {
    /// An attempt that never got a response.
    pub fn failed(code: FailureCode, detail: impl Into<String>) -> Self {
        Self { response: None, failure: Some(Failure::new(code, detail)) }
    }

    /// A complete response (or one that was cut at our own limit): only 2xx is success. `location` is the
    /// header of that name, as it came.
    pub fn answered(response: Response, location: Option<&str>) -> Self {
        let status = response.status;
        let failure = match status {
            200..=299 => None,
            300..=399 => Some(redirect(status, location)),
            410 => {
                Some(Failure::new(FailureCode::Gone, "The receiver answered 410: it wants no more calls."))
            }
            _ => Some(Failure::new(FailureCode::HttpStatus, format!("The receiver answered {status}."))),
        };
        Self { response: Some(response), failure }
    }

    /// Whether the receiver has taken the message.
    pub fn is_success(&self) -> bool {
        self.failure.is_none()
    }

    /// Whether the request went out, be it in part.
    pub fn was_sent(&self) -> bool {
        self.response.is_some() || self.failure.as_ref().is_none_or(|failure| failure.code.follows_request())
    }

    /// Whether the receiver's silence cost us time; see [`FailureCode::is_silence`].
    pub fn is_silence(&self) -> bool {
        self.failure.as_ref().is_some_and(|failure| failure.code.is_silence())
    }

    /// Whether the receiver had too much to do: it did not answer in time, or says so.
    pub fn is_overload(&self) -> bool {
        let status = self.response.as_ref().map_or(0, |response| response.status);
        let late = self.failure.as_ref().is_some_and(|failure| failure.code == FailureCode::BodyTimeout);
        self.is_silence() || late || status == 429 || (500..600).contains(&status)
    }

    /// How long the receiver asked to be left alone: `Retry-After` on 429 and 503 only (RFC 9110, 10.2.3).
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let response = self.response.as_ref().filter(|response| matches!(response.status, 429 | 503))?;
        retry::retry_after(response.retry_after.as_deref()?, now)
    }
}

fn redirect(status: u16, location: Option<&str>) -> Failure {
    let detail = match location {
        Some(location) => {
            let end = location.floor_char_boundary(crate::limits::LOCATION_BYTES_MAX / 2);
            let shown = location[..end].escape_debug();
            format!("The receiver answered {status} and pointed to \"{shown}\"; redirects are not followed.")
        }
        None => format!("The receiver answered {status} without a location; redirects are not followed."),
    };
    Failure::new(FailureCode::Redirect, detail)
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has it.
    Done,
    /// Try again, not before this time.
    RetryAt(Timestamp),
    /// Try again, not before this time, and nothing else of this endpoint meanwhile: its calls are made in order.
    HoldAt(Timestamp),
    /// It was not tried; whoever has room may try it at once.
    Release,
    /// The schedule is used up.
    Exhausted,
    /// The receiver wants no more (410): the delivery ends and its endpoint is disabled.
    EndpointGone,
    /// Nothing was sent, because the endpoint is disabled or deleted: the delivery ends.
    EndpointDisabled,
    /// Nothing was sent, because there is nothing any more: the delivery ends.
    Expunged,
}

impl Verdict {
    /// Judges the outcome of the attempt that counts as the `tried`-th of its schedule (1 for the first) and
    /// ended at `now`. `chance` in `0.0..1.0` places the retry within the schedule's jitter.
    pub fn of(outcome: &Outcome, tried: u32, retries: &Retries, now: Timestamp, chance: f64) -> Verdict {
        match &outcome.failure {
            None => Verdict::Done,
            Some(failure) if failure.code == FailureCode::Gone => Verdict::EndpointGone,
            Some(_) => match retries.delay_after(tried, chance) {
                Some(delay) => {
                    Verdict::RetryAt(now + delay.max(outcome.retry_after(now).unwrap_or_default()))
                }
                None => Verdict::Exhausted,
            },
        }
    }

    /// The verdict for an endpoint that is called in this order.
    #[must_use]
    pub fn in_order(self, ordering: Ordering) -> Self {
        match (self, ordering) {
            (Verdict::RetryAt(at), Ordering::Fifo) => Verdict::HoldAt(at),
            _ => self,
        }
    }

    /// When the delivery is to be looked at again, if it waits.
    pub fn waits_until(self, released: Timestamp) -> Option<Timestamp> {
        match self {
            Verdict::RetryAt(at) | Verdict::HoldAt(at) => Some(at),
            Verdict::Release => Some(released),
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "attempt_tests.rs"]
mod tests;
