//! Organizations, and that none of them sees another.

use domain::app::{App, AppRef};
use domain::attempt::Verdict;
use domain::id::{MessageId, OrganizationId, TaskId};
use domain::message::Message;
use domain::organization::{Organization, Settings};
use domain::revision::Revision;
use domain::sign::HeaderNames;
use domain::task::TaskKind;
use engine::ports::catalog::{Archived, Put, Registered};
use engine::ports::store::Store;

use super::world::records::{put_app, put_endpoint};
use super::world::sending::send_one;
use super::world::{HERE, LEASE, World, accept_one, acceptance, all, deliver_one, key, listen};

pub(crate) async fn the_default_organization_is_there(store: &dyn Store) {
    let found = store.organization(HERE).await.unwrap().unwrap();
    assert_eq!(found, Organization { revision: found.revision, ..Organization::default_one() });
    let settings = Settings { header_names: HeaderNames::Both, validates_payloads: true };
    let changed = Organization { settings, name: "Ours \0".to_owned(), ..found.clone() };
    assert_eq!(store.put_organization(changed.clone()).await, Ok(Put::Stored));
    let stored = Organization { revision: found.revision.next(), ..changed };
    assert_eq!(store.organization(HERE).await, Ok(Some(stored)));
    assert_eq!(store.put_organization(found).await, Ok(Put::Stale));
    assert_eq!(store.organization(OrganizationId::from_number(2)).await, Ok(None));
}

pub(crate) async fn another_servers_organization_is_made_when_it_is_first_seen(store: &dyn Store) {
    let mut world = World::new();
    let fresh: OrganizationId = world.id();
    let made = store.organization_of("org_23rb8YdGqMT0qIzpgGwdXfHirMu", fresh).await.unwrap();
    let expected = Organization::external(fresh, "org_23rb8YdGqMT0qIzpgGwdXfHirMu");
    let expected = Organization { revision: Revision(1), ..expected };
    assert_eq!(made, expected);
    assert_eq!(store.organization(fresh).await, Ok(Some(expected.clone())));
    let again = store.organization_of("org_23rb8YdGqMT0qIzpgGwdXfHirMu", world.id()).await;
    assert_eq!(again, Ok(expected));
    let other = store.organization_of("org_23rb8YdGqMT0qIzpgGwdXfHirMU", world.id()).await.unwrap();
    assert_ne!(other.id, fresh);
}

pub(crate) async fn an_organization_is_put_only_by_who_has_seen_it(store: &dyn Store) {
    let mut world = World::new();
    let fresh = Organization { external: None, ..Organization::external(world.id(), "mine") };
    let unseen = Organization { revision: Revision(1), ..fresh.clone() };
    assert_eq!(store.put_organization(unseen.clone()).await, Ok(Put::Stale));
    assert_eq!(store.put_organization(fresh.clone()).await, Ok(Put::Stored));
    assert_eq!(store.put_organization(fresh).await, Ok(Put::Stale));
    assert_eq!(store.organization(unseen.id).await, Ok(Some(unseen.clone())));

    let known = store.organization_of("known", world.id()).await.unwrap();
    let renamed = Organization { external: Some("known".to_owned()), ..unseen.clone() };
    assert_eq!(store.put_organization(renamed.clone()).await, Ok(Put::Taken));
    assert_eq!(store.organization(unseen.id).await, Ok(Some(unseen)));
    let without = Organization { external: None, ..known };
    assert_eq!(store.put_organization(without).await, Ok(Put::Stored));
    assert_eq!(store.put_organization(renamed.clone()).await, Ok(Put::Stored));
    assert_eq!(store.organization_of("known", world.id()).await.unwrap().id, renamed.id);
}

/// An organization with everything that one can have, all of it called as in any other.
struct Tenant {
    organization: OrganizationId,
    app: App,
    message: MessageId,
    task: TaskId,
}

async fn tenant(store: &dyn Store, world: &mut World, organization: OrganizationId, hash: u8) -> Tenant {
    world.organization = organization;
    listen(store, world, "acme").await;
    let app = store.app(organization, &AppRef::Uid("acme".parse().unwrap())).await.unwrap().unwrap();
    let message = Message { event_id: Some("e-1".parse().unwrap()), ..world.message("a") };
    let message = send_one(store, world, &app, message, None).await.message.id;
    let delivery = deliver_one(store, world, "acme", Some(LEASE)).await;
    world.settle(store, &delivery, Verdict::Done).await;
    let endpoint = put_endpoint(store, world.endpoint(app.id)).await;
    let task = world.task(&endpoint, TaskKind::Recover);
    assert_eq!(store.begin_task(task.clone()).await, Ok(Put::Stored));
    assert_eq!(store.put_key(world.api_key(hash)).await, Ok(Put::Stored));
    store.operational_app(organization, world.id()).await.unwrap();
    Tenant { organization, app, message, task: task.id }
}

