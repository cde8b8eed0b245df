//! The program as its operator meets it: help, settings that are refused, the key, and the ways it ends.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "each test program uses a part of the support")]
mod support;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use support::client::Client;
use support::patience::eventually;
use support::program::Program;
use support::program::{command, dev_command, serve_command};
use support::receiver::{Answer, Receiver};

/// A stop that has nothing to wait for, on a slow machine.
const SOON: Duration = Duration::from_secs(10);

struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn run(command: &mut Command) -> Ended {
    let mut program = Program::start(command);
    let code = program.wait(SOON).code();
    let text = |lines: &support::program::Lines| eventually("the end of the output", || lines.ended());
    Ended { code, stdout: text(&program.stdout), stderr: text(&program.stderr) }
}

#[track_caller]
fn check_refused(command: &mut Command, code: i32, expected: &str) {
    let ended = run(command);
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    assert_eq!(ended.stderr.trim().lines().count(), 1, "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
}

/// Registers a webhook of company 42 and creates a candidate; the receiver is called then.
fn call(client: &mut Client, url: &str) {
    let webhook = json!({ "companyId": 42, "url": url, "eventType": "candidate.created" });
    client.post("/webhooks", &webhook).expect(200);
    let candidate = json!({ "companyId": 42, "email": "a@example.com", "firstName": "A", "lastName": "B" });
    client.post("/candidates", &candidate).expect(200);
}

fn newest_call(client: &mut Client) -> Value {
    client.get("/webhook_history/42").expect(200)["data"][0].clone()
}

/// The key that a first start of `serve` prints.
fn key(program: &Program) -> String {
    let line = program.stdout.wait("the admin key is");
    line.rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn the_help_explains_the_program() {
    let help = run(&mut command(&["--help"]));
    assert_eq!(help.code, Some(0));
    for words in ["whimbrel dev ", "whimbrel serve --config whimbrel.toml", "version", "WHIMBREL_"] {
        assert!(help.stdout.contains(words), "{words}: {}", help.stdout);
    }
    let serve = run(&mut command(&["serve", "--help"])).stdout;
    for flag in ["--listen", "--data", "--retry-schedule", "--request-timeout", "--allow-network", "--config"]
    {
        assert!(serve.contains(flag), "{flag}: {serve}");
    }
    assert!(run(&mut command(&["dev", "--help"])).stdout.contains("--receiver-listen"));
}

#[test]
fn the_version_is_told() {
    let version = run(&mut command(&["version"]));
    assert_eq!(version.stdout, concat!("whimbrel ", env!("CARGO_PKG_VERSION")));
    assert_eq!(version.code, Some(0));
}

#[test]
fn settings_that_cannot_be_used_are_refused_with_a_sentence() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let file = directory.path().join("whimbrel.toml");
    std::fs::write(&file, "log = \"info\"\nretry_shedule = [\"1s\"]\n").unwrap();
    let file = file.to_str().unwrap();
    let serve = || serve_command(&data);
    check_refused(
        serve().args(["--config", file]),
        2,
        "whimbrel.toml, line 2: unknown field `retry_shedule`",
    );
    check_refused(serve().args(["--config", "/nowhere.toml"]), 2, "/nowhere.toml: ");
    check_refused(serve().env("WHIMBREL_LOG", "loud"), 2, "WHIMBREL_LOG: ");
    check_refused(serve().env("WHIMBREL_LOGS", "info"), 2, "WHIMBREL_LOGS: there is no such setting");
    check_refused(serve().args(["--request-timeout", "3m"]), 2, "request_timeout: must be from 1ms to 120s");
    let public = |mode: &str| command(&[mode, "--listen", "0.0.0.0:0"]);
    check_refused(&mut public("serve"), 2, "set dangerously_listen_without_tls");
    check_refused(&mut public("dev"), 2, "listens on loopback addresses only");
    assert!(!data.exists(), "a start that was refused leaves nothing behind");
}

#[test]
fn roots_that_are_no_certificates_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let roots = directory.path().join("roots.pem");
    std::fs::write(&roots, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    let mut serve = serve_command(&directory.path().join("data"));
    check_refused(serve.arg("--extra-roots").arg(&roots), 2, "the extra root certificates cannot be used");
}

#[test]
fn a_second_process_is_refused_its_data() {
    let data = tempfile::tempdir().unwrap();
    let first = Program::dev(data.path(), &[]);
    check_refused(&mut dev_command(data.path()), 1, "is in use by another process");
    check_refused(&mut serve_command(data.path()), 1, "is in use by another process");
    first.client().get("/ready").expect(200);
}

#[test]
fn an_address_that_is_taken_is_named() {
    let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = Program::dev(data.path(), &[]);
    let address = first.api().to_string();
    let mut second = command(&["serve", "--listen", &address, "--data"]);
    check_refused(second.arg(other.path()), 1, &format!("cannot listen on {address}: "));
}

#[test]
fn the_admin_key_is_printed_once_and_asked_for() {
    let data = tempfile::tempdir().unwrap();
    let mut first = Program::serve(data.path(), &[]);
    let key = key(&first);
    check_key(&first, &key);
    first.signal("TERM");
    assert_eq!(first.wait(SOON).code(), Some(0));
    let second = Program::serve(data.path(), &[]);
    check_key(&second, &key);
    assert!(!second.stdout.text().contains("whk_"), "{}", second.stdout.text());
    assert!(!second.stderr.text().contains(&key) && !first.stderr.text().contains(&key));
    for file in std::fs::read_dir(data.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!contains(&bytes, key.as_bytes()), "only the key's hash is stored");
    }
}

