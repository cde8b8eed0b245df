//! Counting.

use async_trait::async_trait;
use domain::app::AppKind;
use domain::counts::{Counted, Counts, Grain, Home, Place};
use domain::delivery::{Delivery, State};
use domain::endpoint::Endpoint;
use domain::id::EndpointId;
use domain::limits::{LANE_COUNT_MAX, LAST_ATTEMPTS_MAX};
use domain::time::Timestamp;
use domain::trouble::Trouble;

use super::super::fault::StoreError;
use super::super::history::{AttemptsOf, COUNT_MAX};
use super::super::statistics::{Backlog, CountsOf, EndpointHealth, Statistics};
use super::lists::by;
use super::{MemoryStore, Tables};

#[async_trait]
impl Statistics for MemoryStore {
    async fn counts(
        &self,
        of: CountsOf,
        grain: Grain,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Timestamp, Counts)>, StoreError> {
        let tables = self.tables();
        let times = grain.number(since)..=grain.number(until);
        let is_meant = |place: &Place| {
            (place.organization, place.app, place.endpoint) == (of.organization, of.app, None)
                && place.grain == grain
                && times.contains(&place.number)
        };
        let meant = tables.counts.iter().filter(|(place, _)| is_meant(place));
        Ok(meant.map(|(place, counts)| (grain.start(place.number), counts.clone())).collect())
    }

    async fn backlog(&self, of: CountsOf) -> Result<Backlog, StoreError> {
        let tables = self.tables();
        let meant = |delivery: &&Delivery| tables.is_counted_for(of, delivery.id.endpoint);
        let (mut waiting, mut under_way) = (Vec::new(), 0);
        for delivery in tables.deliveries.values().filter(meant) {
            match delivery.state {
                State::Waiting { due } => waiting.push((delivery.id.endpoint, due, delivery)),
                State::Leased { .. } => under_way += 1,
                State::Succeeded { .. } | State::Failed { .. } => {}
            }
        }
        waiting.sort_by_key(|(endpoint, due, delivery)| (*endpoint, *due, delivery.id.message));
        let is_capped = waiting.len() > COUNT_MAX || under_way > COUNT_MAX;
        waiting.truncate(COUNT_MAX);
        let pending = waiting.iter().filter(|(_, _, delivery)| delivery.attempts == 0).count();
        let [pending, sending, under_way] =
            [pending, waiting.len() - pending, under_way.min(COUNT_MAX)].map(|count| count as u64);
        Ok(Backlog { pending, sending, under_way, is_capped })
    }

    async fn health(
        &self,
        of: CountsOf,
        since: Timestamp,
        limit: usize,
    ) -> Result<(Timestamp, Vec<EndpointHealth>), StoreError> {
        let tables = self.tables();
        let first = Grain::Hour.number(since);
        let of_it = tables.endpoints.values().filter(|endpoint| tables.is_counted_for(of, endpoint.id));
        let counted = of_it.map(|endpoint| (endpoint, tables.counted_since(endpoint.id, first)));
        let mut shown: Vec<(&Endpoint, Counts)> = counted
            .filter(|(endpoint, counts)| *counts != Counts::default() || Trouble::is_present(endpoint))
            .collect();
        shown.sort_by_key(|(endpoint, counts)| (Trouble::of(endpoint, counts), endpoint.id));
        shown.truncate(limit);
        let health = shown.into_iter().map(|(endpoint, counts)| tables.health(endpoint, counts)).collect();
        Ok((Grain::Hour.start(first), health))
    }

    async fn forget_minutes(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let mut tables = self.tables();
        let first = Grain::Minute.number(before);
        let is_old = |place: &&Place| place.grain == Grain::Minute && place.number < first;
        let old: Vec<Place> = tables.counts.keys().filter(is_old).take(limit).copied().collect();
        old.iter().for_each(|place| _ = tables.counts.remove(place));
        Ok(old.len())
    }
}

impl Tables {
    /// Counts what happened to an endpoint.
    pub(super) fn count(&mut self, endpoint: EndpointId, (at, counted): (Timestamp, Counted)) {
        let Some(home) = self.home(endpoint) else { return };
        for place in home.places(endpoint, at) {
            *self.counts.entry(place).or_default() += counted;
        }
    }

    /// Counts deliveries that have ended.
    pub(super) fn count_ends<'a>(&mut self, deliveries: impl IntoIterator<Item = &'a Delivery>) {
        for delivery in deliveries {
            Counted::end(delivery.state).into_iter().for_each(|end| self.count(delivery.id.endpoint, end));
        }
    }

    fn home(&self, endpoint: EndpointId) -> Option<Home> {
        self.apps.get(&self.endpoints.get(&endpoint)?.app).map(Home::of)
    }

    /// Whether an endpoint is there, and one of those that are meant.
    fn is_counted_for(&self, of: CountsOf, endpoint: EndpointId) -> bool {
        let is_there = self.endpoints.get(&endpoint).is_some_and(|endpoint| endpoint.deleted_at.is_none());
        is_there
            && self.home(endpoint).is_some_and(|home| {
                home.kind == AppKind::Customer
                    && home.organization == of.organization
                    && of.app.is_none_or(|app| app == home.app)
            })
    }

    /// What was counted of an endpoint since an hour.
    fn counted_since(&self, endpoint: EndpointId, hour: i64) -> Counts {
        let mut sum = Counts::default();
        let of_it = |place: &Place| place.endpoint == Some(endpoint) && place.number >= hour;
        self.counts.iter().filter(|(place, _)| of_it(place)).for_each(|(_, counts)| sum += counts);
        sum
    }

    fn health(&self, endpoint: &Endpoint, counts: Counts) -> EndpointHealth {
        let attempts = by(self.past_attempts(AttemptsOf::Endpoint(endpoint.id)), |past| past.attempt.id);
        let last = attempts.into_values().rev().take(LAST_ATTEMPTS_MAX).map(|past| past.attempt);
        let mut failures = last.filter_map(|attempt| Some((attempt.started_at, attempt.outcome.failure?)));
        let has_failed = counts.failed > 0 || endpoint.failing.is_some();
        EndpointHealth {
            app_uid: self.app_of(endpoint.app).uid,
            counts,
            waiting: self.waiting_for(endpoint.id).len().min(LANE_COUNT_MAX),
            last_failure: failures.next().filter(|_| has_failed),
            endpoint: endpoint.clone(),
        }
    }
}
