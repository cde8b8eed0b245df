//! `whimbrel dev` as a newcomer meets it: the three lines to paste, and the sample receiver.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "each test program uses a part of the support")]
mod support;

use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::client::Client;
use support::patience::eventually;
use support::program::Program;

/// Retries soon.
const QUICK: [&str; 2] = ["--retry-schedule", "20ms,20ms,20ms"];
/// Gives up soon.
const IMPATIENT: [&str; 4] = ["--retry-schedule", "20ms", "--request-timeout", "100ms"];

/// Runs a line that was printed for people, as they would.
fn paste(line: &str) -> Value {
    match Command::new("sh").args(["-c", line]).stderr(Stdio::null()).output() {
        Ok(ran) if ran.status.success() => serde_json::from_slice(&ran.stdout).unwrap(),
        // There is no curl on this machine.
        Ok(ran) if ran.status.code() == Some(127) => send(line),
        other => panic!("{line}: {other:?}"),
    }
}

/// Does what curl would do with such a line.
fn send(line: &str) -> Value {
    let (_, url) = line.split_once("http://").unwrap();
    let url = url.split(' ').next().unwrap();
    let (address, path) = url.split_once('/').unwrap();
    let mut client = Client::new(address.parse().unwrap());
    let path = format!("/{path}");
    match line.split_once("-d '").and_then(|(_, data)| data.strip_suffix('\'')) {
        Some(data) => client.post(&path, &serde_json::from_str(data).unwrap()).expect(200),
        None => client.get(&path).expect(200),
    }
}

#[test]
fn the_three_lines_work_as_printed_at_every_start() {
    let data = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let program = Program::dev(data.path(), &[]);
        program.stdout.wait("/gone");
        let lines: Vec<String> =
            program.stdout.all().into_iter().filter(|line| line.trim().starts_with("curl ")).collect();
        let [register, create, history] = lines.try_into().unwrap();
        assert_eq!(paste(&register)["data"]["token"].as_str().map(str::len), Some(32));
        assert_eq!(paste(&create)["data"]["id"].as_str().map(str::len), Some(36));
        let call = eventually("the call succeeds", || {
            Some(paste(&history)["data"][0].clone()).filter(|call| call["status"] == "success")
        });
        assert_eq!(call["payload"]["resource"]["firstName"], "Ada");
        let line = program.stdout.wait("receiver: ");
        assert!(line.contains("token ok, signature ok") && line.contains("POST / -> 200"), "{line}");
    }
}

#[test]
fn the_addresses_in_use_are_told() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::dev(data.path(), &[]);
    let ready = program.client().get("/ready").expect(200);
    assert_eq!(ready["listen"], program.api().to_string());
    assert_eq!(ready["receiver"], program.receiver().to_string());
    assert!(program.stdout.wait("listening on").starts_with("whimbrel dev: listening on http://127.0.0.1:"));
}

/// Registers the sample receiver's path for a company of its own, and creates a candidate.
fn call(program: &Program, company: &str, path: &str) {
    let mut client = program.client();
    let url = format!("http://{}{path}", program.receiver());
    let webhook = json!({ "companyId": company, "url": url, "eventType": "candidate.created" });
    client.post("/webhooks", &webhook).expect(200);
    let candidate =
        json!({ "companyId": company, "email": "a@example.com", "firstName": "A", "lastName": "B" });
    client.post("/candidates", &candidate).expect(200);
}

/// Waits for the end of the company's call, and compares it and what the receiver printed.
fn check_end(program: &Program, company: &str, path: &str, status: &str, output: &str, replies: &[&str]) {
    let mut client = program.client();
    let history = format!("/webhook_history/{company}");
    let call = eventually(path, || {
        let call = client.get(&history).expect(200)["data"][0].clone();
        Some(call).filter(|call| call["status"] != "pending")
    });
    assert_eq!(call["status"], status, "{path}: {call}");
    assert!(call["output"].as_str().unwrap().contains(output), "{path}: {call}");
    let head = format!("POST {path} -> ");
    // What it printed may still be on its way to us.
    let lines = eventually(path, || {
        let lines: Vec<_> = program.stdout.all().into_iter().filter(|line| line.contains(&head)).collect();
        Some(lines).filter(|lines| lines.len() >= replies.len())
    });
    let printed: Vec<&str> =
        lines.iter().map(|line| line.split_once(&head).unwrap().1.split(',').next().unwrap()).collect();
    assert_eq!(printed, replies, "{path}");
    assert!(lines.iter().all(|line| line.contains("token ok, signature ok")), "{lines:?}");
}

#[test]
fn the_sample_receiver_answers_as_its_path_says() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::dev(data.path(), &QUICK);
    let unavailable = ["503"; 4];
    let cases: [(&str, &str, &str, &[&str]); 6] = [
        ("/", "success", "{}", &["200"]),
        ("/any/path", "success", "{}", &["200"]),
        ("/fail/503", "failed", "503", &unavailable),
        ("/flaky/3", "success", "{}", &["503", "503", "503", "200"]),
        ("/slow/1", "success", "{}", &["200 after 1 s"]),
        ("/gone", "failed", "410", &["410"]),
    ];
    for (index, (path, ..)) in cases.iter().enumerate() {
        call(&program, &format!("company-{index}"), path);
    }
    for (index, (path, status, output, replies)) in cases.iter().enumerate() {
        check_end(&program, &format!("company-{index}"), path, status, output, replies);
    }
}

#[test]
fn the_sample_receiver_can_hang() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::dev(data.path(), &IMPATIENT);
    call(&program, "42", "/hang");
    check_end(&program, "42", "/hang", "failed", "head_timeout", &["no answer"; 2]);
}

#[test]
fn the_sample_receiver_tells_forged_calls() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::dev(data.path(), &[]);
    call(&program, "42", "/");
    let line = program.stdout.wait("token ok, signature ok");
    let id = line.rsplit(' ').next().unwrap();
    let forge = |headers: &str, body: &str| {
        let head =
            format!("POST /forged HTTP/1.1\r\nhost: x\r\n{headers}content-length: {}\r\n\r\n", body.len());
        let mut client = Client::new(program.receiver());
        assert_eq!(client.exchange(format!("{head}{body}").as_bytes()).unwrap().status, 200);
    };
    let body = r#"{"resourceId":"1","triggeredAt":"2026-01-31T12:34:56.789Z","token":"00"}"#;
    forge(&format!("webhook-id: {id}\r\nwebhook-timestamp: 1\r\nwebhook-signature: v1,AAAA\r\n"), body);
    program.stdout.wait("token WRONG, signature WRONG");
    forge(&format!("webhook-id: {id}\r\n"), "{}");
    program.stdout.wait("token MISSING, signature MISSING");
    forge("webhook-id: \u{9b}31m\r\n", "");
    program.stdout.wait("not a call of ours");
}
