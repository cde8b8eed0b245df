//! Claiming and settling.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::attempt::Verdict;
use domain::delivery::{Delivery, Lease, State};
use domain::endpoint::{Disabled, DisabledReason};
use domain::id::EndpointId;
use domain::time::Timestamp;

use super::super::fault::StoreError;
use super::super::queue::{
    Applied, Claim, Claimed, Job, Life, Queue, Redelivered, Redelivery, Settlement, Settlements, WaitingLane,
};
use super::{MemoryStore, Tables};

#[async_trait]
impl Queue for MemoryStore {
    async fn open(&self) -> Result<Life, StoreError> {
        let mut tables = self.tables();
        tables.lease += 1;
        let highest = [
            tables.organizations.keys().map(|id| id.number()).max(),
            tables.keys.keys().map(|id| id.number()).max(),
            tables.apps.keys().map(|id| id.number()).max(),
            tables.endpoints.keys().map(|id| id.number()).max(),
            tables.messages.keys().map(|id| id.number()).max(),
            tables.attempts.values().map(|attempt| attempt.id.number()).max(),
            tables.tasks.keys().map(|id| id.number()).max(),
        ];
        let id_floor = highest.into_iter().flatten().max().unwrap_or(0);
        Ok(Life { lease: Lease(tables.lease), id_floor })
    }

    async fn take_over(&self, living: Lease, limit: usize) -> Result<usize, StoreError> {
        let mut tables = self.tables();
        let mut leased: Vec<&Delivery> = tables.deliveries.values().collect();
        leased.sort_by_key(|delivery| (delivery.fence().map(|fence| fence.lease), delivery.id));
        let dead = leased.into_iter().filter_map(|delivery| delivery.clone().take_over(living));
        let freed: Vec<Delivery> = dead.take(limit).collect();
        let count = freed.len();
        tables.deliveries.extend(freed.into_iter().map(|delivery| (delivery.id, delivery)));
        Ok(count)
    }

    async fn waiting_lanes(
        &self,
        after: Option<EndpointId>,
        limit: usize,
    ) -> Result<Vec<WaitingLane>, StoreError> {
        let tables = self.tables();
        let mut first_due: BTreeMap<EndpointId, Timestamp> = BTreeMap::new();
        for (delivery, due) in tables.waiting() {
            let first = first_due.entry(delivery.id.endpoint).or_insert(due);
            *first = due.min(*first);
        }
        let lane = |(endpoint, due): (EndpointId, Timestamp)| {
            let found = tables.endpoints.get(&endpoint)?;
            let due = due.max(found.held_until.unwrap_or_default());
            Some(WaitingLane { endpoint, app: found.app, due, pace: tables.pace(endpoint) })
        };
        let lanes = first_due.into_iter().filter(|(endpoint, _)| after.is_none_or(|after| *endpoint > after));
        Ok(lanes.filter_map(lane).take(limit).collect())
    }

    async fn claim(&self, claim: Claim) -> Result<Claimed, StoreError> {
        let mut tables = self.tables();
        let of_lane = tables.waiting().filter(|(delivery, _)| delivery.id.endpoint == claim.endpoint);
        let mut waiting: Vec<(Timestamp, Delivery)> =
            of_lane.map(|(delivery, due)| (due, delivery.clone())).collect();
        waiting.sort_by_key(|(due, delivery)| (*due, delivery.id));
        let mut claimed = Claimed { pace: tables.pace(claim.endpoint), ..Claimed::default() };
        let endpoint = tables.endpoints.get(&claim.endpoint);
        let held_until = endpoint.and_then(|endpoint| endpoint.held_until).filter(|held| *held > claim.now);
        let mut payload_bytes = 0;
        for (due, delivery) in waiting {
            let enough = claimed.jobs.len() >= claim.limit
                || payload_bytes >= claim.payload_bytes
                || held_until.is_some();
            let leased = delivery.claim(claim.lease, claim.now).filter(|_| !enough);
            let Some(leased) = leased else {
                claimed.next_due = Some(due.max(held_until.unwrap_or_default()));
                break;
            };
            let message = tables.messages.get(&leased.id.message).expect("a delivery has a message").clone();
            payload_bytes += message.payload.len();
            tables.deliveries.insert(leased.id, leased.clone());
            claimed.jobs.push(Job { delivery: leased, message });
        }
        Ok(claimed)
    }

    async fn settle(&self, settlements: Vec<Settlement>) -> Result<Settlements, StoreError> {
        let mut tables = self.tables();
        let applied = settlements.into_iter().map(|settlement| tables.settle(settlement)).collect();
        Ok(Settlements { applied, told: Vec::new() })
    }

    async fn redeliver(&self, _: Redelivery) -> Result<Redelivered, StoreError> {
        todo!()
    }
}

impl Tables {
    fn waiting(&self) -> impl Iterator<Item = (&Delivery, Timestamp)> {
        self.deliveries.values().filter_map(|delivery| match delivery.state {
            State::Waiting { due } => Some((delivery, due)),
            _ => None,
        })
    }

    fn settle(&mut self, settlement: Settlement) -> Applied {
        let Settlement { delivery, fence, settled, attempt, at, .. } = settlement;
        let found = self.deliveries.get(&delivery).cloned();
        let Some(next) = found.and_then(|found| found.settle(fence, settled, at)) else {
            return Applied::Stale;
        };
        self.deliveries.insert(delivery, next);
        if let Some(attempt) = attempt {
            self.attempts.insert((delivery, attempt.number), attempt);
        }
        if settled.verdict == Verdict::EndpointGone
            && let Some(endpoint) = self.endpoints.get_mut(&delivery.endpoint)
        {
            endpoint.disabled.get_or_insert(Disabled { at, reason: DisabledReason::Gone });
        }
        Applied::Yes
    }
}
