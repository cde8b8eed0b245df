//! A whole node under test: the router over the engine, a clock that stands still, chance that counts, and
//! receivers that do what their path says.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::{Access, Api, Front, JwtSecret, Ready, Settings};
use async_trait::async_trait;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use bytes::Bytes;
use domain::attempt::{FailureCode, Outcome, Response};
use domain::id::{KeyId, OrganizationId};
use domain::key::{Key, KeyHash, Scope};
use domain::limits::ENDPOINT_FAILING_TIME_DEFAULT;
use domain::organization::Organization;
use domain::receiver_auth::ReceiverAuth;
use domain::retry::Retries;
use domain::revision::Revision;
use domain::rule::Rules;
use domain::time::Timestamp;
use engine::accept::{Accept, Ids};
use engine::deliver::{Deliver, Schedules};
use engine::doors::Doors;
use engine::ports::catalog::Put;
use engine::ports::chance::Chance;
use engine::ports::clock::Clock;
use engine::ports::keyring::Keyring as _;
use engine::ports::queue::Queue as _;
use engine::ports::sender::{self, Exchange, Sender};
use engine::worker::{self, Worker};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::store::FaultyStore;

/// The present moment of all tests.
pub(crate) const NOW: &str = "2026-01-31T12:34:56.789Z";
const NOW_MS: i64 = 1_769_862_896_789;

pub(crate) struct Node {
    pub(crate) store: Arc<FaultyStore>,
    pub(crate) receivers: Arc<Receivers>,
    pub(crate) worker: Arc<Worker>,
    ids: Arc<Ids>,
    front: Front,
}

/// How a node is set up where it matters to a test.
pub(crate) struct Setup {
    pub(crate) access: Access,
    pub(crate) jwt_secret: Option<&'static str>,
    pub(crate) opened: &'static [&'static str],
    pub(crate) rules: Rules,
    pub(crate) retries: Retries,
}

impl Default for Setup {
    fn default() -> Self {
        let retries = Retries::new(Vec::new(), 0.0).unwrap();
        Self { access: Access::Open, jwt_secret: None, opened: &[], rules: Rules::default(), retries }
    }
}

