//! Serves HTTP/1.1: a bounded number of connections, a bounded time for each request's head and for a client that
//! takes nothing, and an end that lets requests under way finish.

mod impatient;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use api::Front;
use axum::Router;
use axum::body::Body;
use domain::limits::{REQUEST_HEAD_BYTES_MAX, REQUEST_HEAD_TIME_MAX};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tower::Service as _;

use self::impatient::Impatient;

/// After an accept that failed because the system has no room (files, memory).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What answers requests.
pub(crate) trait Answers: Send + Sync + 'static {
    /// Answers one.
    fn answer(&self, request: Request<Incoming>) -> impl Future<Output = Response<Body>> + Send;
}

impl Answers for Front {
    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        Front::answer(self, request).await
    }
}

impl Answers for Router {
    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let answered: Result<_, Infallible> = self.clone().call(request).await;
        answered.unwrap_or_else(|never| match never {})
    }
}

/// Serves one address.
pub(crate) struct Connections {
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

/// Takes an address.
///
/// # Errors
/// If another program has it, or this one may not have it; the text names the address.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address}: {error}"))
}

impl Connections {
    /// Serves on `listener`, at most `limit` connections at once; the others wait.
    pub(crate) fn serve(listener: TcpListener, service: impl Answers, limit: usize) -> Self {
        let (stop, stopped) = watch::channel(false);
        let places = Arc::new(Semaphore::new(limit));
        let accepting = tokio::spawn(accept(listener, Arc::new(service), places, stopped));
        Self { stop, accepting }
    }

    /// Takes no more connections and waits for the requests under way; those that take longer than `patience` are cut.
    pub(crate) async fn stop(self, patience: Duration) {
        self.stop.send_replace(true);
        let mut accepting = self.accepting;
        if tokio::time::timeout(patience, &mut accepting).await.is_err() {
            tracing::warn!("requests that were still under way are cut off");
            accepting.abort();
        }
    }
}

async fn accept(
    listener: TcpListener,
    service: Arc<impl Answers>,
    places: Arc<Semaphore>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, place) = tokio::select! {
            biased;
            () = told(&mut stopped) => break,
            next = next(&listener, &places) => next,
        };
        connections.spawn(connection(stream, service.clone(), stopped.clone(), place));
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn next(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    let place = places.clone().acquire_owned().await.expect("the semaphore is never closed");
    let mut is_told = false;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, place),
            // The client was gone before we came.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                if !is_told {
                    tracing::warn!(%error, "cannot take a connection; trying again until it can be taken");
                    is_told = true;
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    service: Arc<impl Answers>,
    mut stopped: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection was gone before it was served");
        return;
    }
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(REQUEST_HEAD_TIME_MAX)
        .max_buf_size(REQUEST_HEAD_BYTES_MAX)
        .max_header_size(REQUEST_HEAD_BYTES_MAX);
    let stream = TokioIo::new(Impatient::new(stream));
    let answer = |request| async { Ok::<_, Infallible>(service.answer(request).await) };
    let served = http.serve_connection(stream, service_fn(answer));
    tokio::pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = told(&mut stopped) => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        // The client's fault or its absence, so nothing for an operator.
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Waits for the word to stop.
async fn told(stopped: &mut watch::Receiver<bool>) {
    // Nobody is left to say it: that is the same.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

#[cfg(test)]
#[path = "connections_tests.rs"]
mod tests;
