use super::*;

const NOW: i64 = 1_769_862_896;

fn secret() -> JwtSecret {
    JwtSecret::new("a secret of another server").unwrap()
}

fn token(header: &str, payload: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret().0).unwrap();
    mac.update(signed.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    format!("{signed}.{signature}")
}

fn verify(token: &str) -> Result<Claims, Unidentified> {
    secret().verify(token.as_bytes(), Timestamp::from_millis(NOW * 1000))
}

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

#[test]
fn tokens_of_the_contract_are_taken() {
    // header and payload as svix-server 1.100.0 writes them; made with Python's hmac and base64
    let known = concat!(
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
        "eyJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MjAwMDAwMDAwMCwibmJmIjoxNzAwMDAwMDAwLCJpc3MiOiJzdml4LXNlcnZlciIsInN1YiI6",
        "Im9yZ18yM3JiOFlkR3FNVDBxSXpwZ0d3ZFhmSGlyTXUifQ.",
        "Ef9i9qV8GVPl0BWpxd8IgMccWducfdUXq7zVm1rZjNs"
    );
    let organization = "org_23rb8YdGqMT0qIzpgGwdXfHirMu".to_owned();
    assert_eq!(verify(known).unwrap(), Claims::Organization(organization.clone()));
    let app = format!(r#"{{"sub":"app_00000000001","org":"{organization}","exp":{}}}"#, NOW + 60);
    let claims = Claims::App { app: "app_00000000001".to_owned(), organization };
    assert_eq!(verify(&token(HEADER, &app)).unwrap(), claims);
}

fn check_time(claims: &str, counts: bool) {
    let payload = format!(r#"{{"sub":"org_x",{claims}}}"#);
    assert_eq!(verify(&token(HEADER, &payload)).is_ok(), counts, "{claims}");
}

#[test]
fn times_count_as_far_as_clocks_agree() {
    const SKEW: i64 = 15 * 60;
    check_time(r#""exp":null"#, true);
    check_time(&format!(r#""exp":{}"#, NOW - SKEW + 1), true);
    check_time(&format!(r#""exp":{}"#, NOW - SKEW), false);
    check_time(&format!(r#""exp":{}.5"#, NOW - SKEW), true);
    check_time(&format!(r#""nbf":{}"#, NOW + SKEW), true);
    check_time(&format!(r#""nbf":{}"#, NOW + SKEW + 1), false);
    check_time(&format!(r#""iat":{}"#, NOW + SKEW), true);
    check_time(&format!(r#""iat":{}"#, NOW + SKEW + 1), false);
    check_time(r#""exp":"2099""#, false);
    check_time(r#""exp":-1"#, false);
}

#[test]
fn what_is_no_token_of_this_secret_is_unknown() {
    let payload = r#"{"sub":"org_x"}"#;
    let good = token(HEADER, payload);
    assert!(verify(&good).is_ok());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    let bad = [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        format!("{signed}."),
        signed.to_owned(),
        format!("{good}."),
        format!("{good}="),
        format!("x.{good}"),
        format!("{signed}.{}", &signature[1..]),
        format!("{signed}.{}", signature.to_uppercase()),
        format!("{none}.{}.", URL_SAFE_NO_PAD.encode(payload)),
        format!("{none}.{}.{signature}", URL_SAFE_NO_PAD.encode(payload)),
        token(r#"{"alg":"none"}"#, payload),
        token(r#"{"alg":"HS512"}"#, payload),
        token(r#"{"alg":"hs256"}"#, payload),
        token(r#"{"alg":"HS256","alg":"none"}"#, payload),
        token(r#"{"alg":"HS256","crit":["exp"]}"#, payload),
        token(r"{}", payload),
        token("", payload),
        token(HEADER, "[]"),
        token(HEADER, "not JSON"),
        token(HEADER, r#"{"sub":7}"#),
        token(HEADER, r#"{"sub":"org_x","sub":"org_y"}"#),
        token(HEADER, &format!(r#"{{"sub":"org_{}"}}"#, "x".repeat(JWT_BYTES_MAX))),
    ];
    for token in bad {
        assert!(matches!(verify(&token), Err(Unidentified::Unknown)), "{token}");
    }
}

#[test]
fn a_token_says_for_whom_it_is() {
    assert!(matches!(verify("a secret of another server"), Err(Unidentified::RawSecret)));
    assert!(matches!(verify(&token(HEADER, "{}")), Err(Unidentified::NoSubject)));
    let bad = [
        r#"{"sub":""}"#,
        r#"{"sub":"usr_x"}"#,
        r#"{"sub":"app_x"}"#,
        r#"{"sub":"org_x","org":"org_x"}"#,
        r#"{"sub":"app_x","org":"app_x"}"#,
    ];
    for payload in bad {
        assert!(matches!(verify(&token(HEADER, payload)), Err(Unidentified::BadSubject)), "{payload}");
    }
}

#[test]
fn the_secret_is_not_shown() {
    assert_eq!(format!("{:?}", secret()), "JwtSecret(***)");
    assert!(JwtSecret::new("").is_none());
}
