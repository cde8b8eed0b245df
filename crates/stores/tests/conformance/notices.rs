//! Organizations are told what happens to their endpoints.

use domain::app::{App, AppRef};
use domain::attempt::Verdict;
use domain::delivery::{Delivery, State};
use domain::endpoint::{Disabled, DisabledReason, Endpoint, Failing, Health};
use domain::event::Origin;
use domain::id::OrganizationId;
use domain::message::Message;
use domain::notice::{DisableTrigger, LastAttempt, News, Notice};
use domain::revision::Revision;
use domain::subscription::Subscription;
use engine::ports::catalog::{Put, Stored};
use engine::ports::history::AttemptsOf;
use engine::ports::inbox::AcceptedMessage;
use engine::ports::queue::{Applied, Settlement};
use engine::ports::store::Store;

use super::world::records::{put_app, put_endpoint};
use super::world::sending::{known, send_one, sending};
use super::world::{HERE, LEASE, World, all, silent};

/// Somebody in the organization listens to news of these types.
async fn listener(
    store: &dyn Store,
    world: &mut World,
    organization: OrganizationId,
    types: &[&str],
) -> Endpoint {
    let app = store.operational_app(organization, world.id()).await.unwrap();
    let event_types = Some(types.iter().map(|name| name.parse().unwrap()).collect());
    let subscription = Subscription { event_types, ..Subscription::default() };
    put_endpoint(store, Endpoint { subscription, ..world.endpoint(app.id) }).await
}

fn notice(world: &mut World, news: News) -> Notice {
    Notice { id: world.id(), news }
}

