//! The receivers of the tour: one HTTP server on loopback, in which each path stands for one endpoint.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};

use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::checks::{Outcome, until};

/// What every receiver answers.
pub(crate) const ANSWER: &str = "thanks";

/// One request that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// A header, or nothing where it is absent.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn id(&self) -> &str {
        self.header("webhook-id").unwrap_or_default()
    }

    /// The body, or null where it is not JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

#[derive(Default)]
struct Seen {
    calls: Vec<Call>,
    failing: BTreeSet<String>,
}

/// The server. It runs until the program ends.
pub(crate) struct Receiver {
    port: u16,
    seen: Arc<Mutex<Seen>>,
}

impl Receiver {
    pub(crate) async fn start() -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let receiver = Self { port: listener.local_addr()?.port(), seen: Arc::default() };
        tokio::spawn(serve(listener, Arc::clone(&receiver.seen)));
        Ok(receiver)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Answers 500 at this path from now on.
    pub(crate) fn break_down(&self, path: &str) {
        lock(&self.seen).failing.insert(path.to_owned());
    }

    pub(crate) fn heal(&self, path: &str) {
        lock(&self.seen).failing.remove(path);
    }

    pub(crate) fn calls(&self, path: &str) -> Vec<Call> {
        lock(&self.seen).calls.iter().filter(|call| call.path == path).cloned().collect()
    }

    /// The first call at the path that is wanted, as soon as it is there.
    pub(crate) async fn wait(&self, path: &str, what: &str, wanted: impl Fn(&Call) -> bool) -> Outcome<Call> {
        until(&format!("{what} at {path}"), async || Ok(self.calls(path).into_iter().find(&wanted))).await
    }

    /// The call that brings this message.
    pub(crate) async fn message(&self, path: &str, id: &str) -> Outcome<Call> {
        self.wait(path, &format!("message {id}"), |call| call.id() == id).await
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().expect("nobody panics while holding the lock")
}

async fn serve(listener: TcpListener, seen: Arc<Mutex<Seen>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let seen = Arc::clone(&seen);
        let service = service_fn(move |request| take(request, Arc::clone(&seen)));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn take(
    request: Request<Incoming>,
    seen: Arc<Mutex<Seen>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let mut response = Response::new(Full::from(ANSWER));
    match body.collect().await {
        Ok(body) => {
            let mut seen = lock(&seen);
            if seen.failing.contains(&path) {
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            }
            seen.calls.push(Call { path, headers: head.headers, body: body.to_bytes() });
        }
        Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    Ok(response)
}