pub(crate) async fn organizations_do_not_see_each_other(store: &dyn Store) {
    let mut world = World::new();
    let there = store.organization_of("there", world.id()).await.unwrap().id;
    let tenants = [tenant(store, &mut world, HERE, 1).await, tenant(store, &mut world, there, 2).await];
    for (mine, other) in [(&tenants[0], &tenants[1]), (&tenants[1], &tenants[0])] {
        let organization = mine.organization;
        assert_eq!(store.app(organization, &other.app.id.into()).await, Ok(None));
        assert_eq!(store.apps(organization, all()).await.unwrap().rows, std::slice::from_ref(&mine.app));
        assert_eq!(store.story(organization, other.message).await, Ok(None));
        assert!(store.story(organization, mine.message).await.unwrap().is_some());
        assert_eq!(store.task(organization, other.task).await, Ok(None));
        let tasks = store.tasks(organization, all()).await.unwrap().map(|task| task.id);
        assert_eq!(tasks.rows, [mine.task]);
        let tasks = store.tasks_of_app(mine.app.id, all()).await.unwrap().map(|task| task.id);
        assert_eq!(tasks.rows, [mine.task]);
        let keys = store.keys(organization, all()).await.unwrap().rows;
        assert_eq!((keys.len(), keys[0].organization), (1, organization));
        assert_eq!(store.key_named(other.organization, keys[0].id).await, Ok(None));
        let types = store.event_types(organization, Archived::Included, all()).await.unwrap().rows;
        assert_eq!((types.len(), types[0].organization), (1, organization));
        world.organization = organization;
        let calls = store.calls(&world.app_key("acme"), None, 9).await.unwrap().rows;
        assert!(!calls.is_empty() && calls.iter().all(|past| past.message.app == mine.app.id));
        let executions = store.executions(&world.app_key("acme"), None, None, 99).await.unwrap().rows;
        assert!(executions.iter().any(|past| past.id == mine.message));
        assert!(executions.iter().all(|past| past.id != other.message));
    }
    let operational = [
        store.operational_app(HERE, world.id()).await.unwrap().id,
        store.operational_app(there, world.id()).await.unwrap().id,
    ];
    assert_ne!(operational[0], operational[1]);
}

/// The same uid, the same record, the same event type: each organization has its own.
pub(crate) async fn organizations_may_use_the_same_names(store: &dyn Store) {
    let mut world = World::new();
    let there = store.organization_of("there", world.id()).await.unwrap().id;
    for (organization, json) in [(HERE, r#"{"at":"here"}"#), (there, r#"{"at":"there"}"#)] {
        world.organization = organization;
        let webhook = world.webhook("acme", "order.insert");
        let endpoint = webhook.id;
        assert_eq!(store.register(webhook).await, Ok(Registered::Created));
        assert_eq!(store.put_app(world.app("acme")).await, Ok(Put::Taken));
        assert_eq!(store.put_app(world.app("bolt")).await, Ok(Put::Stored));
        let put = world.put("acme", "order", "1", json);
        let accepted = accept_one(store, put, None).await;
        assert_eq!(accepted.deliveries[0].id.endpoint, endpoint);
        assert_eq!(accepted.deliveries.len(), 1);
        store.put_event_type(world.event_type("mine")).await.unwrap();
    }
    for (organization, json) in [(HERE, r#"{"at":"here"}"#), (there, r#"{"at":"there"}"#)] {
        let (uid, resource) = store.resource(organization, &key("order", "1")).await.unwrap().unwrap();
        assert_eq!((uid.as_str(), resource.fields.to_json()), ("acme", json.into()));
    }
    world.organization = HERE;
    let gone = world.take_away("acme", "order", "1");
    store.accept(acceptance(vec![gone], None)).await.unwrap().unwrap();
    let app = store.app(HERE, &AppRef::Uid("acme".parse().unwrap())).await.unwrap().unwrap();
    put_app(store, app.deleted(world.now)).await;
    store.expunge_event_type(HERE, &"mine".parse().unwrap()).await.unwrap();
    assert!(store.resource(there, &key("order", "1")).await.unwrap().is_some());
    assert!(store.app(there, &AppRef::Uid("acme".parse().unwrap())).await.unwrap().is_some());
    assert!(store.event_type(there, &"mine".parse().unwrap()).await.unwrap().is_some());
}
