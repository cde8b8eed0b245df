//! The step that makes one attempt: looks up the endpoint as it is now, signs, sends, and judges the outcome.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::attempt::{Attempt, FailureCode, Outcome, Verdict};
use domain::delivery::{Effort, Settled};
use domain::endpoint::{Destination, Door, Endpoint, Health};
use domain::limits::ATTEMPTS_UNTIL_NOTICE;
use domain::notice::{DisableTrigger, LastAttempt, News, Notice};
use domain::retry::Retries;
use domain::sign;
use domain::target::Target;
use domain::time::Timestamp;

use crate::accept::Ids;
use crate::guard::unless_it_panics;
use crate::ports::catalog::{Callee, Catalog};
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
    /// How long an endpoint may meet nothing but failure before it is disabled; zero: for ever.
    pub failing_time: Duration,
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
    /// Makes the next attempt of a job, or none if its endpoint is not to be called any more or there is nothing to send.
    ///
    /// # Errors
    /// If the endpoint cannot be looked up; nothing was sent then.
    pub async fn deliver(&self, job: &Job) -> Result<Settlement, StoreError> {
        if !job.message.payload.is_there() {
            return Ok(self.unsent(job, Verdict::Expunged));
        }
        let callee = match self.catalog.callee(job.delivery.id.endpoint).await {
            Err(StoreError::Damaged(why)) => return Ok(self.damaged(job, &why)),
            callee => callee?.filter(|callee| callee.endpoint.is_callable()),
        };
        let Some(callee) = callee else { return Ok(self.unsent(job, Verdict::EndpointDisabled)) };
        let attempt = self.attempt(job, &callee).await;
        Ok(self.judged(job, &callee.endpoint, attempt))
    }

    fn unsent(&self, job: &Job, verdict: Verdict) -> Settlement {
        settlement(job, Settled { verdict, effort: Effort::None }, self.clock.now())
    }

    /// Nobody knows where to send it: an attempt that failed, so that it is tried again by a schedule and can be seen.
    fn damaged(&self, job: &Job, why: &str) -> Settlement {
        tracing::error!(endpoint = %job.delivery.id.endpoint, why, "an endpoint cannot be read");
        let now = self.clock.now();
        let exchange = not_sent(FailureCode::Internal, DAMAGED);
        let attempt = self.attempted(job, "", now, exchange);
        let verdict = self.verdict(job, &attempt, &self.schedules.standard, now);
        let settled = Settled { verdict, effort: Effort::Attempted };
        Settlement { attempt: Some(attempt), ..settlement(job, settled, now) }
    }

    fn judged(&self, job: &Job, endpoint: &Endpoint, attempt: Attempt) -> Settlement {
        let now = self.clock.now();
        let verdict = self.verdict(job, &attempt, self.schedules.of(endpoint), now);
        let health = self.health(endpoint, &attempt, now);
        let news = self.news(job, &attempt, verdict).into_iter();
        let news = news.chain(self.news_of_health(endpoint, health, verdict));
        let notices = news.map(|news| Notice { id: self.ids.mint(), news }).collect();
        let settled = Settled { verdict: verdict.in_order(endpoint.ordering), effort: Effort::Attempted };
        Settlement { attempt: Some(attempt), health, notices, ..settlement(job, settled, now) }
    }

    fn verdict(&self, job: &Job, attempt: &Attempt, retries: &Retries, now: Timestamp) -> Verdict {
        Verdict::of(&attempt.outcome, job.delivery.next_try(), retries, now, self.chance.fraction())
    }

    /// What the attempt means for its endpoint. A fault of ours means nothing.
    fn health(&self, endpoint: &Endpoint, attempt: &Attempt, now: Timestamp) -> Health {
        match &attempt.outcome.failure {
            Some(failure) if failure.code == FailureCode::Internal => Health::Same,
            failure => endpoint.health_after(failure.is_none(), now, self.failing_time),
        }
    }

    /// What the organization is told of the delivery.
    fn news(&self, job: &Job, attempt: &Attempt, verdict: Verdict) -> Option<News> {
        let last = || LastAttempt::of(job.delivery.id.message, attempt);
        let tried = job.delivery.next_try();
        match verdict {
            Verdict::RetryAt(_) | Verdict::HoldAt(_) if tried == ATTEMPTS_UNTIL_NOTICE => {
                Some(News::AttemptFailing(last()))
            }
            Verdict::Exhausted | Verdict::EndpointGone => Some(News::AttemptExhausted(last())),
            Verdict::Done if tried > ATTEMPTS_UNTIL_NOTICE => Some(News::AttemptRecovered(last())),
            _ => None,
        }
    }

    /// What the organization is told of the endpoint.
    fn news_of_health(&self, endpoint: &Endpoint, health: Health, verdict: Verdict) -> Option<News> {
        let since = endpoint.failing.map(|failing| failing.since);
        match (verdict, health, since) {
            (Verdict::EndpointGone, _, _) => {
                Some(News::EndpointDisabled { since: None, trigger: DisableTrigger::Automatic })
            }
            (_, Health::TooLong, since) => {
                Some(News::EndpointDisabled { since, trigger: DisableTrigger::Automatic })
            }
            (_, Health::Warned, Some(since)) => {
                Some(News::EndpointFailing { since, disable_at: since + self.failing_time })
            }
            _ => None,
        }
    }

    async fn attempt(&self, job: &Job, callee: &Callee) -> Attempt {
        let started_at = self.clock.now();
        let exchange = unless_it_panics(pin!(self.exchange(job, callee, started_at))).await;
        let exchange = exchange.unwrap_or_else(|| not_sent(FailureCode::Internal, INTERNAL_FAULT));
        self.attempted(job, callee.endpoint.target.as_str(), started_at, exchange)
    }

    fn attempted(&self, job: &Job, url: &str, started_at: Timestamp, exchange: Exchange) -> Attempt {
        Attempt {
            id: self.ids.mint(),
            number: job.delivery.next_attempt(),
            started_at,
            duration: exchange.duration,
            url: url.to_owned(),
            trigger: job.delivery.trigger,
            outcome: exchange.outcome,
        }
    }

    async fn exchange(&self, job: &Job, callee: &Callee, at: Timestamp) -> Exchange {
        match &callee.endpoint.target {
            Destination::Readable(target) => self.sender.send(request(job, callee, target.clone(), at)).await,
            Destination::Unreadable { why, .. } => not_sent(FailureCode::UrlRefused, why.to_string()),
        }
    }
}

