//! Bodies that are not what they should be, on every route that reads one.

use axum::body::Body;
use axum::http::{Method, Request};
use bytes::Bytes;
use domain::limits::{REQUEST_BODY_BYTES_MAX, REQUEST_DISCARD_BYTES_MAX};
use http_body_util::channel::Channel;
use serde_json::{Value, json};

use crate::node::{Node, candidate};

/// The routes that read a body, and the name of their list of errors.
const ROUTES: [(Method, &str, &str); 4] = [
    (Method::POST, "/webhooks", "error"),
    (Method::POST, "/candidates", "errors"),
    (Method::POST, "/events", "errors"),
    (Method::PUT, "/resources/order/7", "errors"),
];

async fn all_refuse(make: impl Fn() -> Body, status: u16, message: &str, error: &str) {
    let node = Node::new().await;
    for (method, path, key) in ROUTES {
        let request = Request::builder().method(method).uri(path).body(make()).unwrap();
        node.refuses(request, status, &json!({ "message": message, key: [error] })).await;
    }
}

async fn not_json(body: impl AsRef<[u8]>, error: &str) {
    let body = Bytes::copy_from_slice(body.as_ref());
    all_refuse(|| body.clone().into(), 400, "Invalid JSON", error).await;
}

#[tokio::test]
async fn what_is_not_json_is_refused_with_its_place() {
    let cases: [(&[u8], &str); 13] = [
        (b"", "EOF while parsing a value at line 1 column 0"),
        (b"  ", "EOF while parsing a value at line 1 column 2"),
        (b"nonsense", "expected ident at line 1 column 2"),
        (b"{\"a\":1,}", "trailing comma at line 1 column 8"),
        (b"{\n\"a\":\n", "EOF while parsing a value at line 3 column 0"),
        (b"{} {}", "trailing characters at line 1 column 4"),
        (b"{}\0", "trailing characters at line 1 column 3"),
        (b"{\"a\":NaN}", "expected value at line 1 column 6"),
        (b"{\"a\":Infinity}", "expected value at line 1 column 6"),
        (b"{\"a\":01}", "invalid number at line 1 column 7"),
        (
            b"{\"a\":\"\x01\"}",
            "control character (\\u0000-\\u001F) found while parsing a string at line 1 column 6",
        ),
        (b"\xef\xbb\xbf{}", "expected value at line 1 column 1"),
        (b"{'a':1}", "key must be a string at line 1 column 2"),
    ];
    for (body, error) in cases {
        not_json(body, &format!("The body is not JSON: {error}")).await;
    }
}

#[tokio::test]
async fn what_is_not_utf8_is_refused_with_its_place() {
    let utf16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    not_json(&utf16, "The body is not UTF-8 at line 1 column 1.").await;
    not_json(b"{\"a\":\n  \"\xc3\x28\"}", "The body is not UTF-8 at line 2 column 4.").await;
    not_json(b"{\"\xff\":1}", "The body is not UTF-8 at line 1 column 3.").await;
}

#[tokio::test]
async fn what_is_too_deep_is_refused() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested =
            |depth: usize| format!("{{\"x\":{}1{}}}", open.repeat(depth - 1), close.repeat(depth - 1));
        let column = 5 + 63 * open.len() + 1;
        let error = format!("The body is nested deeper than 64 levels at line 1 column {column}.");
        not_json(nested(65), &error).await;
        not_json(nested(100_000), &error).await;
        let node = Node::new().await;
        let body = nested(64).replacen('{', r#"{"companyId":42,"#, 1);
        node.request(Method::PUT, "/resources/order/7", body).await.is(200);
        node.get("/resources/order/7").await.is(200);
    }
}

