//! Picks moves that are likely to matter: few apps, names and resources, so that moves meet; ids and fences from
//! what was answered before, and at times from nowhere.

use std::time::Duration;

use bytes::Bytes;
use domain::attempt::{FailureCode, Outcome, Response, Verdict};
use domain::birth::Birth;
use domain::delivery::{Delivery, Effort, Fence, Lease, Settled, State};
use domain::id::{DeliveryId, EndpointId, MessageId};
use domain::message::Fate;
use domain::name::AppUid;
use domain::time::Timestamp;
use engine::ports::catalog::KeyHash;
use engine::ports::inbox::{Acceptance, Entry};
use engine::ports::queue::{Claim, Settlement};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};

use super::moves::{Answer, Move, crowded};
use super::world::{URL, World, key, room};

const APPS: [&str; 3] = ["acme", "bolt", "1"];
const EVENT_TYPES: [&str; 5] =
    ["order.insert", "order.update", "order.delete", "candidate.created", "person.created"];
const KINDS: [&str; 2] = ["order", "candidate"];
const IDS: [&str; 3] = ["1", "2", "3"];
const FIELDS: [&str; 4] = ["{}", r#"{"n":1}"#, r#"{"n":1.10,"createdAt":"then"}"#, r#"{"t":"\u0000é"}"#];

pub(crate) struct Picker {
    rng: StdRng,
    world: World,
    lease: Lease,
    endpoints: Vec<EndpointId>,
    messages: Vec<MessageId>,
    /// As they were last seen; some have moved on since.
    deliveries: Vec<Delivery>,
}

impl Picker {
    pub(crate) fn new(seed: u64) -> Self {
        let rng = StdRng::seed_from_u64(seed);
        let (endpoints, messages, deliveries) = (Vec::new(), Vec::new(), Vec::new());
        Self { rng, world: World::new(), lease: Lease(1), endpoints, messages, deliveries }
    }

    pub(crate) fn pick(&mut self) -> Move {
        let millis = self.rng.random_range(0..50);
        self.world.pass(millis);
        match self.rng.random_range(0..100) {
            0..30 => self.accept(),
            30..42 => self.register(),
            42..62 => self.settle(),
            62..72 => self.claim(),
            72..75 => Move::TakeOver(self.lease(), self.world.now, self.limit()),
            75..77 => Move::Open,
            77..81 => Move::Lanes(self.endpoint(), self.limit()),
            81..84 => Move::Endpoint(self.endpoint().unwrap_or(EndpointId::from_number(1))),
            84..86 => Move::Resource(key(self.one(&KINDS), self.one(&IDS))),
            86 => Move::AddKey(KeyHash([self.rng.random(); 32])),
            87 => Move::Keys,
            88..92 => Move::Calls(self.app(), self.place(), self.limit()),
            92..95 => Move::Messages(self.app(), self.fate(), self.message(), self.limit()),
            95..98 => Move::Story(self.message().unwrap_or(MessageId::from_number(1))),
            _ => Move::Reopen,
        }
    }

    /// Remembers what an answer tells about ids, leases and states.
    pub(crate) fn learn(&mut self, answer: &Answer) {
        match answer {
            Answer::Accepted(Ok(Ok(accepted))) => {
                for accepted in accepted.iter().flat_map(|accepted| &accepted.messages) {
                    self.messages.push(accepted.message.id);
                    self.deliveries.extend(accepted.deliveries.iter().cloned());
                }
            }
            Answer::Claimed(Ok(claimed)) => {
                self.deliveries.extend(claimed.jobs.iter().map(|job| job.delivery.clone()));
            }
            Answer::Life(Ok(life)) => self.lease = life.lease,
            _ => {}
        }
    }

    /// Every question about everything that was ever seen.
    pub(crate) fn look_at_everything(&self) -> Vec<Move> {
        let mut looks = vec![Move::Keys, Move::Lanes(None, usize::MAX), Move::Open];
        looks.extend(self.endpoints.iter().map(|id| Move::Endpoint(*id)));
        looks.extend(self.messages.iter().map(|id| Move::Story(*id)));
        looks.extend(KINDS.iter().flat_map(|kind| IDS.map(|id| Move::Resource(key(kind, id)))));
        for app in APPS {
            let app: AppUid = app.parse().unwrap();
            looks.push(Move::Calls(app.clone(), None, usize::MAX));
            for fate in [None, Some(Fate::Routed), Some(Fate::Skipped), Some(Fate::DataNotFound)] {
                looks.push(Move::Messages(app.clone(), fate, None, usize::MAX));
            }
        }
        looks
    }

    fn accept(&mut self) -> Move {
        let entries = (0..self.rng.random_range(1..4)).map(|_| self.entry()).collect();
        let lease = self.rng.random_bool(0.6).then(|| self.lease());
        let full: Vec<EndpointId> =
            self.endpoints.iter().copied().filter(|endpoint| endpoint.number() % 3 == 0).collect();
        Move::Accept(Acceptance {
            entries,
            birth: Birth { lease, crowded: crowded(&full), room: room(), now: self.world.now },
        })
    }

    fn entry(&mut self) -> Entry {
        let (app, kind, id) = (self.one(&APPS), self.one(&KINDS), self.one(&IDS));
        match self.rng.random_range(0..10) {
            0..5 => self.world.put(app, kind, id, FIELDS.choose(&mut self.rng).unwrap()),
            5..7 => self.world.take_away(app, kind, id),
            _ => self.world.event(app, EVENT_TYPES.choose(&mut self.rng).unwrap(), kind, id),
        }
    }

    fn register(&mut self) -> Move {
        let (app, event_type) = (self.one(&APPS), self.one(&EVENT_TYPES));
        let webhook = self.world.webhook(app, event_type);
        self.endpoints.push(webhook.id);
        Move::Register(webhook)
    }

    fn settle(&mut self) -> Move {
        let count = self.rng.random_range(0..4);
        Move::Settle((0..count).filter_map(|_| self.settlement()).collect())
    }

    fn settlement(&mut self) -> Option<Settlement> {
        // Often one that was seen lately, because those are still leased.
        let recent = self.deliveries.len().saturating_sub(self.rng.random_range(1..9));
        let delivery = self.deliveries[recent..].choose(&mut self.rng)?.clone();
        let lease = match delivery.state {
            State::Leased { lease } if self.rng.random_bool(0.9) => lease,
            _ => self.lease(),
        };
        let verdict = self.verdict();
        let effort = match self.rng.random_range(0..4) {
            0 => Effort::Interrupted,
            1 => Effort::None,
            _ => Effort::Attempted,
        };
        let outcome = self.outcome();
        let attempt = (effort == Effort::Attempted).then(|| self.world.attempt(&delivery, outcome));
        let fence = Fence { lease, attempts: delivery.attempts };
        let settled = Settled { verdict, effort };
        Some(Settlement { delivery: delivery.id, fence, settled, attempt, at: self.world.now })
    }

    fn verdict(&mut self) -> Verdict {
        match self.rng.random_range(0..12) {
            0..3 => Verdict::Done,
            3..9 => Verdict::RetryAt(self.time()),
            9 => Verdict::Exhausted,
            10 => Verdict::EndpointGone,
            _ => Verdict::EndpointDisabled,
        }
    }

    fn outcome(&mut self) -> Outcome {
        if self.rng.random_bool(0.3) {
            return Outcome::failed(*FailureCode::ALL.choose(&mut self.rng).unwrap(), "It \0 failed.");
        }
        let mut body = vec![0; self.rng.random_range(0..40)];
        self.rng.fill_bytes(&mut body);
        let response = Response {
            status: self.rng.random_range(100..1000),
            body: Bytes::from(body),
            truncated: self.rng.random(),
            retry_after: self.rng.random_bool(0.2).then(|| "17".to_owned()),
        };
        Outcome::answered(response, Some(URL).filter(|_| self.rng.random()))
    }

    fn claim(&mut self) -> Move {
        let endpoint = self.endpoint().unwrap_or(EndpointId::from_number(1));
        let (lease, now) = (self.lease(), self.time());
        let payload_bytes = *[0, 1, 300, usize::MAX].choose(&mut self.rng).expect("there are some");
        Move::Claim(Claim { endpoint, lease, now, limit: self.limit(), payload_bytes })
    }

    fn one(&mut self, of: &[&'static str]) -> &'static str {
        of.choose(&mut self.rng).expect("there are some")
    }

    fn app(&mut self) -> AppUid {
        self.one(&["acme", "bolt", "1", "unknown"]).parse().unwrap()
    }

    fn lease(&mut self) -> Lease {
        Lease(self.lease.0 + self.rng.random_range(-1..=0))
    }

    fn limit(&mut self) -> usize {
        *[0, 1, 2, 3, 1000].choose(&mut self.rng).unwrap()
    }

    /// Mostly near the present, so that some deliveries are due and others are not.
    fn time(&mut self) -> Timestamp {
        let later = self.world.now + Duration::from_millis(self.rng.random_range(0..400));
        Timestamp::from_millis(later.millis() - 200)
    }

    fn fate(&mut self) -> Option<Fate> {
        *[None, Some(Fate::Routed), Some(Fate::Skipped), Some(Fate::DataNotFound)]
            .choose(&mut self.rng)
            .unwrap()
    }

    fn endpoint(&mut self) -> Option<EndpointId> {
        self.endpoints.choose(&mut self.rng).copied()
    }

    fn message(&mut self) -> Option<MessageId> {
        self.messages.choose(&mut self.rng).copied()
    }

    fn place(&mut self) -> Option<DeliveryId> {
        let place = self.deliveries.choose(&mut self.rng).map(|delivery| delivery.id)?;
        let endpoint = place.endpoint.number() + self.rng.random_range(-1..=1);
        Some(DeliveryId { endpoint: EndpointId::from_number(endpoint), ..place })
    }
}
