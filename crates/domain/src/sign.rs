//! Signatures: the article's token and the Standard Webhooks headers, both HMAC-SHA256 with the endpoint's
//! secret. (<https://www.standardwebhooks.com>, specification 1.0.0)

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::id::MessageId;
use crate::secret::Secret;
use crate::time::Timestamp;

/// The header with the message's id; the same in all attempts.
pub const ID_HEADER: &str = "webhook-id";
/// The header with the attempt's time in seconds.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// The header with the signatures.
pub const SIGNATURE_HEADER: &str = "webhook-signature";

/// The value of [`SIGNATURE_HEADER`]: `v1,` and the base64 of the HMAC over `id.timestamp.body`.
pub fn signature(secret: &Secret, id: &str, at_seconds: i64, body: &[u8]) -> String {
    let at = at_seconds.to_string();
    let mac = hmac_sha256(secret, &[id.as_bytes(), b".", at.as_bytes(), b".", body]);
    format!("v1,{}", STANDARD.encode(mac))
}

/// The three headers of one attempt.
pub fn headers(secret: &Secret, id: MessageId, at: Timestamp, body: &[u8]) -> [(&'static str, String); 3] {
    let id = id.to_string();
    let signature = signature(secret, &id, at.seconds(), body);
    [(ID_HEADER, id), (TIMESTAMP_HEADER, at.seconds().to_string()), (SIGNATURE_HEADER, signature)]
}

/// HMAC-SHA256 (RFC 2104) over the parts as if they were one text.
pub fn hmac_sha256(secret: &Secret, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.expose_bytes()).expect("HMAC takes a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// Compares without telling by its duration where the texts differ.
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(secret: &str, id: &str, at: i64, body: &str, expected: &str) {
        let secret = Secret::from_bytes(&STANDARD.decode(secret).unwrap());
        assert_eq!(signature(&secret, id, at, body.as_bytes()), expected);
    }

    /// Published by Svix and by the Standard Webhooks project in their documentation and libraries.
    #[test]
    fn published_vectors_hold() {
        check(
            "C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            r#"{"email":"test@example.com","username":"test_user"}"#,
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        );
        check(
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        );
    }

    /// RFC 4231, test case 2.
    #[test]
    fn hmac_sha256_is_the_standards() {
        let mac = hmac_sha256(&Secret::from_bytes(b"Jefe"), &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(mac[..4], [0x5b, 0xdc, 0xc1, 0x46]);
        assert_eq!(mac[28..], [0x64, 0xec, 0x38, 0x43]);
    }

    #[test]
    fn equal_compares_whole_texts() {
        assert!(equal(b"abc", b"abc"));
        assert!(!equal(b"abc", b"abd"));
        assert!(!equal(b"abc", b"ab"));
    }
}