impl Node {
    pub(crate) async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let store = Arc::new(FaultyStore::default());
        let receivers = Arc::new(Receivers::default());
        let (clock, chance) = (Arc::new(StillClock), Arc::new(CountingChance::default()));
        let life = store.open().await.unwrap();
        let ids = Arc::new(Ids::new(clock.clone(), &life));
        let deliver = Deliver {
            catalog: store.clone(),
            sender: receivers.clone(),
            clock: clock.clone(),
            chance: chance.clone(),
            ids: ids.clone(),
            schedules: Schedules { article: setup.retries, ..Schedules::default() },
            failing_time: ENDPOINT_FAILING_TIME_DEFAULT,
        };
        let worker =
            Worker::new(store.clone(), clock.clone(), deliver, life.lease, worker::Settings::default());
        let accept = Accept::new(store.clone(), ids.clone(), Arc::new(setup.rules));
        let doors =
            Doors { accept, worker: worker.clone(), store: store.clone(), ids: ids.clone(), chance, clock };
        let ready = Ready {
            version: "1.2.3",
            listen: "127.0.0.1:8071".parse().unwrap(),
            receiver: Some("127.0.0.1:8072".parse().unwrap()),
        };
        let opened = domain::address::Networks::parse(setup.opened).unwrap();
        let jwt_secret = setup.jwt_secret.and_then(JwtSecret::new);
        let settings = Settings { jwt_secret, opened, ..Settings::new(setup.access, ready) };
        let front = api::front(&Arc::new(Api::new(Arc::new(doors), settings)));
        Self { store, receivers, worker, ids, front }
    }

    /// Sends a request and reads the answer to its end. Of a stream, which has none, it reads what comes first.
    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let (head, mut body) = self.open(request).await.into_parts();
        let bytes = match head.headers.get("content-type").map(HeaderValue::as_bytes) {
            Some(b"text/event-stream") => body.frame().await.unwrap().unwrap().into_data().unwrap(),
            _ => body.collect().await.unwrap().to_bytes(),
        };
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Reply { status: head.status, headers: head.headers, text }
    }

    /// Sends a request, and answers as soon as the answer begins.
    pub(crate) async fn open(&self, request: Request<Body>) -> axum::response::Response {
        self.front.answer(request).await
    }

    pub(crate) async fn request(&self, method: Method, path: &str, body: impl Into<Body>) -> Reply {
        self.send(Request::builder().method(method).uri(path).body(body.into()).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.request(Method::GET, path, Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<Body>) -> Reply {
        self.request(Method::POST, path, body).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Reply {
        self.post(path, body.to_string()).await
    }

    pub(crate) async fn put_json(&self, path: &str, body: &Value) -> Reply {
        self.request(Method::PUT, path, body.to_string()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.request(Method::DELETE, path, Body::empty()).await
    }

    /// Registers a webhook of company 42 for `candidate.created`.
    pub(crate) async fn register(&self, url: &str) {
        let webhook = json!({ "companyId": 42, "url": url, "eventType": "candidate.created" });
        self.post_json("/webhooks", &webhook).await.is(200);
    }

    /// Creates a candidate of company 42, and answers the id of its message.
    pub(crate) async fn create_candidate(&self) -> String {
        let reply = self.post_json("/candidates", &candidate()).await;
        reply.is(200);
        reply.header("whimbrel-message-id").unwrap().to_owned()
    }

    /// Makes a key of the default organization.
    pub(crate) async fn key(&self, key: &str, scope: Scope) -> KeyId {
        self.key_of(Organization::DEFAULT, key, scope).await
    }

    /// Makes a key of an organization.
    pub(crate) async fn key_of(&self, organization: OrganizationId, key: &str, scope: Scope) -> KeyId {
        self.put_key(organization, key, scope, (None, None)).await
    }

    /// Makes an admin key that opens nothing any more.
    pub(crate) async fn revoked_key(&self, key: &str) {
        let at = Timestamp::from_millis(NOW_MS);
        self.put_key(Organization::DEFAULT, key, Scope::Admin, (None, Some(at))).await;
    }

    /// Makes an admin key whose time is over.
    pub(crate) async fn expired_key(&self, key: &str) {
        let at = Timestamp::from_millis(NOW_MS);
        self.put_key(Organization::DEFAULT, key, Scope::Admin, (Some(at), None)).await;
    }

    async fn put_key(
        &self,
        organization: OrganizationId,
        key: &str,
        scope: Scope,
        (expires_at, revoked_at): (Option<Timestamp>, Option<Timestamp>),
    ) -> KeyId {
        let id = self.ids.mint();
        let (name, hash) = (key.to_owned(), KeyHash::of(key.as_bytes()));
        let revision = Revision::default();
        let key = Key { id, organization, scope, name, hash, expires_at, revoked_at, revision };
        assert_eq!(self.store.put_key(key).await, Ok(Put::Stored));
        id
    }

    /// Asks until the answer holds.
    pub(crate) async fn until(&self, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
        const ROUNDS_MAX: usize = 10_000;
        for _ in 0..ROUNDS_MAX {
            let found = self.get(path).await.json();
            if holds(&found) {
                return found;
            }
            tokio::task::yield_now().await;
        }
        panic!("{path} never got there: {}", self.get(path).await.text);
    }

    /// Waits until the receivers were called so often.
    pub(crate) async fn until_called(&self, count: usize) {
        const ROUNDS_MAX: usize = 10_000;
        for _ in 0..ROUNDS_MAX {
            if self.receivers.requests().len() >= count {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("{count} calls never came: {:?}", self.receivers.requests());
    }

    /// Checks that a request is answered with exactly this, and changes nothing.
    pub(crate) async fn refuses(&self, request: Request<Body>, status: u16, body: &Value) {
        let what = format!("{} {}", request.method(), request.uri());
        let before = self.store.dump();
        let reply = self.send(request).await;
        assert_eq!((reply.status.as_u16(), &reply.json()), (status, body), "{what}");
        assert_eq!(self.store.dump(), before, "{what} changed something");
    }

    /// The same for a posted text.
    pub(crate) async fn refuses_post(&self, path: &str, body: &str, status: u16, answer: &Value) {
        let request = Request::post(path).body(Body::from(body.to_owned())).unwrap();
        self.refuses(request, status, answer).await;
    }
}

pub(crate) fn candidate() -> Value {
    json!({
        "companyId": 42,
        "email": "ada@example.com",
        "firstName": "Ada",
        "lastName": "Lovelace",
        "location": "London",
    })
}

/// `{"message":"Validation errors","errors":[…]}`, the usual answer to bad fields.
pub(crate) fn invalid(errors: &[&str]) -> Value {
    json!({ "message": "Validation errors", "errors": errors })
}

/// The article's words for a bad field.
pub(crate) fn required(field: &str) -> String {
    format!("Required field {field} not found or invalid")
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn is(&self, status: u16) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
    }

    pub(crate) fn is_empty(&self, status: u16) {
        assert_eq!((self.status.as_u16(), self.text.as_str()), (status, ""));
        assert_eq!(self.header("cache-control"), Some("no-store"));
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {:?}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

struct StillClock;

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(NOW_MS)
    }
}

/// Draws small numbers in their order, and goes on so that no sixteen bytes come twice.
#[derive(Default)]
struct CountingChance(AtomicU16);

impl Chance for CountingChance {
    fn fraction(&self) -> f64 {
        0.5
    }

    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| {
            let [high, low] = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            high ^ low
        });
    }
}

/// Receivers that answer by the path of the URL: `/ok`, `/fail`, `/gone`, `/refuse`, `/hang`.
#[derive(Default)]
pub(crate) struct Receivers(Mutex<Vec<sender::Request>>);

impl Receivers {
    /// What they got.
    pub(crate) fn requests(&self) -> Vec<sender::Request> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl Sender for Receivers {
    async fn send(&self, request: sender::Request) -> Exchange {
        let path = request.target.path_and_query().to_owned();
        self.0.lock().unwrap().push(request);
        let outcome = match path.as_str() {
            "/ok" => answered(200, b"thanks"),
            "/fail" => answered(503, b"not \xff now \0"),
            "/gone" => answered(410, b""),
            "/refuse" => Outcome::failed(FailureCode::ConnectRefused, "Nobody listens there."),
            _ => std::future::pending().await,
        };
        Exchange { outcome, duration: Duration::from_millis(7) }
    }

    fn check_auth(&self, auth: &ReceiverAuth) -> Result<(), String> {
        let is_wrong =
            matches!(auth, ReceiverAuth::Mtls(identity) if identity.expose_key_pem().contains("WRONG"));
        let why = "The key does not belong to the certificate (a test says so).";
        if is_wrong { Err(why.to_owned()) } else { Ok(()) }
    }
}

fn answered(status: u16, body: &'static [u8]) -> Outcome {
    let body = Bytes::from_static(body);
    Outcome::answered(Response { status, body, truncated: false, retry_after: None }, None)
}