const INTERNAL_FAULT: &str = "A fault in Whimbrel ended this attempt; the log has the details.";
const DAMAGED: &str = "What is stored of the endpoint cannot be read; the log has the details.";

fn not_sent(code: FailureCode, detail: impl Into<String>) -> Exchange {
    Exchange { outcome: Outcome::failed(code, detail), duration: Duration::ZERO }
}

/// What becomes of a job that was never sent, or interrupted: it waits again, at once, in its own place.
pub fn release(job: &Job, effort: Effort, now: Timestamp) -> Settlement {
    let verdict = job.message.deliver_at.map_or(Verdict::Release, Verdict::RetryAt);
    settlement(job, Settled { verdict, effort }, now)
}

/// A settlement without an attempt, of which nobody is told.
fn settlement(job: &Job, settled: Settled, at: Timestamp) -> Settlement {
    let fence = job.delivery.fence().expect("a job is leased");
    let (health, notices) = (Health::Same, Vec::new());
    Settlement { delivery: job.delivery.id, fence, settled, attempt: None, at, health, notices }
}

fn request(job: &Job, callee: &Callee, target: Target, at: Timestamp) -> Request {
    let body: Bytes = job.message.payload.body(job.delivery.token.as_ref());
    let secrets = callee.endpoint.secrets.live(at);
    let signed = sign::headers(secrets, callee.header_names, job.message.id, at, &body);
    let mut headers = vec![("content-type", "application/json".to_owned())];
    headers.extend(signed);
    Request {
        target,
        headers,
        custom: callee.endpoint.headers.clone(),
        auth: callee.endpoint.auth.clone(),
        body,
    }
}

#[cfg(test)]
#[path = "deliver_tests.rs"]
mod tests;
