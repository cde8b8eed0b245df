//! The queue: lanes are found by looking once at each, deliveries are claimed by lane, and settled in one move.

mod settle;

use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use domain::delivery::{Delivery, Lease, State};
use domain::id::{DeliveryId, EndpointId, MessageId};
use domain::message::{Fate, Message};
use engine::ports::fault::StoreError;
use engine::ports::queue::{
    Claim, Claimed, Job, Life, Queue, Redelivered, Redelivery, Settlement, Settlements, WaitingLane,
};
use rusqlite::Connection;

use super::SqliteStore;
use super::error::invalid;
use super::rows;
use super::statements::Statements;
use super::work::Work;
use super::writer::Done;

#[async_trait]
impl Queue for SqliteStore {
    async fn open(&self) -> Result<Life, StoreError> {
        self.writer.carry_out(|work| rows::life::begin(work.connection).map(Done::Keep)).await
    }

    async fn take_over(&self, living: Lease, limit: usize) -> Result<usize, StoreError> {
        self.writer.carry_out(move |work| take_over(work, living, limit).map(Done::Keep)).await
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

    async fn settle(&self, settlements: Arc<[Settlement]>) -> Result<Settlements, StoreError> {
        self.writer.carry_out(move |work| settle::settle_all(work, &settlements).map(Done::Keep)).await
    }

    async fn redeliver(&self, redelivery: Redelivery) -> Result<Redelivered, StoreError> {
        self.writer.carry_out(move |work| redeliver(work, redelivery).map(Done::Keep)).await
    }
}

fn take_over(work: &mut Work<'_>, living: Lease, limit: usize) -> rusqlite::Result<usize> {
    work.births.lay_out_below(living, &mut work.statements)?;
    let mut freed = 0;
    for delivery in rows::delivery::lanes::leased_below(work.connection, living, limit)? {
        if let Some(waiting) = delivery.take_over(living) {
            work.change_delivery(&waiting)?;
            freed += 1;
        }
    }
    Ok(freed)
}

fn waiting_lanes(
    connection: &Connection,
    mut after: Option<EndpointId>,
    limit: usize,
) -> rusqlite::Result<Vec<WaitingLane>> {
    let mut lanes: Vec<WaitingLane> = Vec::new();
    while lanes.len() < limit {
        let Some((endpoint, due)) = rows::delivery::lanes::next(connection, after)? else { break };
        lanes.extend(rows::endpoint::lane(connection, endpoint, due)?);
        after = Some(endpoint);
    }
    Ok(lanes)
}

fn claim(work: &mut Work<'_>, claim: Claim) -> rusqlite::Result<Claimed> {
    let endpoint = rows::readable(claim.endpoint, work.endpoint(claim.endpoint))?.flatten();
    let pace = match &endpoint {
        Some(endpoint) => rows::readable(endpoint.app, work.routes.pace(work.connection, endpoint))?,
        None => None,
    };
    let held_until = endpoint.as_ref().and_then(|endpoint| endpoint.held_until);
    let held_until = held_until.filter(|held_until| *held_until > claim.now);
    let mut claimed = Claimed { pace: pace.unwrap_or_default(), ..Claimed::default() };
    let Work { connection, statements, .. } = work;
    let most = claim.limit.saturating_add(1);
    let mut payload_bytes = 0;
    rows::delivery::lanes::visit(connection, claim.endpoint, most, |delivery| {
        let State::Waiting { due } = delivery.state else { return Ok(ControlFlow::Break(())) };
        let enough =
            claimed.jobs.len() >= claim.limit || payload_bytes >= claim.payload_bytes || held_until.is_some();
        let leased = delivery.claim(claim.lease, claim.now).filter(|_| !enough);
        let Some(leased) = leased else {
            claimed.next_due = Some(due.max(held_until.unwrap_or_default()));
            return Ok(ControlFlow::Break(()));
        };
        let message = rows::readable(leased.id, message(statements, leased.id.message))?;
        payload_bytes += message.as_ref().map_or(0, |message| message.payload.len());
        claimed.jobs.extend(message.map(|message| Job { delivery: leased, message: Arc::new(message) }));
        Ok(ControlFlow::Continue(()))
    })?;
    for job in &claimed.jobs {
        work.change_delivery(&job.delivery)?;
        work.hold(job.message.payload.len());
    }
    Ok(claimed)
}

fn message(statements: &mut Statements<'_>, id: MessageId) -> rusqlite::Result<Message> {
    rows::message::find(statements, id)?.ok_or_else(|| invalid("delivery", "its message is missing"))
}

fn redeliver(work: &mut Work<'_>, redelivery: Redelivery) -> rusqlite::Result<Redelivered> {
    let Redelivery { message, endpoint, now } = redelivery;
    let id = DeliveryId { message, endpoint };
    let message = rows::message::head(work.connection, message)?;
    let endpoint = work.endpoint(endpoint)?.filter(|endpoint| endpoint.deleted_at.is_none());
    let of_one_app = message.zip(endpoint).filter(|(message, endpoint)| message.app == endpoint.app);
    let Some((message, endpoint)) = of_one_app else { return Ok(Redelivered::Absent) };
    if !message.payload.is_there() {
        return Ok(Redelivered::NoPayload);
    }
    if endpoint.disabled.is_some() {
        return Ok(Redelivered::Disabled);
    }
    let stored = work.delivery(id)?;
    let again = match stored.clone() {
        Some(delivery) => delivery.redeliver(endpoint.ordering, now),
        None => Some(Delivery::late(id, &endpoint, &message, now)),
    };
    let Some(again) = again else { return Ok(Redelivered::UnderWay) };
    ask_for(work, &message, stored.as_ref(), &again)?;
    let lane = work.lane(id.endpoint)?;
    Ok(Redelivered::Waiting(lane.ok_or_else(|| invalid("delivery", "its endpoint is missing"))?))
}

/// Makes a delivery wait that somebody asked for, in the place of what is stored of it, and with it its lane, if that was
/// held up.
pub(super) fn ask_for(
    work: &mut Work<'_>,
    message: &Message,
    stored: Option<&Delivery>,
    again: &Delivery,
) -> rusqlite::Result<()> {
    work.free(again.id.endpoint)?;
    if message.fate != Fate::Routed {
        rows::message::set_fate(work.connection, message.id, Fate::Routed)?;
    }
    match stored {
        Some(_) => work.change_delivery(again),
        None => work.add_delivery(again),
    }
}