#[track_caller]
fn check_key(program: &Program, key: &str) {
    let path = "/webhook_history/42";
    program.client().get(path).expect(401);
    program.client().with_key("whk_00000000_0").get(path).expect(401);
    program.client().with_key(key).get(path).expect(200);
    program.client().get("/health").expect(200);
    program.client().get("/ready").expect(200);
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_stop_waits_for_calls_under_way() {
    let data = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(|_, _| Answer::Late(Duration::from_millis(500), 200));
    let mut program = Program::dev(data.path(), &[]);
    call(&mut program.client(), &receiver.url("/"));
    receiver.wait_for(1);
    program.signal("TERM");
    assert_eq!(program.wait(SOON).code(), Some(0));
    let again = Program::dev(data.path(), &[]);
    assert_eq!(newest_call(&mut again.client())["status"], "success");
    assert_eq!(receiver.calls().len(), 1);
}

#[test]
fn a_stop_gives_up_calls_that_take_too_long_and_makes_them_again_later() {
    let data = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(|_, before| if before == 0 { Answer::Hang } else { Answer::Status(200) });
    let mut program = Program::dev(data.path(), &["--shutdown-timeout", "300ms", "--request-timeout", "60s"]);
    call(&mut program.client(), &receiver.url("/"));
    receiver.wait_for(1);
    program.signal("INT");
    assert_eq!(program.wait(SOON).code(), Some(0), "within the limit, although the receiver hangs");
    let again = Program::dev(data.path(), &[]);
    let calls = receiver.wait_for(2);
    assert_eq!(calls[0].header("webhook-id"), calls[1].header("webhook-id"));
    assert_eq!(calls[0].body, calls[1].body);
    let mut client = again.client();
    eventually("success", || Some(newest_call(&mut client)).filter(|call| call["status"] == "success"));
}

#[test]
fn a_second_signal_ends_the_program_at_once() {
    let data = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(|_, _| Answer::Hang);
    let mut program = Program::dev(data.path(), &["--shutdown-timeout", "5m", "--request-timeout", "120s"]);
    call(&mut program.client(), &receiver.url("/"));
    receiver.wait_for(1);
    program.signal("TERM");
    program.stderr.wait("stopping");
    // One that comes right after the first is an echo; whoever means it does not stop asking.
    let ended = eventually("the program ends", || {
        program.signal("TERM");
        program.ended()
    });
    assert_eq!(ended.code(), Some(1));
}

#[test]
fn idle_connections_do_not_delay_a_stop() {
    let data = tempfile::tempdir().unwrap();
    let mut program = Program::dev(data.path(), &[]);
    let mut client = program.client();
    client.get("/ready").expect(200);
    program.signal("TERM");
    assert_eq!(program.wait(Duration::from_secs(2)).code(), Some(0));
    assert!(client.send("GET", "/ready", None).is_err());
}

#[test]
fn no_secret_is_printed_or_logged() {
    let data = tempfile::tempdir().unwrap();
    let receiver = Receiver::answering(500);
    let arguments = ["--log", "trace", "--allow-network", "127.0.0.0/8", "--retry-schedule", "1ms"];
    let program = Program::serve(data.path(), &arguments);
    let key = key(&program);
    let mut client = program.client().with_key(&key);
    let webhook = json!({ "companyId": 42, "url": receiver.url("/"), "eventType": "candidate.created" });
    let answer = client.post("/webhooks", &webhook).expect(200);
    let token = answer["data"]["token"].as_str().unwrap();
    let candidate = json!({ "companyId": 42, "email": "a@example.com", "firstName": "A", "lastName": "B" });
    client.post("/candidates", &candidate).expect(200);
    receiver.wait_for(2);
    eventually("failed", || Some(newest_call(&mut client)).filter(|call| call["status"] == "failed"));
    assert_eq!(program.stdout.text().matches(&key).count(), 1);
    assert!(!program.stdout.text().contains(token));
    let log = program.stderr.text();
    assert!(!log.contains(token) && !log.contains(&key), "{log}");
}

#[test]
fn the_data_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let _program = Program::dev(&data, &[]);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for file in std::fs::read_dir(&data).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}
