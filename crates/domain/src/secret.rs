//! The secret that an endpoint shares with us, in either scheme of Standard Webhooks. It signs; it is never printed.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;

use crate::limits::{SECRET_BYTES_MAX, SECRET_BYTES_MIN};

/// The key of an endpoint's signatures.
///
/// For a webhook registered as in the article it is the 32 characters of the signing token; as a Standard
/// Webhooks secret the same bytes are written `whsec_` and their base64. Other endpoints may have a key pair
/// instead, of which only the public half leaves Whimbrel.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Key);

/// What a secret signs with.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// The bytes that key the HMAC.
    Hmac(Arc<[u8]>),
    /// The key pair, whose halves belong together.
    Ed25519(Arc<KeyPair>),
}

#[derive(PartialEq, Eq)]
pub(crate) struct KeyPair {
    bytes: [u8; KEY_PAIR_BYTES],
    pub(crate) signing: SigningKey,
}

/// The scheme of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// HMAC-SHA256: both sides know the same bytes.
    Symmetric,
    /// Ed25519: the receiver knows only the public half.
    Asymmetric,
}

/// Why a text or stored bytes are no secret. It never quotes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSecret {
    /// The prefix is missing, or another one.
    #[error("The secret must begin with {SYMMETRIC_PREFIX}, or with {PRIVATE_PREFIX} if it is a key pair.")]
    Prefix,
    /// What follows the prefix is no base64.
    #[error("The secret must be base64 after its prefix, in the standard alphabet and with its padding.")]
    Encoding,
    /// A symmetric secret is too short or too long.
    #[error("A secret with {SYMMETRIC_PREFIX} must have {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes.")]
    SymmetricLength,
    /// A key pair has another length.
    #[error(
        "A key pair must have {KEY_PAIR_BYTES} bytes: the {SEED_BYTES} of the seed, then the public key."
    )]
    KeyPairLength,
    /// The halves of a key pair come from different ones.
    #[error("The public key does not belong to the seed before it.")]
    KeyPairHalves,
}

/// Characters of a signing token.
pub const SIGNING_TOKEN_CHARS: usize = 32;
/// How many characters each of them is drawn from.
pub const SIGNING_TOKEN_LETTERS: u8 = 62;
/// Random bytes of a generated symmetric secret: what Standard Webhooks asks for at least.
pub const SYMMETRIC_BYTES: usize = 24;
/// Random bytes of a generated key pair. (RFC 8032)
pub const SEED_BYTES: usize = 32;

const KEY_PAIR_BYTES: usize = SEED_BYTES + 32;
const SYMMETRIC_PREFIX: &str = "whsec_";
const PRIVATE_PREFIX: &str = "whsk_";
const PUBLIC_PREFIX: &str = "whpk_";

