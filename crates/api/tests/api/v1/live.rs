//! `/api/v1/live`, in virtual time.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use domain::endpoint::Door;
use domain::key::Scope;
use domain::limits::{LIVE_BATCH_MAX, LIVE_CHECK_PAUSE, LIVE_STREAMS_PER_APP_MAX};
use engine::ports::fault::StoreError;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::client::{AT, Client};
use super::platform::Platform;
use super::tenants::ELSEWHERE;
use super::tokens::{SECRET, token};
use crate::node::Setup;
use crate::store::Fault;

/// One who watches.
struct Watching {
    body: Body,
    /// The place that it was told first.
    first: String,
}

impl Watching {
    /// Begins to watch, as the client's key allows.
    async fn new(client: &Client, query: &str) -> Self {
        Self::open(client, client.request(Method::GET, &format!("/live{query}"), Body::empty())).await
    }

    /// Goes on from a place.
    async fn since(client: &Client, id: &str) -> Self {
        let mut request = client.request(Method::GET, "/live", Body::empty());
        request.headers_mut().insert("last-event-id", id.parse().unwrap());
        Self::open(client, request).await
    }

    async fn open(client: &Client, request: Request<Body>) -> Self {
        let (head, body) = client.node.open(request).await.into_parts();
        assert_eq!(head.status, 200);
        assert_eq!(head.headers["content-type"], "text/event-stream");
        assert_eq!(head.headers["cache-control"], "no-store");
        let mut watching = Self { body, first: String::new() };
        let beginning = watching.text().await.unwrap();
        let first = beginning.strip_prefix("retry: 1000\nid: ").and_then(|id| id.strip_suffix("\n\n"));
        first.unwrap_or_else(|| panic!("{beginning}")).clone_into(&mut watching.first);
        watching
    }

    /// What is written next; `None` when it has ended.
    async fn text(&mut self) -> Option<String> {
        let frame = self.body.frame().await?.unwrap().into_data().unwrap();
        Some(String::from_utf8(frame.to_vec()).unwrap())
    }

    /// The data of the next changes, whether there were more, and the place after them.
    async fn batch(&mut self) -> (Vec<Value>, bool, String) {
        let text = self.text().await.unwrap();
        let (mut changes, mut is_lost, mut id) = (Vec::new(), false, None);
        for event in text.split_terminator("\n\n") {
            assert!(id.is_none(), "only the last event has the place: {text}");
            for line in event.lines() {
                match line.split_once(": ").unwrap() {
                    ("id", place) => id = Some(place.to_owned()),
                    ("data", "{}") => is_lost = true,
                    ("data", data) => changes.push(serde_json::from_str(data).unwrap()),
                    ("event", name) => assert!(["delivery", "lost"].contains(&name), "{text}"),
                    other => panic!("{other:?}"),
                }
            }
        }
        (changes, is_lost, id.unwrap())
    }

    /// Nothing is told until the next sign of life.
    async fn is_quiet(&mut self) {
        let text = self.text().await.unwrap();
        assert!(text.starts_with(":\nid: ") && text.ends_with("\n\n"), "{text}");
    }
}

async fn platform() -> Platform {
    let platform = Platform::new().await;
    tokio::spawn(platform.client.node.worker.clone().run());
    platform
}

