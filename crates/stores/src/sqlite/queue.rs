//! The queue: lanes are found by looking once at each, deliveries are claimed by lane, and settled in one move.

use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use domain::attempt::Verdict;
use domain::delivery::{Lease, State};
use domain::endpoint::{Disabled, DisabledReason};
use domain::id::{EndpointId, MessageId};
use domain::message::Message;
use domain::time::Timestamp;
use engine::ports::fault::StoreError;
use engine::ports::queue::{Applied, Claim, Claimed, Job, Life, Queue, Settlement, WaitingLane};
use rusqlite::Connection;

use super::SqliteStore;
use super::error::invalid;
use super::rows;
use super::writer::{Done, Work};

#[async_trait]
impl Queue for SqliteStore {
    async fn open(&self) -> Result<Life, StoreError> {
        self.writer.carry_out(|work| rows::life::begin(work.connection).map(Done::Keep)).await
    }

    async fn take_over(&self, living: Lease, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.writer.carry_out(move |work| take_over(work, living, now, limit).map(Done::Keep)).await
    }

    async fn waiting_lanes(
        &self,
        after: Option<EndpointId>,
        limit: usize,
    ) -> Result<Vec<WaitingLane>, StoreError> {
        self.readers.read(move |connection| waiting_lanes(connection, after, limit)).await
    }

    async fn claim(&self, claim: Claim) -> Result<Claimed, StoreError> {
        self.writer.carry_out(move |work| self::claim(work, claim).map(Done::Keep)).await
    }

    async fn settle(&self, settlements: Vec<Settlement>) -> Result<Vec<Applied>, StoreError> {
        let settle_all = |work: &mut Work<'_>| {
            let applied: rusqlite::Result<Vec<Applied>> =
                settlements.into_iter().map(|settlement| settle(work, settlement)).collect();
            applied.map(Done::Keep)
        };
        self.writer.carry_out(settle_all).await
    }
}

fn take_over(work: &mut Work<'_>, living: Lease, now: Timestamp, limit: usize) -> rusqlite::Result<usize> {
    let mut freed = 0;
    for delivery in rows::delivery::leased_below(work.connection, living, limit)? {
        if let Some(waiting) = delivery.take_over(living, now) {
            rows::delivery::update(work.connection, &waiting)?;
            work.weigh(0);
            freed += 1;
        }
    }
    Ok(freed)
}

fn waiting_lanes(
    connection: &Connection,
    after: Option<EndpointId>,
    limit: usize,
) -> rusqlite::Result<Vec<WaitingLane>> {
    let mut lanes: Vec<WaitingLane> = Vec::new();
    while lanes.len() < limit {
        let last = lanes.last().map(|lane| lane.endpoint).or(after);
        let Some(lane) = rows::delivery::next_lane(connection, last)? else { break };
        lanes.push(lane);
    }
    Ok(lanes)
}

fn claim(work: &mut Work<'_>, claim: Claim) -> rusqlite::Result<Claimed> {
    let connection = work.connection;
    let mut claimed = Claimed::default();
    let most = claim.limit.saturating_add(1);
    let mut payload_bytes = 0;
    rows::delivery::visit_lane(connection, claim.endpoint, most, |delivery| {
        let State::Waiting { due } = delivery.state else { return Ok(ControlFlow::Break(())) };
        let enough = claimed.jobs.len() >= claim.limit || payload_bytes >= claim.payload_bytes;
        let leased = delivery.claim(claim.lease, claim.now).filter(|_| !enough);
        let Some(leased) = leased else {
            claimed.next_due = Some(due);
            return Ok(ControlFlow::Break(()));
        };
        let message = rows::readable(leased.id, message(connection, leased.id.message))?;
        payload_bytes += message.as_ref().map_or(0, |message| message.payload.len());
        claimed.jobs.extend(message.map(|message| Job { delivery: leased, message: Arc::new(message) }));
        Ok(ControlFlow::Continue(()))
    })?;
    for job in &claimed.jobs {
        rows::delivery::update(connection, &job.delivery)?;
        work.weigh(job.message.payload.len());
    }
    Ok(claimed)
}

fn message(connection: &Connection, id: MessageId) -> rusqlite::Result<Message> {
    rows::message::find(connection, id)?.ok_or_else(|| invalid("delivery", "its message is missing"))
}

fn settle(work: &mut Work<'_>, settlement: Settlement) -> rusqlite::Result<Applied> {
    let Settlement { delivery: id, fence, settled, attempt, at } = settlement;
    let found = rows::delivery::find(work.connection, id)?;
    let Some(next) = found.and_then(|found| found.settle(fence, settled, at)) else {
        return Ok(Applied::Stale);
    };
    rows::delivery::update(work.connection, &next)?;
    work.weigh(0);
    if let Some(attempt) = attempt {
        rows::attempt::insert(work.connection, id, &attempt)?;
        work.weigh(attempt.outcome.response.map_or(0, |response| response.body.len()));
    }
    if settled.verdict == Verdict::EndpointGone {
        disable(work, id.endpoint, Disabled { at, reason: DisabledReason::Gone })?;
    }
    Ok(Applied::Yes)
}

/// An endpoint that is disabled already stays so since when and why it was.
fn disable(work: &mut Work<'_>, id: EndpointId, disabled: Disabled) -> rusqlite::Result<()> {
    let found = rows::endpoint::find(work.connection, id)?;
    let Some(mut endpoint) = found.filter(|endpoint| endpoint.disabled.is_none()) else { return Ok(()) };
    rows::endpoint::disable(work.connection, id, disabled)?;
    endpoint.disabled = Some(disabled);
    work.routes.put_endpoint(&rows::app::uid(work.connection, endpoint.app)?, &endpoint);
    work.changed.push(Arc::new(endpoint));
    Ok(())
}
