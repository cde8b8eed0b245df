//! Signatures: the article's token, and the Standard Webhooks headers, with HMAC-SHA256 or ed25519 as the
//! endpoint's secret says. (<https://www.standardwebhooks.com>, specification 1.0.0)

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::ed25519::signature::MultipartSigner;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::id::MessageId;
use crate::secret::{Key, Secret};
use crate::time::Timestamp;

/// The names under which an organization's calls carry their signatures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeaderNames {
    /// `webhook-…`, of Standard Webhooks.
    #[default]
    Webhook,
    /// `svix-…`, for receivers that were written for Svix.
    Svix,
    /// The same under both names.
    Both,
}

/// The names of one set of headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderSet {
    /// The header with the message's id; the same in all attempts.
    pub id: &'static str,
    /// The header with the attempt's time in seconds.
    pub timestamp: &'static str,
    /// The header with the signatures.
    pub signature: &'static str,
}

const WEBHOOK: HeaderSet =
    HeaderSet { id: "webhook-id", timestamp: "webhook-timestamp", signature: "webhook-signature" };
const SVIX: HeaderSet = HeaderSet { id: "svix-id", timestamp: "svix-timestamp", signature: "svix-signature" };

impl HeaderNames {
    /// The sets of headers that are sent.
    pub fn sets(self) -> &'static [HeaderSet] {
        match self {
            Self::Webhook => &[WEBHOOK],
            Self::Svix => &[SVIX],
            Self::Both => &[WEBHOOK, SVIX],
        }
    }
}

/// The headers of one attempt, signed with each of the secrets in their order.
pub fn headers<'a>(
    secrets: impl IntoIterator<Item = &'a Secret>,
    names: HeaderNames,
    id: MessageId,
    at: Timestamp,
    body: &[u8],
) -> Vec<(&'static str, String)> {
    let (id, at) = (id.to_string(), at.seconds().to_string());
    let content = content(&id, &at, body);
    let mut signatures = String::new();
    for secret in secrets {
        if !signatures.is_empty() {
            signatures.push(' ');
        }
        sign(secret, &content, &mut signatures);
    }
    let named = |set: &HeaderSet| {
        [(set.id, id.clone()), (set.timestamp, at.clone()), (set.signature, signatures.clone())]
    };
    names.sets().iter().flat_map(named).collect()
}

/// One signature over `id.timestamp.body`: `v1,` and the base64 of the HMAC, or `v1a,` and that of the ed25519
/// signature. The same arguments always give the same text.
pub fn signature(secret: &Secret, id: &str, at_seconds: i64, body: &[u8]) -> String {
    let at = at_seconds.to_string();
    let mut signature = String::new();
    sign(secret, &content(id, &at, body), &mut signature);
    signature
}

/// What is signed, in parts.
fn content<'a>(id: &'a str, at_seconds: &'a str, body: &'a [u8]) -> [&'a [u8]; 5] {
    [id.as_bytes(), b".", at_seconds.as_bytes(), b".", body]
}

/// Appends the signature over the parts as if they were one text.
fn sign(secret: &Secret, content: &[&[u8]], signatures: &mut String) {
    match secret.key() {
        Key::Hmac(_) => {
            signatures.push_str("v1,");
            STANDARD.encode_string(hmac_sha256(secret, content), signatures);
        }
        Key::Ed25519(pair) => {
            signatures.push_str("v1a,");
            STANDARD.encode_string(ed25519(&pair.signing, content), signatures);
        }
    }
}

/// HMAC-SHA256 (RFC 2104) over the parts as if they were one text, keyed with [`Secret::hmac_key`].
pub fn hmac_sha256(secret: &Secret, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.hmac_key()).expect("HMAC takes a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// Ed25519 (RFC 8032) over the parts as if they were one text.
fn ed25519(key: &SigningKey, parts: &[&[u8]]) -> [u8; 64] {
    key.multipart_sign(parts).to_bytes()
}

/// Compares without telling by its duration where the texts differ.
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
#[path = "sign_tests.rs"]
mod tests;
