//! The step that makes one attempt: looks up the endpoint as it is now, signs, sends, and judges the outcome.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::attempt::{Attempt, FailureCode, Outcome, Verdict};
use domain::delivery::{Effort, Settled};
use domain::endpoint::{Destination, Door, Endpoint, Health};
use domain::retry::Retries;
use domain::sign::{self, HeaderNames};
use domain::target::Target;
use domain::time::Timestamp;

use crate::accept::Ids;
use crate::guard::unless_it_panics;
use crate::ports::catalog::Catalog;
use crate::ports::chance::Chance;
use crate::ports::clock::Clock;
use crate::ports::fault::StoreError;
use crate::ports::queue::{Job, Settlement};
use crate::ports::sender::{Exchange, Request, Sender};

/// Makes attempts.
pub struct Deliver {
    /// Where endpoints are looked up.
    pub catalog: Arc<dyn Catalog>,
    /// Sends the requests.
    pub sender: Arc<dyn Sender>,
    /// Dates the attempts.
    pub clock: Arc<dyn Clock>,
    /// Places retries within their jitter.
    pub chance: Arc<dyn Chance>,
    /// Names the attempts.
    pub ids: Arc<Ids>,
    /// When to try again.
    pub schedules: Schedules,
}

/// The schedules by which endpoints are retried.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedules {
    /// For webhooks registered as in the article.
    pub article: Retries,
    /// For all other endpoints.
    pub standard: Retries,
}

impl Default for Schedules {
    fn default() -> Self {
        Self { article: Retries::article(), standard: Retries::standard() }
    }
}

impl Schedules {
    fn of(&self, endpoint: &Endpoint) -> &Retries {
        match endpoint.door {
            Door::Webhook => &self.article,
            Door::Api => &self.standard,
        }
    }
}

impl Deliver {
    /// Makes the next attempt of a job, or none if its endpoint is not to be called any more.
    ///
    /// # Errors
    /// If the endpoint cannot be looked up; nothing was sent then.
    pub async fn deliver(&self, job: &Job) -> Result<Settlement, StoreError> {
        let endpoint = self.catalog.endpoint(job.delivery.id.endpoint).await?;
        let Some(endpoint) = endpoint.filter(|endpoint| endpoint.is_callable()) else {
            let settled = Settled { verdict: Verdict::EndpointDisabled, effort: Effort::None };
            return Ok(settlement(job, settled, None, self.clock.now()));
        };
        let attempt = self.attempt(job, &endpoint).await;
        let now = self.clock.now();
        let retries = self.schedules.of(&endpoint);
        let tried = job.delivery.next_try();
        let verdict = Verdict::of(&attempt.outcome, tried, retries, now, self.chance.fraction())
            .in_order(endpoint.ordering);
        let settled = Settled { verdict, effort: Effort::Attempted };
        Ok(settlement(job, settled, Some(attempt), now))
    }

    async fn attempt(&self, job: &Job, endpoint: &Endpoint) -> Attempt {
        let started_at = self.clock.now();
        let exchange = unless_it_panics(self.exchange(job, endpoint, started_at)).await;
        let exchange = exchange.unwrap_or_else(|| not_sent(FailureCode::Internal, INTERNAL_FAULT));
        Attempt {
            id: self.ids.mint(),
            number: job.delivery.next_attempt(),
            started_at,
            duration: exchange.duration,
            url: endpoint.target.as_str().to_owned(),
            trigger: job.delivery.trigger,
            outcome: exchange.outcome,
        }
    }

    async fn exchange(&self, job: &Job, endpoint: &Endpoint, at: Timestamp) -> Exchange {
        match &endpoint.target {
            Destination::Readable(target) => {
                self.sender.send(request(job, endpoint, target.clone(), at)).await
            }
            Destination::Unreadable { why, .. } => not_sent(FailureCode::UrlRefused, why.to_string()),
        }
    }
}

const INTERNAL_FAULT: &str = "A fault in Whimbrel ended this attempt; the log has the details.";

fn not_sent(code: FailureCode, detail: impl Into<String>) -> Exchange {
    Exchange { outcome: Outcome::failed(code, detail), duration: Duration::ZERO }
}

/// What becomes of a job that was never sent, or interrupted: it waits again, at once.
pub fn release(job: &Job, effort: Effort, now: Timestamp) -> Settlement {
    settlement(job, Settled { verdict: Verdict::Release, effort }, None, now)
}

fn settlement(job: &Job, settled: Settled, attempt: Option<Attempt>, at: Timestamp) -> Settlement {
    let fence = job.delivery.fence().expect("a job is leased");
    let (health, notices) = (Health::Same, Vec::new());
    Settlement { delivery: job.delivery.id, fence, settled, attempt, at, health, notices }
}

fn request(job: &Job, endpoint: &Endpoint, target: Target, at: Timestamp) -> Request {
    let body: Bytes = job.message.payload.body(job.delivery.token.as_ref());
    let signed = sign::headers(endpoint.secrets.live(at), HeaderNames::Webhook, job.message.id, at, &body);
    let mut headers = vec![("content-type", "application/json".to_owned())];
    headers.extend(signed);
    Request { target, headers, custom: endpoint.headers.clone(), auth: endpoint.auth.clone(), body }
}

#[cfg(test)]
#[path = "deliver_tests.rs"]
mod tests;
