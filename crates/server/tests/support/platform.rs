//! What a platform does with the API: registers webhooks, creates candidates, and looks at what became of them.

use serde_json::{Value, json};

use super::client::Client;
use super::patience::eventually;

/// Registers a webhook for new candidates of a company; answers the signing token.
#[track_caller]
pub(crate) fn register(client: &mut Client, company: &str, url: &str) -> String {
    register_for(client, company, url, "candidate.created")
}

/// Registers a webhook for events of another type; answers the signing token.
#[track_caller]
pub(crate) fn register_for(client: &mut Client, company: &str, url: &str, event_type: &str) -> String {
    let webhook = json!({ "companyId": company, "url": url, "eventType": event_type });
    let answer = client.post("/webhooks", &webhook).expect(200);
    answer["data"]["token"].as_str().unwrap().to_owned()
}

/// A candidate as a client sends it.
pub(crate) fn candidate(company: &str) -> Value {
    json!({ "companyId": company, "email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace" })
}

/// Creates a candidate of a company; answers its id.
#[track_caller]
pub(crate) fn create(client: &mut Client, company: &str) -> String {
    let answer = client.post("/candidates", &candidate(company)).expect(200);
    answer["data"]["id"].as_str().unwrap().to_owned()
}

/// The newest calls of a company, newest first: as many as a page has.
#[track_caller]
pub(crate) fn calls(client: &mut Client, company: &str) -> Vec<Value> {
    let page = client.get(&format!("/webhook_history/{company}?limit=250")).expect(200);
    page["data"].as_array().unwrap().clone()
}

/// Waits until this many calls of a company have ended and none is pending; answers them, newest first.
#[track_caller]
pub(crate) fn ended_calls(client: &mut Client, company: &str, count: usize) -> Vec<Value> {
    eventually(&format!("{count} calls of {company} end"), || {
        let calls = calls(client, company);
        let pending = calls.iter().any(|call| call["status"] == "pending");
        Some(calls).filter(|calls| calls.len() == count && !pending)
    })
}

/// Waits for the end of a company's only call.
#[track_caller]
pub(crate) fn ended_call(client: &mut Client, company: &str) -> Value {
    ended_calls(client, company, 1).remove(0)
}

/// The execution of a message, or of the message behind a call.
#[track_caller]
pub(crate) fn execution(client: &mut Client, id: &str) -> Value {
    client.get(&format!("/executions/{id}")).expect(200)["data"].clone()
}

/// The attempts of a call.
#[track_caller]
pub(crate) fn attempts(client: &mut Client, call: &Value) -> Vec<Value> {
    let execution = execution(client, call["pk"].as_str().unwrap());
    execution["deliveries"][0]["attempts"].as_array().unwrap().clone()
}
