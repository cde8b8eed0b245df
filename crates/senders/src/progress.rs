//! How far an attempt has come: outlives it, so that the deadline can say what it cut.

use std::sync::Arc;
use std::time::Duration;

use domain::attempt::{Failure, FailureCode, Outcome};

use crate::response::Answer;
use crate::tokens::Token;

const UNAUTHORIZED: u16 = 401;

/// Of one attempt, or of one request for a token.
#[derive(Default)]
pub(crate) struct Progress {
    pub(crate) phase: Phase,
    pub(crate) answer: Option<Answer>,
    /// The access token that the request carries.
    pub(crate) token: Option<Arc<Token>>,
}

#[derive(Clone, Copy, Default)]
pub(crate) enum Phase {
    Authorize,
    #[default]
    Resolve,
    Connect,
    Head,
    Body,
}

impl Phase {
    /// The failure of an attempt that the deadline met in this phase.
    pub(crate) fn timed_out(self, limit: Duration) -> Failure {
        let (code, what) = match self {
            Phase::Authorize => (FailureCode::AuthFailed, "No access token came"),
            Phase::Resolve => (FailureCode::DnsTimeout, "The name was not resolved"),
            Phase::Connect => (FailureCode::ConnectTimeout, "The connection was not made"),
            Phase::Head => (FailureCode::HeadTimeout, "No complete response head came"),
            Phase::Body => (FailureCode::BodyTimeout, "The response body was not complete"),
        };
        Failure::new(code, format!("{what} within the {limit:?} of an attempt."))
    }
}

impl Progress {
    /// The outcome of an attempt that ended so. A token that the receiver did not take is used no more.
    pub(crate) fn into_outcome(self, ended: Result<(), Failure>) -> Outcome {
        let Some(answer) = self.answer else {
            // An attempt that ends well has an answer.
            return Outcome { response: None, failure: ended.err() };
        };
        if let Some(token) = self.token.filter(|_| answer.status() == UNAUTHORIZED) {
            token.reject();
        }
        answer.into_outcome(ended.err())
    }
}
