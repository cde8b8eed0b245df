//! Messages and endpoints, listed with what became of them.

use std::time::Duration;

use bytes::Bytes;
use domain::app::App;
use domain::attempt::Verdict;
use domain::delivery::State;
use domain::endpoint::{Endpoint, Ordering as Order_};
use domain::id::MessageId;
use domain::limits::{PAGE_PAYLOAD_BYTES_MAX, PAGE_ROWS_EXAMINED_MAX};
use domain::message::{Message, MessageRef};
use domain::payload::Payload;
use domain::subscription::Subscription;
use domain::time::Timestamp;
use engine::ports::history::{DeliveryStatus, MessageFilter};
use engine::ports::inbox::{Cancellation, Sent};
use engine::ports::page::{Order, Slice, Start};
use engine::ports::store::Store;

use super::world::pages::check_pages;
use super::world::records::{put_app, put_endpoint};
use super::world::sending::{known, send_one, sending};
use super::world::{LEASE, World, all, stored};

/// A message a second: every other one has type `a`, the others `b`; every third one is in a channel, every fourth has
/// a tag.
async fn messages(store: &dyn Store, world: &mut World, app: &App, count: usize) -> Vec<Message> {
    let mut messages = Vec::new();
    for number in 0..count {
        world.pass(1000);
        let message = Message {
            channels: if number % 3 == 0 { vec!["x".parse().unwrap(), "c".parse().unwrap()] } else { vec![] },
            tags: if number % 4 == 0 { vec!["t".parse().unwrap()] } else { vec![] },
            ..world.message(if number % 2 == 0 { "a" } else { "b" })
        };
        let sent = send_one(store, world, app, message, Some(LEASE)).await;
        messages.push(Message::clone(&sent.message));
    }
    messages
}

fn ids(messages: &[Message]) -> Vec<MessageId> {
    messages.iter().map(|message| message.id).collect()
}

pub(crate) async fn messages_are_listed_by_their_ids(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let other = put_app(store, world.app("bolt")).await;
    let mine = messages(store, &mut world, &app, 3).await;
    messages(store, &mut world, &other, 2).await;
    let mine = [mine, messages(store, &mut world, &app, 2).await].concat();
    let list = async |slice| {
        let found = store.messages(app.id, MessageFilter::default(), slice).await.unwrap();
        found.page.map(|message| message.id)
    };
    check_pages(&ids(&mine), list).await;
    let found = store.messages(app.id, MessageFilter::default(), all()).await.unwrap();
    assert_eq!(found.page.rows, mine);
    let nobody = store.messages(world.id(), MessageFilter::default(), all()).await.unwrap();
    assert_eq!((nobody.page.rows, nobody.seen), (vec![], None));
}

pub(crate) async fn messages_are_filtered(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let mine = messages(store, &mut world, &app, 12).await;
    let at = |number: usize| Some(mine[number].accepted_at());
    let filters = [
        MessageFilter { event_types: vec!["b".parse().unwrap()], ..MessageFilter::default() },
        MessageFilter {
            event_types: vec!["c".parse().unwrap(), "a".parse().unwrap()],
            channel: Some("c".parse().unwrap()),
            ..MessageFilter::default()
        },
        MessageFilter { tag: Some("t".parse().unwrap()), ..MessageFilter::default() },
        MessageFilter { tag: Some("c".parse().unwrap()), ..MessageFilter::default() },
        MessageFilter { since: at(3), ..MessageFilter::default() },
        MessageFilter { until: at(3), ..MessageFilter::default() },
        MessageFilter {
            since: at(2),
            until: at(9),
            channel: Some("x".parse().unwrap()),
            ..MessageFilter::default()
        },
        MessageFilter { since: at(9), until: at(2), ..MessageFilter::default() },
        MessageFilter { since: Some(Timestamp::MAX), ..MessageFilter::default() },
        MessageFilter {
            since: Some(Timestamp::default()),
            until: Some(Timestamp::MAX),
            ..MessageFilter::default()
        },
    ];
    for filter in filters {
        let passes =
            |message: &&Message| filter.times().contains(message.accepted_at()) && filter.matches(message);
        let expected: Vec<Message> = mine.iter().filter(passes).cloned().collect();
        let list = async |slice| {
            let found = store.messages(app.id, filter.clone(), slice).await.unwrap();
            found.page.map(|message| message.id)
        };
        check_pages(&ids(&expected), list).await;
    }
}

