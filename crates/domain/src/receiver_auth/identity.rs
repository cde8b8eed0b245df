//! A client certificate and its key, in PEM (RFC 7468). Only their shape is judged here; whether the key fits the
//! certificate is for the sender to find out, which has the cryptography.

use std::fmt;

use super::stored::Stored;
use super::{AuthRefused, Hidden, InvalidAuth};
use crate::limits::{CERTIFICATE_PEM_BYTES_MAX, KEY_PEM_BYTES_MAX};

/// Who we are in a TLS handshake.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    certificate_pem: String,
    key_pem: Hidden,
    fingerprint: [u8; 32],
}

/// Certificates that a chain may have.
const CHAIN_MAX: usize = 10;

impl Identity {
    /// The certificate, followed by its chain if there is one, and its private key.
    ///
    /// # Errors
    /// The field that has another shape.
    pub fn new(certificate_pem: String, key_pem: String) -> Result<Self, InvalidAuth> {
        check_certificates(&certificate_pem)
            .map_err(|why| InvalidAuth { field: "certificate_pem", reason: AuthRefused::Pem(why) })?;
        check_key(&key_pem).map_err(|why| InvalidAuth { field: "key_pem", reason: AuthRefused::Pem(why) })?;
        let fingerprint = super::fingerprint(&[certificate_pem.as_bytes(), key_pem.as_bytes()]);
        Ok(Self { certificate_pem, key_pem: Hidden(key_pem), fingerprint })
    }

    /// The certificate and its chain.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The private key.
    pub fn expose_key_pem(&self) -> &str {
        &self.key_pem.0
    }

    /// The same for the same certificate and key, and for no other.
    pub fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    pub(super) fn into_stored(self) -> Stored {
        Stored::Mtls { certificate_pem: self.certificate_pem, key_pem: self.key_pem.0 }
    }
}

fn check_certificates(pem: &str) -> Result<(), &'static str> {
    if pem.len() > CERTIFICATE_PEM_BYTES_MAX {
        return Err("is larger than 32 KiB");
    }
    let labels = labels(pem)?;
    // Certificates are shown again; a key that got among them would be shown with them.
    if labels.iter().any(|label| *label != "CERTIFICATE") {
        return Err("must have nothing but certificates in it");
    }
    match labels.len() {
        0 => Err("must have a certificate in PEM"),
        1..=CHAIN_MAX => Ok(()),
        _ => Err("has more than 10 certificates"),
    }
}

fn check_key(pem: &str) -> Result<(), &'static str> {
    if pem.len() > KEY_PEM_BYTES_MAX {
        return Err("is larger than 16 KiB");
    }
    let labels = labels(pem)?;
    let is_key = |label: &&&str| matches!(**label, "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY");
    if labels.contains(&"ENCRYPTED PRIVATE KEY") {
        return Err("is encrypted; give the key without a passphrase");
    }
    match labels.iter().filter(is_key).count() {
        1 => Ok(()),
        0 => Err("must have a private key in PEM"),
        _ => Err("must have exactly one private key in it"),
    }
}

/// The labels of the blocks, in their order; what stands between blocks is comment.
fn labels(pem: &str) -> Result<Vec<&str>, &'static str> {
    let mut labels = Vec::new();
    let mut open = None;
    for line in pem.lines().map(str::trim_end) {
        let label = |begin| line.strip_prefix(begin)?.strip_suffix("-----");
        match (label("-----BEGIN "), label("-----END "), open) {
            (Some(label), _, None) => open = Some(label),
            (None, Some(label), Some(opened)) if label == opened => {
                labels.push(label);
                open = None;
            }
            (None, None, _) => {}
            _ => return Err("has a block in its PEM that does not end where it should"),
        }
    }
    if open.is_none() { Ok(labels) } else { Err("has a block in its PEM that does not end") }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(***)")
    }
}
