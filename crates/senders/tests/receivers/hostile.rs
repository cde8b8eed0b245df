//! Receivers that are slow, endless, malformed or rude. Each attempt ends in time, with the exact reason, and
//! was one request on one connection.

use std::time::Duration;

use bytes::Bytes;
use domain::attempt::FailureCode::{self, *};
use engine::ports::sender::Exchange;
use tokio::io::AsyncWriteExt;

use crate::receiver::{Receiver, Wire};
use crate::sending::{met, send_body, sender};

type Met = (Option<u16>, Option<FailureCode>);

fn success(status: u16) -> Met {
    (Some(status), None)
}

fn failure(code: FailureCode) -> Met {
    (None, Some(code))
}

fn failure_with(status: u16, code: FailureCode) -> Met {
    (Some(status), Some(code))
}

/// Sends one request with this body to a receiver that behaves so, and checks what came of it.
async fn check_body<F, B>(name: &str, body: impl Into<Bytes>, expected: Met, behave: B) -> Exchange
where
    B: Fn(Wire) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let receiver = Receiver::start(behave).await;
    let exchange = send_body(&sender(), &receiver.url(), body).await;
    assert_eq!(met(&exchange), expected, "{name}: {exchange:?}");
    assert_eq!(receiver.connections(), 1, "{name}: one connection");
    assert!(receiver.requests() <= 1, "{name}: one request");
    exchange
}

/// The same with a small body.
async fn check<F, B>(name: &str, expected: Met, behave: B) -> Exchange
where
    B: Fn(Wire) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    check_body(name, "{}", expected, behave).await
}

/// The same for a receiver that reads the request and gives this answer.
async fn check_answer(answer: impl Into<Vec<u8>>, expected: Met) -> Exchange {
    let answer = answer.into();
    let name = String::from_utf8_lossy(&answer[..answer.len().min(60)]).into_owned();
    check(&name, expected, move |wire| wire.answer(answer.clone())).await
}

fn body(exchange: &Exchange) -> &[u8] {
    &exchange.outcome.response.as_ref().unwrap().body
}

fn is_truncated(exchange: &Exchange) -> bool {
    exchange.outcome.response.as_ref().unwrap().truncated
}

/// Reads the request, gives a first part of the answer, and repeats another for as long as it can.
async fn flood(mut wire: Wire, first: &str, repeated: &str) {
    wire.request().await;
    wire.write(first).await;
    let repeated = repeated.repeat(1 + 8192 / repeated.len());
    while wire.write(&repeated).await {}
}

