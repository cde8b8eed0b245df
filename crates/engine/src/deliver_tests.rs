use async_trait::async_trait;
use domain::delivery::{Delivery, Lease, State};
use domain::event::Origin;
use domain::id::{AppId, DeliveryId, EndpointId, MessageId};
use domain::message::{Fate, Message};
use domain::payload::{Payload, Token};
use domain::resource::ResourceKey;
use domain::secret::Secret;

use super::*;
use crate::ports::catalog::NewWebhook;
use crate::ports::memory::MemoryStore;

/// A sender with a fault, a clock that stands still, and no chance.
struct Faulty;

#[async_trait]
impl Sender for Faulty {
    async fn send(&self, _: Request) -> Exchange {
        panic!("a fault in the sender")
    }
}

impl Clock for Faulty {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000)
    }
}

impl Chance for Faulty {
    fn fraction(&self) -> f64 {
        0.5
    }

    fn fill(&self, _: &mut [u8]) {}
}

async fn registered() -> (Arc<MemoryStore>, EndpointId) {
    let store = Arc::<MemoryStore>::default();
    let id = EndpointId::from_number(1);
    let webhook = NewWebhook {
        app: "42".parse().unwrap(),
        app_id: AppId::from_number(1),
        id,
        target: Target::stored("http://192.0.2.1/").unwrap(),
        event_type: "x".parse().unwrap(),
        secret: Secret::from_bytes(b"secret"),
    };
    store.register(webhook).await.unwrap();
    (store, id)
}

fn job(endpoint: EndpointId) -> Job {
    let id = DeliveryId { message: MessageId::from_number(1), endpoint };
    let message = Message {
        id: id.message,
        app: AppId::from_number(1),
        event_type: "x".parse().unwrap(),
        origin: Origin { source: String::new(), detail_type: String::new() },
        resource: ResourceKey { kind: "x".parse().unwrap(), id: "x".parse().unwrap() },
        fate: Fate::Routed,
        payload: Payload::Envelope(Bytes::from_static(b"{}")),
    };
    let state = State::Leased { lease: Lease(1) };
    let token = Token::from_bytes([0; 32]);
    Job { delivery: Delivery { id, state, attempts: 0, interruptions: 0, token }, message: Arc::new(message) }
}

fn deliver(catalog: Arc<MemoryStore>) -> Deliver {
    let (sender, clock, chance) = (Arc::new(Faulty), Arc::new(Faulty), Arc::new(Faulty));
    Deliver { catalog, sender, clock, chance, schedules: Schedules::default() }
}

#[tokio::test]
async fn a_fault_of_ours_is_an_attempt_that_failed() {
    let (store, endpoint) = registered().await;
    let settlement = deliver(store).deliver(&job(endpoint)).await.unwrap();
    let failure = settlement.attempt.unwrap().outcome.failure.unwrap();
    assert_eq!(failure.code, FailureCode::Internal);
    let in_a_minute = Faulty.now() + Duration::from_secs(60);
    assert_eq!(settlement.settled.verdict, Verdict::RetryAt(in_a_minute));
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_not_called() {
    let (store, _) = registered().await;
    let settlement = deliver(store).deliver(&job(EndpointId::from_number(9))).await.unwrap();
    assert_eq!(settlement.settled, Settled { verdict: Verdict::EndpointDisabled, effort: Effort::None });
    assert_eq!(settlement.attempt, None);
}
