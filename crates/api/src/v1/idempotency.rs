//! A POST with the header `Idempotency-Key` is done once: whoever sends it again, with the same key and body, gets the
//! first answer. Those that come while the first is under way wait for it.
//!
//! Messages are not concerned: their keys are remembered by the move that stores them, see [`Keyed`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{FromRequest, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::key::Scope;
use domain::limits::{IDEMPOTENCY_KEY_BYTES_MAX, IDEMPOTENCY_WAIT_TIME_MAX};
use domain::time::Timestamp;
use engine::ports::inbox::IdempotencyKey;
use engine::ports::keyring::{Answer, Answered};
use http_body_util::{BodyExt as _, Collected};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedMutexGuard;

use super::answer::nothing;
use super::body::read;
use super::error::Error;
use crate::access::Identity;
use crate::answer::verbatim;
use crate::error::{Refusal, unreadable};
use crate::{Api, body};

const HEADER: &str = "idempotency-key";

/// For how long answers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeping {
    /// In the store, for as long as is configured.
    Stored,
    /// For those that wait for it, and no longer: keys are shown in it, and only their hashes are ever stored.
    Brief,
}

/// The requests with a key that are under way.
#[derive(Clone)]
pub(super) struct Idempotency {
    api: Arc<Api>,
    keeping: Keeping,
    running: Arc<Running>,
}

type Running = Mutex<HashMap<[u8; 16], Slot>>;
/// The answer of the first, once there is one; locked while it is under way.
type Slot = Arc<tokio::sync::Mutex<Option<First>>>;

/// The first answer to a request, and the hash of that request's body.
struct First {
    body: [u8; 16],
    answer: Answer,
}

impl Idempotency {
    pub(super) fn new(api: Arc<Api>, keeping: Keeping) -> Self {
        Self { api, keeping, running: Arc::default() }
    }
}

/// Passes a request on once.
pub(super) async fn answer_once(
    State(idempotency): State<Idempotency>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    if request.method() != Method::POST {
        return Ok(next.run(request).await);
    }
    let (parts, body) = request.into_parts();
    let body = body::in_memory(body).await?;
    let key = key(&idempotency.api, &parts, &body)?;
    let request = Request::from_parts(parts, Body::from(body));
    let Some(key) = key else { return Ok(next.run(request).await) };
    let place = Place::take(&idempotency.running, key.key);
    let waiting = tokio::time::timeout(IDEMPOTENCY_WAIT_TIME_MAX, place.slot.clone().lock_owned());
    let slot = waiting.await.map_err(|_| Refusal::busy())?;
    // The client may go away, and come again with the same key: what has begun is done to its end, and remembered.
    to_the_end(async move {
        let answer = idempotency.answer(key, slot, request, next).await;
        drop(place);
        answer
    })
    .await
}

impl Idempotency {
    async fn answer(
        &self,
        key: IdempotencyKey,
        mut slot: OwnedMutexGuard<Option<First>>,
        request: Request,
        next: Next,
    ) -> Result<Response, Error> {
        if let Some(First { body, answer }) = &*slot {
            return if *body == key.body { Ok(response(answer.clone())) } else { Err(reused()) };
        }
        if self.keeping == Keeping::Stored {
            match self.api.doors.store.answer(&key).await.map_err(unreadable)? {
                Some(Answered::Same(answer)) => return Ok(response(answer)),
                Some(Answered::KeyReused) => return Err(reused()),
                None => {}
            }
        }
        let (parts, body) = next.run(request).await.into_parts();
        let bytes = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
        if parts.status.is_success() {
            let answer = Answer { status: parts.status.as_u16(), body: bytes.to_vec() };
            *slot = Some(First { body: key.body, answer: answer.clone() });
            if self.keeping == Keeping::Stored {
                self.api.doors.remember(key, answer).await;
            }
        }
        Ok(Response::from_parts(parts, Body::from(bytes)))
    }
}

/// A place among those under way; the last one that leaves takes the slot away.
struct Place {
    running: Arc<Running>,
    key: [u8; 16],
    slot: Slot,
}

impl Place {
    fn take(running: &Arc<Running>, key: [u8; 16]) -> Self {
        let slot = running.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        Self { running: running.clone(), key, slot }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        const LAST: usize = 2;
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::strong_count(&self.slot) <= LAST {
            running.remove(&self.key);
        }
    }
}

async fn to_the_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down; nobody waits for an answer any more.
            Err(_) => std::future::pending().await,
        },
    }
}

fn response(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    if answer.body.is_empty() { nothing().into_response() } else { verbatim(status, answer.body) }
}

/// 409: another request had this key.
pub(super) fn reused() -> Error {
    Error::said(
        StatusCode::CONFLICT,
        "idempotency_key_reused",
        "This Idempotency-Key was used for a request with another body.",
    )
}

/// A body that is a `T`, and what the request is remembered by, if it has an idempotency key.
pub(super) struct Keyed<T> {
    /// The body.
    pub(super) body: T,
    /// What it is remembered by.
    pub(super) key: Option<IdempotencyKey>,
}

impl<T: DeserializeOwned> FromRequest<Arc<Api>> for Keyed<T> {
    type Rejection = Error;

    async fn from_request(request: Request, api: &Arc<Api>) -> Result<Self, Error> {
        let (parts, body) = request.into_parts();
        let bytes = body::in_memory(body).await?;
        let key = key(api, &parts, &bytes)?;
        Ok(Self { body: read(&bytes)?, key })
    }
}

/// What a request is remembered by.
fn key(api: &Api, parts: &Parts, body: &[u8]) -> Result<Option<IdempotencyKey>, Error> {
    let Some(sent) = sent(&parts.headers)? else { return Ok(None) };
    let identity: &Identity = parts.extensions.get().expect("requests with keys are behind the gate");
    let scope = match identity.caller.scope {
        Scope::Admin => "admin".to_owned(),
        Scope::Send => "send".to_owned(),
        Scope::Read => "read".to_owned(),
        Scope::App(app) => app.to_string(),
    };
    let organization = identity.caller.organization.to_string();
    let route = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let key = hash(&[organization.as_bytes(), scope.as_bytes(), route.as_bytes(), sent]);
    let now = api.doors.now();
    let kept = i64::try_from(api.settings.idempotency_time.as_millis()).unwrap_or(i64::MAX);
    let since = Timestamp::from_millis(now.millis().saturating_sub(kept));
    Ok(Some(IdempotencyKey { key, body: hash(&[body]), at: now, since }))
}

/// The key that a client sent.
fn sent(headers: &HeaderMap) -> Result<Option<&[u8]>, Error> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_none() && (1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&value.len()) {
        return Ok(Some(value.as_bytes()));
    }
    let detail =
        format!("The header Idempotency-Key may be there once, with 1 to {IDEMPOTENCY_KEY_BYTES_MAX} bytes.");
    Err(Error::bad_request("invalid_idempotency_key", detail))
}

/// Half of the SHA-256 of all parts, each after its length.
fn hash(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let whole: [u8; 32] = hash.finalize().into();
    std::array::from_fn(|at| whole[at])
}
