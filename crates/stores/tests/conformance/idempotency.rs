//! Sending the same twice.

use domain::id::MessageId;
use domain::message::{Message, MessageRef};
use domain::time::Timestamp;
use engine::ports::inbox::{IdempotencyKey, Sending, Sent, Unsent};
use engine::ports::keyring::{Answer, Answered};
use engine::ports::store::Store;

use super::sending::send;
use super::world::records::{put_app, put_endpoint};
use super::world::sending::{known, sending, sent_id};
use super::world::{LEASE, World};

/// A request now, whose key is remembered for ten seconds.
fn request(world: &World, key: u8, body: u8) -> IdempotencyKey {
    let since = Timestamp::from_millis(world.now.millis() - 10_000);
    IdempotencyKey { key: [key; 16], body: [body; 16], at: world.now, since }
}

fn with_key(world: &World, messages: Vec<Message>, app: &domain::app::App, key: IdempotencyKey) -> Sending {
    let messages = messages.into_iter().map(|message| known(app, message)).collect();
    Sending { idempotency: Some(key), ..sending(world, messages, Some(LEASE)) }
}

/// The messages are those of the first time, whatever ids the repetition brings along.
pub(crate) async fn a_repeated_sending_stores_nothing(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    put_endpoint(store, world.endpoint(app.id)).await;
    let event_id = Some("e".parse().unwrap());
    let mut batch = || -> Vec<Message> {
        let one = Message { event_id: Option::clone(&event_id), ..world.message("a") };
        let other = Message { id: world.id(), ..one.clone() };
        vec![one, other, world.message("a")]
    };
    let (first, second, third) = (batch(), batch(), batch());
    let ids: Vec<MessageId> = first.iter().map(|message| message.id).collect();
    let remembered = vec![Ok(ids[0]), Err(Unsent::EventIdTaken), Ok(ids[2])];
    let sent = send(store, with_key(&world, first, &app, request(&world, 1, 1))).await;
    assert_eq!(sent.iter().map(sent_id).collect::<Vec<_>>(), remembered);

    for (batch, millis) in [(second, 1), (third, 9_999)] {
        world.pass(millis);
        let news = batch[2].id;
        let again = store.send(with_key(&world, batch, &app, request(&world, 1, 1))).await;
        assert_eq!(again, Ok(Sent::Repeated(remembered.clone())));
        assert_eq!(store.message(app.id, &MessageRef::Id(news)).await, Ok(None));
    }
    let message = world.message("a");
    let other = store.send(with_key(&world, vec![message], &app, request(&world, 1, 2))).await;
    assert_eq!(other, Ok(Sent::KeyReused));
    let executions = store.executions(&world.app_key("acme"), None, None, 99).await.unwrap();
    assert_eq!(executions.rows.len(), 2);
}

/// Of two that come at the same time, one is stored, and the other one gets its answer.
pub(crate) async fn sendings_at_the_same_time_are_one(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let key = request(&world, 1, 1);
    let mut once = || {
        let message = world.message("a");
        store.send(with_key(&world, vec![message], &app, key))
    };
    let answers = <[_; 3]>::from(tokio::join!(once(), once(), once()));
    let mut stored = Vec::new();
    let mut repeated = Vec::new();
    for answer in answers {
        match answer.unwrap() {
            Sent::Stored(sent) => stored.push(sent_id(&sent[0])),
            Sent::Repeated(sent) => repeated.extend(sent),
            Sent::KeyReused => panic!("it is the same request"),
        }
    }
    assert_eq!(stored.len(), 1);
    assert_eq!(repeated, [stored[0]; 2]);
    let executions = store.executions(&world.app_key("acme"), None, None, 99).await.unwrap();
    assert_eq!(executions.rows.len(), 1);
}

pub(crate) async fn a_key_that_has_expired_is_as_good_as_new(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    for (millis, body, repeated) in [(0, 1, false), (10_000, 1, true), (1, 2, false), (1, 2, true)] {
        world.pass(millis);
        let message = world.message("a");
        let sent = store.send(with_key(&world, vec![message], &app, request(&world, 1, body))).await;
        assert_eq!(matches!(sent, Ok(Sent::Repeated(_))), repeated, "{sent:?}");
    }
    let message = world.message("a");
    let sent = store.send(with_key(&world, vec![message], &app, request(&world, 1, 1))).await;
    assert_eq!(sent, Ok(Sent::KeyReused), "the later use counts now");
    assert_eq!(store.forget_answers(Timestamp::MAX, 9).await, Ok(1));
    let message = world.message("a");
    let sent = store.send(with_key(&world, vec![message], &app, request(&world, 1, 1))).await;
    assert!(matches!(sent, Ok(Sent::Stored(_))), "{sent:?}");
}

/// Whoever corrects what was refused may use the same key.
pub(crate) async fn a_sending_of_which_nothing_was_stored_is_not_remembered(store: &dyn Store) {
    let mut world = World::new();
    let fresh = world.app("acme");
    let message = world.message("a");
    let sending = with_key(&world, vec![message], &fresh, request(&world, 1, 1));
    assert_eq!(send(store, sending).await, [Err(Unsent::NoApp)]);
    let sending = with_key(&world, vec![], &fresh, request(&world, 1, 2));
    assert_eq!(send(store, sending).await, []);
    let app = put_app(store, fresh).await;
    let message = world.message("a");
    let sent = send(store, with_key(&world, vec![message], &app, request(&world, 1, 3))).await;
    assert!(sent[0].is_ok());
}

/// A key belongs to one request, of whatever kind it is.
pub(crate) async fn sendings_and_other_requests_share_the_keys(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let answer = Answer { status: 201, body: Vec::new() };
    store.remember(request(&world, 1, 1), answer.clone()).await.unwrap();
    let message = world.message("a");
    let sent = store.send(with_key(&world, vec![message], &app, request(&world, 1, 1))).await;
    assert_eq!(sent, Ok(Sent::KeyReused));
    let message = world.message("a");
    send(store, with_key(&world, vec![message], &app, request(&world, 2, 1))).await;
    assert_eq!(store.answer(&request(&world, 2, 1)).await, Ok(Some(Answered::KeyReused)));
    store.remember(request(&world, 2, 1), answer).await.unwrap();
    let message = world.message("a");
    let sent = store.send(with_key(&world, vec![message], &app, request(&world, 2, 1))).await;
    assert!(matches!(sent, Ok(Sent::Repeated(_))), "{sent:?}");
}
