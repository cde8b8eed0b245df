//! What the tests of stores put into them: organizations, apps, endpoints, webhooks, changes, events, messages and
//! attempts, with ids and times that rise.

pub(crate) mod pages;
pub(crate) mod records;
pub(crate) mod sending;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::app::AppKey;
use domain::attempt::{Attempt, FailureCode, Outcome, Response, Verdict};
use domain::birth::{Birth, Room};
use domain::change::Put;
use domain::delivery::{Delivery, Effort, Lease, Settled};
use domain::endpoint::Health;
use domain::event::{Event, Origin};
use domain::id::{EndpointId, Id, IdMint, MessageId, OrganizationId};
use domain::organization::Organization;
use domain::resource::{Fields, ResourceKey};
use domain::rule::{Rule, Rules};
use domain::secret::Secret;
use domain::target::Target;
use domain::time::Timestamp;
use engine::ports::catalog::NewWebhook;
use engine::ports::inbox::{Acceptance, AcceptedMessage, Entry, NewChange, NewEvent};
use engine::ports::page::{Order, Slice, Start};
use engine::ports::queue::{Applied, Claim, Claimed, Settlement};
use engine::ports::store::Store;
use tempfile::TempDir;

pub(crate) const URL: &str = "https://receiver.example/hook";

/// The life that the tests live.
pub(crate) const LEASE: Lease = Lease(5);

/// The organization in which the tests act unless they say otherwise.
pub(crate) const HERE: OrganizationId = Organization::DEFAULT;

/// Time and ids, which rise with each use.
pub(crate) struct World {
    mint: IdMint,
    pub(crate) now: Timestamp,
    pub(crate) rules: Arc<Rules>,
    /// Whose apps are meant.
    pub(crate) organization: OrganizationId,
}

