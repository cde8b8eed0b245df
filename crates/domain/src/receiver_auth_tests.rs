use std::time::Duration;

use super::*;

const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const KEY: &str = "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n";

fn credentials(id: &str, secret: &str, scope: Option<&str>, method: ClientAuth) -> ClientCredentials {
    let url = Target::stored("https://auth.example.com/token").unwrap();
    ClientCredentials::new(url, id.to_owned(), secret.to_owned(), scope.map(str::to_owned), method).unwrap()
}

fn every_kind() -> [ReceiverAuth; 6] {
    [
        ReceiverAuth::None,
        ReceiverAuth::Basic(Basic::new("user".to_owned(), "canary".to_owned()).unwrap()),
        ReceiverAuth::Bearer(Bearer::new("canary".to_owned()).unwrap()),
        ReceiverAuth::ApiKey(ApiKey::new("X-API-Key".to_owned(), "canary".to_owned()).unwrap()),
        ReceiverAuth::OAuth2(credentials("id", "canary", Some("a b"), ClientAuth::Body)),
        ReceiverAuth::Mtls(Identity::new(CERTIFICATE.to_owned(), KEY.to_owned()).unwrap()),
    ]
}

#[test]
fn secrets_are_stored_and_neither_shown_nor_printed() {
    let mut types = Vec::new();
    for auth in every_kind() {
        let stored = serde_json::to_string(&auth).unwrap();
        assert_eq!(serde_json::from_str::<ReceiverAuth>(&stored).unwrap(), auth);
        assert_eq!(stored.contains("canary"), auth != ReceiverAuth::None);
        for printed in [format!("{auth:?}"), format!("{:?}", auth.shown())] {
            assert!(!printed.contains("canary"), "{printed}");
        }
        types.push(serde_json::to_value(&auth).unwrap()["type"].as_str().unwrap().to_owned());
    }
    assert_eq!(types, ["none", "basic", "bearer", "api_key", "oauth2", "mtls"]);
}

/// The vectors are those of RFC 7617, 2 and RFC 6750, 2.1.
#[test]
fn fixed_credentials_become_one_header() {
    let basic = Basic::new("Aladdin".to_owned(), "open sesame".to_owned()).unwrap();
    let bearer = Bearer::new("mF_9.B5f-4.1JqM".to_owned()).unwrap();
    for (auth, expected) in [
        (ReceiverAuth::Basic(basic), Some(("authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="))),
        (ReceiverAuth::Bearer(bearer), Some(("authorization", "Bearer mF_9.B5f-4.1JqM"))),
        (every_kind()[3].clone(), Some(("X-API-Key", "canary"))),
        (every_kind()[4].clone(), None),
        (every_kind()[5].clone(), None),
    ] {
        let header = auth.header();
        assert_eq!(header.as_ref().map(|(name, value)| (*name, value.as_str())), expected);
    }
}

/// Reads a stored auth, and says which field is refused.
fn check_refused(stored: &serde_json::Value, field: &str) {
    let refused = serde_json::from_value::<ReceiverAuth>(stored.clone()).unwrap_err().to_string();
    assert!(refused.starts_with(&format!("The field {field} ")), "{stored}: {refused}");
    assert!(!refused.contains("canary"), "{refused}");
}

#[test]
fn what_cannot_be_sent_is_refused_by_its_field() {
    use serde_json::json;
    let oauth2 = |field: &str, value: &str| {
        let mut stored = json!({"type": "oauth2", "token_url": "https://a.example.com/", "client_id": "a",
            "client_secret": "canary", "scope": "a", "method": "basic"});
        stored[field] = value.into();
        stored
    };
    let (long, key_with_ca) = ("x".repeat(1025), format!("{KEY}{KEY}"));
    for (stored, field) in [
        (json!({"type": "basic", "username": "a:b", "password": "canary"}), "username"),
        (json!({"type": "basic", "username": long, "password": "canary"}), "username"),
        (json!({"type": "basic", "username": "a", "password": "canary\n"}), "password"),
        (json!({"type": "bearer", "token": ""}), "token"),
        (json!({"type": "bearer", "token": "canary canary"}), "token"),
        (json!({"type": "api_key", "header": "host", "value": "canary"}), "header"),
        (json!({"type": "api_key", "header": "webhook-id", "value": "canary"}), "header"),
        (json!({"type": "api_key", "header": "x", "value": "canary\r\nhost: b"}), "value"),
        (oauth2("token_url", "http://user@a.example.com/"), "token_url"),
        (oauth2("client_id", ""), "client_id"),
        (oauth2("client_secret", "canary\n"), "client_secret"),
        (oauth2("scope", "\"canary\""), "scope"),
        (json!({"type": "mtls", "certificate_pem": "canary", "key_pem": KEY}), "certificate_pem"),
        (json!({"type": "mtls", "certificate_pem": KEY, "key_pem": KEY}), "certificate_pem"),
        (json!({"type": "mtls", "certificate_pem": CERTIFICATE, "key_pem": CERTIFICATE}), "key_pem"),
        (json!({"type": "mtls", "certificate_pem": CERTIFICATE, "key_pem": key_with_ca}), "key_pem"),
        (
            json!({"type": "mtls", "certificate_pem": CERTIFICATE, "key_pem": KEY.replace("PRI", "ENCRYPTED PRI")}),
            "key_pem",
        ),
        (
            json!({"type": "mtls", "certificate_pem": CERTIFICATE, "key_pem": KEY.replace("END PRI", "END EC PRI")}),
            "key_pem",
        ),
    ] {
        check_refused(&stored, field);
    }
    let chain = format!("subject=x\r\n{CERTIFICATE}\r\n{CERTIFICATE}");
    let with_parameters = format!("-----BEGIN EC PARAMETERS-----\nAA\n-----END EC PARAMETERS-----\n{KEY}");
    assert!(Identity::new(chain, with_parameters).is_ok());
}

