//! Receivers, from honest to hostile, and the wire to them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::attempt::{FailureCode, Outcome, Response};
use domain::delivery::Lease;
use domain::id::{DeliveryId, EndpointId};
use domain::limits::LANE_CONCURRENCY_MAX;
use engine::ports::clock::Clock;
use engine::ports::sender::{Exchange, Request, Sender};
use rand::RngExt;
use rand::rngs::StdRng;

use super::life::Gate;
use super::world::{Began, Receipt, World, start};

/// How a receiver behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    Honest,
    Failing(u16),
    /// Fails so often in a hundred.
    Flaky(u64),
    /// Takes the request and never answers.
    Hanging,
    Refusing,
    /// Answers 429 while more than one request comes within so many seconds.
    Limited(u64),
    /// Answers 410 once in so many.
    Leaving(u64),
    /// Cannot be reached for so many seconds from the start.
    Down(u64),
    /// What is stored of its endpoint cannot be read, so it is never called.
    Unreadable,
}

impl Mode {
    pub(crate) fn draw(rng: &mut StdRng) -> Self {
        match rng.random_range(0..24) {
            23 => Mode::Unreadable,
            0 | 1 => Mode::Failing([301, 400, 404, 500, 503][rng.random_range(0..5)]),
            2..=5 => Mode::Flaky(rng.random_range(1..100)),
            6 | 7 => Mode::Hanging,
            8 | 9 => Mode::Refusing,
            10 | 11 => Mode::Limited(rng.random_range(1..10)),
            12 | 13 => Mode::Leaving(rng.random_range(2..10)),
            14 | 15 => Mode::Down(rng.random_range(1..300)),
            _ => Mode::Honest,
        }
    }
}

/// The sender of one life.
pub(crate) struct Wire {
    pub(crate) world: Arc<World>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) lease: Lease,
    in_flight: Mutex<HashMap<EndpointId, Arc<AtomicUsize>>>,
}

const ATTEMPT_TIME: Duration = Duration::from_secs(15);

impl Wire {
    pub(crate) fn new(world: Arc<World>, gate: Arc<Gate>, lease: Lease) -> Self {
        Self { world, gate, lease, in_flight: Mutex::default() }
    }

    async fn answer(&self, delivery: DeliveryId, body: Bytes) -> Outcome {
        let world = &self.world;
        let mode = world.receivers[&delivery.endpoint];
        if let Mode::Refusing = mode {
            return Outcome::failed(FailureCode::ConnectRefused, "refused");
        }
        if let Mode::Down(seconds) = mode
            && world.now() < start() + Duration::from_secs(seconds)
        {
            return Outcome::failed(FailureCode::ConnectTimeout, "down");
        }
        tokio::time::sleep(Duration::from_millis(world.draw(0..50))).await;
        let status = match mode {
            Mode::Hanging => None,
            Mode::Failing(status) => Some(status),
            Mode::Flaky(percent) if world.draw(0..100) < percent => Some(500),
            Mode::Limited(seconds) if self.is_too_soon(delivery.endpoint, seconds) => Some(429),
            Mode::Leaving(times) if world.draw(0..times) == 0 => Some(410),
            _ => Some(200),
        };
        let accepted = status == Some(200);
        let receipt = Receipt { delivery, at: world.now(), lease: self.lease, body, accepted };
        world.receipts.lock().unwrap().push(receipt);
        let Some(status) = status else {
            tokio::time::sleep(ATTEMPT_TIME).await;
            return Outcome::failed(FailureCode::HeadTimeout, "no answer");
        };
        let pause = [1, 2, 30, 600][usize::try_from(world.draw(0..4)).unwrap()];
        let retry_after = (status == 429).then(|| format!("{pause}"));
        let response =
            Response { status, body: Bytes::from_static(b"\0\xff"), truncated: false, retry_after };
        Outcome::answered(response, None)
    }

    fn is_too_soon(&self, endpoint: EndpointId, seconds: u64) -> bool {
        let since = self.world.now();
        let receipts = self.world.receipts.lock().unwrap();
        let last =
            receipts.iter().rev().find(|receipt| receipt.accepted && receipt.delivery.endpoint == endpoint);
        last.is_some_and(|last| since.since(last.at) < Duration::from_secs(seconds))
    }
}

#[async_trait]
impl Sender for Wire {
    async fn send(&self, request: Request) -> Exchange {
        self.gate.pass(&self.world).await;
        let header = |name| &request.headers.iter().find(|(header, _)| *header == name).unwrap().1;
        let message = header("webhook-id").parse().unwrap();
        let endpoint: EndpointId = request.target.as_str().rsplit('/').next().unwrap().parse().unwrap();
        let in_flight = self.in_flight.lock().unwrap().entry(endpoint).or_default().clone();
        let others = in_flight.fetch_add(1, Ordering::Relaxed);
        let limit = match self.world.endpoints[&endpoint].ordering {
            domain::endpoint::Ordering::Fifo => 1,
            domain::endpoint::Ordering::None => LANE_CONCURRENCY_MAX,
        };
        assert!(others < limit, "too many attempts at once to one endpoint");
        let began = self.world.now();
        self.world.began.lock().unwrap().push(Began { endpoint, at: began, lease: self.lease });
        let outcome = self.answer(DeliveryId { message, endpoint }, request.body).await;
        in_flight.fetch_sub(1, Ordering::Relaxed);
        self.gate.pass(&self.world).await;
        Exchange { outcome, duration: self.world.now().since(began) }
    }
}
