//! Each way in which an attempt can fail has a stable code, and words that say what exactly happened.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use crate::support::receiver::{Answer, Receiver};
use crate::{call, dev, raw};

#[test]
fn redirects_are_recorded_with_where_they_pointed_and_not_followed() {
    let (_data, program) = dev(&["--retry-schedule", "none"]);
    let mut client = program.client();
    let elsewhere = Receiver::answering(200);
    let target = elsewhere.url("/internal?a=b");
    for status in [300, 301, 302, 303, 305, 307, 308] {
        let head = format!("HTTP/1.1 {status} There\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
        let (call, attempts) = call(&mut client, &format!("redirect-{status}"), &raw(head).url("/"));
        let failure = &attempts[0]["failure"];
        assert_eq!(failure["code"], "redirect");
        let detail = format!(
            "The receiver answered {status} and pointed to \"{target}\"; redirects are not followed."
        );
        assert_eq!(failure["detail"], detail);
        let output = serde_json::from_str::<serde_json::Value>(call["output"].as_str().unwrap()).unwrap();
        assert_eq!(output["Error"], format!("redirect: {detail}"));
    }
    let nowhere = raw("HTTP/1.1 302 There\r\ncontent-length: 0\r\n\r\n");
    let (_, attempts) = call(&mut client, "nowhere", &nowhere.url("/"));
    assert_eq!(
        attempts[0]["failure"]["detail"],
        "The receiver answered 302 without a location; redirects are not followed."
    );
    for (company, head) in [
        ("created", format!("HTTP/1.1 201 Created\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n")),
        ("refresh", format!("HTTP/1.1 200 OK\r\nrefresh: 0; url={target}\r\ncontent-length: 0\r\n\r\n")),
    ] {
        let (call, _) = call(&mut client, company, &raw(head).url("/"));
        assert_eq!(call["status"], "success", "{company}");
    }
    assert!(elsewhere.calls().is_empty());
}

/// Runs one attempt of 500 ms at most, and compares its failure.
#[track_caller]
fn check(url: &str, code: &str, words: &str) {
    let (_data, program) = dev(&["--retry-schedule", "none", "--request-timeout", "500ms"]);
    let (_, attempts) = call(&mut program.client(), "42", url);
    let failure = &attempts[0]["failure"];
    assert_eq!(failure["code"], code, "{failure}");
    assert!(failure["detail"].as_str().unwrap().contains(words), "{failure}");
    let duration = attempts[0]["durationMs"].as_u64().unwrap();
    assert!(duration < 5000, "{duration} ms");
}

#[test]
fn nobody_listens() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    check(&format!("http://{address}/"), "connect_refused", &format!("Nobody listens at {address}."));
}

#[test]
fn the_connection_is_not_made_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let _waiting = fill(address);
    check(&format!("http://{address}/"), "connect_timeout", "within the 500ms of an attempt");
}

/// Connects until the system takes no more for a listener that accepts nothing.
fn fill(address: SocketAddr) -> Vec<TcpStream> {
    let connect = |_| TcpStream::connect_timeout(&address, Duration::from_millis(100)).ok();
    let waiting: Vec<TcpStream> = (0..10_000).map_while(connect).collect();
    assert!(waiting.len() < 10_000);
    waiting
}

#[test]
fn no_head_comes_in_time() {
    let receiver = Receiver::new(|_, _| Answer::Hang);
    check(&receiver.url("/"), "head_timeout", "No complete response head came within the 500ms");
    let receiver = Receiver::new(|_, _| Answer::Stall(b"HTTP/1.1 200 OK\r\nx: ".to_vec()));
    check(&receiver.url("/"), "head_timeout", "No complete response head came within the 500ms");
    let early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n".to_vec();
    let receiver = Receiver::new(move |_, _| Answer::Stall(early.clone()));
    check(&receiver.url("/"), "head_timeout", "No complete response head came within the 500ms");
}

#[test]
fn the_body_is_not_complete_in_time() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec();
    let receiver = Receiver::new(move |_, _| Answer::Stall(head.clone()));
    check(&receiver.url("/"), "body_timeout", "The response body was not complete within the 500ms");
}

#[test]
fn the_connection_ends_early() {
    check(
        &Receiver::new(|_, _| Answer::Close).url("/"),
        "connection_closed",
        "before a complete response head",
    );
    let cut = raw("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
    check(&cut.url("/"), "connection_closed", "within the response body");
}

#[test]
fn what_comes_is_not_http() {
    check(&raw("SSH-2.0-OpenSSH_9.9\r\n").url("/"), "invalid_response", "not HTTP/1.1");
    check(&raw("HTTP/1.1 000 Zero\r\n\r\n").url("/"), "invalid_response", "not HTTP/1.1");
    let chunked = raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n");
    check(&chunked.url("/"), "invalid_response", "not framed");
}

#[test]
fn the_response_is_too_much() {
    let one = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(200_000));
    check(&raw(one).url("/"), "head_too_large", "larger than 64 KiB");
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(1000));
    check(&raw(many).url("/"), "head_too_large", "100 headers");
    let informational = "HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000);
    check(&raw(informational).url("/"), "head_too_large", "announces too much");
}

#[test]
fn https_to_a_receiver_that_has_no_tls() {
    let url = Receiver::answering(200).url("/").replace("http://", "https://");
    check(&url, "tls_failed", "");
}
