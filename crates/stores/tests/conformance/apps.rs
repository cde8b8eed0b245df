//! Apps.

use std::collections::BTreeMap;

use domain::app::{App, AppKind, AppRef};
use domain::counts::Home;
use domain::id::AppId;
use domain::metadata::Metadata;
use domain::revision::Revision;
use domain::throttle::Rate;
use engine::ports::catalog::{Put, Registered};
use engine::ports::inbox::{Sent, Unsent};
use engine::ports::store::Store;

use super::world::pages::check_pages;
use super::world::records::{put_app, put_endpoint};
use super::world::sending::{known, send_one, sending};
use super::world::{HERE, World, accept_one, all, listen};

fn uid(uid: &str) -> AppRef {
    AppRef::Uid(uid.parse().unwrap())
}

pub(crate) async fn an_app_is_found_as_it_was_put(store: &dyn Store) {
    let mut world = World::new();
    let notes = BTreeMap::from([("plan".to_owned(), "\0 \"large\" é".to_owned())]);
    let plain = world.app("plain");
    let apps = [
        App { uid: None, name: String::new(), ..world.app("nameless") },
        App {
            name: "Acme & Söhne \0".to_owned(),
            throttle: Rate::new(u16::MAX),
            metadata: Metadata::new(notes).unwrap(),
            updated_at: world.pass(1000),
            ..world.app("full")
        },
        plain,
    ];
    for app in apps {
        assert_eq!(store.app(HERE, &app.id.into()).await, Ok(None));
        let stored = put_app(store, app).await;
        assert_eq!(stored.revision, Revision(1));
        assert_eq!(store.app(HERE, &stored.id.into()).await, Ok(Some(stored.clone())));
        let Some(uid) = stored.uid.clone() else { continue };
        assert_eq!(store.app(HERE, &AppRef::Uid(uid)).await, Ok(Some(stored)));
    }
    assert_eq!(store.app(HERE, &uid("nameless")).await, Ok(None));
}

/// Of two who have read the same, the second one is told to read it again.
pub(crate) async fn an_app_is_put_only_by_who_has_seen_it(store: &dyn Store) {
    let mut world = World::new();
    let fresh = world.app("acme");
    assert_eq!(store.put_app(App { revision: Revision(1), ..fresh.clone() }).await, Ok(Put::Stale));
    let first = put_app(store, fresh.clone()).await;
    assert_eq!(store.put_app(fresh).await, Ok(Put::Stale));
    let second = put_app(store, App { name: "one".to_owned(), ..first.clone() }).await;
    let other = App { name: "two".to_owned(), ..first };
    assert_eq!(store.put_app(other.clone()).await, Ok(Put::Stale));
    assert_eq!(store.app(HERE, &uid("acme")).await, Ok(Some(second.clone())));
    put_app(store, App { revision: second.revision, ..other }).await;
}

pub(crate) async fn of_two_puts_at_the_same_time_one_counts(store: &dyn Store) {
    let mut world = World::new();
    let read = put_app(store, world.app("acme")).await;
    let rename = |name: &str| store.put_app(App { name: name.to_owned(), ..read.clone() });
    let mut puts = <[_; 3]>::from(tokio::join!(rename("one"), rename("two"), rename("three")));
    puts.sort_by_key(|put| *put != Ok(Put::Stored));
    assert_eq!(puts, [Ok(Put::Stored), Ok(Put::Stale), Ok(Put::Stale)]);
    let mut make = || {
        let app = world.app("bolt");
        store.put_app(app)
    };
    let mut puts = <[_; 2]>::from(tokio::join!(make(), make()));
    puts.sort_by_key(|put| *put != Ok(Put::Stored));
    assert_eq!(puts, [Ok(Put::Stored), Ok(Put::Taken)]);
}

pub(crate) async fn a_uid_belongs_to_one_app(store: &dyn Store) {
    let mut world = World::new();
    let acme = put_app(store, world.app("acme")).await;
    let bolt = put_app(store, world.app("bolt")).await;
    assert_eq!(store.put_app(world.app("acme")).await, Ok(Put::Taken));
    let renamed = App { uid: acme.uid.clone(), ..bolt.clone() };
    assert_eq!(store.put_app(renamed.clone()).await, Ok(Put::Taken));
    assert_eq!(store.app(HERE, &bolt.id.into()).await, Ok(Some(bolt)));
    // One that gives its uid up, or is deleted, leaves it to others.
    let acme = put_app(store, App { uid: None, ..acme }).await;
    let renamed = put_app(store, renamed).await;
    assert_eq!(store.app(HERE, &uid("bolt")).await, Ok(None));
    assert_eq!(store.put_app(App { uid: renamed.uid.clone(), ..acme }).await, Ok(Put::Taken));
    put_app(store, renamed.deleted(world.now)).await;
    assert_eq!(store.app(HERE, &uid("acme")).await, Ok(None));
    let fresh = put_app(store, world.app("acme")).await;
    assert_eq!(store.app(HERE, &uid("acme")).await, Ok(Some(fresh)));
}

