use std::sync::Mutex;

use async_trait::async_trait;
use domain::attempt::Response;
use domain::delivery::Delivery;
use domain::endpoint::{Disabled, DisabledReason, Failing, Ordering};
use domain::id::{AppId, AttemptId, DeliveryId, EndpointId, MessageId};
use domain::limits::ENDPOINT_FAILING_TIME_DEFAULT;
use domain::message::Message;
use domain::organization::{Organization, Settings};
use domain::payload::Payload;
use domain::secret::Secret;
use domain::sign::HeaderNames;

use super::*;
use crate::ports::keyring::Keyring;
use crate::ports::memory::MemoryStore;
use crate::ports::queue::{Life, Queue};
use crate::samples;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn now() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
}

/// A receiver that always gives the same answer, if any; a clock that stands still; no chance.
#[derive(Default)]
struct Stub {
    /// `None` is a fault in the sender.
    answer: Option<Outcome>,
    requests: Mutex<Vec<Request>>,
}

#[async_trait]
impl Sender for Stub {
    async fn send(&self, request: Request) -> Exchange {
        self.requests.lock().unwrap().push(request);
        let outcome = self.answer.clone().expect("a fault in the sender");
        Exchange { outcome, duration: Duration::ZERO }
    }
}

impl Clock for Stub {
    fn now(&self) -> Timestamp {
        now()
    }
}

impl Chance for Stub {
    fn fraction(&self) -> f64 {
        0.5
    }

    fn fill(&self, _: &mut [u8]) {}
}

fn answer(status: u16) -> Option<Outcome> {
    let response = Response { status, body: Bytes::new(), truncated: false, retry_after: None };
    Some(Outcome::answered(response, None))
}

fn endpoint(door: Door) -> Endpoint {
    let target = Target::stored("http://192.0.2.1/").unwrap();
    let (id, app) = (EndpointId::from_number(1), AppId::from_number(1));
    Endpoint::new(id, app, door, target, Secret::from_bytes(b"secret"))
}

fn failing(endpoint: Endpoint, since: Timestamp, warned: bool) -> Endpoint {
    Endpoint { failing: Some(Failing { since, warned }), ..endpoint }
}

/// The job of a delivery with so many attempts behind it, of which some were made in an earlier round.
fn job(attempts: u32, earlier: u32, payload: Payload) -> Job {
    let id = DeliveryId { message: MessageId::from_number(1), endpoint: EndpointId::from_number(1) };
    let Job { delivery, message } = samples::job(AppId::from_number(1), id);
    let message = Message { payload, ..Arc::unwrap_or_clone(message) };
    let delivery = Delivery { attempts, earlier, ..delivery };
    Job { delivery, message: Arc::new(message) }
}

fn fresh(attempts: u32) -> Job {
    job(attempts, 0, Payload::Verbatim(Bytes::from_static(b"{}")))
}

/// What comes of a job, and what was sent.
async fn delivered(endpoint: Endpoint, job: &Job, answer: Option<Outcome>) -> (Settlement, Vec<Request>) {
    delivered_by(Arc::<MemoryStore>::default(), endpoint, job, answer).await
}

async fn delivered_by(
    catalog: Arc<MemoryStore>,
    endpoint: Endpoint,
    job: &Job,
    answer: Option<Outcome>,
) -> (Settlement, Vec<Request>) {
    let app = domain::app::App::named(endpoint.app, &"42".parse().unwrap());
    catalog.put_app(app).await.unwrap();
    catalog.put_endpoint(endpoint, None).await.unwrap();
    let stub = Arc::new(Stub { answer, ..Stub::default() });
    let life = Life { id_floor: 0, ..catalog.open().await.unwrap() };
    let deliver = Deliver {
        catalog,
        sender: stub.clone(),
        clock: stub.clone(),
        chance: stub.clone(),
        ids: Arc::new(Ids::new(stub.clone(), &life)),
        schedules: Schedules::default(),
        failing_time: ENDPOINT_FAILING_TIME_DEFAULT,
    };
    let settlement = deliver.deliver(job).await.unwrap();
    let requests = std::mem::take(&mut *stub.requests.lock().unwrap());
    (settlement, requests)
}

#[tokio::test]
async fn a_fault_of_ours_is_an_attempt_that_failed_and_not_the_receivers() {
    let (settlement, _) = delivered(endpoint(Door::Webhook), &fresh(0), None).await;
    let failure = settlement.attempt.unwrap().outcome.failure.unwrap();
    assert_eq!(failure.code, FailureCode::Internal);
    assert_eq!(settlement.settled.verdict, Verdict::RetryAt(now() + MINUTE));
    assert_eq!(settlement.health, Health::Same);
}

#[tokio::test]
async fn nothing_is_sent_to_nobody_or_without_a_payload() {
    let disabled = Some(Disabled { at: now(), reason: DisabledReason::Asked });
    let nobody = Endpoint { disabled, ..endpoint(Door::Api) };
    for (endpoint, payload, verdict) in [
        (nobody, Payload::Verbatim(Bytes::from_static(b"{}")), Verdict::EndpointDisabled),
        (endpoint(Door::Api).deleted(now()), Payload::Verbatim(Bytes::new()), Verdict::EndpointDisabled),
        (endpoint(Door::Api), Payload::Expunged, Verdict::Expunged),
    ] {
        let (settlement, requests) = delivered(endpoint, &job(0, 0, payload), answer(200)).await;
        assert_eq!(settlement.settled, Settled { verdict, effort: Effort::None });
        assert_eq!((settlement.attempt, requests.len()), (None, 0));
    }
}