impl Secret {
    /// A symmetric secret from stored bytes, of any length.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(Key::Hmac(bytes.into()))
    }

    /// From what a store keeps: [`Secret::kind`] and [`Secret::expose_bytes`].
    ///
    /// # Errors
    /// If a key pair is damaged. Symmetric bytes are taken as they are.
    pub fn from_parts(kind: SecretKind, bytes: &[u8]) -> Result<Self, InvalidSecret> {
        match kind {
            SecretKind::Symmetric => Ok(Self::from_bytes(bytes)),
            SecretKind::Asymmetric => Self::from_key_pair(bytes),
        }
    }

    /// Reads a secret that a user has chosen: `whsec_` and the base64 of 24 to 75 bytes, or `whsk_` and the base64
    /// of an ed25519 seed and its public key.
    ///
    /// # Errors
    /// Says what is wrong with the text, without quoting it.
    pub fn parse(text: &str) -> Result<Self, InvalidSecret> {
        let decode = |base64: &str| STANDARD.decode(base64).map_err(|_| InvalidSecret::Encoding);
        if let Some(base64) = text.strip_prefix(PRIVATE_PREFIX) {
            return Self::from_key_pair(&decode(base64)?);
        }
        let bytes = decode(text.strip_prefix(SYMMETRIC_PREFIX).ok_or(InvalidSecret::Prefix)?)?;
        let fits = (SECRET_BYTES_MIN..=SECRET_BYTES_MAX).contains(&bytes.len());
        if fits { Ok(Self::from_bytes(&bytes)) } else { Err(InvalidSecret::SymmetricLength) }
    }

    /// A signing token as the article's `POST /webhooks` returns it: 32 characters of `[A-Za-z0-9]`, one per
    /// random number below [`SIGNING_TOKEN_LETTERS`].
    pub fn signing_token(numbers: [u8; SIGNING_TOKEN_CHARS]) -> Self {
        const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let letters = numbers.map(|number| ALPHABET[usize::from(number % SIGNING_TOKEN_LETTERS)]);
        Self::from_bytes(&letters)
    }

    /// A new symmetric secret.
    pub fn symmetric(random: [u8; SYMMETRIC_BYTES]) -> Self {
        Self::from_bytes(&random)
    }

    /// A new key pair from a random seed.
    pub fn asymmetric(seed: [u8; SEED_BYTES]) -> Self {
        let signing = SigningKey::from_bytes(&seed);
        Self(Key::Ed25519(Arc::new(KeyPair { bytes: signing.to_keypair_bytes(), signing })))
    }

    fn from_key_pair(bytes: &[u8]) -> Result<Self, InvalidSecret> {
        let bytes: [u8; KEY_PAIR_BYTES] = bytes.try_into().map_err(|_| InvalidSecret::KeyPairLength)?;
        let signing = SigningKey::from_keypair_bytes(&bytes).map_err(|_| InvalidSecret::KeyPairHalves)?;
        Ok(Self(Key::Ed25519(Arc::new(KeyPair { bytes, signing }))))
    }

    /// Its scheme.
    pub fn kind(&self) -> SecretKind {
        match self.0 {
            Key::Hmac(_) => SecretKind::Symmetric,
            Key::Ed25519(_) => SecretKind::Asymmetric,
        }
    }

    pub(crate) fn key(&self) -> &Key {
        &self.0
    }

    /// The bytes that key the article's verification token.
    ///
    /// Of a key pair it is the public key, so that a receiver can compute the token with what it knows. Such a
    /// token tells an accident from a call of ours, and no more: whoever knows the public key can make it, and
    /// only the signature proves where the call comes from.
    pub fn hmac_key(&self) -> &[u8] {
        match &self.0 {
            Key::Hmac(bytes) => bytes,
            Key::Ed25519(pair) => &pair.bytes[SEED_BYTES..],
        }
    }

    /// The bytes as a store keeps them: those that key the HMAC, or seed and public key.
    pub fn expose_bytes(&self) -> &[u8] {
        match &self.0 {
            Key::Hmac(bytes) => bytes,
            Key::Ed25519(pair) => &pair.bytes,
        }
    }

    /// The signing token as text; empty for a secret that is no text.
    pub fn expose_token(&self) -> &str {
        match &self.0 {
            Key::Hmac(bytes) => std::str::from_utf8(bytes).unwrap_or_default(),
            Key::Ed25519(_) => "",
        }
    }

    /// The form that signs, as [`Secret::parse`] reads it: `whsec_…` as Standard Webhooks libraries take it, or
    /// `whsk_…`.
    pub fn expose_standard(&self) -> String {
        let prefix = match self.0 {
            Key::Hmac(_) => SYMMETRIC_PREFIX,
            Key::Ed25519(_) => PRIVATE_PREFIX,
        };
        format!("{prefix}{}", STANDARD.encode(self.expose_bytes()))
    }

    /// What a receiver needs to verify: `whsec_…`, which is as secret as ever, or the public key as `whpk_…`.
    pub fn published(&self) -> String {
        match self.0 {
            Key::Hmac(_) => self.expose_standard(),
            Key::Ed25519(_) => format!("{PUBLIC_PREFIX}{}", STANDARD.encode(self.hmac_key())),
        }
    }
}

impl SecretKind {
    /// The number as a store keeps it; it never changes its meaning.
    pub fn number(self) -> i64 {
        match self {
            Self::Symmetric => 0,
            Self::Asymmetric => 1,
        }
    }

    /// From a stored number; `None` if no kind has it.
    pub fn from_number(number: i64) -> Option<Self> {
        [Self::Symmetric, Self::Asymmetric].into_iter().find(|kind| kind.number() == number)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

#[cfg(test)]
#[path = "secret_tests.rs"]
mod tests;
