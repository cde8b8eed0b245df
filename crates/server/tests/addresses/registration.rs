//! What is refused when a webhook is registered: whatever the URL says itself.

use serde_json::json;

use crate::cases::cases;
use crate::serve;
use crate::support::client::Client;
use crate::support::platform::{create, ended_call, ended_calls, register};
use crate::support::program::Program;
use crate::support::receiver::Receiver;

/// The code of the refusal, if it is one.
fn refusal(client: &mut Client, company: &str, url: &str) -> Option<String> {
    let webhook = json!({ "companyId": company, "url": url, "eventType": "candidate.created" });
    let answer = client.post("/webhooks", &webhook);
    if answer.status == 200 {
        return None;
    }
    let body = answer.expect(422);
    assert_eq!(body["error"], json!(["Required field url not found or invalid"]), "{url}");
    assert_eq!(body["details"][0]["field"], "url");
    assert!(body["details"][0]["reason"].as_str().unwrap().ends_with('.'), "a sentence: {body}");
    Some(body["details"][0]["code"].as_str().unwrap().to_owned())
}

#[test]
fn every_hostile_url_is_refused_with_its_reason() {
    let data = tempfile::tempdir().unwrap();
    let (_program, mut client) = serve(data.path(), &[]);
    for case in cases() {
        let found = refusal(&mut client, &case.id, &case.url);
        assert_eq!(found.as_deref(), case.refusal(), "{} {:?}", case.id, case.url);
    }
}

#[test]
fn what_is_stored_is_the_canonical_form() {
    let data = tempfile::tempdir().unwrap();
    let (_program, mut client) =
        serve(data.path(), &["--retry-schedule", "none", "--request-timeout", "1ms"]);
    for (company, url, canonical) in [
        ("case", "HTTPS://EXAMPLE.COM/", "https://example.com/"),
        ("port", "http://example.com:080/", "http://example.com/"),
        ("puny", "https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("fragment", "https://example.com/a%20b?x=1#part", "https://example.com/a%20b?x=1"),
        ("dots", "https://example.com/a/../b/./c", "https://example.com/b/c"),
    ] {
        assert_eq!(refusal(&mut client, company, url), None, "{url}");
        create(&mut client, company);
        assert_eq!(ended_call(&mut client, company)["url"], canonical);
    }
}

#[test]
fn the_operator_can_open_a_network() {
    let data = tempfile::tempdir().unwrap();
    let receiver = Receiver::answering(200);
    let (mut closed, mut client) = serve(data.path(), &["--retry-schedule", "none"]);
    let refused = refusal(&mut client, "42", &receiver.url("/"));
    assert_eq!(refused.as_deref(), Some("ip_not_public"));
    closed.kill();
    let key = key(&closed);
    let arguments = ["--retry-schedule", "none", "--allow-network", "127.0.0.0/8"];
    let mut opened = Program::serve(data.path(), &arguments);
    let mut client = opened.client().with_key(&key);
    assert_eq!(refusal(&mut client, "other", "http://10.0.0.1/").as_deref(), Some("ip_not_public"));
    assert_eq!(refusal(&mut client, "other", "http://[::1]/").as_deref(), Some("ip_not_public"));
    register(&mut client, "42", &receiver.url("/"));
    create(&mut client, "42");
    assert_eq!(ended_call(&mut client, "42")["status"], "success");
    opened.kill();
    // Closed again: what was registered stays, and is not called.
    let closed = Program::serve(data.path(), &["--retry-schedule", "none"]);
    let mut client = closed.client().with_key(&key);
    create(&mut client, "42");
    let call = ended_calls(&mut client, "42", 2).remove(0);
    assert!(call["output"].as_str().unwrap().contains("destination_denied: "), "{call}");
    assert_eq!(receiver.calls().len(), 1);
}

/// The key that the first start printed.
fn key(program: &Program) -> String {
    let line = program.stdout.wait("the admin key is");
    line.rsplit(' ').next().unwrap().to_owned()
}
