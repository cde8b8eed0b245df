//! A stop in the middle of everything: it is quick, nothing is lost, and what was cut off is marked.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "each test program uses a part of the support")]
mod support;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use support::client::Client;
use support::patience::{Patience, eventually};
use support::platform::{candidate, create, ended_calls, execution, register};
use support::program::Program;
use support::receiver::{Answer, Receiver};

/// Companies whose receivers take their time, and how many calls each has.
const SLOW: usize = 18;
const CALLS: usize = 25;
const HUNG: &str = "hung";
const HUNG_CALLS: usize = 50;
const PATIENCE: Duration = Duration::from_secs(2);

fn start(data: &Path) -> Program {
    Program::dev(data, &["--shutdown-timeout", "2s", "--request-timeout", "60s", "--retry-schedule", "1s"])
}

/// Creates all candidates, with a client for each company; answers when all are acknowledged.
fn create_all(program: &Program, companies: &[(String, usize)]) {
    std::thread::scope(|scope| {
        for (company, count) in companies {
            let mut client = program.client();
            scope.spawn(move || (0..*count).for_each(|_| drop(create(&mut client, company))));
        }
    });
}

#[test]
fn five_hundred_calls_are_under_way() {
    let data = tempfile::tempdir().unwrap();
    let mut program = start(data.path());
    let mut client = program.client();
    let slow = Receiver::new(|_, _| Answer::Late(Duration::from_millis(500), 200));
    let patient = Arc::new(AtomicBool::new(false));
    let answers = patient.clone();
    let hung =
        Receiver::new(
            move |_, _| {
                if answers.load(Ordering::Relaxed) { Answer::Status(200) } else { Answer::Hang }
            },
        );
    let mut companies: Vec<(String, usize)> =
        (0..SLOW).map(|number| (format!("slow-{number}"), CALLS)).collect();
    for (company, _) in &companies {
        register(&mut client, company, &slow.url("/"));
    }
    register(&mut client, HUNG, &hung.url("/"));
    companies.push((HUNG.to_owned(), HUNG_CALLS));
    create_all(&program, &companies);
    hung.wait_for(1);

    program.signal("TERM");
    eventually("new requests are refused", || {
        match program.client().try_post("/candidates", &candidate("late")) {
            Ok(answer) => (answer.status == 503).then_some(()),
            Err(_) => Some(()),
        }
    });
    // A little for the store and for a slow machine.
    assert!(program.wait(PATIENCE + Duration::from_secs(8)).success());

    let hung_before = by_id(&hung);
    patient.store(true, Ordering::Relaxed);
    let again = start(data.path());
    let mut client = again.client();
    for (company, count) in &companies {
        let ended = ended_calls(&mut client, company, *count);
        assert!(ended.iter().all(|call| call["status"] == "success"), "{company}");
        for call in &ended {
            check_marks(&mut client, call, &hung_before);
        }
    }
    // Those who answer in time get each call once.
    assert_eq!(by_id(&slow).len(), SLOW * CALLS);
    assert_eq!(slow.calls().len(), SLOW * CALLS);
    assert_eq!(by_id(&hung).len(), HUNG_CALLS);
}

/// How often each message was received.
fn by_id(receiver: &Receiver) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for call in receiver.calls() {
        *counts.entry(call.header("webhook-id").unwrap().to_owned()).or_default() += 1;
    }
    counts
}

/// Whoever was interrupted says so, and nobody else does. `cut` were received and not answered.
#[track_caller]
fn check_marks(client: &mut Client, call: &Value, cut: &BTreeMap<String, u64>) {
    let execution = execution(client, call["pk"].as_str().unwrap());
    let delivery = &execution["deliveries"][0];
    let expected = cut.get(execution["id"].as_str().unwrap()).copied().unwrap_or(0);
    assert_eq!(delivery["interruptions"], expected, "{delivery}");
    assert_eq!(
        delivery["attempts"].as_array().map(Vec::len),
        Some(1),
        "an interruption is no attempt: {delivery}"
    );
}

#[test]
fn who_watches_holds_up_nothing() {
    let data = tempfile::tempdir().unwrap();
    let mut program = start(data.path());
    let mut stream = BufReader::new(TcpStream::connect(program.api()).unwrap());
    stream.get_mut().write_all(b"GET /api/v1/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").unwrap();
    let lines = stream.lines().map(Result::unwrap);
    let mut lines = lines.skip_while(|line| !line.starts_with("id: "));
    assert!(lines.next().is_some(), "it has begun");
    program.signal("TERM");
    let rest: Vec<String> = lines.collect();
    assert_eq!(rest.last().map(String::as_str), Some(""), "it has come to its end: {rest:?}");
    assert!(program.wait(PATIENCE).success());
    assert!(!program.stderr.text().contains("cut off"), "{}", program.stderr.text());
}

#[test]
fn requests_under_way_are_answered_to_the_end() {
    let data = tempfile::tempdir().unwrap();
    let mut program = start(data.path());
    let receiver = Receiver::answering(200);
    register(&mut program.client(), "42", &receiver.url("/"));
    let acknowledged = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let client = program.client();
            scope.spawn(|| create_until_refused(client, &acknowledged));
        }
        Patience::of(Duration::from_secs(20))
            .wait("the load is a load", || (acknowledged.load(Ordering::Relaxed) > 100).then_some(()));
        program.signal("TERM");
    });
    assert!(program.wait(Duration::from_secs(10)).success());
    let again = start(data.path());
    let known = count_calls(&mut again.client());
    // A request whose answer was lost with its connection may have been stored.
    let acknowledged = acknowledged.into_inner();
    assert!(
        (acknowledged..=acknowledged + 8).contains(&known),
        "{acknowledged} acknowledged, {known} stored"
    );
    eventually("all are delivered", || (by_id(&receiver).len() == known).then_some(()));
    assert_eq!(receiver.calls().len(), known, "each once");
}

/// Creates candidates until the program takes no more, and counts them.
fn create_until_refused(mut client: Client, acknowledged: &AtomicUsize) {
    while let Ok(answer) = client.try_post("/candidates", &candidate("42")) {
        if answer.status != 200 {
            assert_eq!(answer.status, 503, "{}", answer.message.text());
            assert_eq!(answer.message.header("connection"), Some("close"));
            assert!(answer.message.header("retry-after").is_some());
            return;
        }
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
}

/// All calls of company 42, page by page.
fn count_calls(client: &mut Client) -> usize {
    let (mut count, mut iterator) = (0, String::new());
    loop {
        let page = client.get(&format!("/webhook_history/42?limit=250{iterator}")).expect(200);
        count += page["data"].as_array().unwrap().len();
        let Some(next) = page["iterator"].as_str() else { return count };
        iterator = format!("&iterator={next}");
    }
}
