//! S3: `POST /candidates` stores a candidate.

use serde_json::{Value, json};

use crate::dev;
use crate::support::client::Client;
use crate::support::platform::candidate;

#[test]
fn a_candidate_gets_an_id() {
    let (_data, program) = dev(&[]);
    let mut client = program.client();
    let answer = client.post("/candidates", &candidate("42"));
    let id = answer.expect(200)["data"]["id"].as_str().unwrap().to_owned();
    let expected = format!(r#"{{"message":"Candidate created","data":{{"id":"{id}"}}}}"#);
    assert_eq!(answer.message.text(), expected);
    // A random UUID (RFC 9562): version 4, variant 10.
    let parts: Vec<&str> = id.split('-').collect();
    assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{id}");
    assert!(id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-')), "{id}");
    let other = client.post("/candidates", &candidate("42")).expect(200);
    assert_ne!(other["data"]["id"], *id);
}

#[test]
fn a_candidate_is_a_resource_like_any_other() {
    let (_data, program) = dev(&[]);
    let mut client = program.client();
    let mut body = candidate("42");
    body["location"] = json!("Sankt Pölten");
    let id = client.post("/candidates", &body).expect(200)["data"]["id"].clone();
    let resource = client.get(&format!("/resources/candidate/{}", id.as_str().unwrap())).expect(200);
    let resource = &resource["data"];
    assert_eq!(resource["companyId"], "42");
    assert_eq!(resource["id"], id);
    for field in ["email", "firstName", "lastName", "location"] {
        assert_eq!(resource[field], body[field], "{field}");
    }
}

#[track_caller]
fn check_refused(client: &mut Client, body: &Value, errors: &[&str]) {
    let expected = json!({ "message": "Validation errors", "errors": errors });
    assert_eq!(client.post("/candidates", body).expect(422), expected, "{body}");
}

#[test]
fn every_field_that_is_wrong_is_named() {
    let (_data, program) = dev(&[]);
    let mut client = program.client();
    let all = ["email", "companyId", "firstName", "lastName"]
        .map(|field| format!("Required field {field} not found or invalid"));
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    for nothing in [json!({}), json!([]), json!(null), json!("text")] {
        check_refused(&mut client, &nothing, &all);
    }
    let with = |name: &str, value: Value| {
        let mut body = candidate("42");
        body[name] = value;
        body
    };
    for email in ["", "ada", "@example.com", "ada@", "a b@example.com", "ada@example.com\n", "a@b@c.d"] {
        check_refused(&mut client, &with("email", json!(email)), &all[..1]);
    }
    for company in [json!(""), json!(-1), json!("a b"), json!(null), json!([1])] {
        check_refused(&mut client, &with("companyId", company), &all[1..2]);
    }
    for name in [json!(""), json!("  "), json!(7), json!(null), json!("x".repeat(2000))] {
        check_refused(&mut client, &with("firstName", name.clone()), &all[2..3]);
        check_refused(&mut client, &with("lastName", name), &all[3..]);
    }
    for location in [json!(7), json!({}), json!("x".repeat(2000))] {
        check_refused(&mut client, &with("location", location), &["Optional field location invalid"]);
    }
    client.post("/candidates", &with("location", json!(null))).expect(200);
}