/// What happens to an `order` is called `order.insert` and so on; what happens to a `candidate` has two names.
fn rules() -> Rules {
    let kinds = ["insert", "update", "delete"];
    let order =
        kinds.map(|kind| format!(r#"{{"change":"{kind}","type":"order","event_type":"order.{kind}"}}"#));
    let candidate = ["candidate.created", "person.created"]
        .map(|name| format!(r#"{{"change":"insert","type":"candidate","event_type":"{name}"}}"#));
    let rule = |json: &String| serde_json::from_str::<Rule>(json).unwrap();
    Rules::new(order.iter().chain(&candidate).map(rule).collect()).unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        Self::above(0)
    }

    /// A world whose ids are above `floor`.
    pub(crate) fn above(floor: i64) -> Self {
        let now = Timestamp::from_millis(1_800_000_000_000);
        Self { mint: IdMint::new(1, floor), now, rules: Arc::new(rules()), organization: HERE }
    }

    pub(crate) fn pass(&mut self, millis: u64) -> Timestamp {
        self.now = self.now + Duration::from_millis(millis);
        self.now
    }

    pub(crate) fn id<I: From<Id>>(&mut self) -> I {
        self.mint.mint(self.now)
    }

    /// An app of the world's organization by its uid.
    pub(crate) fn app_key(&self, app: &str) -> AppKey {
        AppKey { organization: self.organization, uid: app.parse().unwrap() }
    }

    pub(crate) fn webhook(&mut self, app: &str, event_type: &str) -> NewWebhook {
        NewWebhook {
            app: self.app_key(app),
            app_id: self.id(),
            id: self.id(),
            target: Target::stored(URL).unwrap(),
            event_type: event_type.parse().unwrap(),
            secret: Secret::from_bytes(event_type.as_bytes()),
        }
    }

    pub(crate) fn put(&mut self, app: &str, kind: &str, id: &str, json: &str) -> Entry {
        self.change(app, kind, id, Put::Fields(Fields::parse(json.as_bytes()).unwrap()))
    }

    pub(crate) fn take_away(&mut self, app: &str, kind: &str, id: &str) -> Entry {
        self.change(app, kind, id, Put::Absent)
    }

    fn change(&mut self, app: &str, kind: &str, id: &str, put: Put) -> Entry {
        let rules = self.rules.clone();
        let message_ids = (0..rules.len()).map(|_| self.id()).collect();
        let app_id = self.id();
        Entry::Change(NewChange {
            app: self.app_key(app),
            app_id,
            key: key(kind, id),
            put,
            rules,
            message_ids,
        })
    }

    pub(crate) fn event(&mut self, app: &str, event_type: &str, kind: &str, id: &str) -> Entry {
        let origin = Origin { source: "elsewhere".to_owned(), detail_type: "something happened".to_owned() };
        let event = Event {
            origin,
            app: self.app_key(app),
            event_type: event_type.parse().unwrap(),
            resource: key(kind, id),
        };
        Entry::Event(NewEvent { event, app_id: self.id(), message_id: self.id() })
    }

    /// An attempt met this, and this follows from it.
    pub(crate) fn settlement(
        &mut self,
        delivery: &Delivery,
        verdict: Verdict,
        outcome: Outcome,
    ) -> Settlement {
        Settlement {
            delivery: delivery.id,
            fence: delivery.fence().unwrap(),
            settled: Settled { verdict, effort: Effort::Attempted },
            attempt: Some(self.attempt(delivery, outcome)),
            at: self.now,
            health: Health::Same,
            notices: Vec::new(),
        }
    }

    pub(crate) fn attempt(&mut self, delivery: &Delivery, outcome: Outcome) -> Attempt {
        Attempt {
            id: self.id(),
            number: delivery.next_attempt(),
            started_at: self.now,
            duration: Duration::from_nanos(1_234_567),
            url: URL.to_owned(),
            trigger: delivery.trigger,
            outcome,
        }
    }

    /// Claims for this life what is due now.
    pub(crate) async fn claim(&self, store: &dyn Store, endpoint: EndpointId, limit: usize) -> Claimed {
        let claim = Claim { endpoint, lease: LEASE, now: self.now, limit, payload_bytes: usize::MAX };
        store.claim(claim).await.unwrap()
    }

    /// Settles a delivery after an attempt.
    pub(crate) async fn settle(&mut self, store: &dyn Store, delivery: &Delivery, verdict: Verdict) {
        let outcome = if verdict == Verdict::Done { answered(200, b"ok") } else { answered(500, b"oops") };
        let settlement = self.settlement(delivery, verdict, outcome);
        assert_eq!(store.settle([settlement].into()).await.unwrap().applied, [Applied::Yes]);
    }
}

pub(crate) fn key(kind: &str, id: &str) -> ResourceKey {
    ResourceKey { kind: kind.parse().unwrap(), id: id.parse().unwrap() }
}

/// Room for everything.
pub(crate) fn room() -> Arc<Room> {
    Arc::new(Room::new(usize::MAX, usize::MAX))
}

/// Fresh deliveries are leased to this life, or wait in the store from the time of the first entry on.
pub(crate) fn acceptance(entries: Vec<Entry>, lease: Option<Lease>) -> Acceptance {
    let first = entries.first().and_then(|entry| match entry {
        Entry::Change(change) => change.message_ids.first().copied(),
        Entry::Event(event) => Some(event.message_id),
    });
    let now = first.map(MessageId::timestamp).unwrap_or_default();
    Acceptance { entries, birth: Birth { lease, crowded: Arc::default(), room: room(), now } }
}

pub(crate) fn answered(status: u16, body: &'static [u8]) -> Outcome {
    let body = Bytes::from_static(body);
    Outcome::answered(Response { status, body, truncated: false, retry_after: None }, None)
}

pub(crate) fn silent() -> Outcome {
    Outcome::failed(FailureCode::HeadTimeout, "Nothing came.")
}

/// Accepts one entry that makes one message, which it answers with.
pub(crate) async fn accept_one(store: &dyn Store, entry: Entry, lease: Option<Lease>) -> AcceptedMessage {
    let accepted = store.accept(acceptance(vec![entry], lease)).await.unwrap().unwrap();
    let [accepted] = <[_; 1]>::try_from(accepted).unwrap();
    let [message] = <[_; 1]>::try_from(accepted.messages).unwrap();
    message
}

/// Accepts an event for which the app has a webhook and a resource, and answers with its delivery.
pub(crate) async fn deliver_one(
    store: &dyn Store,
    world: &mut World,
    app: &str,
    lease: Option<Lease>,
) -> Delivery {
    let event = world.event(app, "thing.happened", "thing", app);
    let [delivery] = <[_; 1]>::try_from(accept_one(store, event, lease).await.deliveries).unwrap();
    delivery
}

/// Makes an app with a resource `thing` and a webhook for `thing.happened`.
pub(crate) async fn listen(store: &dyn Store, world: &mut World, app: &str) {
    store.register(world.webhook(app, "thing.happened")).await.unwrap();
    let thing = world.put(app, "thing", app, r#"{"size":1}"#);
    store.accept(acceptance(vec![thing], None)).await.unwrap().unwrap();
}

/// The whole list.
pub(crate) fn all<K>() -> Slice<K> {
    Slice { limit: usize::MAX, order: Order::Ascending, start: Start::First }
}

/// A delivery as it is stored.
pub(crate) async fn stored(store: &dyn Store, delivery: &Delivery) -> Delivery {
    let endpoints = store.endpoints_of_message(delivery.id.message, all()).await.unwrap().rows;
    let mut deliveries = endpoints.into_iter().map(|(_, delivery)| delivery);
    deliveries.find(|found| found.id == delivery.id).unwrap()
}

pub(crate) fn message_ids(messages: &[engine::ports::history::PastMessage]) -> Vec<MessageId> {
    messages.iter().map(|message| message.id).collect()
}

/// A directory for a store. In memory where that is possible: these tests are about answers, not about disks.
pub(crate) fn fast_directory() -> TempDir {
    let memory = PathBuf::from("/dev/shm");
    tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir()).unwrap()
}
