//! What went out in an attempt, as far as it is certain from what is stored. Nothing else is told: not the endpoint's own
//! headers and not its auth, which may be secret and may have changed, and nothing of which the configuration decides.

use super::Call;
use crate::attempt::Attempt;
use crate::limits::CHANGE_TIME_MAX;
use crate::organization::Organization;
use crate::sign;
use crate::target::Target;
use crate::time::Timestamp;

/// From what the requests of a call follow.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// Whose call: its present settings.
    pub organization: &'a Organization,
    /// With the endpoint as registered now.
    pub call: &'a Call,
    /// What was sent; `None` if that is not known any more, or not to be looked at.
    pub body: Option<&'a [u8]>,
    /// Whether signatures are made again.
    pub signatures: Signatures,
}

/// Whether signatures are told: with one, whoever has it can call the receiver for as long as it believes the timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signatures {
    /// They are, where they are certain.
    Shown,
    /// They are not.
    Left,
}

/// The head of a request, as far as it is certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Always the same.
    pub method: &'static str,
    /// Those that Whimbrel wrote.
    pub headers: Vec<(&'static str, String)>,
}

impl Evidence<'_> {
    /// What went out in an attempt; `None` if nothing did, or if nobody knows.
    pub fn request(&self, attempt: &Attempt) -> Option<Request> {
        if !attempt.outcome.was_sent() {
            return None;
        }
        let mut headers = Vec::new();
        if let Ok(target) = Target::stored(&attempt.url) {
            headers.push(("host", target.authority().to_owned()));
        }
        headers.push(("content-type", "application/json".to_owned()));
        headers.extend(self.body.map(|body| ("content-length", body.len().to_string())));
        headers.extend(self.signed(attempt));
        Some(Request { method: "POST", headers })
    }

    /// The headers of Standard Webhooks, if their names are certain; the signature only if the secrets are as well.
    fn signed(&self, attempt: &Attempt) -> Vec<(&'static str, String)> {
        let (organization, endpoint) = (self.organization, &self.call.endpoint);
        let at = attempt.started_at;
        if !is_settled(organization.id.timestamp(), organization.updated_at, at) {
            return Vec::new();
        }
        let is_certain = self.signatures == Signatures::Shown
            && is_settled(endpoint.created_at(), endpoint.updated_at, at);
        let body = self.body.filter(|_| is_certain);
        let secrets = endpoint.secrets.live(at).filter(|_| body.is_some());
        let names = organization.settings.header_names;
        let message = self.call.delivery.id.message;
        let mut headers = sign::headers(secrets, names, message, at, body.unwrap_or_default());
        headers.retain(|(_, value)| !value.is_empty());
        headers
    }
}

/// Whether a record was the same at this moment as it is now.
fn is_settled(made_at: Timestamp, changed_at: Timestamp, at: Timestamp) -> bool {
    changed_at == made_at || changed_at + CHANGE_TIME_MAX <= at
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