/// The notice was told to this endpoint, and says this in its payload.
#[track_caller]
fn check_told(told: &AcceptedMessage, notice: &Notice, to: &Endpoint, says: &[&str]) {
    let message = &told.message;
    assert_eq!((message.id, &message.event_type), (notice.id, &notice.news.event_type()));
    assert_eq!((message.app, &message.origin), (to.app, &Origin::operational()));
    let text = std::str::from_utf8(message.payload.as_bytes()).unwrap();
    for words in says {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    let [delivery] = &told.deliveries[..] else { panic!("{told:?}") };
    assert_eq!(delivery.id.endpoint, to.id);
    assert_eq!(delivery.state, State::Waiting { due: notice.id.timestamp() });
}

pub(crate) async fn an_endpoint_that_is_put_is_told_of(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let to = listener(store, &mut world, HERE, &["endpoint.created", "endpoint.deleted"]).await;
    let fresh = Endpoint { uid: Some("mine".parse().unwrap()), ..world.endpoint(app.id) };
    let created = notice(&mut world, News::EndpointCreated);
    let unseen = Endpoint { revision: Revision(1), ..fresh.clone() };
    let stored = store.put_endpoint(unseen, Some(created.clone())).await.unwrap();
    assert_eq!(stored, Stored { put: Put::Stale, told: vec![] });

    let stored = store.put_endpoint(fresh.clone(), Some(created.clone())).await.unwrap();
    assert_eq!(stored.put, Put::Stored);
    let id = format!(r#""endpointId":"{}""#, fresh.id);
    let says = [id.as_str(), r#""appUid":"acme""#, r#""endpointUid":"mine""#];
    check_told(&stored.told[0], &created, &to, &says);
    let job = world.claim(store, to.id, 9).await.jobs.remove(0);
    assert_eq!((&job.message, stored.told.len()), (&stored.told[0].message, 1));

    let read = Endpoint::clone(&store.endpoint(fresh.id).await.unwrap().unwrap());
    let updated = notice(&mut world, News::EndpointUpdated);
    let stored = store.put_endpoint(Endpoint { version: 2, ..read.clone() }, Some(updated)).await.unwrap();
    assert_eq!(stored, Stored { put: Put::Stored, told: vec![] }, "nobody wants it");
    let deleted = notice(&mut world, News::EndpointDeleted);
    let gone = Endpoint { revision: Revision(2), ..read }.deleted(world.now);
    let stored = store.put_endpoint(gone, Some(deleted.clone())).await.unwrap();
    check_told(&stored.told[0], &deleted, &to, &says);
}

pub(crate) async fn nobody_is_told_who_does_not_listen(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let told = async |world: &mut World| {
        let created = notice(world, News::EndpointCreated);
        let stored = store.put_endpoint(world.endpoint(app.id), Some(created.clone())).await.unwrap();
        assert_eq!(stored.put, Put::Stored);
        let executions = store.story(HERE, created.id).await.unwrap();
        assert_eq!(executions.is_some(), !stored.told.is_empty());
        stored.told.len()
    };
    assert_eq!(told(&mut world).await, 0, "there is no operational app");
    let wants_other = listener(store, &mut world, HERE, &["endpoint.deleted"]).await;
    assert_eq!(told(&mut world).await, 0);
    let there = store.organization_of("there", world.id()).await.unwrap().id;
    let elsewhere = listener(store, &mut world, there, &["endpoint.created"]).await;
    assert_eq!(told(&mut world).await, 0);
    let to = listener(store, &mut world, HERE, &["endpoint.created"]).await;
    assert_eq!(told(&mut world).await, 1);
    let asked = Disabled { at: world.now, reason: DisabledReason::Asked };
    let to = put_endpoint(store, to.disable(asked)).await;
    assert_eq!(told(&mut world).await, 0);
    put_endpoint(store, to.enabled().deleted(world.now)).await;
    assert_eq!(told(&mut world).await, 0);
    for quiet in [wants_other, elsewhere] {
        assert_eq!(world.claim(store, quiet.id, 9).await.jobs, []);
    }
}

/// What happens to those who are told is not told: it would never end.
pub(crate) async fn operational_endpoints_cause_no_notices(store: &dyn Store) {
    let mut world = World::new();
    let to = listener(store, &mut world, HERE, &["endpoint.created", "message.attempt.exhausted"]).await;
    let created = notice(&mut world, News::EndpointCreated);
    let stored = store.put_endpoint(world.endpoint(to.app), Some(created)).await.unwrap();
    assert_eq!(stored, Stored { put: Put::Stored, told: vec![] });

    let app = put_app(store, world.app("acme")).await;
    let created = notice(&mut world, News::EndpointCreated);
    store.put_endpoint(world.endpoint(app.id), Some(created)).await.unwrap();
    let delivery = world.claim(store, to.id, 1).await.jobs.remove(0).delivery;
    let settlement = exhausted(&mut world, &delivery);
    let settled = store.settle([settlement].into()).await.unwrap();
    assert_eq!((settled.applied, settled.told), (vec![Applied::Yes], vec![]));
}

/// The last attempt has failed, and that is to be told.
fn exhausted(world: &mut World, delivery: &Delivery) -> Settlement {
    let settlement = world.settlement(delivery, Verdict::Exhausted, silent());
    let last = LastAttempt::of(delivery.id.message, settlement.attempt.as_ref().unwrap());
    let notices = vec![notice(world, News::AttemptExhausted(last))];
    Settlement { notices, ..settlement }
}

/// An app with an endpoint, and so many deliveries that are under way to it.
async fn under_way(store: &dyn Store, world: &mut World, count: usize) -> (App, Vec<Delivery>) {
    let app = put_app(store, world.app("acme")).await;
    let uid = Some("mine".parse().unwrap());
    put_endpoint(store, Endpoint { uid, ..world.endpoint(app.id) }).await;
    let mut deliveries = Vec::new();
    for number in 0..count {
        let event_id = Some(format!("e-{number}").parse().unwrap());
        let message = Message { event_id, ..world.message("a") };
        deliveries.extend(send_one(store, world, &app, message, Some(LEASE)).await.deliveries);
    }
    (app, deliveries)
}

pub(crate) async fn a_settlement_is_told_of_if_it_counts(store: &dyn Store) {
    let mut world = World::new();
    let (_, deliveries) = under_way(store, &mut world, 3).await;
    let to = listener(store, &mut world, HERE, &["message.attempt.exhausted"]).await;
    let settlements: Vec<Settlement> =
        deliveries.iter().take(2).map(|delivery| exhausted(&mut world, delivery)).collect();
    let done = world.settlement(&deliveries[2], Verdict::Done, silent());
    let mut batch = settlements.clone();
    batch.extend([done, exhausted(&mut world, &deliveries[0])]);
    let settled = store.settle(batch.into()).await.unwrap();
    use Applied::{Stale, Yes};
    assert_eq!(settled.applied, [Yes, Yes, Yes, Stale]);
    assert_eq!(settled.told.len(), 2);
    for (number, (told, settlement)) in settled.told.iter().zip(&settlements).enumerate() {
        let attempt = settlement.attempt.as_ref().unwrap().id;
        let attempt = format!(r#""id":"{attempt}""#);
        let event_id = format!(r#""msgEventId":"e-{number}""#);
        let says = [attempt.as_str(), event_id.as_str(), r#""appUid":"acme""#, r#""endpointUid":"mine""#];
        check_told(told, &settlement.notices[0], &to, &says);
    }
    let jobs = world.claim(store, to.id, 9).await.jobs;
    let messages: Vec<_> = jobs.iter().map(|job| &job.message).collect();
    assert_eq!(messages, [&settled.told[0].message, &settled.told[1].message]);
    let attempts = store.attempts(AttemptsOf::Endpoint(to.id), Default::default(), all()).await.unwrap();
    assert_eq!(attempts.page.rows, []);
}

/// Attempts that are under way at the same time find the same endpoint, and bring the same news.
pub(crate) async fn an_endpoint_fails_once(store: &dyn Store) {
    let mut world = World::new();
    let (_, deliveries) = under_way(store, &mut world, 6).await;
    listener(store, &mut world, HERE, &["endpoint.failing", "endpoint.disabled"]).await;
    let since = world.now;
    let settlement = |world: &mut World, number: usize, health| {
        let news = match health {
            Health::Warned => vec![News::EndpointFailing { since, disable_at: world.now }],
            Health::TooLong => {
                vec![News::EndpointDisabled { since: Some(since), trigger: DisableTrigger::Automatic }]
            }
            _ => vec![],
        };
        let notices = news.into_iter().map(|news| notice(world, news)).collect();
        let settlement = world.settlement(&deliveries[number], Verdict::Exhausted, silent());
        Settlement { health, notices, ..settlement }
    };
    let endpoint = deliveries[0].id.endpoint;
    let found = async || Endpoint::clone(&store.endpoint(endpoint).await.unwrap().unwrap());
    let mut told = Vec::new();
    for (number, health) in [Health::FailsNow, Health::FailsNow, Health::Warned].into_iter().enumerate() {
        let settlement = settlement(&mut world, number, health);
        told.push(store.settle([settlement].into()).await.unwrap().told.len());
        world.pass(10);
    }
    assert_eq!(told, [0, 0, 1]);
    assert_eq!(found().await.failing, Some(Failing { since, warned: true }));
    assert_eq!(found().await.revision, Revision(3));
    let batch = vec![
        settlement(&mut world, 3, Health::Warned),
        settlement(&mut world, 4, Health::TooLong),
        settlement(&mut world, 5, Health::TooLong),
    ];
    let told = store.settle(batch.into()).await.unwrap().told;
    let types: Vec<&str> = told.iter().map(|told| told.message.event_type.as_str()).collect();
    assert_eq!(types, ["endpoint.disabled"]);
    let disabled = Some(Disabled { at: world.now, reason: DisabledReason::Failing });
    assert_eq!((found().await.disabled, found().await.revision), (disabled, Revision(4)));
}

/// The operational app is nobody's customer.
pub(crate) async fn notices_are_in_nobodys_way(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let to = listener(store, &mut world, HERE, &["endpoint.created"]).await;
    let created = notice(&mut world, News::EndpointCreated);
    let told = store.put_endpoint(world.endpoint(app.id), Some(created)).await.unwrap().told;
    let message = told[0].message.id;
    assert!(store.message(to.app, &message.to_string().parse().unwrap()).await.unwrap().is_some());
    assert_eq!(store.message(app.id, &message.to_string().parse().unwrap()).await, Ok(None));
    assert_eq!(store.app(HERE, &AppRef::Id(to.app)).await, Ok(None));
    let operational = store.operational_app(HERE, world.id()).await.unwrap();
    let message = known(&operational, world.message("endpoint.created"));
    let sent = store.send(sending(&world, vec![message], None)).await.unwrap();
    let refused = engine::ports::inbox::Unsent::NoApp;
    assert_eq!(sent, engine::ports::inbox::Sent::Stored(vec![Err(refused)]));
}
