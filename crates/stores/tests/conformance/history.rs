//! Pages and stories.

use bytes::Bytes;
use domain::app::AppKey;
use domain::attempt::{Attempt, Failure, FailureCode, Outcome, Response, Verdict};
use domain::delivery::Lease;
use domain::id::{DeliveryId, EndpointId, MessageId};
use domain::limits::PAGE_PAYLOAD_BYTES_MAX;
use domain::message::{Fate, Message};
use engine::ports::history::PastMessage;
use engine::ports::page::Page;
use engine::ports::store::Store;

use super::world::{
    HERE, LEASE, World, accept_one, acceptance, answered, deliver_one, listen, message_ids, silent,
};

fn acme() -> AppKey {
    "acme".parse().unwrap()
}

pub(crate) async fn a_store_begins_empty(store: &dyn Store) {
    assert_eq!(store.calls(&acme(), None, 9).await, Ok(Page::empty()));
    assert_eq!(store.executions(&acme(), None, None, 9).await, Ok(Page::empty()));
    assert_eq!(store.executions(&acme(), Some(Fate::Routed), None, 9).await, Ok(Page::empty()));
    assert_eq!(store.story(HERE, MessageId::from_number(1)).await, Ok(None));
    assert_eq!(store.take_over(Lease(i64::MAX), 9).await, Ok(0));
}

/// The calls of a page, and whether more follow.
async fn calls(store: &dyn Store, before: Option<DeliveryId>, limit: usize) -> (Vec<DeliveryId>, bool) {
    let page = store.calls(&acme(), before, limit).await.unwrap();
    (page.rows.into_iter().map(|past| past.call.delivery.id).collect(), page.more)
}

pub(crate) async fn calls_are_paged_newest_first(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    listen(store, &mut world, "bolt").await;
    let mut expected = Vec::new();
    for _ in 0..5 {
        expected.push(deliver_one(store, &mut world, "acme", None).await.id);
        deliver_one(store, &mut world, "bolt", None).await;
        let skipped = world.event("acme", "nobody.cares", "thing", "acme");
        accept_one(store, skipped, None).await;
    }
    expected.reverse();
    let page = |range: std::ops::Range<usize>| (expected[range.clone()].to_vec(), range.end < 5);
    assert_eq!(calls(store, None, 9).await, page(0..5));
    assert_eq!(calls(store, None, 5).await, page(0..5));
    assert_eq!(calls(store, None, 2).await, page(0..2));
    assert_eq!(calls(store, Some(expected[1]), 2).await, page(2..4));
    assert_eq!(calls(store, Some(expected[2]), 2).await, page(3..5));
    assert_eq!(calls(store, Some(expected[4]), 2).await, (vec![], false));
    assert_eq!(calls(store, None, 0).await, (vec![], true));
    // A place in the history need not be one of its calls.
    let at = expected[2];
    let above = DeliveryId { endpoint: EndpointId::from_number(at.endpoint.number() + 1), ..at };
    let below = DeliveryId { endpoint: EndpointId::from_number(at.endpoint.number() - 1), ..at };
    assert_eq!(calls(store, Some(above), 9).await, page(2..5));
    assert_eq!(calls(store, Some(below), 9).await, page(3..5));
}