pub(crate) async fn a_deleted_app_is_not_found_and_not_changed(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let deleted = put_app(store, app.clone().deleted(world.pass(10))).await;
    assert_eq!(store.app(HERE, &app.id.into()).await, Ok(None));
    assert_eq!(store.app(HERE, &uid("acme")).await, Ok(None));
    assert_eq!(store.home(app.id).await, Ok(Some(Home::of(&app))), "what happened to it is still its own");
    assert_eq!(store.home(world.id()).await, Ok(None));
    assert_eq!(store.apps(HERE, all()).await.unwrap().rows, []);
    for again in [App { deleted_at: None, ..deleted.clone() }, deleted, app.clone()] {
        assert_eq!(store.put_app(again).await, Ok(Put::Stale));
    }
    let message = known(&app, world.message("a"));
    let sent = store.send(sending(&world, vec![message], None)).await;
    assert_eq!(sent, Ok(Sent::Stored(vec![Err(Unsent::NoApp)])));
}

/// The history stays; what comes under the old uid is another app's.
pub(crate) async fn a_deleted_app_takes_its_endpoints_with_it(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    let app = store.app(HERE, &uid("acme")).await.unwrap().unwrap();
    let mine = world.endpoint(app.id);
    let mine =
        put_endpoint(store, domain::endpoint::Endpoint { uid: Some("mine".parse().unwrap()), ..mine }).await;
    let message = world.message("thing.happened");
    let sent = send_one(store, &world, &app, message, None).await;
    assert_eq!(sent.deliveries.len(), 2);
    let at = world.pass(10);
    put_app(store, app.clone().deleted(at)).await;

    assert_eq!(store.endpoints(app.id, all()).await.unwrap().rows, []);
    for delivery in &sent.deliveries {
        let endpoint = store.endpoint(delivery.id.endpoint).await.unwrap().unwrap();
        assert_eq!((endpoint.deleted_at, endpoint.updated_at), (Some(at), at));
        assert_eq!((endpoint.uid.as_ref(), endpoint.revision), (None, Revision(2)));
        let named = endpoint.id;
        assert_eq!(store.endpoint_of(app.id, &domain::endpoint::EndpointRef::Id(named)).await, Ok(None));
    }
    assert_eq!(store.put_endpoint(mine, None).await.unwrap().put, Put::Stale);
    assert_eq!(store.put_endpoint(world.endpoint(app.id), None).await.unwrap().put, Put::Stale);
    let story = store.story(HERE, sent.message.id).await.unwrap().unwrap();
    assert_eq!((story.app.id, story.app.uid, story.calls.len()), (app.id, None, 2));
    assert_eq!(store.calls(&world.app_key("acme"), None, 9).await.unwrap().rows, []);
    assert_eq!(store.waiting_lanes(None, 9).await.unwrap().len(), 2, "what waits ends in its own lane");

    let webhook = world.webhook("acme", "thing.happened");
    let fresh = webhook.app_id;
    assert_eq!(store.register(webhook).await, Ok(Registered::Created));
    let event = world.event("acme", "thing.happened", "thing", "missing");
    assert_eq!(accept_one(store, event, None).await.message.app, fresh);
}

pub(crate) async fn apps_are_listed_by_their_ids(store: &dyn Store) {
    let mut world = World::new();
    let mut ids: Vec<AppId> = Vec::new();
    for uid in ["d", "a", "c", "b", "e"] {
        let app = put_app(store, world.app(uid)).await;
        let gone = put_app(store, world.app("gone")).await;
        put_app(store, gone.deleted(world.now)).await;
        ids.push(app.id);
    }
    store.operational_app(HERE, world.id()).await.unwrap();
    let list = async |slice| store.apps(HERE, slice).await.unwrap().map(|app| app.id);
    check_pages(&ids, list).await;
}

pub(crate) async fn an_organization_has_one_operational_app(store: &dyn Store) {
    let mut world = World::new();
    let fresh: AppId = world.id();
    let app = store.operational_app(HERE, fresh).await.unwrap();
    let expected = App { revision: Revision(1), ..App::operational(fresh, HERE) };
    assert_eq!((&app, app.kind), (&expected, AppKind::Operational));
    assert_eq!(store.operational_app(HERE, world.id()).await, Ok(expected.clone()));
    assert_eq!(store.home(fresh).await, Ok(Some(Home::of(&expected))));
    assert_eq!(store.app(HERE, &fresh.into()).await, Ok(None));
    assert_eq!(store.apps(HERE, all()).await.unwrap().rows, []);
    let message = known(&app, world.message("a"));
    let sent = store.send(sending(&world, vec![message], None)).await;
    assert_eq!(sent, Ok(Sent::Stored(vec![Err(Unsent::NoApp)])));
    let endpoint = put_endpoint(store, world.endpoint(fresh)).await;
    assert_eq!(store.endpoints(fresh, all()).await.unwrap().rows, [endpoint]);
}
