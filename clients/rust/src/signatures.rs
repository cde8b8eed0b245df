//! The signatures of a call, verified by the official libraries, and where they cannot, by `aws-lc-rs`.

use aws_lc_rs::encoding::AsBigEndian;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::checks::{Outcome, check};
use crate::receiver::Call;

/// Both libraries accept the call with this secret.
pub(crate) fn verified(call: &Call, secret: &str) -> Outcome {
    standardwebhooks::Webhook::new(secret)?.verify(&call.body, &call.headers)?;
    svix::Webhook::new(secret)?.verify(&call.body, &call.headers)?;
    Ok(())
}

/// A secret that is not the endpoint's is refused, so that `verified` means something.
pub(crate) fn not_verified(call: &Call, secret: &str) -> Outcome {
    let answer = standardwebhooks::Webhook::new(secret)?.verify(&call.body, &call.headers);
    check(answer.is_err(), "a signature to be refused with a secret that is not the endpoint's", answer)
}

/// An ed25519 key as the API takes and gives it: the secret `whsk_…`, the public key `whpk_…`.
pub(crate) fn new_key() -> Outcome<(String, String)> {
    let pair = Ed25519KeyPair::generate()?;
    let seed = pair.seed()?.as_be_bytes()?;
    let public_key = pair.public_key().as_ref();
    let secret = STANDARD.encode([seed.as_ref(), public_key].concat());
    Ok((format!("whsk_{secret}"), format!("whpk_{}", STANDARD.encode(public_key))))
}

/// One of the call's `v1a` signatures is of the owner of this `whpk_…`.
pub(crate) fn verified_asymmetric(call: &Call, public_key: &str) -> Outcome {
    let encoded = public_key.strip_prefix("whpk_").ok_or("expected a public key that begins with whpk_")?;
    let key = UnparsedPublicKey::new(&ED25519, STANDARD.decode(encoded)?);
    let timestamp = call.header("webhook-timestamp").unwrap_or_default();
    let signed = [format!("{}.{timestamp}.", call.id()).as_bytes(), &call.body].concat();
    let signatures = call.header("webhook-signature").unwrap_or_default();
    let holds = signatures
        .split(' ')
        .filter_map(|one| one.strip_prefix("v1a,"))
        .filter_map(|one| STANDARD.decode(one).ok())
        .any(|one| key.verify(&signed, &one).is_ok());
    check(holds, &format!("a v1a signature of {public_key}"), signatures)
}
