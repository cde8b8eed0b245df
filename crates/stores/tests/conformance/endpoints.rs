//! Endpoints.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::app::AppRef;
use domain::attempt::Verdict;
use domain::endpoint::{
    Destination, Disabled, DisabledReason, Door, Endpoint, EndpointRef, Failing, Ordering,
};
use domain::headers::CustomHeaders;
use domain::id::EndpointId;
use domain::limits::ENDPOINTS_PER_APP_MAX;
use domain::metadata::Metadata;
use domain::pattern::Pattern;
use domain::receiver_auth::{Basic, ReceiverAuth};
use domain::revision::Revision;
use domain::secret::Secret;
use domain::subscription::Subscription;
use domain::throttle::{Pace, Rate};
use engine::ports::catalog::{Put, Registered};
use engine::ports::store::Store;

use super::world::pages::check_pages;
use super::world::records::{put_app, put_endpoint};
use super::world::sending::send_one;
use super::world::{HERE, LEASE, World, all, deliver_one, listen};

async fn put(store: &dyn Store, endpoint: &Endpoint) -> Put {
    store.put_endpoint(endpoint.clone(), None).await.unwrap().put
}

fn full(world: &mut World, endpoint: Endpoint) -> Endpoint {
    let notes = BTreeMap::from([("a".to_owned(), "\0é".to_owned())]);
    let grace = Duration::from_secs(3600);
    let headers = vec![("X-Second".to_owned(), "2".to_owned()), ("a-first".to_owned(), "\"1\"".to_owned())];
    let auth = Basic::new("user".to_owned(), "pass".to_owned()).unwrap();
    let secrets = endpoint.secrets.rotate(Secret::from_bytes(b"fresh"), world.now, grace).unwrap();
    Endpoint {
        uid: Some("mine".parse().unwrap()),
        door: Door::Webhook,
        description: "What \0 it is".to_owned(),
        version: u16::MAX,
        subscription: Subscription {
            event_types: Some(vec!["b".parse().unwrap(), "a".parse().unwrap()]),
            channels: Some(vec!["z".parse().unwrap(), "y".parse().unwrap()]),
            pattern: Some(Pattern::parse(br#"{ "a": [{ "numeric": [">", 1.50] }] }"#).unwrap()),
        },
        throttle: Rate::new(7),
        ordering: Ordering::Fifo,
        secrets: secrets.rotate(Secret::from_bytes(b"freshest"), world.now, grace * 2).unwrap(),
        headers: CustomHeaders::new(headers).unwrap(),
        auth: Arc::new(ReceiverAuth::Basic(auth)),
        metadata: Metadata::new(notes).unwrap(),
        failing: Some(Failing { since: world.now, warned: true }),
        disabled: Some(Disabled { at: world.now, reason: DisabledReason::Failing }),
        updated_at: world.pass(5),
        ..endpoint
    }
}

pub(crate) async fn an_endpoint_is_found_as_it_was_put(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let plain = world.endpoint(app.id);
    let full = world.endpoint(app.id);
    let full = self::full(&mut world, full);
    let nothing = Subscription { event_types: Some(vec![]), channels: Some(vec![]), pattern: None };
    let nothing = Endpoint { subscription: nothing, version: 0, ..world.endpoint(app.id) };
    let asked = Some(Disabled { at: world.now, reason: DisabledReason::Asked });
    let asked = Endpoint { disabled: asked, ..world.endpoint(app.id) };
    let target = Destination::stored("http://192.0.2.1/");
    let unreadable = Endpoint { target, ..world.endpoint(app.id) };
    for endpoint in [plain, full, nothing, asked, unreadable] {
        let id = endpoint.id;
        assert_eq!(store.endpoint(id).await, Ok(None));
        assert_eq!(put(store, &endpoint).await, Put::Stored);
        let stored = Endpoint { revision: Revision(1), ..endpoint };
        for _ in 0..2 {
            assert_eq!(store.endpoint(id).await.unwrap().as_deref(), Some(&stored));
        }
        let mut names = vec![EndpointRef::Id(id)];
        names.extend(stored.uid.clone().map(EndpointRef::Uid));
        for name in names {
            assert_eq!(store.endpoint_of(app.id, &name).await, Ok(Some(stored.clone())));
            assert_eq!(store.endpoint_of(world.id(), &name).await, Ok(None), "another app");
        }
    }
}

pub(crate) async fn an_endpoint_is_put_only_by_who_has_seen_it(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let fresh = world.endpoint(app.id);
    assert_eq!(put(store, &Endpoint { revision: Revision(1), ..fresh.clone() }).await, Put::Stale);
    assert_eq!(put(store, &Endpoint { app: world.id(), ..fresh.clone() }).await, Put::Stale);
    let first = put_endpoint(store, fresh.clone()).await;
    assert_eq!(put(store, &fresh).await, Put::Stale);
    let second = put_endpoint(store, Endpoint { version: 2, ..first.clone() }).await;
    assert_eq!(put(store, &Endpoint { version: 3, ..first }).await, Put::Stale);
    assert_eq!(store.endpoint(second.id).await.unwrap().as_deref(), Some(&second));

    let deleted = put_endpoint(store, second.clone().deleted(world.pass(10))).await;
    assert_eq!((deleted.deleted_at, deleted.revision), (Some(world.now), Revision(3)));
    assert_eq!(store.endpoint_of(app.id, &EndpointRef::Id(deleted.id)).await, Ok(None));
    assert_eq!(store.endpoints(app.id, all()).await.unwrap().rows, []);
    for again in [Endpoint { deleted_at: None, ..deleted.clone() }, deleted, second] {
        assert_eq!(put(store, &again).await, Put::Stale);
    }
}

/// Who has read an endpoint before it was disabled does not undo that unseen.
pub(crate) async fn a_put_does_not_undo_what_a_settlement_did(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    let delivery = deliver_one(store, &mut world, "acme", Some(LEASE)).await;
    let read = store.endpoint(delivery.id.endpoint).await.unwrap().unwrap();
    world.settle(store, &delivery, Verdict::EndpointGone).await;
    assert_eq!(put(store, &Endpoint { version: 9, ..Endpoint::clone(&read) }).await, Put::Stale);
    let read = Endpoint::clone(&store.endpoint(read.id).await.unwrap().unwrap());
    assert!(read.disabled.is_some());
    let enabled = put_endpoint(store, read.enabled()).await;
    assert!(enabled.is_callable());
    let fresh = deliver_one(store, &mut world, "acme", Some(LEASE)).await;
    assert!(fresh.fence().is_some(), "{fresh:?}");
}

pub(crate) async fn an_endpoints_uid_is_unique_within_its_app(store: &dyn Store) {
    let mut world = World::new();
    let acme = put_app(store, world.app("acme")).await;
    let bolt = put_app(store, world.app("bolt")).await;
    let mut named = |app, uid: &str| Endpoint { uid: Some(uid.parse().unwrap()), ..world.endpoint(app) };
    let mine = put_endpoint(store, named(acme.id, "mine")).await;
    put_endpoint(store, named(bolt.id, "mine")).await;
    let rival = named(acme.id, "mine");
    assert_eq!(put(store, &rival).await, Put::Taken);
    assert_eq!(store.endpoint(rival.id).await, Ok(None));
    let other = put_endpoint(store, named(acme.id, "Mine")).await;
    assert_eq!(put(store, &Endpoint { uid: mine.uid.clone(), ..other.clone() }).await, Put::Taken);
    let given_up = put_endpoint(store, Endpoint { uid: None, ..mine.clone() }).await;
    let renamed = put_endpoint(store, Endpoint { uid: mine.uid.clone(), ..other }).await;
    assert_eq!(put(store, &Endpoint { uid: mine.uid.clone(), ..given_up }).await, Put::Taken);
    put_endpoint(store, renamed.deleted(world.now)).await;
    let fresh = put_endpoint(store, rival).await;
    let found = store.endpoint_of(acme.id, &EndpointRef::Uid("mine".parse().unwrap())).await;
    assert_eq!(found, Ok(Some(fresh)));
}

/// A webhook is an endpoint like any other, but its app has one for each event type.
pub(crate) async fn a_webhook_is_put_where_there_is_none_for_its_type(store: &dyn Store) {
    let mut world = World::new();
    let (a, b) = (world.webhook("acme", "a"), world.webhook("acme", "b"));
    let (app, ids) = (a.app_id, [a.id, b.id]);
    for webhook in [a, b] {
        assert_eq!(store.register(webhook).await, Ok(Registered::Created));
    }
    let read = async |id: EndpointId| Endpoint::clone(&store.endpoint(id).await.unwrap().unwrap());
    let to = |endpoint: Endpoint, event_type: &str| Endpoint {
        subscription: Subscription::to(event_type.parse().unwrap()),
        ..endpoint
    };
    let b = read(ids[1]).await;
    assert_eq!(put(store, &to(b.clone(), "a")).await, Put::Taken);
    let disabled = b.clone().disable(Disabled { at: world.now, reason: DisabledReason::Asked });
    assert_eq!(put(store, &to(disabled, "a")).await, Put::Taken);
    assert_eq!(put(store, &to(world.endpoint(app), "a")).await, Put::Stored, "it is no webhook");
    let c = put_endpoint(store, to(b, "c")).await;
    assert_eq!(store.register(world.webhook("acme", "c")).await, Ok(Registered::Exists));
    assert_eq!(store.register(world.webhook("acme", "b")).await, Ok(Registered::Created));
    put_endpoint(store, read(ids[0]).await.deleted(world.now)).await;
    assert_eq!(put(store, &to(c, "a")).await, Put::Stored);
    assert_eq!(store.register(world.webhook("acme", "a")).await, Ok(Registered::Exists));
}

pub(crate) async fn an_app_has_a_bounded_number_of_endpoints_by_either_door(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let mut last = None;
    for _ in 0..ENDPOINTS_PER_APP_MAX {
        last = Some(put_endpoint(store, world.endpoint(app.id)).await);
    }
    let last = last.unwrap();
    let more = world.endpoint(app.id);
    assert_eq!(put(store, &more).await, Put::TooMany);
    assert_eq!(store.endpoint(more.id).await, Ok(None));
    assert_eq!(store.register(world.webhook("acme", "a")).await, Ok(Registered::TooMany));
    let last = put_endpoint(store, Endpoint { version: 2, ..last }).await;
    put_endpoint(store, last.deleted(world.now)).await;
    assert_eq!(put(store, &more).await, Put::Stored);
}

pub(crate) async fn endpoints_are_listed_by_their_ids(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let other = put_app(store, world.app("bolt")).await;
    let mut ids: Vec<EndpointId> = Vec::new();
    for _ in 0..4 {
        ids.push(put_endpoint(store, world.endpoint(app.id)).await.id);
        put_endpoint(store, world.endpoint(other.id)).await;
        let gone = put_endpoint(store, world.endpoint(app.id)).await;
        put_endpoint(store, gone.deleted(world.now)).await;
    }
    let webhook = world.webhook("acme", "a");
    ids.push(webhook.id);
    store.register(webhook).await.unwrap();
    let list = async |slice| store.endpoints(app.id, slice).await.unwrap().map(|endpoint| endpoint.id);
    check_pages(&ids, list).await;
    assert_eq!(store.endpoints(world.id(), all()).await.unwrap().rows, []);
}

/// How an endpoint is to be called is told wherever its work is given out.
pub(crate) async fn the_pace_of_an_endpoint_goes_with_its_work(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let plain = put_endpoint(store, world.endpoint(app.id)).await;
    let slow = Endpoint { throttle: Rate::new(3), ordering: Ordering::Fifo, ..world.endpoint(app.id) };
    let slow = put_endpoint(store, slow).await;
    let of =
        |endpoint: &Endpoint, app| Pace { ordering: endpoint.ordering, endpoint: endpoint.throttle, app };
    for rate in [None, Rate::new(50), None] {
        let app = store.app(HERE, &AppRef::Id(app.id)).await.unwrap().unwrap();
        let app = put_app(store, domain::app::App { throttle: rate, ..app }).await;
        let message = world.message("a");
        let sent = send_one(store, &world, &app, message, None).await;
        let paces: Vec<(EndpointId, Pace)> = [&plain, &slow]
            .into_iter()
            .map(|endpoint| (endpoint.id, of(endpoint, rate)))
            .filter(|(_, pace)| *pace != Pace::default())
            .collect();
        assert_eq!(sent.paces, paces);
        for lane in store.waiting_lanes(None, 9).await.unwrap() {
            let endpoint = if lane.endpoint == plain.id { &plain } else { &slow };
            assert_eq!((lane.app, lane.pace), (app.id, of(endpoint, rate)));
            assert_eq!(world.claim(store, lane.endpoint, 9).await.pace, of(endpoint, rate));
        }
    }
}