#[tokio::test]
async fn many_members_and_long_texts_are_only_as_bad_as_their_size() {
    let node = Node::new().await;
    let many: String = (0..60_000).map(|number| format!(r#","m{number}":{number}"#)).collect();
    let body = format!(r#"{{"companyId":42{many}}}"#);
    node.request(Method::PUT, "/resources/order/7", body.clone()).await.is(200);
    let reply = node.post("/candidates", body).await;
    reply.is(422);
    let long = format!(r#"{{"{}":1}}"#, "k".repeat(1_000_000));
    node.post("/webhooks", long.clone()).await.is(422);
    node.request(Method::PUT, "/resources/order/8", long).await.is(422);
}

/// How a body that comes in pieces ends.
#[derive(Clone, Copy)]
enum End {
    Complete,
    Never,
    Broken,
}

/// A body that comes in pieces, and does not say how many.
fn pieces(text: &str, piece_bytes: usize, end: End) -> Body {
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
    let pieces: Vec<Bytes> = text.as_bytes().chunks(piece_bytes).map(Bytes::copy_from_slice).collect();
    tokio::spawn(async move {
        for piece in pieces {
            // The reader may have seen enough.
            let _ = sender.send_data(piece).await;
        }
        match end {
            End::Complete => {}
            End::Never => std::future::pending().await,
            End::Broken => sender.abort(std::io::ErrorKind::UnexpectedEof.into()),
        }
    });
    Body::new(body)
}

fn padded(bytes: usize) -> String {
    let mut body = candidate().to_string();
    body.push_str(&" ".repeat(bytes - body.len()));
    body
}

#[tokio::test]
async fn bodies_may_come_in_pieces() {
    let node = Node::new().await;
    for piece_bytes in [1, 7, 64 * 1024] {
        let body = pieces(&candidate().to_string(), piece_bytes, End::Complete);
        node.post("/candidates", body).await.is(200);
    }
}

#[tokio::test(start_paused = true)]
async fn bodies_may_have_a_mebibyte() {
    let node = Node::new().await;
    node.post("/candidates", padded(REQUEST_BODY_BYTES_MAX)).await.is(200);
    node.post("/candidates", pieces(&padded(REQUEST_BODY_BYTES_MAX), 9999, End::Complete)).await.is(200);
    let error = "The body of the request may have at most 1048576 bytes.";
    let over = padded(REQUEST_BODY_BYTES_MAX + 1);
    all_refuse(|| over.clone().into(), 413, "Request too large", error).await;
    all_refuse(|| pieces(&over, 9999, End::Never), 413, "Request too large", error).await;
    let reply = node.post("/candidates", over).await;
    assert_eq!(reply.header("connection"), Some("close"));
}

#[tokio::test(start_paused = true)]
async fn bodies_must_come_in_time() {
    let error = "The body of the request was not complete within 30 seconds.";
    all_refuse(|| pieces("{", 1, End::Never), 408, "Request timeout", error).await;
}

/// A client that is still sending when it is refused gets to read the answer.
#[tokio::test(start_paused = true)]
async fn refused_bodies_are_read_over_within_bounds() {
    let node = Node::new().await;
    let mebibyte = Bytes::from_static(&[b' '; 1024 * 1024]);
    for (path, encoding, status) in [
        ("/webhooks", "identity", 413),
        ("/webhooks", "gzip", 415),
        ("/nowhere", "identity", 404),
        ("/executions", "identity", 405),
    ] {
        for (sent, read) in [(3, 3), (REQUEST_DISCARD_BYTES_MAX / mebibyte.len() + 9, 18)] {
            let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
            let piece = mebibyte.clone();
            let client = tokio::spawn(async move {
                let mut taken = 0;
                while taken < sent && sender.send_data(piece.clone()).await.is_ok() {
                    taken += 1;
                }
                taken
            });
            let request = Request::post(path).header("content-encoding", encoding);
            node.send(request.body(Body::new(body)).unwrap()).await.is(status);
            let taken = client.await.unwrap();
            assert!(taken <= read + 1 && taken >= read.min(16), "{path}: {taken} of {sent}");
        }
    }
}

#[tokio::test]
async fn bodies_must_come_to_their_end() {
    let error = "The body of the request could not be read to its end.";
    all_refuse(|| pieces("{}", 1, End::Broken), 400, "Request incomplete", error).await;
}

#[tokio::test]
async fn bodies_must_not_be_compressed() {
    let node = Node::new().await;
    let error = "The body of the request must not be compressed: send it without Content-Encoding.";
    for (method, path, key) in ROUTES {
        for encoding in ["gzip", "br", "identity, gzip", "", "x"] {
            let request = Request::builder().method(method.clone()).uri(path);
            let request = request.header("content-encoding", encoding).body("{}".into()).unwrap();
            let answer = json!({ "message": "Unsupported content encoding", key: [error] });
            node.refuses(request, 415, &answer).await;
        }
    }
    let request = Request::post("/candidates").header("content-encoding", "Identity");
    node.send(request.body(candidate().to_string().into()).unwrap()).await.is(200);
}

#[tokio::test]
async fn odd_values_are_refused_where_they_count_and_kept_where_they_do_not() {
    let node = Node::new().await;
    let lone = r#"{"companyId":42,"email":"\ud800@b.nl","firstName":"a","lastName":"b"}"#;
    node.post("/candidates", lone).await.is(400);
    let huge = r#"{"companyId":1e400,"url":"https://example.com/","eventType":"a"}"#;
    node.post("/webhooks", huge).await.is(400);
    let kept: Value = json!({ "companyId": 42, "n": "\u{0}" });
    node.put_json("/resources/order/7", &kept).await.is(200);
    assert_eq!(node.get("/resources/order/7").await.json()["data"]["n"], "\u{0}");
}
