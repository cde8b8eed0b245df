//! The tokens of the Svix contract: JSON Web Tokens (RFC 7519) signed with HMAC-SHA256, so that a platform that moves
//! here keeps those it has. Whimbrel verifies them and issues none.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::limits::{JWT_BYTES_MAX, JWT_SKEW_MAX};
use domain::time::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Deserialize;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::Unidentified;

/// The secret that tokens of another server are signed with. It is never shown.
#[derive(Clone)]
pub struct JwtSecret(Vec<u8>);

impl JwtSecret {
    /// The secret as that server was configured with; `None` if it is empty.
    pub fn new(secret: &str) -> Option<Self> {
        (!secret.is_empty()).then(|| Self(secret.as_bytes().to_vec()))
    }
}

impl fmt::Debug for JwtSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JwtSecret(***)")
    }
}

/// Whom a token means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Claims {
    /// All of an organization, `org_…`.
    Organization(String),
    /// One app, `app_…`, of an organization.
    App {
        /// The app.
        app: String,
        /// Its organization.
        organization: String,
    },
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    /// Extensions that must be understood; we understand none.
    #[serde(default)]
    crit: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Payload {
    sub: Option<String>,
    org: Option<String>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
}

impl JwtSecret {
    /// Whom a token means, if it is signed with this secret and counts at `now`.
    pub(crate) fn verify(&self, token: &[u8], now: Timestamp) -> Result<Claims, Unidentified> {
        if token.ct_eq(&self.0).into() {
            return Err(Unidentified::RawSecret);
        }
        let payload = self.payload(token).ok_or(Unidentified::Unknown)?;
        if !payload.counts(now) {
            return Err(Unidentified::Unknown);
        }
        let subject = payload.sub.ok_or(Unidentified::NoSubject)?;
        match payload.org {
            None if subject.starts_with("org_") => Ok(Claims::Organization(subject)),
            Some(organization) if subject.starts_with("app_") && organization.starts_with("org_") => {
                Ok(Claims::App { app: subject, organization })
            }
            _ => Err(Unidentified::BadSubject),
        }
    }

    fn payload(&self, token: &[u8]) -> Option<Payload> {
        let token = std::str::from_utf8(token).ok().filter(|token| token.len() <= JWT_BYTES_MAX)?;
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.').filter(|(_, payload)| !payload.contains('.'))?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(signed.as_bytes());
        mac.verify_slice(&signature).ok()?;
        let header: Header = decode(header)?;
        (header.alg == "HS256" && header.crit.is_none()).then(|| decode(payload)).flatten()
    }
}

impl Payload {
    /// Whether a token counts, as far as clocks agree.
    fn counts(&self, now: Timestamp) -> bool {
        let now = Duration::from_millis(now.millis().unsigned_abs()).as_secs_f64();
        let skew = JWT_SKEW_MAX.as_secs_f64();
        let has_begun = |at: f64| at <= now + skew;
        self.exp.is_none_or(|end| now < end + skew)
            && self.nbf.is_none_or(has_begun)
            && self.iat.is_none_or(has_begun)
    }
}

fn decode<T: serde::de::DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
#[path = "jwt_tests.rs"]
mod tests;
