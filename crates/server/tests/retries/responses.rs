//! What is kept of a response: the first 16 KiB of its body, whatever bytes they are.

use rusqlite::{Connection, OpenFlags};
use serde_json::json;

use crate::{call, dev, raw};

/// A response with this body.
fn with_body(status: u16, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// All bytes there are, again and again; no order of them is UTF-8.
fn all_bytes(length: usize) -> Vec<u8> {
    (0..=u8::MAX).cycle().take(length).collect()
}

#[test]
fn any_bytes_are_stored_as_they_came_and_shown() {
    let (data, program) = dev(&["--retry-schedule", "none"]);
    let mut client = program.client();
    let hostile = "\0<script>alert(1)</script>\u{1b}[31m\u{202e}\r\n\"".as_bytes().to_vec();
    let cases: [(&str, u16, Vec<u8>, bool); 6] = [
        ("empty", 200, Vec::new(), false),
        ("bytes", 500, all_bytes(300), false),
        ("hostile", 200, hostile, false),
        ("just-fits", 200, all_bytes(16 * 1024), false),
        ("one-too-many", 200, all_bytes(16 * 1024 + 1), true),
        ("large", 500, all_bytes(200_000), true),
    ];
    for (company, status, body, truncated) in &cases {
        let receiver = raw(with_body(*status, body));
        let (call, attempts) = call(&mut client, company, &receiver.url("/"));
        assert_eq!(call["status"] == "success", *status == 200, "{call}");
        let kept = &body[..body.len().min(16 * 1024)];
        let response = &attempts[0]["response"];
        assert_eq!(response["status"], *status);
        assert_eq!(response["truncated"], *truncated, "{company}");
        assert_eq!(response["body"], json!(String::from_utf8_lossy(kept)), "{company}");
        let database = data.path().join("whimbrel.db");
        let database = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let url = receiver.url("/");
        let query = "SELECT body FROM any_attempt WHERE url = ?1";
        let stored: Vec<u8> = database.query_row(query, [&url], |row| row.get(0)).unwrap();
        assert!(stored == kept, "{company}: {} bytes are not the first of the body", stored.len());
    }
}

#[test]
fn an_endless_body_is_cut_and_the_status_counts() {
    let (_data, program) = dev(&["--retry-schedule", "none"]);
    let mut client = program.client();
    let chunk = [b"4000\r\n".to_vec(), all_bytes(0x4000), b"\r\n".to_vec()].concat();
    let endless = [
        ("to-the-end", b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
        ("chunked", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec()),
        ("announced", b"HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551613\r\n\r\n".to_vec()),
    ];
    for (company, head) in endless {
        let receiver = raw([head, chunk.repeat(100)].concat());
        let (call, attempts) = call(&mut client, company, &receiver.url("/"));
        assert_eq!(call["status"], "success", "{company}: {}", attempts[0]);
        assert_eq!(attempts[0]["response"]["truncated"], true, "{company}");
    }
}

#[test]
fn a_compressed_body_is_stored_as_it_came() {
    let (_data, program) = dev(&["--retry-schedule", "none"]);
    let head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n".to_vec();
    let receiver = raw([head, vec![0x1f, 0x8b, 0x08, 0x00]].concat());
    let (_, attempts) = call(&mut program.client(), "42", &receiver.url("/"));
    assert_eq!(attempts[0]["response"]["body"], "\u{1f}\u{fffd}\u{8}\0");
    let request = &receiver.calls()[0];
    assert_eq!(request.header("accept-encoding"), None);
}