#[test]
fn the_request_for_a_token_is_that_of_rfc_6749() {
    let request = credentials("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw", None, ClientAuth::Basic).request();
    assert_eq!(request.authorization.unwrap(), "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3");
    assert_eq!(request.body, "grant_type=client_credentials");
    let request = credentials("a:b", "c d&", Some("e f"), ClientAuth::Basic).request();
    assert_eq!(request.authorization.unwrap(), format!("Basic {}", STANDARD.encode("a%3Ab:c+d%26")));
    let request = credentials("a:b", "c d&", Some("e f"), ClientAuth::Body).request();
    assert_eq!(request.authorization, None);
    assert_eq!(request.body, "grant_type=client_credentials&scope=e+f&client_id=a%3Ab&client_secret=c+d%26");
}

#[test]
fn a_fingerprint_is_that_of_every_field() {
    let all = [
        credentials("a", "b", None, ClientAuth::Basic),
        credentials("a", "c", None, ClientAuth::Basic),
        credentials("ab", "c", None, ClientAuth::Basic),
        credentials("a", "bc", None, ClientAuth::Basic),
        credentials("a", "b", Some("c"), ClientAuth::Basic),
        credentials("a", "b", None, ClientAuth::Body),
    ];
    let different: std::collections::HashSet<_> = all.iter().map(ClientCredentials::fingerprint).collect();
    assert_eq!(different.len(), all.len());
    assert_eq!(all[0].fingerprint(), credentials("a", "b", None, ClientAuth::Basic).fingerprint());
}

#[test]
fn a_token_is_used_until_shortly_before_its_end() {
    for (expires_in, seconds) in [
        (r#","expires_in":3600"#, 3570.0),
        (r#","expires_in":"3600""#, 3570.0),
        (r#","expires_in":10.5"#, 5.25),
        (r#","expires_in":0"#, 0.0),
        (r#","expires_in":1e18"#, 86_370.0),
        ("", 300.0),
        (r#","expires_in":-1"#, 300.0),
        (r#","expires_in":1e300"#, 300.0),
        (r#","expires_in":null"#, 300.0),
    ] {
        let body =
            format!(r#"{{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer"{expires_in}}}"#);
        let token = AccessToken::read(200, body.as_bytes()).unwrap();
        assert_eq!(token.authorization(), "Bearer 2YotnFZFEjr1zCsicMWpAA");
        assert_eq!(token.time, Duration::from_secs_f64(seconds), "{expires_in}");
    }
}

#[test]
fn an_answer_without_a_token_says_why_and_repeats_no_secret() {
    let long = format!(r#"{{"access_token":"{}"}}"#, "x".repeat(8193));
    for (status, body, words) in [
        (302, r#"{"access_token":"canary"}"#, "redirects"),
        (
            400,
            r#"{"error":"invalid_client","error_description":"canary"}"#,
            "400 with the error invalid_client.",
        ),
        (401, r#"{"error":"it is Canary"}"#, "answered 401."),
        (500, "canary", "answered 500."),
        (200, "canary", "no JSON object"),
        (200, r#"["canary"]"#, "no JSON object"),
        (200, r#"{"token":"canary"}"#, "without access_token"),
        (200, r#"{"access_token":7}"#, "without access_token"),
        (200, r#"{"access_token":"canary","token_type":"mac"}"#, "another type"),
        (200, r#"{"access_token":"canary\r\nhost: x"}"#, "cannot be sent"),
        (200, r#"{"access_token":""}"#, "cannot be sent"),
        (200, long.as_str(), "cannot be sent"),
    ] {
        let why = AccessToken::read(status, body.as_bytes()).unwrap_err();
        assert!(why.contains(words) && !why.contains("canary"), "{body}: {why}");
    }
}
