//! Bad input over the wire: answered as the client's fault in JSON, never as ours, and nothing of it is stored.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "each test program uses a part of the support")]
mod support;

use std::io::{BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use support::client::Answered;
use support::message::{Message, Unsized};
use support::platform::{candidate, create, register};
use support::program::Program;
use support::receiver::Receiver;

const MEBIBYTE: usize = 1024 * 1024;

fn dev() -> (tempfile::TempDir, Program) {
    let data = tempfile::tempdir().unwrap();
    let program = Program::dev(data.path(), &[]);
    (data, program)
}

/// How many rows there are in the tables that requests can fill.
fn rows(data: &Path) -> i64 {
    let database = data.join("whimbrel.db");
    let database = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let count = |table: &str| -> i64 {
        database.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    ["app", "endpoint", "resource", "message", "delivery", "attempt"].into_iter().map(count).sum()
}

fn connect(program: &Program) -> TcpStream {
    let stream = TcpStream::connect(program.api()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// Sends the bytes on a connection of their own, and reads one answer.
fn exchange(program: &Program, request: &[u8]) -> Answered {
    program.client().exchange(request).unwrap()
}

/// A request with this body, to any route that takes one.
fn with_body(route: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head =
        format!("{route} HTTP/1.1\r\nhost: 127.0.0.1\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// An answer that blames the client, in the one shape that errors have.
#[track_caller]
fn check_error(answer: &Answered, status: u16, words: &str) {
    let body = answer.expect(status);
    assert_eq!(answer.message.header("content-type"), Some("application/json"));
    assert!(body["message"].is_string(), "{body}");
    let errors = body.get("errors").or(body.get("error")).and_then(Value::as_array);
    let errors = errors.unwrap_or_else(|| panic!("{body}"));
    assert!(!errors.is_empty() && errors.iter().all(Value::is_string), "{body}");
    assert!(answer.message.text().contains(words), "{words}: {body}");
}

const ROUTES: [&str; 4] = ["POST /webhooks", "POST /candidates", "POST /events", "PUT /resources/order/7"];

#[test]
fn what_is_not_json_is_told_where_it_goes_wrong() {
    let (data, program) = dev();
    let deep = format!(r#"{{"companyId":42,"a":{}{}}}"#, "[".repeat(64), "]".repeat(64));
    let deepest = "[".repeat(MEBIBYTE - 1);
    let cases: [(&[u8], &str); 14] = [
        (b"", "The body is not JSON"),
        (b" ", "The body is not JSON"),
        (b"{", "The body is not JSON"),
        (b"{\"companyId\":42,}", "line 1 column 17"),
        (b"{} {}", "trailing characters"),
        (b"{'a':1}", "The body is not JSON"),
        (b"\xef\xbb\xbf{}", "The body is not JSON"),
        (b"{\"a\":\"\xff\"}", "The body is not UTF-8 at line 1 column 7"),
        (b"{\"a\":\"\n\"}", "The body is not JSON"),
        (b"NaN", "The body is not JSON"),
        (b"{\"a\":01}", "The body is not JSON"),
        (b"companyId=42&url=x", "The body is not JSON"),
        (deep.as_bytes(), "nested deeper than 64 levels"),
        (deepest.as_bytes(), "nested deeper than 64 levels"),
    ];
    for route in ROUTES {
        for (body, words) in cases {
            check_error(&exchange(&program, &with_body(route, "", body)), 400, words);
        }
    }
    assert_eq!(rows(data.path()), 0);
}

#[test]
fn what_is_json_of_another_kind_is_told_so() {
    let (data, program) = dev();
    let duplicate: &[u8] = br#"{"companyId":42,"companyId":43,"url":"http://127.0.0.1/","url":"x","source":"a","source":"b","email":1,"email":2}"#;
    let lone: &[u8] = br#"{"companyId":"\ud800","url":"\udfff","source":"\ud800","email":"\ud800"}"#;
    let large: &[u8] =
        br#"{"companyId":1e400,"url":1e400,"source":-1e400,"email":123456789012345678901234567890}"#;
    for route in ROUTES {
        for body in [b"1".as_slice(), b"null", b"\"x\"", b"[[]]", b"{}", b"{\"companyId\":{}}", duplicate] {
            check_error(&exchange(&program, &with_body(route, "", body)), 422, "");
        }
        // Half a character is no text, and such a number is none that can be held: some parsers refuse them.
        for body in [lone, large] {
            let answer = exchange(&program, &with_body(route, "", body));
            assert!(matches!(answer.status, 400 | 422), "{}", answer.message.text());
        }
    }
    assert_eq!(rows(data.path()), 0);
}

#[test]
fn a_body_may_have_a_mebibyte() {
    let (data, program) = dev();
    for route in ROUTES {
        let spaces = vec![b' '; MEBIBYTE];
        check_error(&exchange(&program, &with_body(route, "", &spaces)), 400, "The body is not JSON");
        let too_large = with_body(route, "", &vec![b' '; MEBIBYTE + 1]);
        check_error(&exchange(&program, &too_large), 413, "at most 1048576 bytes");
        let chunk = format!("{:x}\r\n{}\r\n", MEBIBYTE / 2, " ".repeat(MEBIBYTE / 2));
        let head = format!("{route} HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n");
        let chunked = format!("{head}{chunk}{chunk}1\r\n \r\n0\r\n\r\n");
        check_error(&exchange(&program, chunked.as_bytes()), 413, "at most 1048576 bytes");
        let fits = format!("{head}{chunk}{chunk}0\r\n\r\n");
        check_error(&exchange(&program, fits.as_bytes()), 400, "The body is not JSON");
    }
    assert_eq!(rows(data.path()), 0);
}

#[test]
fn a_body_must_not_be_encoded() {
    let (data, program) = dev();
    let body = candidate("42").to_string();
    for encoding in ["gzip", "br", "deflate", "gzip, identity", ""] {
        let header = format!("content-encoding: {encoding}\r\n");
        let answer = exchange(&program, &with_body("POST /candidates", &header, body.as_bytes()));
        check_error(&answer, 415, "must not be compressed");
    }
    assert_eq!(rows(data.path()), 0);
    let identity = with_body("POST /candidates", "content-encoding: identity\r\n", body.as_bytes());
    exchange(&program, &identity).expect(200);
}

#[test]
fn routes_and_methods_that_are_not_there() {
    let (data, program) = dev();
    let mut client = program.client();
    for path in
        ["/", "/webhook", "/webhooks/7", "/resources/order", "/resources/a/b/c", "/webhook_history", "/%00"]
    {
        check_error(&client.send("GET", path, None).unwrap(), 404, "There is no such route.");
    }
    for (method, path, allowed) in [
        ("GET", "/webhooks", "POST"),
        ("DELETE", "/candidates", "POST"),
        ("PUT", "/events", "POST"),
        ("POST", "/resources/order/7", "PUT"),
        ("POST", "/webhook_history/42", "GET"),
        ("POST", "/ready", "GET"),
        ("TRACE", "/candidates", "POST"),
        ("NONSENSE", "/candidates", "POST"),
    ] {
        let answer = client.send(method, path, Some(b"{}")).unwrap();
        check_error(&answer, 405, "does not have this method");
        assert!(answer.message.header("allow").unwrap().contains(allowed), "{method} {path}");
    }
    let long = format!("/webhook_history/{}", "x".repeat(10_000));
    check_error(&client.send("GET", &long, None).unwrap(), 422, "companyId");
    assert_eq!(rows(data.path()), 0);
}

#[test]
fn what_breaks_http_ends_the_connection() {
    let (data, program) = dev();
    let body = candidate("42").to_string();
    let length = body.len();
    let head = "POST /candidates HTTP/1.1\r\nhost: 127.0.0.1\r\n";
    for request in [
        format!("{head}content-length: {length}\r\ncontent-length: {}\r\n\r\n{body}", length + 1),
        format!("{head}content-length: -1\r\n\r\n{body}"),
        format!("{head}content-length: many\r\n\r\n{body}"),
        format!("{head}transfer-encoding: chunked, gzip\r\n\r\n{body}"),
        format!("{head}x: {}\r\n\r\n", "x".repeat(100_000)),
        format!("{head}{}\r\n", "x: y\r\n".repeat(1000)),
        format!("{head}no colon\r\n\r\n{body}"),
        "\u{16}\u{3}\u{1}\0hello\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
    ] {
        let mut stream = connect(&program);
        let _ = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
        assert!(refused, "{:?}: {answer}", &request[..request.len().min(100)]);
    }
    assert_eq!(rows(data.path()), 0);
    create(&mut program.client(), "42");
}

#[test]
fn a_length_that_lies() {
    let (data, program) = dev();
    let body = candidate("42").to_string();
    let head = |length: usize| {
        format!("POST /candidates HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {length}\r\n\r\n{body}")
    };
    // Longer than what comes: the rest never comes.
    let mut stream = connect(&program);
    stream.write_all(head(body.len() + 1).as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    if let Ok(Some(answer)) = Message::read(&mut BufReader::new(stream), Unsized::ToTheEnd) {
        assert!(answer.first_line.starts_with("HTTP/1.1 400"), "{answer:?}");
    }
    // Shorter: what is read is no JSON, and the rest is no request.
    let mut stream = BufReader::new(connect(&program));
    stream.get_mut().write_all(head(body.len() - 1).as_bytes()).unwrap();
    let first = Message::read(&mut stream, Unsized::ToTheEnd).unwrap().unwrap();
    assert!(first.first_line.starts_with("HTTP/1.1 400"), "{first:?}");
    assert_eq!(rows(data.path()), 0);
}

#[test]
fn a_client_that_hangs_up_within_its_request_changes_nothing() {
    let (data, program) = dev();
    let body = candidate("42").to_string();
    let request = with_body("POST /candidates", "", body.as_bytes());
    for length in (1..request.len()).step_by(7) {
        let mut stream = connect(&program);
        stream.write_all(&request[..length]).unwrap();
    }
    // A request later, all of them were seen.
    program.client().get("/ready").expect(200);
    assert_eq!(rows(data.path()), 0);
}

#[test]
fn a_client_that_does_not_wait_for_the_answer_is_served_whole_or_not_at_all() {
    let (data, program) = dev();
    let receiver = Receiver::answering(200);
    let mut client = program.client();
    register(&mut client, "42", &receiver.url("/"));
    let request = with_body("POST /candidates", "", candidate("42").to_string().as_bytes());
    for _ in 0..50 {
        connect(&program).write_all(&request).unwrap();
    }
    // One more, for which the client waits, ends with the last of them.
    create(&mut client, "42");
    let stored = support::patience::eventually("all that was stored is delivered", || {
        let database = data.path().join("whimbrel.db");
        let database = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let count = |what: &str| -> i64 {
            database.query_row(&format!("SELECT count(*) FROM {what}"), [], |row| row.get(0)).unwrap()
        };
        let stored = count("resource");
        (count("delivery WHERE state = 2") == stored && count("message") == stored).then_some(stored)
    });
    assert!(stored >= 1);
    assert_eq!(i64::try_from(receiver.calls().len()), Ok(stored));
}

#[test]
fn requests_may_come_one_after_the_other_without_waiting() {
    let (_data, program) = dev();
    let mut stream = BufReader::new(connect(&program));
    let bodies = [candidate("42"), json!({}), candidate("43")].map(|body| body.to_string());
    let requests = bodies.map(|body| with_body("POST /candidates", "", body.as_bytes())).concat();
    stream.get_mut().write_all(&requests).unwrap();
    let mut status = || Message::read(&mut stream, Unsized::ToTheEnd).unwrap().unwrap().first_line;
    assert!(status().contains(" 200 "));
    assert!(status().contains(" 422 "));
    assert!(status().contains(" 200 "));
}

#[test]
fn a_client_may_ask_before_it_sends_the_body() {
    let (_data, program) = dev();
    let body = candidate("42").to_string();
    let mut stream = BufReader::new(connect(&program));
    let head = format!(
        "POST /candidates HTTP/1.1\r\nhost: 127.0.0.1\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.get_mut().write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.get_mut().write_all(body.as_bytes()).unwrap();
    let answer = Message::read(&mut stream, Unsized::ToTheEnd).unwrap().unwrap();
    assert_eq!(answer.first_line, "HTTP/1.1 200 OK");
}

#[test]
fn a_client_that_asks_first_is_not_asked_to_send_what_is_refused() {
    let (_data, program) = dev();
    for (request, status) in [
        ("POST /candidates HTTP/1.1\r\ncontent-length: 1048577\r\n", "HTTP/1.1 413"),
        ("POST /candidates HTTP/1.1\r\ncontent-encoding: gzip\r\ncontent-length: 7\r\n", "HTTP/1.1 415"),
        ("POST /nowhere HTTP/1.1\r\ncontent-length: 7\r\n", "HTTP/1.1 404"),
        ("PUT /candidates HTTP/1.1\r\ncontent-length: 7\r\n", "HTTP/1.1 405"),
        ("POST /candidates HTTP/1.1\r\norigin: https://example.com\r\ncontent-length: 7\r\n", "HTTP/1.1 403"),
    ] {
        let mut stream = BufReader::new(connect(&program));
        let head = format!("{request}host: 127.0.0.1\r\nexpect: 100-continue\r\n\r\n");
        stream.get_mut().write_all(head.as_bytes()).unwrap();
        let answer = Message::read(&mut stream, Unsized::ToTheEnd).unwrap().unwrap();
        assert!(answer.first_line.starts_with(status), "{answer:?}");
    }
}