#[tokio::test]
async fn a_failure_in_order_holds_up_what_comes_after_it() {
    let in_order = Endpoint { ordering: Ordering::Fifo, ..endpoint(Door::Webhook) };
    let (settlement, _) = delivered(in_order, &fresh(0), answer(500)).await;
    assert_eq!(settlement.settled.verdict, Verdict::HoldAt(now() + MINUTE));
}

#[tokio::test]
async fn signatures_go_by_the_names_that_the_organization_wants() {
    let svix = ["content-type", "svix-id", "svix-timestamp", "svix-signature"];
    let webhook = ["content-type", "webhook-id", "webhook-timestamp", "webhook-signature"];
    let both = [&webhook[..], &svix[1..]].concat();
    for (header_names, expected) in [
        (HeaderNames::Webhook, webhook.to_vec()),
        (HeaderNames::Svix, svix.to_vec()),
        (HeaderNames::Both, both),
    ] {
        let store = Arc::<MemoryStore>::default();
        let organization = store.organization(Organization::DEFAULT).await.unwrap().unwrap();
        let settings = Settings { header_names, ..organization.settings };
        store.put_organization(Organization { settings, ..organization }).await.unwrap();
        let (_, requests) = delivered_by(store, endpoint(Door::Api), &fresh(0), answer(200)).await;
        let names: Vec<_> = requests[0].headers.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, expected);
    }
}

#[tokio::test]
async fn the_organization_hears_of_deliveries_that_fail_often() {
    let last = |status| LastAttempt {
        message: MessageId::from_number(1),
        id: AttemptId::from_number(0),
        status,
        at: now(),
    };
    let gone = || News::EndpointDisabled { since: None, trigger: DisableTrigger::Automatic };
    let cases = [
        (Door::Api, 2, 0, 500, vec![]),
        (Door::Api, 3, 0, 500, vec![News::AttemptFailing(last(500))]),
        (Door::Api, 4, 0, 500, vec![]),
        (Door::Api, 7, 0, 500, vec![News::AttemptExhausted(last(500))]),
        (Door::Webhook, 3, 0, 500, vec![News::AttemptExhausted(last(500))]),
        (Door::Api, 0, 0, 410, vec![News::AttemptExhausted(last(410)), gone()]),
        (Door::Api, 3, 0, 200, vec![]),
        (Door::Api, 4, 0, 200, vec![News::AttemptRecovered(last(200))]),
        (Door::Api, 8, 5, 500, vec![News::AttemptFailing(last(500))]),
        (Door::Api, 8, 5, 200, vec![]),
    ];
    for (door, attempts, earlier, status, expected) in cases {
        let job = job(attempts, earlier, Payload::Verbatim(Bytes::new()));
        let (settlement, _) = delivered(endpoint(door), &job, answer(status)).await;
        let attempt = settlement.attempt.unwrap().id;
        let news: Vec<News> = settlement.notices.into_iter().map(|notice| notice.news).collect();
        let expected: Vec<News> = expected.into_iter().map(|news| of_attempt(news, attempt)).collect();
        assert_eq!(news, expected, "{attempts} {earlier} {status}");
    }
}

fn of_attempt(news: News, id: AttemptId) -> News {
    match news {
        News::AttemptFailing(last) => News::AttemptFailing(LastAttempt { id, ..last }),
        News::AttemptExhausted(last) => News::AttemptExhausted(LastAttempt { id, ..last }),
        News::AttemptRecovered(last) => News::AttemptRecovered(LastAttempt { id, ..last }),
        news => news,
    }
}

#[tokio::test]
async fn the_organization_hears_of_endpoints_that_fail_for_days() {
    let since = |days| now() - days * DAY;
    let warning = |since| News::EndpointFailing { since, disable_at: since + ENDPOINT_FAILING_TIME_DEFAULT };
    let cases = [
        (None, 500, Health::FailsNow, None),
        (None, 200, Health::Same, None),
        (Some((since(3), false)), 500, Health::Same, None),
        (Some((since(4), false)), 500, Health::Warned, Some(warning(since(4)))),
        (Some((since(4), true)), 500, Health::Same, None),
        (
            Some((since(5), true)),
            500,
            Health::TooLong,
            Some(News::EndpointDisabled { since: Some(since(5)), trigger: DisableTrigger::Automatic }),
        ),
        (Some((since(5), true)), 200, Health::Works, None),
    ];
    for (before, status, health, news) in cases {
        let endpoint = match before {
            Some((since, warned)) => failing(endpoint(Door::Api), since, warned),
            None => endpoint(Door::Api),
        };
        let (settlement, _) = delivered(endpoint, &fresh(0), answer(status)).await;
        assert_eq!(settlement.health, health, "{before:?}");
        let told = settlement.notices.into_iter().map(|notice| notice.news).next();
        assert_eq!(told, news, "{before:?}");
    }
}
