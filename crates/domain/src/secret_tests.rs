use super::*;

/// A key pair from the documentation of Svix, and its public half.
const PRIVATE: &str =
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
const PUBLIC: &str = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";

fn check_read(text: &str, kind: SecretKind, published: &str) {
    let secret = Secret::parse(text).unwrap();
    assert_eq!(secret.kind(), kind);
    assert_eq!(secret.expose_standard(), text);
    assert_eq!(secret.published(), published);
}

#[track_caller]
fn check_refused(text: &str, expected: InvalidSecret) {
    assert_eq!(Secret::parse(text), Err(expected), "{text}");
}

fn symmetric(bytes: usize) -> String {
    Secret::from_bytes(&vec![7; bytes]).expose_standard()
}

#[test]
fn a_signing_token_is_32_letters_and_digits() {
    let token = Secret::signing_token(std::array::from_fn(|i| u8::try_from(i * 8).unwrap()));
    assert_eq!(token.expose_token().len(), 32);
    assert!(token.expose_token().bytes().all(|byte| byte.is_ascii_alphanumeric()));
}

#[test]
fn both_schemes_are_read_and_written() {
    let documented = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    for text in [documented.to_owned(), symmetric(24), symmetric(32), symmetric(75)] {
        check_read(&text, SecretKind::Symmetric, &text);
    }
    check_read(PRIVATE, SecretKind::Asymmetric, PUBLIC);
}

#[test]
fn every_other_text_is_refused_with_its_reason() {
    for text in ["", "w", "C2FVsBQIhrscChlQIMV+b5sSYspob7oD", PUBLIC, "WHSEC_C2FV", " whsec_C2FV", "whsec"] {
        check_refused(text, InvalidSecret::Prefix);
    }
    let unpadded = symmetric(25);
    let unpadded = unpadded.trim_end_matches('=');
    let spaced = format!("{PRIVATE} ");
    let url_safe = PRIVATE.replace('/', "_");
    for text in ["whsec_%", "whsec_C2FV\n", unpadded, &spaced, &url_safe, &PRIVATE.replace("==", "")] {
        check_refused(text, InvalidSecret::Encoding);
    }
    for text in ["whsec_".to_owned(), symmetric(23), symmetric(76)] {
        check_refused(&text, InvalidSecret::SymmetricLength);
    }
    for bytes in [0, 32, 63, 65] {
        check_refused(&symmetric(bytes).replace("whsec_", "whsk_"), InvalidSecret::KeyPairLength);
    }
    check_refused(&PRIVATE.replace("6Xb", "6Xc"), InvalidSecret::KeyPairHalves);
    check_refused(&PRIVATE.replace("X0dRqSKJp4", "aaaaaaaaaa"), InvalidSecret::KeyPairHalves);
    check_refused(&symmetric(64).replace("whsec_", "whsk_"), InvalidSecret::KeyPairHalves);
}

#[test]
fn secrets_are_made_of_random_bytes() {
    let random = std::array::from_fn(|i| u8::try_from(i).unwrap());
    assert_eq!(Secret::symmetric(random).expose_standard(), "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX");
    // The public half as computed by Python's cryptography package.
    let seed = std::array::from_fn(|i| u8::try_from(i).unwrap());
    check_read(
        &Secret::asymmetric(seed).expose_standard(),
        SecretKind::Asymmetric,
        "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",
    );
    assert_eq!(Secret::asymmetric(seed).expose_bytes()[..32], seed);
}

#[test]
fn a_store_gets_back_what_it_was_given() {
    for secret in [Secret::from_bytes(b""), Secret::from_bytes(b"\0\xff"), Secret::parse(PRIVATE).unwrap()] {
        let kind = SecretKind::from_number(secret.kind().number()).unwrap();
        assert_eq!(Secret::from_parts(kind, secret.expose_bytes()), Ok(secret));
    }
    assert_eq!(SecretKind::from_number(2), None);
    assert_eq!(Secret::from_parts(SecretKind::Asymmetric, &[0; 63]), Err(InvalidSecret::KeyPairLength));
    assert_eq!(Secret::from_parts(SecretKind::Asymmetric, &[0; 64]), Err(InvalidSecret::KeyPairHalves));
}

/// What is handed to receivers must not contain the half that signs.
#[test]
fn only_the_public_half_of_a_key_pair_is_published() {
    let secret = Secret::parse(PRIVATE).unwrap();
    assert_eq!(secret.hmac_key(), &secret.expose_bytes()[32..]);
    assert_eq!(
        STANDARD.decode(secret.published().strip_prefix("whpk_").unwrap()).unwrap(),
        secret.hmac_key()
    );
    assert_eq!(secret.expose_token(), "");
}

#[test]
fn a_secret_does_not_print_itself() {
    let secret = Secret::from_bytes(b"canary");
    assert_eq!(secret.expose_standard(), "whsec_Y2FuYXJ5");
    for secret in [secret, Secret::parse(PRIVATE).unwrap()] {
        assert_eq!(format!("{secret:?} {secret:#?}"), "Secret(***) Secret(***)");
    }
}
