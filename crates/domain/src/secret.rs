//! The secret that an endpoint shares with us. It signs; it is never printed.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The key of an endpoint's signatures.
///
/// For a webhook registered as in the article it is the 32 characters of the signing token; as a Standard
/// Webhooks secret the same bytes are written `whsec_` and their base64.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<[u8]>);

/// Characters of a signing token.
pub const SIGNING_TOKEN_CHARS: usize = 32;
/// How many characters each of them is drawn from.
pub const SIGNING_TOKEN_LETTERS: u8 = 62;

impl Secret {
    /// From stored bytes.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// A signing token as the article's `POST /webhooks` returns it: 32 characters of `[A-Za-z0-9]`, one per
    /// random number below [`SIGNING_TOKEN_LETTERS`].
    pub fn signing_token(numbers: [u8; SIGNING_TOKEN_CHARS]) -> Self {
        const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        Self(numbers.map(|number| ALPHABET[usize::from(number % SIGNING_TOKEN_LETTERS)]).as_slice().into())
    }

    /// The bytes that key the HMAC.
    pub fn expose_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The signing token as text; empty for a secret that is no text.
    pub fn expose_token(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The form that Standard Webhooks libraries take: `whsec_` and base64.
    pub fn expose_standard(&self) -> String {
        format!("whsec_{}", STANDARD.encode(&self.0))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signing_token_is_32_letters_and_digits() {
        let token = Secret::signing_token(std::array::from_fn(|i| u8::try_from(i * 8).unwrap()));
        assert_eq!(token.expose_token().len(), 32);
        assert!(token.expose_token().bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        let secret = Secret::from_bytes(b"canary");
        assert!(!format!("{secret:?}").contains("canary"));
        assert_eq!(secret.expose_standard(), "whsec_Y2FuYXJ5");
    }
}
