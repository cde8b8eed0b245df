//! S1: `POST /webhooks` registers a URL for one event type of a company, and answers the signing token.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::dev;
use crate::support::client::{Answered, Client};
use crate::support::platform::{calls, create, register};

const URL: &str = "http://127.0.0.1:9/";

fn post(client: &mut Client, company: &Value, event_type: &str) -> Answered {
    let webhook = json!({ "companyId": company, "url": URL, "eventType": event_type });
    client.post("/webhooks", &webhook)
}

#[test]
fn a_registration_answers_the_signing_token() {
    let (_data, program) = dev(&[]);
    let mut client = program.client();
    let mut tokens = BTreeSet::new();
    for number in 0..20 {
        let answer = post(&mut client, &json!(number), "candidate.created");
        let token = answer.expect(200)["data"]["token"].as_str().unwrap().to_owned();
        assert_eq!(token.len(), 32);
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{token}");
        let expected = format!(r#"{{"message":"Webhook created","data":{{"token":"{token}"}}}}"#);
        assert_eq!(answer.message.text(), expected);
        assert_eq!(answer.message.header("content-type"), Some("application/json"));
        tokens.insert(token);
    }
    assert_eq!(tokens.len(), 20);
}

#[test]
fn a_company_has_one_webhook_for_each_event_type() {
    let (_data, program) = dev(&[]);
    let mut client = program.client();
    post(&mut client, &json!(42), "candidate.created").expect(200);
    // 42 and "42" are the same company.
    for company in [json!(42), json!("42")] {
        let again = post(&mut client, &company, "candidate.created");
        again.expect(409);
        assert_eq!(again.message.text(), r#"{"message":"Webhook creation failed","error":"Record exists."}"#);
    }
    post(&mut client, &json!("42"), "candidate.moved").expect(200);
    post(&mut client, &json!(43), "candidate.created").expect(200);
}

#[test]
fn a_registration_that_was_refused_changes_nothing() {
    let (_data, program) = dev(&[]);
    let mut client = program.client();
    register(&mut client, "42", URL);
    let other = json!({ "companyId": 42, "url": "http://127.0.0.1:10/", "eventType": "candidate.created" });
    client.post("/webhooks", &other).expect(409);
    create(&mut client, "42");
    assert_eq!(calls(&mut client, "42")[0]["url"], URL);
}

#[test]
fn numbers_and_texts_are_company_ids() {
    let (_data, program) = dev(&[]);
    let mut client = program.client();
    let longest = "x".repeat(256);
    for good in
        [json!(0), json!(u64::MAX), json!("a"), json!("A.b_c-9"), json!(longest), json!("0042"), json!("..a")]
    {
        assert_eq!(post(&mut client, &good, "candidate.created").status, 200, "{good}");
    }
    let too_long = "x".repeat(257);
    let bad = [
        json!(-1),
        json!(4.2),
        json!(1e30),
        json!(true),
        json!(null),
        json!([]),
        json!({ "a": 1 }),
        json!(""),
        json!("a b"),
        json!("a/b"),
        json!(".."),
        json!("ü"),
        json!("a\n"),
        json!("a\0"),
        json!(too_long),
    ];
    for company in bad {
        let answer = post(&mut client, &company, "candidate.created");
        let expected = json!({
            "message": "Validation errors",
            "error": ["Required field companyId not found or invalid"],
        });
        assert_eq!(answer.expect(422), expected, "{company}");
    }
}

#[track_caller]
fn check_refused(client: &mut Client, body: &Value, fields: &[&str]) {
    let answer = client.post("/webhooks", body).expect(422);
    let sentence = |field: &&str| format!("Required field {field} not found or invalid");
    let expected: Vec<String> = fields.iter().map(sentence).collect();
    assert_eq!(answer["message"], "Validation errors", "{body}");
    assert_eq!(answer["error"], json!(expected), "{body}");
}

#[test]
fn every_field_that_is_wrong_is_named() {
    let (_data, program) = dev(&[]);
    let mut client = program.client();
    let all = ["url", "companyId", "eventType"];
    for nothing in [json!({}), json!([]), json!(null), json!("text"), json!(1), json!({ "URL": URL })] {
        check_refused(&mut client, &nothing, &all);
    }
    let wrong = json!({ "url": 1, "companyId": {}, "eventType": [] });
    check_refused(&mut client, &wrong, &all);
    let with = |name: &str, value: Value| {
        let mut body = json!({ "companyId": 42, "url": URL, "eventType": "candidate.created" });
        body[name] = value;
        body
    };
    for url in ["", "nonsense", "ftp://example.com/", "http://user@example.com/", "http://10.0.0.1/"] {
        check_refused(&mut client, &with("url", json!(url)), &["url"]);
    }
    for event_type in ["", "a b", "a\r\nb", &"x".repeat(257)] {
        check_refused(&mut client, &with("eventType", json!(event_type)), &["eventType"]);
    }
    check_refused(&mut client, &with("url", json!(null)), &["url"]);
    let why = client.post("/webhooks", &with("url", json!("http://10.0.0.1/"))).expect(422);
    assert_eq!(why["details"][0]["field"], "url");
    assert_eq!(why["details"][0]["code"], "ip_not_public");
    // Nothing of all this was stored.
    client.post("/webhooks", &with("extra", json!("ignored"))).expect(200);
}