/// Whoever goes on from what was seen last meets every match once.
pub(crate) async fn a_filtered_list_goes_on_from_what_was_seen(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let mine = messages(store, &mut world, &app, 13).await;
    let filter = MessageFilter { tag: Some("t".parse().unwrap()), ..MessageFilter::default() };
    for order in [Order::Ascending, Order::Descending] {
        let (mut start, mut found, mut more) = (Start::First, Vec::new(), true);
        while more {
            let slice = Slice { limit: 1, order, start };
            let page = store.messages(app.id, filter.clone(), slice).await.unwrap();
            assert!(page.page.rows.len() == 1);
            found.extend(page.page.rows);
            more = page.page.more;
            start = Start::After(page.seen.unwrap());
        }
        let mut expected: Vec<Message> =
            mine.iter().filter(|message| !message.tags.is_empty()).cloned().collect();
        if order == Order::Descending {
            expected.reverse();
        }
        assert_eq!(ids(&found), ids(&expected));
    }
}

/// A page without a single match ends all the same, and says where to go on.
pub(crate) async fn a_page_looks_at_a_bounded_number_of_rows(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let endpoint = put_endpoint(store, world.endpoint(app.id)).await;
    let mut all = Vec::new();
    let rare = Message { tags: vec!["rare".parse().unwrap()], ..world.message("a") };
    all.push(rare);
    all.extend((0..PAGE_ROWS_EXAMINED_MAX).map(|_| world.message("a")));
    for messages in all.chunks(1000) {
        let messages = messages.iter().map(|message| known(&app, message.clone())).collect();
        let sent = store.send(sending(&world, messages, Some(LEASE))).await;
        assert!(matches!(sent, Ok(Sent::Stored(_))));
    }
    let filter = MessageFilter { tag: Some("rare".parse().unwrap()), ..MessageFilter::default() };
    let slice = |start| Slice { limit: 1, order: Order::Descending, start };
    let (mut page, mut of_endpoint) = (Vec::new(), Vec::new());
    for start in [Start::First, Start::After(all[1].id)] {
        let found = store.messages(app.id, filter.clone(), slice(start.clone())).await.unwrap();
        page.push((found.page.map(|message| message.id), found.seen));
        let found =
            store.messages_of_endpoint(endpoint.id, filter.clone(), None, slice(start)).await.unwrap();
        of_endpoint.push((found.page.map(|(message, _)| message.id), found.seen));
    }
    assert_eq!(page, of_endpoint);
    let (first, seen) = &page[0];
    assert_eq!((&first.rows[..], first.more, *seen), (&[][..], true, Some(all[1].id)));
    let (second, seen) = &page[1];
    assert_eq!((&second.rows[..], second.more, *seen), (&[all[0].id][..], false, Some(all[0].id)));
}

pub(crate) async fn pages_of_messages_are_bounded_in_bytes(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let endpoint = put_endpoint(store, world.endpoint(app.id)).await;
    let half = PAGE_PAYLOAD_BYTES_MAX / 2;
    let mut expected = Vec::new();
    for size in [1, half, half, 1, PAGE_PAYLOAD_BYTES_MAX + 1, half - 1, half, 1, 1] {
        let payload = Payload::Verbatim(Bytes::from(vec![b' '; size]));
        let message = Message { payload, ..world.message("a") };
        expected.push(send_one(store, &world, &app, message, None).await.message.id);
    }
    let mut pages = [(Start::First, Vec::new(), Vec::new()), (Start::First, Vec::new(), Vec::new())];
    for (number, (start, found, sizes)) in pages.iter_mut().enumerate() {
        let mut more = true;
        while more {
            let slice = Slice { limit: 99, order: Order::Ascending, start: start.clone() };
            let filter = MessageFilter::default();
            let (page, seen) = if number == 0 {
                let found = store.messages(app.id, filter, slice).await.unwrap();
                (found.page.map(|message| message.id), found.seen)
            } else {
                let found = store.messages_of_endpoint(endpoint.id, filter, None, slice).await.unwrap();
                (found.page.map(|(message, _)| message.id), found.seen)
            };
            more = page.more;
            sizes.push(page.rows.len());
            found.extend(page.rows);
            *start = Start::After(seen.unwrap());
        }
        assert_eq!((&*found, &sizes[..]), (&expected, &[2, 2, 1, 3, 1][..]));
    }
}