#[tokio::test(start_paused = true)]
async fn what_happens_to_a_delivery_is_told() {
    let platform = platform().await;
    let client = &platform.client;
    let endpoint = platform.endpoint(1, Door::Api, "/fail", |endpoint| endpoint).await;
    let mut watching = Watching::new(client, "").await;
    let message = platform.sends_type("a").await;
    let change = |status: &str, attempts: u32, more: Value| {
        let mut change = json!({
            "id": format!("dlv_{}{}", &message[4..], &endpoint[3..]),
            "messageId": message,
            "endpointId": endpoint,
            "appId": platform.app,
            "status": status,
            "attempts": attempts,
        });
        let more = more.as_object().unwrap().clone();
        change.as_object_mut().unwrap().extend(more);
        (vec![change], false)
    };
    let told = async |watching: &mut Watching| {
        let (changes, is_lost, _) = watching.batch().await;
        (changes, is_lost)
    };
    assert_eq!(told(&mut watching).await, change("sending", 0, json!({})));
    platform.attempts(&message, 1).await;
    let tried = json!({
        "nextAttempt": "2026-01-31T12:35:01.789Z",
        "lastAttempt": { "responseStatusCode": 503, "failureCode": "http_status", "at": AT, "durationMs": 7 },
    });
    let failed = change("sending", 1, tried.clone());
    assert_eq!(told(&mut watching).await, failed);
    let one = format!("/app/u/msg/{message}/endpoint/{endpoint}");
    client.post(&format!("/app/u/msg/{message}/cancel"), &json!({})).await.is(200);
    assert_eq!(told(&mut watching).await, change("canceled", 1, json!({})));
    client.post(&format!("{one}/resend"), &json!({})).await;
    let failed = change("sending", 2, tried);
    assert_eq!(told(&mut watching).await, failed);
    client.call(Method::DELETE, &format!("/app/u/msg/{message}/content"), "").await;
    assert_eq!(told(&mut watching).await, change("fail", 2, json!({})));
}

#[tokio::test(start_paused = true)]
async fn what_happens_between_two_batches_is_told_once() {
    let platform = platform().await;
    platform.endpoint(1, Door::Api, "/ok", |endpoint| endpoint).await;
    let mut watching = Watching::new(&platform.client, "").await;
    let start = Instant::now();
    for count in 1..=3 {
        for _ in 0..2 {
            let message = platform.sends_type("a").await;
            platform.attempts(&message, 1).await;
        }
        let (changes, is_lost, _) = watching.batch().await;
        assert_eq!((changes.len(), is_lost), (2, false));
        assert!(changes.iter().all(|change| change["status"] == "success"), "{changes:?}");
        assert_eq!(start.elapsed(), Duration::from_millis(100 * (count - 1)), "ten in a second");
    }
}

/// It may have read the store before, and would show for ever what was there then.
#[tokio::test(start_paused = true)]
async fn who_begins_while_the_store_is_at_work_is_told_what_was_stored() {
    let platform = platform().await;
    let node = &platform.client.node;
    platform.endpoint(1, Door::Api, "/ok", |endpoint| endpoint).await;
    node.store.fail_at("settle", Fault::Error(StoreError::Unavailable("busy".to_owned())));
    let message = platform.sends_type("a").await;
    node.until_called(1).await;
    // Virtual time passes when everybody waits: the attempt has ended by then, and waits for the store.
    tokio::time::sleep(Duration::from_millis(1)).await;
    let mut watching = Watching::new(&platform.client, "").await;
    node.store.heal();
    let (changes, is_lost, _) = watching.batch().await;
    assert_eq!((changes.len(), is_lost), (1, false));
    assert_eq!((&changes[0]["messageId"], &changes[0]["status"]), (&json!(message), &json!("success")));
}

#[tokio::test(start_paused = true)]
async fn who_comes_again_is_told_what_it_missed() {
    let platform = platform().await;
    let client = &platform.client;
    platform.endpoint(1, Door::Api, "/ok", |endpoint| endpoint).await;
    let mut watching = Watching::new(client, "").await;
    let first = platform.sends_type("a").await;
    platform.attempts(&first, 1).await;
    let (changes, _, place) = watching.batch().await;
    assert_eq!(changes[0]["messageId"], first);
    drop(watching);
    let second = platform.sends_type("a").await;
    platform.attempts(&second, 1).await;
    let (changes, is_lost, _) = Watching::since(client, &place).await.batch().await;
    assert_eq!((changes.len(), is_lost), (1, false));
    assert_eq!((&changes[0]["messageId"], &changes[0]["status"]), (&json!(second), &json!("success")));
    for unknown in ["", "x", "0-1", "1-99999", &format!("9{place}")] {
        // Who leaves before it was told what it missed has to be told when it comes again.
        let first = Watching::since(client, unknown).await.first;
        let (changes, is_lost, place) = Watching::since(client, &first).await.batch().await;
        assert_eq!((changes, is_lost), (vec![], true), "{unknown}");
        // From then on it is somewhere.
        assert_ne!(Watching::since(client, &place).await.first, first);
    }
}

