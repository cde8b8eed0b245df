use ed25519_dalek::{Signature, VerifyingKey};
use proptest::prelude::*;

use super::*;

/// The key pair of Svix's documentation and tests.
const KEY_PAIR: &str =
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
const BODY: &str = r#"{"test": 2432232314}"#;
const AT: i64 = 1_614_265_330;

#[track_caller]
fn check(secret: &str, id: &str, at: i64, body: &str, expected: &str) {
    assert_eq!(signature(&Secret::parse(secret).unwrap(), id, at, body.as_bytes()), expected);
}

/// Published by Svix and by the Standard Webhooks project in their documentation and libraries; the last one in the
/// tests of Svix's server.
#[test]
fn published_vectors_hold() {
    check(
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        1_649_367_553,
        r#"{"email":"test@example.com","username":"test_user"}"#,
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    );
    check(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        AT,
        BODY,
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    );
    check(
        KEY_PAIR,
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        AT,
        BODY,
        "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
    );
}

/// Computed by Python's cryptography package, and again by `openssl pkeyutl -sign -rawin`; the symmetric one by the
/// official libraries `standardwebhooks` and `svix` for Python.
#[test]
fn vectors_of_other_implementations_hold() {
    check(
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
        "msg_1",
        0,
        "",
        "v1,W9PZMWjJ2kuruF2O1vxh5jodPysakySIEiOr0eie3Zs=",
    );
    let range =
        "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8DoQe/884Qvh1w3RjnS8CZZ+TWMJulDV8d3IZkElUxuA==";
    check(
        range,
        "msg_1",
        0,
        "",
        "v1a,QpplEQkR9KDdp645iIKKweRzgX+QHqg6q09Ey++f7031cPsabP1kIhfpj9ah7Dik1WnzM9//sLCBRN/MXWqPDw==",
    );
    check(
        range,
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        1_649_367_553,
        r#"{"email":"test@example.com","username":"test_user"}"#,
        "v1a,CnkujwXFUOk59gNZFCCzmJ2MkkC0yKa+OmyYFXFtPnxkRhEkUBAd4PGNNNjLh4huOXNuqy+Eyxud5+wHP2ezBA==",
    );
}

/// RFC 4231, test case 2.
#[test]
fn hmac_sha256_is_the_standards() {
    let mac = hmac_sha256(&Secret::from_bytes(b"Jefe"), &[b"what do ya want ", b"for nothing?"]);
    assert_eq!(mac[..4], [0x5b, 0xdc, 0xc1, 0x46]);
    assert_eq!(mac[28..], [0x64, 0xec, 0x38, 0x43]);
}

/// RFC 8032, section 7.1, tests 1 to 3.
#[test]
fn ed25519_is_the_standards() {
    let check = |seed: &str, parts: &[&[u8]], expected: &str| {
        let key = SigningKey::from_bytes(&unhex(seed).try_into().unwrap());
        assert_eq!(ed25519(&key, parts).as_slice(), unhex(expected));
    };
    check(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        &[],
        concat!(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155",
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    );
    check(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        &[&[0x72]],
        concat!(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    );
    check(
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        &[&[0xaf], &[0x82]],
        concat!(
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac",
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    );
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<_> =
        text.chars().map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap()).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// The signatures computed as in [`vectors_of_other_implementations_hold`].
#[test]
fn headers_have_the_organizations_names_and_every_secrets_signature() {
    const SIGNATURES: &str = concat!(
        "v1a,acsqtEW7PlZvWaqnTPeou4goYl3lOy6cC6GqKKw0DTAnOMwNxkHmHGiUvQA48nT11akg171PXGbzZLwjjQwtAA== ",
        "v1,cKnNTW8czLEiQPoetQoM6t2diAdaHKGErZ0MZG3TENc= ",
        "v1,zuatLBqId2nOo6LlmmvXXfbIil3DmP9zJIoNUKFyVLU="
    );
    let secrets =
        [KEY_PAIR, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"];
    let secrets = secrets.map(|text| Secret::parse(text).unwrap());
    let check = |names: &str, expected: &[&str]| {
        let names = serde_json::from_str(names).unwrap();
        let (id, at) = (MessageId::from_number(1), Timestamp::from_millis(AT * 1000 + 999));
        let headers = headers(&secrets, names, id, at, BODY.as_bytes());
        let values = ["msg_00000000001", "1614265330", SIGNATURES].into_iter().cycle().map(str::to_owned);
        assert_eq!(headers, expected.iter().copied().zip(values).collect::<Vec<_>>());
    };
    let webhook = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let svix = ["svix-id", "svix-timestamp", "svix-signature"];
    check(r#""webhook""#, &webhook);
    check(r#""svix""#, &svix);
    check(r#""both""#, &[webhook, svix].concat());
    assert_eq!(HeaderNames::default(), HeaderNames::Webhook);
    assert_eq!(serde_json::to_string(&HeaderNames::Both).unwrap(), r#""both""#);
}

#[test]
fn equal_compares_whole_texts() {
    assert!(equal(b"abc", b"abc"));
    assert!(!equal(b"abc", b"abd"));
    assert!(!equal(b"abc", b"ab"));
}

/// Verifies as a receiver that knows only what is published.
fn verifies(published: &str, content: &[u8], signature: &[u8]) -> bool {
    let (prefix, base64) = published.split_once('_').unwrap();
    let key = STANDARD.decode(base64).unwrap();
    if prefix == "whsec" {
        let mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        return mac.chain_update(content).verify_slice(signature).is_ok();
    }
    let key = VerifyingKey::from_bytes(&key.try_into().unwrap()).unwrap();
    key.verify_strict(content, &Signature::from_slice(signature).unwrap()).is_ok()
}

proptest! {
    // The curve is slow without optimization.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_signed_verifies_and_nothing_else(
        seed in any::<[u8; 32]>(), id in "[a-z0-9_]{1,20}", at in 0_i64.., body in any::<Vec<u8>>(),
        place in any::<prop::sample::Index>(), flip in 1_u8..,
    ) {
        let symmetric = Secret::symmetric(*seed.first_chunk().unwrap());
        for (secret, scheme) in [(symmetric, "v1"), (Secret::asymmetric(seed), "v1a")] {
            let published = secret.published();
            let signature = signature(&secret, &id, at, &body);
            let (version, base64) = signature.split_once(',').unwrap();
            prop_assert_eq!(version, scheme);
            let mut signature = STANDARD.decode(base64).unwrap();
            let mut content = [format!("{id}.{at}.").as_bytes(), &body].concat();
            prop_assert!(verifies(&published, &content, &signature));

            let changed = place.index(content.len());
            content[changed] ^= flip;
            prop_assert!(!verifies(&published, &content, &signature));
            content[changed] ^= flip;
            let changed = place.index(signature.len());
            signature[changed] ^= flip;
            prop_assert!(!verifies(&published, &content, &signature));
        }
    }
}
