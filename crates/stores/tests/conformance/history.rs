//! Pages and stories.

use bytes::Bytes;
use domain::attempt::{Attempt, Failure, FailureCode, Outcome, Response, Verdict};
use domain::delivery::Lease;
use domain::id::{DeliveryId, EndpointId, MessageId};
use domain::message::Fate;
use domain::name::AppUid;
use engine::ports::queue::Claim;
use engine::ports::store::Store;

use super::world::{World, accept_one, acceptance, answered, deliver_one, listen, message_ids, silent};

const LEASE: Lease = Lease(5);

fn acme() -> AppUid {
    "acme".parse().unwrap()
}

pub(crate) async fn a_store_begins_empty(store: &dyn Store) {
    assert_eq!(store.calls(&acme(), None, 9).await, Ok(vec![]));
    assert_eq!(store.messages(&acme(), None, None, 9).await, Ok(vec![]));
    assert_eq!(store.messages(&acme(), Some(Fate::Routed), None, 9).await, Ok(vec![]));
    assert_eq!(store.story(MessageId::from_number(1)).await, Ok(None));
    assert_eq!(store.take_over(Lease(i64::MAX), World::new().now, 9).await, Ok(0));
}

async fn calls(store: &dyn Store, before: Option<DeliveryId>, limit: usize) -> Vec<DeliveryId> {
    let calls = store.calls(&acme(), before, limit).await.unwrap();
    calls.into_iter().map(|past| past.call.delivery.id).collect()
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
    assert_eq!(calls(store, None, 9).await, expected);
    assert_eq!(calls(store, None, 2).await, expected[..2]);
    assert_eq!(calls(store, Some(expected[1]), 2).await, expected[2..4]);
    assert_eq!(calls(store, Some(expected[4]), 2).await, []);
    assert_eq!(calls(store, None, 0).await, []);
    // A place in the history need not be one of its calls.
    let at = expected[2];
    let above = DeliveryId { endpoint: EndpointId::from_number(at.endpoint.number() + 1), ..at };
    let below = DeliveryId { endpoint: EndpointId::from_number(at.endpoint.number() - 1), ..at };
    assert_eq!(calls(store, Some(above), 9).await, expected[2..]);
    assert_eq!(calls(store, Some(below), 9).await, expected[3..]);
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
        store.settle(vec![settlement]).await.unwrap();
        let past = store.calls(&acme(), None, 1).await.unwrap().remove(0);
        assert_eq!(past.call.attempts, attempts[attempts.len() - 1..]);
        let story = store.story(delivery.id.message).await.unwrap().unwrap();
        assert_eq!(story.calls[0].attempts, attempts);
        assert_eq!((&past.message, &past.call.delivery), (&story.message, &story.calls[0].delivery));
        assert_eq!(past.call.endpoint, story.calls[0].endpoint);
        let (endpoint, now) = (delivery.id.endpoint, world.now);
        let claim = Claim { endpoint, lease: LEASE, now, limit: 1, payload_bytes: usize::MAX };
        if let Some(job) = store.claim(claim).await.unwrap().jobs.pop() {
            delivery = job.delivery;
        }
    }
}

pub(crate) async fn messages_are_paged_by_fate(store: &dyn Store) {
    let mut world = World::new();
    listen(store, &mut world, "acme").await;
    let mut expected = store.messages(&acme(), None, None, 9).await.unwrap();
    for number in 0..9 {
        let event = match number % 3 {
            0 => world.event("acme", "nobody.cares", "thing", "acme"),
            1 => world.event("acme", "thing.happened", "thing", "missing"),
            _ => world.event("acme", "thing.happened", "thing", "acme"),
        };
        expected.insert(0, (*accept_one(store, event, None).await.message).clone());
        let other = world.event("bolt", "nobody.cares", "thing", "acme");
        store.accept(acceptance(vec![other], None)).await.unwrap().unwrap();
    }
    for fate in [None, Some(Fate::Routed), Some(Fate::Skipped), Some(Fate::DataNotFound)] {
        let mut wanted = expected.clone();
        wanted.retain(|message| fate.is_none_or(|fate| message.fate == fate));
        assert_eq!(store.messages(&acme(), fate, None, 99).await.unwrap(), wanted);
        let mut before = None;
        for page in wanted.chunks(2) {
            let found = store.messages(&acme(), fate, before, 2).await.unwrap();
            assert_eq!(message_ids(&found), message_ids(page));
            before = found.last().map(|message| message.id);
        }
        assert_eq!(store.messages(&acme(), fate, before, 2).await, Ok(vec![]));
        assert_eq!(store.messages(&acme(), fate, None, 0).await, Ok(vec![]));
    }
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
        store.settle(vec![settlement.clone()]).await.unwrap();
        let story = store.story(delivery.id.message).await.unwrap().unwrap();
        assert_eq!(story.calls[0].attempts, Vec::from_iter(settlement.attempt));
    }
}
