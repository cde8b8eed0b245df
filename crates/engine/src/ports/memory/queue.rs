//! Claiming and settling.

use std::sync::Arc;

use async_trait::async_trait;
use domain::counts::Counted;
use domain::delivery::{Delivery, Lease};
use domain::id::{DeliveryId, EndpointId};

use super::super::fault::StoreError;
use super::super::inbox::AcceptedMessage;
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
        let behind = tables.endpoints.keys().filter(|endpoint| after.is_none_or(|after| **endpoint > after));
        Ok(behind.filter_map(|endpoint| tables.lane(*endpoint)).take(limit).collect())
    }

    async fn claim(&self, claim: Claim) -> Result<Claimed, StoreError> {
        let mut tables = self.tables();
        let waiting = tables.waiting_for(claim.endpoint);
        let waiting: Vec<_> = waiting.into_iter().map(|(due, delivery)| (due, delivery.clone())).collect();
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

    async fn settle(&self, settlements: Arc<[Settlement]>) -> Result<Settlements, StoreError> {
        let mut tables = self.tables();
        let mut settled = Settlements::default();
        for settlement in settlements.iter() {
            let (applied, told) = tables.settle(settlement.clone());
            settled.applied.push(applied);
            settled.told.extend(told);
        }
        Ok(settled)
    }

    async fn redeliver(&self, redelivery: Redelivery) -> Result<Redelivered, StoreError> {
        Ok(self.tables().redeliver(&redelivery))
    }
}

impl Tables {
    fn settle(&mut self, settlement: Settlement) -> (Applied, Vec<AcceptedMessage>) {
        let Settlement { delivery, fence, settled, attempt, at, health, notices } = settlement;
        let found = self.deliveries.get(&delivery).cloned();
        let Some(next) = found.and_then(|found| found.settle(fence, settled, at)) else {
            return (Applied::Stale, Vec::new());
        };
        self.count_ends([&next]);
        self.deliveries.insert(delivery, next);
        if let Some(attempt) = attempt {
            self.count(delivery.endpoint, Counted::attempt(&attempt));
            self.attempts.insert((delivery, attempt.number), attempt);
        }
        let Some(before) = self.endpoints.get(&delivery.endpoint).cloned() else {
            return (Applied::Yes, Vec::new());
        };
        let after = before.after_settlement(settled.verdict, health, at);
        self.endpoints.insert(after.id, after.clone());
        let news = notices.into_iter().filter(|notice| notice.news.is_new(&before, &after));
        (Applied::Yes, news.filter_map(|notice| self.tell(notice, &after)).collect())
    }

    fn redeliver(&mut self, redelivery: &Redelivery) -> Redelivered {
        let Redelivery { message, endpoint, now } = *redelivery;
        let id = DeliveryId { message, endpoint };
        let of_one_app = self.messages.get(&message).zip(self.endpoints.get(&endpoint));
        let of_one_app = of_one_app
            .filter(|(message, endpoint)| message.app == endpoint.app && endpoint.deleted_at.is_none());
        let Some((message, endpoint)) = of_one_app else { return Redelivered::Absent };
        if !message.payload.is_there() {
            return Redelivered::NoPayload;
        }
        if endpoint.disabled.is_some() {
            return Redelivered::Disabled;
        }
        let again = match self.deliveries.get(&id).cloned() {
            Some(delivery) => delivery.redeliver(endpoint.ordering, now),
            None => Some(Delivery::late(id, endpoint, message, now)),
        };
        let Some(again) = again else { return Redelivered::UnderWay };
        self.ask_for(again);
        Redelivered::Waiting(self.lane(id.endpoint).expect("a delivery waits in it"))
    }
}
