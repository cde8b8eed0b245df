//! Tests of the server's bounds, over real sockets in virtual time.

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;

use super::*;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

/// Serves a router to at most `limit` connections.
async fn serve(router: Router, limit: usize) -> (Connections, SocketAddr) {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    (Connections::serve(listener, router, limit), address)
}

/// Answers after this time.
fn slow(time: Duration) -> Router {
    Router::new().route("/", get(async move || tokio::time::sleep(time).await))
}

#[expect(clippy::disallowed_methods, reason = "this is a client, which nobody guards")]
async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

/// Sends bytes, and answers the first line of what comes back until the end.
async fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = connect(address).await;
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    // A connection that was cut is the same to this test as one that ended.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_head_that_never_ends_is_given_up() {
    let (_server, address) = serve(slow(Duration::ZERO), 10).await;
    let began = Instant::now();
    assert_ne!(exchange(address, b"GET / HTTP/1.1\r\nhost:").await, "HTTP/1.1 200 OK");
    assert_eq!(began.elapsed().as_secs(), REQUEST_HEAD_TIME_MAX.as_secs());
    assert_eq!(exchange(address, REQUEST).await, "HTTP/1.1 200 OK");
}

#[tokio::test(start_paused = true)]
async fn a_head_that_is_too_large_is_refused() {
    let (_server, address) = serve(slow(Duration::ZERO), 10).await;
    let large = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(REQUEST_HEAD_BYTES_MAX));
    assert_eq!(exchange(address, large.as_bytes()).await, "HTTP/1.1 431 Request Header Fields Too Large");
}

#[tokio::test(start_paused = true)]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let (_server, address) = serve(slow(Duration::ZERO), 1).await;
    let _idle = connect(address).await;
    let began = Instant::now();
    assert_eq!(exchange(address, REQUEST).await, "HTTP/1.1 200 OK");
    assert_eq!(began.elapsed().as_secs(), REQUEST_HEAD_TIME_MAX.as_secs(), "the idle one has to go first");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_loses_its_place() {
    let large = Router::new()
        .route("/", get(async || "small"))
        .route("/large", get(async || vec![0_u8; 64 * 1024 * 1024]));
    let (_server, address) = serve(large, 1).await;
    let mut deaf = connect(address).await;
    deaf.write_all(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let began = Instant::now();
    assert_eq!(exchange(address, REQUEST).await, "HTTP/1.1 200 OK");
    let limit = domain::limits::RESPONSE_STALL_TIME_MAX.as_secs();
    assert!((limit..=2 * limit).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_requests_finish_and_cuts_those_that_do_not() {
    for (time, expected) in [(1, "HTTP/1.1 200 OK"), (60, "")] {
        let (server, address) = serve(slow(Duration::from_secs(time)), 10).await;
        let under_way = tokio::spawn(async move { exchange(address, REQUEST).await });
        tokio::time::sleep(Duration::from_millis(500)).await;
        server.stop(Duration::from_secs(3)).await;
        assert_eq!(under_way.await.unwrap(), expected, "{time} s");
        assert!(bind(address).await.is_ok(), "nobody listens any more");
    }
}