/// One message in each place where a delivery can stand.
pub(crate) async fn an_endpoints_messages_are_filtered_by_where_they_stand(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let endpoint = Endpoint { ordering: Order_::None, ..world.endpoint(app.id) };
    let endpoint = put_endpoint(store, endpoint).await;
    let only_b = Subscription::to("b".parse().unwrap());
    put_endpoint(store, Endpoint { subscription: only_b, ..world.endpoint(app.id) }).await;
    let mut deliveries = Vec::new();
    for number in 0..8 {
        let message = world.message(if number % 2 == 0 { "a" } else { "b" });
        let lease = Some(LEASE).filter(|_| number > 1);
        deliveries.push(send_one(store, &world, &app, message, lease).await.deliveries.remove(0));
    }
    let retry = Verdict::RetryAt(world.now + Duration::from_secs(9));
    for (number, verdict) in
        [(3, retry), (4, Verdict::Done), (5, Verdict::Exhausted), (6, Verdict::EndpointDisabled)]
    {
        world.settle(store, &deliveries[number], verdict).await;
    }
    let message = MessageRef::Id(deliveries[1].id.message);
    let cancellation = Cancellation { app: app.id, message, endpoint: None, at: world.now };
    store.cancel(cancellation).await.unwrap();
    let mut standing = Vec::new();
    for delivery in &deliveries {
        standing.push(stored(store, delivery).await);
    }
    use DeliveryStatus::{Cancelled, Failed, Pending, Sending, Succeeded};
    for (status, expected) in [
        (None, vec![0, 1, 2, 3, 4, 5, 6, 7]),
        (Some(Pending), vec![0]),
        (Some(Cancelled), vec![1]),
        (Some(Sending), vec![2, 3, 7]),
        (Some(Succeeded), vec![4]),
        (Some(Failed), vec![5, 6]),
    ] {
        for event_type in ["a", "b"] {
            let of_type = |number: &usize| (event_type == "a") == (number.is_multiple_of(2));
            let expected: Vec<MessageId> =
                expected.iter().filter(|number| of_type(number)).map(|n| deliveries[*n].id.message).collect();
            let event_types = vec![event_type.parse().unwrap()];
            let filter = MessageFilter { event_types, ..MessageFilter::default() };
            let list = async |slice| {
                let found = store.messages_of_endpoint(endpoint.id, filter.clone(), status, slice).await;
                found.unwrap().page.map(|(message, delivery)| {
                    assert!(standing.contains(&delivery) && delivery.id.message == message.id);
                    message.id
                })
            };
            check_pages(&expected, list).await;
        }
    }
    assert!(matches!(standing[2].state, State::Leased { .. }));
}

pub(crate) async fn a_messages_endpoints_are_listed_by_their_ids(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let mut endpoints = Vec::new();
    for _ in 0..4 {
        endpoints.push(put_endpoint(store, world.endpoint(app.id)).await);
    }
    let message = world.message("a");
    let sent = send_one(store, &world, &app, message, None).await;
    let gone = put_endpoint(store, endpoints[1].clone().deleted(world.now)).await;
    endpoints[1] = gone;
    put_endpoint(store, world.endpoint(app.id)).await;
    let found = store.endpoints_of_message(sent.message.id, all()).await.unwrap().rows;
    let expected: Vec<_> = endpoints.iter().cloned().zip(sent.deliveries.clone()).collect();
    assert_eq!(found, expected);
    let ids: Vec<_> = endpoints.iter().map(|endpoint| endpoint.id).collect();
    let list = async |slice| {
        store.endpoints_of_message(sent.message.id, slice).await.unwrap().map(|(endpoint, _)| endpoint.id)
    };
    check_pages(&ids, list).await;
    assert_eq!(store.endpoints_of_message(world.id(), all()).await.unwrap().rows, []);
}