#[tokio::test(start_paused = true)]
async fn of_too_many_changes_only_that_is_told() {
    let platform = platform().await;
    let endpoint = platform.endpoint(1, Door::Api, "/ok", |endpoint| endpoint).await;
    let mut watching = Watching::new(&platform.client, "?app_id=u").await;
    for (count, told) in [(LIVE_BATCH_MAX, LIVE_BATCH_MAX), (LIVE_BATCH_MAX + 1, 0)] {
        let message = json!({ "eventType": "a", "payload": {} });
        let batch = json!({ "messages": vec![message; count] });
        assert!(platform.client.post("/app/u/msg/batch", &batch).await.status.is_success());
        platform.until("/stats/attempts", |found| found["underWay"] == 0).await;
        let (changes, is_lost, _) = watching.batch().await;
        assert_eq!((changes.len(), is_lost), (told, told == 0));
    }
    let replay = json!({ "since": "2026-01-31T00:00:00Z", "until": "2026-01-31T12:34:57Z" });
    platform.client.post(&format!("/app/u/endpoint/{endpoint}/bulk-replay"), &replay).await;
    let (_, is_lost, _) = watching.batch().await;
    assert!(is_lost, "a background task makes many deliveries wait");
}

#[tokio::test(start_paused = true)]
async fn everybody_is_told_of_what_they_may_see() {
    let mut client = Client::with(Setup { jwt_secret: Some(SECRET), ..Setup::default() }).await;
    let app = async |client: &Client, uid: &str| {
        let app = client.makes("/app", &json!({ "name": uid, "uid": uid })).await;
        client.makes(&format!("/app/{uid}/endpoint"), &json!({ "url": "https://example.com/ok" })).await;
        app
    };
    let [own, other] = [app(&client, "own").await, app(&client, "other").await];
    client.has_key("own", Scope::App(own.parse().unwrap())).await;
    client.has_key("other", Scope::App(other.parse().unwrap())).await;
    client.has_key("read", Scope::Read).await;
    client.has_key("s", Scope::Send).await;
    let elsewhere = token(&json!({ "sub": ELSEWHERE }));
    client.becomes(&elsewhere);
    app(&client, "own").await;
    let mut watching = Vec::new();
    for (key, query, sees) in [
        ("admin", "", true),
        ("read", "", true),
        ("read", "?app_id=own", true),
        ("own", "", true),
        ("own", &format!("?app_id={own}"), true),
        ("other", "", false),
        ("admin", "?app_id=other", false),
        (&elsewhere, "", false),
        (&elsewhere, "?app_id=own", false),
    ] {
        client.becomes(key);
        watching.push((format!("{key} {query}"), sees, Watching::new(&client, query).await));
    }
    client.becomes("admin");
    let message = json!({ "eventType": "a", "payload": {} });
    let message = client.post("/app/own/msg", &message).await.json()["id"].take();
    for (who, sees, mut watching) in watching {
        if sees {
            let (changes, is_lost, _) = watching.batch().await;
            assert_eq!((changes.len(), is_lost), (1, false), "{who}");
            assert_eq!((&changes[0]["messageId"], &changes[0]["appId"]), (&message, &json!(own)), "{who}");
        } else {
            // The first sign of life may be due before anything else is looked at.
            watching.is_quiet().await;
            watching.is_quiet().await;
        }
    }
    for (key, query, status) in [
        ("s", "", 403),
        ("own", "?app_id=other", 404),
        ("other", "?app_id=own", 404),
        ("admin", "?app_id=x", 404),
        ("", "", 401),
    ] {
        client.becomes(key);
        assert_eq!(client.get(&format!("/live{query}")).await.status, status, "{key} {query}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_operational_webhooks_do_is_told_to_nobody() {
    let platform = platform().await;
    let operational = json!({ "url": "https://example.com/ok", "filterTypes": ["endpoint.created"] });
    platform.client.makes("/operational-webhook/endpoint", &operational).await;
    let mut watching = Watching::new(&platform.client, "").await;
    platform.client.makes("/app/u/endpoint", &json!({ "url": "https://example.com/ok" })).await;
    platform.client.node.until_called(1).await;
    watching.is_quiet().await;
}

/// Whatever its key is, a stream gives signs of life until it opens nothing any more.
#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_its_key_does() {
    let mut client = Client::new().await;
    let app = client.makes("/app", &json!({ "name": "Ada's", "uid": "u" })).await;
    let key = client.has_key("own", Scope::App(app.parse().unwrap())).await;
    client.has_key("gone", Scope::App(app.parse().unwrap())).await;
    let cookie = client.node.post_json("/api/v1/session", &json!({ "key": "admin" })).await;
    let (csrf, cookie) = (cookie.json()["csrf"].clone(), cookie.header("set-cookie").unwrap().to_owned());
    let signed_in = |method: Method, path: &str| {
        let request = Request::builder().method(method).uri(path).header("cookie", &cookie);
        request.header("x-whimbrel-csrf", csrf.as_str().unwrap()).body(Body::empty()).unwrap()
    };
    let check = async |client: &Client, watching: &mut Watching, end: &dyn Fn() -> Request<Body>| {
        for _ in 0..3 {
            let start = Instant::now();
            watching.is_quiet().await;
            assert_eq!(start.elapsed(), LIVE_CHECK_PAUSE);
        }
        assert!(client.node.open(end()).await.status().is_success());
        assert_eq!(watching.text().await, None);
    };
    let session = signed_in(Method::GET, "/api/v1/live");
    let mut session = Watching::open(&client, session).await;
    check(&client, &mut session, &|| signed_in(Method::DELETE, "/api/v1/session")).await;
    client.becomes("own");
    let mut own = Watching::new(&client, "").await;
    client.becomes("admin");
    check(&client, &mut own, &|| client.request(Method::DELETE, &format!("/key/{key}"), "")).await;
    client.becomes("gone");
    let mut gone = Watching::new(&client, "").await;
    client.becomes("admin");
    check(&client, &mut gone, &|| client.request(Method::DELETE, "/app/u", "")).await;
}

/// Whoever asks again while the store is in trouble is refused, so that a stream that ended would be a loss.
#[tokio::test(start_paused = true)]
async fn trouble_with_the_store_ends_no_stream() {
    let platform = platform().await;
    platform.endpoint(1, Door::Api, "/ok", |endpoint| endpoint).await;
    let store = &platform.client.node.store;
    for failing in ["key", "app"] {
        let mut watching = Watching::new(&platform.client, "?app_id=u").await;
        store.fail_at(failing, Fault::Error(StoreError::Unavailable("busy".to_owned())));
        watching.is_quiet().await;
        watching.is_quiet().await;
        store.heal();
        platform.sends_type("a").await;
        let (changes, is_lost, _) = watching.batch().await;
        assert_eq!((changes.len(), is_lost), (1, false), "{failing}");
    }
}

#[tokio::test(start_paused = true)]
async fn all_streams_end_when_the_server_stops() {
    let platform = platform().await;
    let mut watching = Watching::new(&platform.client, "").await;
    let start = Instant::now();
    let (ended, ()) = tokio::join!(watching.text(), platform.client.node.worker.stop(Duration::from_secs(9)));
    assert_eq!((ended, start.elapsed()), (None, Duration::ZERO));
    platform.client.node.worker.live().close();
    assert_eq!(platform.client.get("/live").await.status, 503);
}

#[tokio::test(start_paused = true)]
async fn there_is_a_feed_only_while_somebody_watches_and_not_everybody_may() {
    let mut platform = platform().await;
    platform.endpoint(1, Door::Api, "/ok", |endpoint| endpoint).await;
    platform.sends_type("a").await;
    assert!(!platform.client.node.worker.live().is_on());
    platform.client.has_key("own", Scope::App(platform.app)).await;
    platform.client.becomes("own");
    let mut watching = Vec::new();
    for _ in 0..LIVE_STREAMS_PER_APP_MAX {
        watching.push(Watching::new(&platform.client, "").await);
    }
    assert!(platform.client.node.worker.live().is_on());
    let refused = platform.client.get("/live").await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, Some("10")));
    watching.pop();
    Watching::new(&platform.client, "").await;
}
