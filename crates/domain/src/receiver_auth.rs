//! How a receiver knows that it is we who call, besides the signature: what the owner of an endpoint says once,
//! and what each request then carries. Secrets in it are never printed and never shown again.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::headers::{self, HeaderRefused};
use crate::limits::CREDENTIAL_BYTES_MAX;
use crate::target::Target;

mod client_credentials;
mod identity;
mod stored;
pub use client_credentials::{AccessToken, ClientAuth, ClientCredentials, TokenRequest};
pub use identity::Identity;

/// How calls of an endpoint prove who makes them. Stored as a JSON object with the field `type`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "stored::Stored", into = "stored::Stored")]
pub enum ReceiverAuth {
    /// By the signature alone.
    #[default]
    None,
    /// User name and password (RFC 7617).
    Basic(Basic),
    /// A token that does not change (RFC 6750).
    Bearer(Bearer),
    /// A header of the receiver's choice.
    ApiKey(ApiKey),
    /// A token that an authorization server gives for a while (RFC 6749, 4.4).
    OAuth2(ClientCredentials),
    /// A certificate in the TLS handshake; only for `https`.
    Mtls(Identity),
}

/// The same without its secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownAuth<'a> {
    /// [`ReceiverAuth::None`].
    None,
    /// [`ReceiverAuth::Basic`].
    Basic {
        /// Who we are.
        username: &'a str,
    },
    /// [`ReceiverAuth::Bearer`].
    Bearer,
    /// [`ReceiverAuth::ApiKey`].
    ApiKey {
        /// The name of the header.
        header: &'a str,
    },
    /// [`ReceiverAuth::OAuth2`].
    OAuth2 {
        /// Where tokens come from.
        token_url: &'a Target,
        /// Who we are there.
        client_id: &'a str,
        /// What is asked for.
        scope: Option<&'a str>,
        /// How we prove it there.
        method: ClientAuth,
    },
    /// [`ReceiverAuth::Mtls`].
    Mtls {
        /// The certificate and its chain: they are public.
        certificate_pem: &'a str,
    },
}

/// Why something is not taken: the field, and a sentence about it without its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The field {field} {reason}.")]
pub struct InvalidAuth {
    /// As it is stored: `username`, `client_secret`.
    pub field: &'static str,
    /// What is wrong with it; reads on after its name.
    pub reason: AuthRefused,
}

/// Why a field is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthRefused {
    /// Empty, too long, or with characters that cannot be sent.
    #[error("must have {min} to {max} bytes of printable {charset}")]
    Text {
        /// The fewest bytes.
        min: usize,
        /// The most bytes.
        max: usize,
        /// Which characters.
        charset: &'static str,
    },
    /// A colon in the user name, which would end it (RFC 7617, 2).
    #[error("must not have a colon in it")]
    Colon,
    /// Not a header that can be set.
    #[error("cannot be sent: the header {0}")]
    Header(HeaderRefused),
    /// Not a URL that may be called.
    #[error("is not a URL that can be used: {0}")]
    Url(crate::target::TargetRefused),
    /// Not the PEM that it should be.
    #[error("{0}")]
    Pem(&'static str),
}

/// User name and password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basic {
    username: String,
    password: Hidden,
}

/// A fixed token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    token: Hidden,
}

/// A header with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    header: String,
    value: Hidden,
}

impl Basic {
    /// Any text may be a password; a user name has no colon.
    ///
    /// # Errors
    /// The field that cannot be taken.
    pub fn new(username: String, password: String) -> Result<Self, InvalidAuth> {
        let is_allowed = |char: char| !char.is_control();
        check_text("username", &username, 0, CREDENTIAL_BYTES_MAX, ("characters", is_allowed))?;
        check_text("password", &password, 0, CREDENTIAL_BYTES_MAX, ("characters", is_allowed))?;
        if username.contains(':') {
            return Err(InvalidAuth { field: "username", reason: AuthRefused::Colon });
        }
        Ok(Self { username, password: Hidden(password) })
    }
}

impl Bearer {
    /// A token is ASCII without spaces.
    ///
    /// # Errors
    /// If it is not.
    pub fn new(token: String) -> Result<Self, InvalidAuth> {
        let bytes_max = crate::limits::HEADER_VALUE_BYTES_MAX;
        let is_allowed = |char: char| char.is_ascii_graphic();
        check_text("token", &token, 1, bytes_max, ("ASCII without spaces", is_allowed))?;
        Ok(Self { token: Hidden(token) })
    }
}

impl ApiKey {
    /// The header follows the rules of custom headers.
    ///
    /// # Errors
    /// The field that cannot be taken.
    pub fn new(header: String, value: String) -> Result<Self, InvalidAuth> {
        let refused = |field| move |why| InvalidAuth { field, reason: AuthRefused::Header(why) };
        headers::check_name(&header).map_err(refused("header"))?;
        headers::check_value(&value).map_err(refused("value"))?;
        Ok(Self { header, value: Hidden(value) })
    }
}

impl ReceiverAuth {
    /// The header that each request carries, if it is one that never changes: its name and value.
    pub fn header(&self) -> Option<(&str, String)> {
        match self {
            Self::Basic(Basic { username, password }) => {
                let credentials = STANDARD.encode(format!("{username}:{}", password.0));
                Some((AUTHORIZATION, format!("Basic {credentials}")))
            }
            Self::Bearer(Bearer { token }) => Some((AUTHORIZATION, format!("Bearer {}", token.0))),
            Self::ApiKey(ApiKey { header, value }) => Some((header, value.0.clone())),
            Self::None | Self::OAuth2(_) | Self::Mtls(_) => None,
        }
    }

    /// What the API and the console show.
    pub fn shown(&self) -> ShownAuth<'_> {
        match self {
            Self::None => ShownAuth::None,
            Self::Basic(basic) => ShownAuth::Basic { username: &basic.username },
            Self::Bearer(_) => ShownAuth::Bearer,
            Self::ApiKey(key) => ShownAuth::ApiKey { header: &key.header },
            Self::OAuth2(credentials) => credentials.shown(),
            Self::Mtls(identity) => ShownAuth::Mtls { certificate_pem: identity.certificate_pem() },
        }
    }
}

/// The header of RFC 9110, 11.6.2.
const AUTHORIZATION: &str = "authorization";

/// A secret as a text.
#[derive(Clone, PartialEq, Eq)]
struct Hidden(String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

fn check_text(
    field: &'static str,
    text: &str,
    min: usize,
    max: usize,
    (charset, is_allowed): (&'static str, fn(char) -> bool),
) -> Result<(), InvalidAuth> {
    let fits = (min..=max).contains(&text.len());
    if fits && text.chars().all(is_allowed) {
        return Ok(());
    }
    Err(InvalidAuth { field, reason: AuthRefused::Text { min, max, charset } })
}

/// SHA-256 over the parts with their lengths: the same for the same parts, and for no others.
fn fingerprint(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
#[path = "receiver_auth_tests.rs"]
mod tests;
