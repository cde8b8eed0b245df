//! S7: `GET /webhook_history/{companyId}` lists the calls of a company.

use std::sync::Mutex;
use std::sync::mpsc;

use serde_json::{Value, json};

use crate::dev;
use crate::support::client::Client;
use crate::support::patience::eventually;
use crate::support::platform::{calls, create, ended_call, ended_calls, register};
use crate::support::receiver::{Answer, Receiver};

/// The members of a call, in their order.
fn members(history: &str) -> Vec<String> {
    let text = history.strip_prefix(r#"{"data":["#).unwrap();
    let call: Vec<&str> = [r#""pk":"#, r#""companyId":"#, r#""createdAt":"#, r#""status":"#, r#""payload":"#]
        .into_iter()
        .chain([r#""url":"#, r#""output":"#])
        .filter(|member| text.contains(member))
        .collect();
    let mut places: Vec<(usize, &str)> =
        call.into_iter().map(|member| (text.rfind(member).unwrap(), member)).collect();
    places.sort_unstable();
    places.into_iter().map(|(_, member)| member.trim_matches([':', '"']).to_owned()).collect()
}

#[test]
fn a_call_is_pending_first_and_then_a_success() {
    let (_data, program) = dev(&[]);
    let (open, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let receiver = Receiver::new(move |_, _| {
        let _ = gate.lock().unwrap().recv();
        Answer::Status(200)
    });
    let mut client = program.client();
    register(&mut client, "42", &receiver.url("/"));
    let id = create(&mut client, "42");
    let request = receiver.wait_for(1).remove(0);
    let pending = client.get("/webhook_history/42");
    let call = pending.expect(200)["data"][0].clone();
    assert_eq!(call["status"], "pending");
    assert_eq!(call.get("output"), None);
    open.send(()).unwrap();
    let done = ended_call(&mut client, "42");
    assert_eq!(done["status"], "success");
    assert_eq!(done["output"], "{}");
    for member in ["pk", "createdAt", "payload", "url", "companyId"] {
        assert_eq!(done[member], call[member], "{member}");
    }
    assert_eq!(done["companyId"], "42");
    assert_eq!(done["url"], receiver.url("/"));
    assert_eq!(done["payload"]["resourceId"], *id);
    assert_eq!(done["payload"]["triggeredAt"], done["createdAt"]);
    assert_eq!(done["payload"]["resource"]["createdAt"], done["createdAt"]);
    let history = client.get("/webhook_history/42");
    let sent = format!(r#""payload":{},"#, request.text());
    assert!(history.message.text().contains(&sent), "the payload as it was sent: {}", history.message.text());
    let expected = ["pk", "companyId", "createdAt", "status", "payload", "url", "output"];
    assert_eq!(done.as_object().unwrap().len(), expected.len());
    assert_eq!(members(&history.message.text().replace(request.text(), "null")), expected);
}

#[test]
fn a_failed_call_says_why() {
    let (_data, program) = dev(&["--retry-schedule", "10ms,10ms,10ms"]);
    let receiver = Receiver::answering(500);
    let mut client = program.client();
    register(&mut client, "42", &receiver.url("/"));
    create(&mut client, "42");
    let call = ended_call(&mut client, "42");
    assert_eq!(call["status"], "failed");
    let expected = r#"{"Error":"http_status: The receiver answered 500.","Cause":"Webhook call failure"}"#;
    assert_eq!(call["output"], expected);
    assert_eq!(receiver.calls().len(), 4);
}

#[test]
fn a_company_without_calls_has_an_empty_history() {
    let (_data, program) = dev(&[]);
    let mut client = program.client();
    assert_eq!(client.get("/webhook_history/42").message.text(), r#"{"data":[]}"#);
    let receiver = Receiver::answering(200);
    register(&mut client, "42", &receiver.url("/"));
    create(&mut client, "43");
    assert_eq!(calls(&mut client, "42"), Vec::<Value>::new());
    assert_eq!(calls(&mut client, "43"), Vec::<Value>::new(), "a skipped execution is no call");
}

/// Ids of the candidates of all pages, page by page.
fn pages(client: &mut Client, limit: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut iterator = String::new();
    loop {
        let page = client.get(&format!("/webhook_history/42?{limit}{iterator}")).expect(200);
        let id = |call: &Value| call["payload"]["resourceId"].as_str().unwrap().to_owned();
        pages.push(page["data"].as_array().unwrap().iter().map(id).collect());
        let Some(next) = page.get("iterator") else { return pages };
        iterator = format!("&iterator={}", next.as_str().unwrap());
    }
}

#[test]
fn pages_lead_through_all_calls_newest_first() {
    let (_data, program) = dev(&[]);
    let receiver = Receiver::answering(200);
    let mut client = program.client();
    register(&mut client, "42", &receiver.url("/"));
    let mut expected: Vec<String> = (0..51).map(|_| create(&mut client, "42")).collect();
    expected.reverse();
    ended_calls(&mut client, "42", 51);
    let check = |client: &mut Client, limit: &str, sizes: &[usize]| {
        let pages = pages(client, limit);
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), sizes, "{limit}");
        assert_eq!(pages.concat(), expected, "{limit}");
    };
    check(&mut client, "", &[50, 1]);
    check(&mut client, "limit=20", &[20, 20, 11]);
    check(&mut client, "limit=17", &[17, 17, 17]);
    check(&mut client, "limit=51", &[51]);
    check(&mut client, "limit=250", &[51]);
    check(&mut client, "limit=1", &[1; 51]);
    new_calls_do_not_move_the_pages(&mut client, &expected);
}

fn new_calls_do_not_move_the_pages(client: &mut Client, expected: &[String]) {
    let first = client.get("/webhook_history/42?limit=10").expect(200);
    create(client, "42");
    let path = format!("/webhook_history/42?limit=10&iterator={}", first["iterator"].as_str().unwrap());
    let second = client.get(&path).expect(200);
    assert_eq!(second["data"][0]["payload"]["resourceId"], *expected[10]);
    eventually("the new call is first", || {
        let newest = calls(client, "42").remove(0);
        (newest["payload"]["resourceId"] != *expected[0]).then_some(())
    });
}

#[test]
fn a_wrong_question_is_told_what_is_wrong_with_it() {
    let (_data, program) = dev(&[]);
    let mut client = program.client();
    let limit = "Query parameter limit invalid: it must be a whole number from 1 to 250, once";
    for query in ["0", "251", "-1", "%2B1", "1.0", "abc", "", "1&limit=2", "99999999999999999999999"] {
        let answer = client.get(&format!("/webhook_history/42?limit={query}")).expect(422);
        assert_eq!(answer, json!({ "message": "Validation errors", "errors": [limit] }), "{query}");
    }
    for iterator in ["", "abc", "dlv_", "dlv_0000000000", "msg_00000000000", "%00", "dlv_%F0%9F%98%80"] {
        let answer = client.get(&format!("/webhook_history/42?iterator={iterator}")).expect(422);
        assert!(answer["errors"][0].as_str().unwrap().contains("iterator"), "{iterator}: {answer}");
    }
    for company in ["a%20b", "%FF", "%00", &"x".repeat(257), "%C3%BC"] {
        let answer = client.get(&format!("/webhook_history/{company}")).expect(422);
        assert_eq!(answer["errors"], json!(["Required field companyId not found or invalid"]), "{company}");
    }
}