/// Reads the request, gives a first part of the answer, and repeats another slowly.
async fn drip(mut wire: Wire, first: &str, repeated: &str) {
    wire.request().await;
    wire.write(first).await;
    while wire.write(repeated).await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\n";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
const LARGE: usize = 8 * 1024 * 1024;

#[tokio::test]
async fn silence_and_slowness_end_at_the_deadline() {
    let with_length = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n";
    tokio::join!(
        check("never reads, never answers", failure(HeadTimeout), Wire::ignore),
        check("reads, never answers", failure(HeadTimeout), Wire::hold),
        check_body("never reads a large body", vec![b'x'; LARGE], failure(HeadTimeout), Wire::ignore),
        check("drips the status line", failure(HeadTimeout), |wire| drip(wire, "HTTP/1.1 200 ", "O")),
        check("drips a header", failure(HeadTimeout), |wire| drip(wire, "HTTP/1.1 200 OK\r\nx: ", "y")),
        check("drips informational responses", failure(HeadTimeout), |wire| drip(
            wire,
            "",
            "HTTP/1.1 102 x\r\n\r\n"
        )),
        check("drips the body", failure_with(200, BodyTimeout), move |wire| drip(wire, with_length, "x")),
        check("drips chunks", failure_with(200, BodyTimeout), |wire| drip(wire, CHUNKED, "1\r\nx\r\n")),
        check_answer(with_length, failure_with(200, BodyTimeout)),
        check_answer("HTTP/1.1 503 x\r\ncontent-length: 100\r\n\r\n", failure_with(503, HttpStatus)),
        check_answer("HTTP/1.1 410 x\r\ncontent-length: 100\r\n\r\n", failure_with(410, Gone)),
    );
}

#[tokio::test]
async fn a_receiver_that_reads_slowly_is_cut_as_well() {
    check_body("one byte at a time", vec![b'x'; LARGE], failure(HeadTimeout), |wire| async move {
        let mut byte = [0];
        while wire.stream.try_read(&mut byte).is_ok_and(|bytes| bytes > 0)
            || wire.stream.readable().await.is_ok()
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn an_endless_body_is_cut_and_the_status_stands() {
    let endless = [
        (CHUNKED, "1000\r\n".to_owned() + &"x".repeat(4096) + "\r\n"),
        ("HTTP/1.1 200 OK\r\n\r\n", "x".repeat(4096)),
        ("HTTP/1.0 200 OK\r\n\r\n", "\0".repeat(4096)),
        ("HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551613\r\n\r\n", "x".repeat(4096)),
        ("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n", "\u{1f}".repeat(4096)),
    ];
    for (head, data) in endless {
        let exchange = check(head, success(200), move |wire| {
            let data = data.clone();
            async move { flood(wire, head, &data).await }
        })
        .await;
        assert_eq!((body(&exchange).len(), is_truncated(&exchange)), (16 * 1024, true), "{head}");
    }
}

#[tokio::test]
async fn the_body_is_kept_up_to_its_limit_as_the_bytes_it_is() {
    let rude = b"\0\xff\xfe<script>\x1b[31m\r\nlog line\xe2\x80\xae";
    let exchange =
        check_answer([b"HTTP/1.1 200 OK\r\ncontent-length: 29\r\n\r\n", &rude[..]].concat(), success(200))
            .await;
    assert_eq!((body(&exchange), is_truncated(&exchange)), (&rude[..], false));
    for (length, is_cut) in [(16 * 1024, false), (16 * 1024 + 1, true)] {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
        let exchange = check_answer(head + &"x".repeat(length), success(200)).await;
        assert_eq!((body(&exchange).len(), is_truncated(&exchange)), (16 * 1024, is_cut));
    }
}

#[tokio::test]
async fn floods_before_the_head_is_complete_are_cut_early() {
    let floods = [
        ("", "HTTP/1.1 100 Continue\r\n\r\n"),
        ("", "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"),
        (OK, "x: y\r\n"),
        ("HTTP/1.1 200 OK\r\nx: ", "y"),
        ("HTTP/1.1 200 ", "O"),
        ("HTTP/1.1 200 OK\r\nset-cookie: ", "a=b; "),
    ];
    for (first, repeated) in floods {
        let flooding = move |wire| flood(wire, first, repeated);
        let exchange = check(repeated, failure(HeadTooLarge), flooding).await;
        assert!(exchange.duration < Duration::from_millis(500), "{repeated:?} took {:?}", exchange.duration);
    }
    let hundred = format!("x: {}\r\n", "y".repeat(4096)).repeat(100);
    check_answer(format!("{OK}{hundred}\r\n"), failure(HeadTooLarge)).await;
    check_answer(format!("{OK}{}\r\n", "x: y\r\n".repeat(101)), failure(HeadTooLarge)).await;
    let many = format!("x: {}\r\n", "y".repeat(500)).repeat(90);
    check_answer(format!("{OK}{many}content-length: 0\r\n\r\n"), success(200)).await;
}

#[tokio::test]
async fn floods_around_the_body_end_within_the_budget() {
    let exchange = check("tiny chunks", success(200), |wire| flood(wire, CHUNKED, "1\r\nx\r\n")).await;
    assert!(is_truncated(&exchange));
    let padded = "1;".to_owned() + &"x".repeat(200) + "\r\nx\r\n";
    let padding = move |wire| {
        let padded = padded.clone();
        async move { flood(wire, CHUNKED, &padded).await }
    };
    check("padded chunks", failure_with(200, InvalidResponse), padding).await;
    let cases = [
        ("1;", "x", InvalidResponse),
        ("0\r\n", "x: y\r\n", InvalidResponse),
        ("g\r\n", "x", InvalidResponse),
    ];
    for (first, repeated, code) in cases {
        let first = CHUNKED.to_owned() + first;
        let flooding = move |wire| {
            let first = first.clone();
            async move { flood(wire, &first, repeated).await }
        };
        let exchange = check(repeated, failure_with(200, code), flooding).await;
        assert!(exchange.duration < Duration::from_millis(500), "{repeated:?} took {:?}", exchange.duration);
    }
}

#[tokio::test]
async fn odd_statuses_are_classified() {
    check_answer(
        "HTTP/1.1 101 x\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        failure_with(101, HttpStatus),
    )
    .await;
    check_answer("HTTP/1.1 204 x\r\n\r\nbody", success(204)).await;
    check_answer("HTTP/1.1 205 x\r\ncontent-length: 0\r\n\r\n", success(205)).await;
    check_answer("HTTP/1.1 304 x\r\n\r\n", failure_with(304, Redirect)).await;
    check_answer("HTTP/1.1 410 x\r\ncontent-length: 0\r\n\r\n", failure_with(410, Gone)).await;
    check_answer("HTTP/1.1 600 x\r\ncontent-length: 0\r\n\r\n", failure_with(600, HttpStatus)).await;
    check_answer("HTTP/1.1 999 x\r\ncontent-length: 0\r\n\r\n", failure_with(999, HttpStatus)).await;
    check_answer("HTTP/1.1 000 x\r\n\r\n", failure(InvalidResponse)).await;
    check_answer("HTTP/1.1 099 x\r\n\r\n", failure(InvalidResponse)).await;
    check_answer("HTTP/1.1 1000 x\r\n\r\n", failure(InvalidResponse)).await;
}

#[tokio::test]
async fn what_is_not_http_1_is_an_invalid_response() {
    for answer in [
        "SSH-2.0-OpenSSH_9.0\r\n",
        "<html>hello</html>\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nbad header: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx: \0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        "\r\n\0\0\0\0",
    ] {
        check_answer(answer, failure(InvalidResponse)).await;
    }
}

#[tokio::test]
async fn redirects_are_not_followed_and_say_where_they_pointed() {
    for status in [300, 301, 302, 303, 305, 307, 308] {
        let head = format!(
            "HTTP/1.1 {status} x\r\nlocation: http://169.254.169.254/\x1b\r\ncontent-length: 0\r\n\r\n"
        );
        let head = head.replace('\x1b', "\u{e9}");
        let exchange = check_answer(head, failure_with(status, Redirect)).await;
        assert!(exchange.outcome.failure.unwrap().detail.contains("http://169.254.169.254/"));
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_told_by_its_place() {
    check("resets at once", failure(ConnectionClosed), |wire| async { wire.reset() }).await;
    check("closes at once", failure(ConnectionClosed), |wire| async { drop(wire) }).await;
    for (part, expected) in [
        ("", failure(ConnectionClosed)),
        ("HTTP/1.1 200", failure(ConnectionClosed)),
        ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", failure_with(200, ConnectionClosed)),
        ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", failure_with(200, ConnectionClosed)),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhalf",
            failure_with(200, ConnectionClosed),
        ),
        ("HTTP/1.1 500 OK\r\ncontent-length: 9\r\n\r\nhalf", failure_with(500, HttpStatus)),
        ("HTTP/1.1 200 OK\r\n\r\nto the end", success(200)),
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", success(200)),
    ] {
        check(part, expected, move |mut wire| async move {
            wire.request().await;
            wire.write(part).await;
        })
        .await;
        check(part, expected, move |mut wire| async move {
            wire.request().await;
            wire.write(part).await;
            wire.stream.shutdown().await.ok();
            wire.hold().await;
        })
        .await;
    }
    check("resets after reading", failure(ConnectionClosed), |mut wire| async {
        wire.request().await;
        wire.reset();
    })
    .await;
}

#[tokio::test]
async fn an_answer_before_the_request_is_read_counts_though_the_rest_cannot_be_sent() {
    for (status, expected) in [(200, success(200)), (413, failure_with(413, HttpStatus))] {
        for size in [2, LARGE] {
            let head = format!("HTTP/1.1 {status} x\r\ncontent-length: 4\r\n\r\nbody");
            let exchange = check_body("early answer", vec![b'x'; size], expected, move |mut wire| {
                let head = head.clone();
                async move {
                    // Unread bytes of the request make this close a reset.
                    wire.stream.readable().await.ok();
                    wire.write(head).await;
                }
            })
            .await;
            assert_eq!(body(&exchange), b"body");
        }
    }
}

#[tokio::test]
async fn a_receiver_that_takes_long_to_close_does_not_hold_the_attempt() {
    let exchange = check_answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", success(200)).await;
    assert!(exchange.duration < Duration::from_millis(500));
    let exchange =
        check_answer("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok", success(200))
            .await;
    assert!(exchange.duration < Duration::from_millis(500));
}

#[tokio::test]
async fn retry_after_is_kept_as_it_came_and_never_breaks_anything() {
    for value in ["0", "-1", "1000000000000", "nan", "1e9", "Fri, 31 Dec 9999 23:59:59 GMT", "1, 2", ""] {
        let head = format!("HTTP/1.1 503 x\r\nretry-after: {value}\r\ncontent-length: 0\r\n\r\n");
        let exchange = check_answer(head, failure_with(503, HttpStatus)).await;
        let kept = exchange.outcome.response.as_ref().unwrap().retry_after.as_deref();
        assert_eq!(kept, Some(value));
        exchange.outcome.retry_after(domain::time::Timestamp::MAX);
    }
    let junk = format!("HTTP/1.1 429 x\r\nretry-after: {}\r\ncontent-length: 0\r\n\r\n", "9".repeat(4096));
    let exchange = check_answer(junk, failure_with(429, HttpStatus)).await;
    assert!(exchange.outcome.response.unwrap().retry_after.unwrap().len() <= 1024);
}