/// The large payloads stand between small ones, and one of them is larger than a page may be.
pub(crate) async fn pages_of_calls_are_bounded_in_bytes(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    let mut expected = Vec::new();
    let half = PAGE_PAYLOAD_BYTES_MAX / 2;
    for size in [1, half, half, 1, PAGE_PAYLOAD_BYTES_MAX + 1, half - 1000, half - 1000, 1, 1] {
        let json = format!(r#"{{"size":"{}"}}"#, "x".repeat(size));
        let thing = world.put("acme", "thing", "acme", &json);
        store.accept(acceptance(vec![thing], None)).await.unwrap().unwrap();
        expected.push(deliver_one(store, &mut world, "acme", None).await.id);
    }
    expected.reverse();
    let (mut found, mut sizes, mut more) = (Vec::new(), Vec::new(), true);
    while more {
        let page;
        (page, more) = calls(store, found.last().copied(), 99).await;
        sizes.push(page.len());
        found.extend(page);
    }
    assert_eq!(found, expected);
    assert_eq!(sizes, [4, 1, 2, 2]);
}

pub(crate) async fn calls_show_the_last_attempt_and_stories_all_of_them(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    let mut delivery = deliver_one(store, &mut world, "acme", Some(LEASE)).await;
    let mut attempts: Vec<Attempt> = Vec::new();
    for outcome in [silent(), answered(500, b"oops"), answered(200, b"ok")] {
        let verdict = if outcome.is_success() { Verdict::Done } else { Verdict::RetryAt(world.now) };
        let settlement = world.settlement(&delivery, verdict, outcome);
        attempts.extend(settlement.attempt.clone());
        store.settle([settlement].into()).await.unwrap();
        let past = store.calls(&acme(), None, 1).await.unwrap().rows.remove(0);
        assert_eq!(past.call.attempts, attempts[attempts.len() - 1..]);
        let story = store.story(HERE, delivery.id.message).await.unwrap().unwrap();
        assert_eq!(story.calls[0].attempts, attempts);
        assert_eq!((&past.message, &past.call.delivery), (&story.message, &story.calls[0].delivery));
        assert_eq!(past.call.endpoint, story.calls[0].endpoint);
        if let Some(job) = world.claim(store, delivery.id.endpoint, 1).await.jobs.pop() {
            delivery = job.delivery;
        }
    }
}

pub(crate) async fn messages_are_paged_by_fate(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    let mut expected = store.executions(&acme(), None, None, 9).await.unwrap().rows;
    for number in 0..9 {
        let event = match number % 3 {
            0 => world.event("acme", "nobody.cares", "thing", "acme"),
            1 => world.event("acme", "thing.happened", "thing", "missing"),
            _ => world.event("acme", "thing.happened", "thing", "acme"),
        };
        expected.insert(0, past(&accept_one(store, event, None).await.message));
        let other = world.event("bolt", "nobody.cares", "thing", "acme");
        store.accept(acceptance(vec![other], None)).await.unwrap().unwrap();
    }
    for fate in [None, Some(Fate::Routed), Some(Fate::Skipped), Some(Fate::DataNotFound)] {
        let mut wanted = expected.clone();
        wanted.retain(|message| fate.is_none_or(|fate| message.fate == fate));
        let whole = Page { rows: wanted.clone(), more: false };
        assert_eq!(store.executions(&acme(), fate, None, 99).await, Ok(whole.clone()));
        assert_eq!(store.executions(&acme(), fate, None, wanted.len()).await, Ok(whole));
        let last = wanted.last().map(|message| message.id);
        let mut before = None;
        for page in wanted.chunks(2) {
            let found = store.executions(&acme(), fate, before, 2).await.unwrap();
            assert_eq!(message_ids(&found.rows), message_ids(page));
            before = found.rows.last().map(|message| message.id);
            assert_eq!(found.more, before != last);
        }
        assert_eq!(store.executions(&acme(), fate, before, 2).await, Ok(Page::empty()));
        assert_eq!(store.executions(&acme(), fate, None, 0).await, Ok(Page { rows: vec![], more: true }));
    }
}

fn past(message: &Message) -> PastMessage {
    let Message { id, event_type, origin, resource, fate, .. } = message.clone();
    PastMessage { id, event_type, origin, resource, fate }
}

pub(crate) async fn any_bytes_come_back(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    let response = |body: &[u8], truncated, retry_after: Option<&str>| Response {
        status: 599,
        body: Bytes::copy_from_slice(body),
        truncated,
        retry_after: retry_after.map(str::to_owned),
    };
    let long: Vec<u8> = (0..16 * 1024).map(|number: u32| (number % 251) as u8).collect();
    let failure = Failure { code: FailureCode::Internal, detail: "a NUL \0 and \u{fffd}".to_owned() };
    let outcomes = [
        Outcome { response: Some(response(b"", false, None)), failure: None },
        Outcome { response: Some(response(b"\0", true, Some(""))), failure: Some(failure.clone()) },
        Outcome { response: Some(response(b"\xff\xfe\0\xc3\x28", false, Some("\0 1"))), failure: None },
        Outcome { response: Some(response(&long, true, Some("Fri, 31 Dec 9999"))), failure: None },
        Outcome { response: None, failure: Some(failure) },
    ];
    for outcome in outcomes.into_iter().chain(FailureCode::ALL.iter().map(|code| Outcome::failed(*code, "")))
    {
        let delivery = deliver_one(store, &mut world, "acme", Some(LEASE)).await;
        let settlement = world.settlement(&delivery, Verdict::Exhausted, outcome);
        store.settle([settlement.clone()].into()).await.unwrap();
        let story = store.story(HERE, delivery.id.message).await.unwrap().unwrap();
        assert_eq!(story.calls[0].attempts, Vec::from_iter(settlement.attempt));
    }
}
