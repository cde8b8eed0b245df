//! S9: what a receiver computes, written anew from the standards (RFC 2104, the Standard Webhooks specification), so
//! that no mistake of the program's own signing can hide in it; and computed once more by OpenSSL, where there is one.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::dev;
use crate::support::message::Message;
use crate::support::notice::skipped;
use crate::support::platform::{create, register};
use crate::support::receiver::Receiver;

/// HMAC-SHA256 as RFC 2104 writes it: H(K xor opad, H(K xor ipad, text)).
fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut block = [0; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |pad: u8| block.map(|byte| byte ^ pad);
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The article's formula: `hmacSHA256(resourceId + triggeredAt, signingToken)` in hex.
pub(crate) fn token(signing_token: &str, resource_id: &str, triggered_at: &str) -> String {
    hex(&hmac(signing_token.as_bytes(), format!("{resource_id}{triggered_at}").as_bytes()))
}

/// The Standard Webhooks formula. `secret` is in its form: `whsec_` and base64.
fn signature(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> String {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let content = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
    format!("v1,{}", STANDARD.encode(hmac(&key, &content)))
}

/// Checks a call as a receiver that knows the signing token does, in both ways.
#[track_caller]
pub(crate) fn verify(call: &Message, signing_token: &str) {
    let header = |name: &str| call.header(name).unwrap_or_else(|| panic!("no {name}")).to_owned();
    let secret = format!("whsec_{}", STANDARD.encode(signing_token));
    let expected = signature(&secret, &header("webhook-id"), &header("webhook-timestamp"), &call.body);
    assert_eq!(header("webhook-signature"), expected);
    let body = call.json();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    assert_eq!(text("token"), token(signing_token, &text("resourceId"), &text("triggeredAt")));
}

/// RFC 4231, test cases 1, 2, 3 and 6: key, text, MAC.
const HMAC_VECTORS: [(&[u8], &[u8], &str); 4] = [
    (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (
        &[0xaa; 131],
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
];

/// Published with the libraries of Svix and of Standard Webhooks: secret, id, timestamp, body, signature.
const SIGNATURE_VECTORS: [[&str; 5]; 2] = [
    [
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        "1649367553",
        r#"{"email":"test@example.com","username":"test_user"}"#,
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    ],
    [
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        r#"{"test": 2432232314}"#,
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ],
];

#[test]
fn the_check_itself_agrees_with_published_vectors() {
    for (key, text, mac) in HMAC_VECTORS {
        assert_eq!(hex(&hmac(key, text)), mac);
    }
    for [secret, id, timestamp, body, expected] in SIGNATURE_VECTORS {
        assert_eq!(signature(secret, id, timestamp, body.as_bytes()), expected);
    }
}

#[test]
fn a_receiver_can_verify_every_call_in_both_ways() {
    let (_data, program) = dev(&["--retry-schedule", "10ms,10ms"]);
    let receiver = Receiver::answering(500);
    let mut client = program.client();
    let signing_token = register(&mut client, "42", &receiver.url("/"));
    create(&mut client, "42");
    create(&mut client, "42");
    for call in receiver.wait_for(6) {
        verify(&call, &signing_token);
    }
}

#[test]
fn openssl_computes_the_same() {
    let (_data, program) = dev(&[]);
    let receiver = Receiver::answering(200);
    let mut client = program.client();
    let signing_token = register(&mut client, "42", &receiver.url("/"));
    create(&mut client, "42");
    let call = receiver.wait_for(1).remove(0);
    let body = call.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let told = format!("{}{}", text(&body["resourceId"]), text(&body["triggeredAt"]));
    let Some(mac) = openssl(&signing_token, told.as_bytes()) else {
        return skipped("there is no openssl on this machine");
    };
    assert_eq!(text(&body["token"]), mac);
    let header = |name: &str| call.header(name).unwrap().as_bytes().to_vec();
    let signed = [&header("webhook-id"), &b"."[..], &header("webhook-timestamp"), b".", &call.body].concat();
    let signature = call.header("webhook-signature").unwrap().strip_prefix("v1,").unwrap();
    assert_eq!(hex(&STANDARD.decode(signature).unwrap()), openssl(&signing_token, &signed).unwrap());
}

/// `openssl dgst -hmac`; `None` if it is not installed.
fn openssl(key: &str, text: &[u8]) -> Option<String> {
    let mut command = Command::new("openssl");
    command.args(["dgst", "-sha256", "-hmac", key]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut openssl = command.spawn().ok()?;
    openssl.stdin.take().unwrap().write_all(text).unwrap();
    let output = openssl.wait_with_output().unwrap();
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    Some(printed.trim().rsplit(' ').next().unwrap().to_owned())
}
