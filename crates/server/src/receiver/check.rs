//! Checks a call as any receiver should: the article's token in the body, and the Standard Webhooks headers,
//! in either scheme and under either name.

use std::fmt;

use domain::secret::Secret;
use domain::sign::{self, HeaderNames, HeaderSet};
use domain::time::Timestamp;
use serde::Deserialize;

/// How old or how early a call may be; the specification of Standard Webhooks leaves it to the receiver, and its
/// libraries take five minutes.
const TOLERANCE_SECONDS: u64 = 300;

/// The signed parts of a call, as they came.
pub(crate) struct Signed<'a> {
    pub(crate) id: Option<&'a str>,
    timestamp: Option<&'a str>,
    signatures: Option<&'a str>,
    body: &'a [u8],
}

/// What became of both checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checks {
    /// The article's token.
    pub(crate) token: Check,
    /// The Standard Webhooks headers.
    pub(crate) signature: Check,
}

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// The call is genuine.
    Ok,
    /// It is signed with another secret, or was changed.
    Wrong,
    /// It is not signed.
    Missing,
    /// It is too old or too early; it may have been recorded and sent again.
    Untimely,
}

/// The members of the article's envelope that its token is about.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    resource_id: String,
    triggered_at: String,
    token: String,
}

impl<'a> Signed<'a> {
    /// Takes what matters from the headers and the body. Of two sets of headers it is the first that names a message.
    pub(crate) fn read(header: impl Fn(&'static str) -> Option<&'a str>, body: &'a [u8]) -> Self {
        let set = HeaderNames::Both.sets().iter().find(|set| header(set.id).is_some());
        let value = |name: fn(&HeaderSet) -> &'static str| set.and_then(|set| header(name(set)));
        Self {
            id: value(|set| set.id),
            timestamp: value(|set| set.timestamp),
            signatures: value(|set| set.signature),
            body,
        }
    }

    /// Whether the call was made `now` by someone who knows one of the secrets.
    pub(crate) fn check(&self, secrets: &[Secret], now: Timestamp) -> Checks {
        Checks { token: self.token(secrets), signature: self.signature(secrets, now) }
    }

    fn token(&self, secrets: &[Secret]) -> Check {
        let Ok(envelope) = serde_json::from_slice::<Envelope>(self.body) else { return Check::Missing };
        let parts = [envelope.resource_id.as_bytes(), envelope.triggered_at.as_bytes()];
        let genuine = |secret: &Secret| {
            let token: String =
                sign::hmac_sha256(secret, &parts).iter().map(|byte| format!("{byte:02x}")).collect();
            sign::equal(token.as_bytes(), envelope.token.as_bytes())
        };
        if secrets.iter().any(genuine) { Check::Ok } else { Check::Wrong }
    }

    fn signature(&self, secrets: &[Secret], now: Timestamp) -> Check {
        let (Some(id), Some(timestamp), Some(signatures)) = (self.id, self.timestamp, self.signatures) else {
            return Check::Missing;
        };
        let Ok(seconds) = timestamp.parse::<i64>() else { return Check::Wrong };
        // Ed25519 is as deterministic as the HMAC, so that both can be checked by signing again.
        let genuine = |secret: &Secret| {
            let expected = sign::signature(secret, id, seconds, self.body);
            signatures.split(' ').any(|signature| sign::equal(signature.as_bytes(), expected.as_bytes()))
        };
        if !secrets.iter().any(genuine) {
            Check::Wrong
        } else if seconds.abs_diff(now.seconds()) > TOLERANCE_SECONDS {
            Check::Untimely
        } else {
            Check::Ok
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Check::Ok => "ok",
            Check::Wrong => "WRONG",
            Check::Missing => "MISSING",
            Check::Untimely => "UNTIMELY",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both computed with openssl: the token as `printf '%s' c-12026-01-31T12:34:56.789Z | openssl dgst -sha256
    /// -hmac key`, the signature as `printf '%s' "msg_1.1769862896.$BODY" | openssl dgst -sha256 -hmac key -binary
    /// | base64`.
    const BODY: &str = concat!(
        r#"{"resourceId":"c-1","triggeredAt":"2026-01-31T12:34:56.789Z","#,
        r#""token":"d8b39b828cb7d0b74e029ad37febf3437c19d196b3dbe89c78bc16833a5cfbf5"}"#
    );
    const SIGNATURE: &str = "v1,gNf+l6d6iUZXQN6MflhGYiyiJ++pxtY0tHeCfC5ef0s=";
    const AT: i64 = 1_769_862_896;

    struct Call {
        body: String,
        names: &'static str,
        signatures: Option<&'static str>,
        secret: Secret,
        age_seconds: i64,
    }

    fn good() -> Call {
        Call {
            body: BODY.to_owned(),
            names: "webhook",
            signatures: Some(SIGNATURE),
            secret: Secret::from_bytes(b"key"),
            age_seconds: 0,
        }
    }

    fn check(call: &Call, token: Check, signature: Check) {
        let header = |name: &str| match name.strip_prefix(call.names)? {
            "-id" => Some("msg_1"),
            "-timestamp" => Some("1769862896"),
            "-signature" => call.signatures,
            _ => None,
        };
        let secrets = [Secret::from_bytes(b"other"), call.secret.clone()];
        let now = Timestamp::from_millis((AT + call.age_seconds) * 1000);
        let checks = Signed::read(header, call.body.as_bytes()).check(&secrets, now);
        assert_eq!(checks, Checks { token, signature });
    }

    #[test]
    fn genuine_calls_pass() {
        check(&good(), Check::Ok, Check::Ok);
        let rotated = "v1,c29tZXRoaW5nIGVsc2U= v1a,x v1,gNf+l6d6iUZXQN6MflhGYiyiJ++pxtY0tHeCfC5ef0s=";
        check(&Call { signatures: Some(rotated), ..good() }, Check::Ok, Check::Ok);
        check(&Call { names: "svix", ..good() }, Check::Ok, Check::Ok);
    }

    /// Computed with Python's hmac and cryptography: the token keyed with the public key, the signature as above.
    #[test]
    fn calls_signed_with_a_key_pair_pass() {
        const KEY_PAIR: &str =
            "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
        const SIGNATURES: &str = concat!(
            "v1,c29tZXRoaW5nIGVsc2U= ",
            "v1a,4sT74zpgCQZFMDiWR2IqktIDnuwWXXOGD296vS0w765StYaUCrlYxvkoAyWkaDDQWPCXHKoTowRwePSABNg+CA=="
        );
        let call = || Call {
            body: BODY.replace(
                "d8b39b828cb7d0b74e029ad37febf3437c19d196b3dbe89c78bc16833a5cfbf5",
                "6f54af139051af47676b912bf8ce10dfd3b3c4f230e91a69003842578815d665",
            ),
            names: "svix",
            signatures: Some(SIGNATURES),
            secret: Secret::parse(KEY_PAIR).unwrap(),
            age_seconds: 0,
        };
        check(&call(), Check::Ok, Check::Ok);
        check(&Call { secret: Secret::asymmetric([7; 32]), ..call() }, Check::Wrong, Check::Wrong);
        check(&Call { body: format!("{} ", call().body), ..call() }, Check::Ok, Check::Wrong);
        check(&Call { names: "x", ..call() }, Check::Ok, Check::Missing);
    }

    #[test]
    fn other_calls_do_not() {
        check(&Call { secret: Secret::from_bytes(b"yek"), ..good() }, Check::Wrong, Check::Wrong);
        check(&Call { signatures: None, ..good() }, Check::Ok, Check::Missing);
        check(&Call { body: BODY.replace("c-1", "c-2"), ..good() }, Check::Wrong, Check::Wrong);
        check(&Call { body: format!("{BODY} "), ..good() }, Check::Ok, Check::Wrong);
        check(&Call { body: "{}".to_owned(), ..good() }, Check::Missing, Check::Wrong);
    }

    #[test]
    fn calls_are_genuine_only_for_a_while() {
        check(&Call { age_seconds: 300, ..good() }, Check::Ok, Check::Ok);
        check(&Call { age_seconds: 301, ..good() }, Check::Ok, Check::Untimely);
        check(&Call { age_seconds: -301, ..good() }, Check::Ok, Check::Untimely);
    }
}
