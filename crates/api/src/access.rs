//! Who may call: anybody (`whimbrel dev`, which listens on loopback only), or whoever has an admin key.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use engine::ports::catalog::KeyHash;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use crate::browser::is_foreign_page;
use crate::error::Refusal;

/// Who may call.
#[derive(Clone, Debug)]
pub enum Access {
    /// Anybody who can connect, but no web pages of others.
    Open,
    /// Who sends `Authorization: Bearer` and a key with one of these hashes. Without any, nobody.
    AdminKeys(Vec<KeyHash>),
}

impl Access {
    /// Whether a request with these headers may pass.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        match self {
            Access::Open if is_foreign_page(headers) => Err(Refusal::foreign_page()),
            Access::Open => Ok(()),
            Access::AdminKeys(hashes) if key(headers).is_some_and(|key| is_known(key, hashes)) => Ok(()),
            Access::AdminKeys(_) => Err(Refusal::unauthorized()),
        }
    }
}

/// The key that a request carries. Two of them would leave open which one counts, so they are none.
fn key(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    value.as_bytes().strip_prefix(b"Bearer ").filter(|key| !key.is_empty())
}

/// Compares with each hash, each to its end, so that the time tells nothing.
fn is_known(key: &[u8], hashes: &[KeyHash]) -> bool {
    let hash: [u8; 32] = Sha256::digest(key).into();
    let known = hashes.iter().fold(Choice::from(0), |known, KeyHash(other)| known | hash.ct_eq(other));
    known.into()
}
