//! Tokens as another server issues them: JWT, HS256.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// A token of a whole organization, valid for ten years.
pub(crate) fn organization_token(secret: &str, organization: &str) -> String {
    const ISSUED: i64 = 1_700_000_000;
    const TEN_YEARS: i64 = 10 * 366 * 24 * 3600;
    let claims = json!({
        "iat": ISSUED, "nbf": ISSUED, "exp": ISSUED + TEN_YEARS, "iss": "svix-server", "sub": organization,
    });
    token(secret, &claims)
}

/// A token with these claims.
pub(crate) fn token(secret: &str, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(&json!({ "alg": "HS256", "typ": "JWT" })), encode(claims));
    let secret = domain::secret::Secret::from_bytes(secret.as_bytes());
    let signature = domain::sign::hmac_sha256(&secret, &[signed.as_bytes()]);
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
