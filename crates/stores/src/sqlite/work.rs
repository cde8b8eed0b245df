//! What a move works with, within the transaction of its batch.

use std::sync::Arc;

use domain::attempt::Attempt;
use domain::counts::Counted;
use domain::delivery::{Delivery, Lease};
use domain::endpoint::Endpoint;
use domain::id::{AppId, AttemptId, DeliveryId, EndpointId};
use domain::payload::Token;
use domain::time::Timestamp;
use engine::ports::queue::WaitingLane;
use rusqlite::Connection;

use super::births::Births;
use super::known::Changed;
use super::routes::Routes;
use super::rows;
use super::rows::born::Born;
use super::rows::tally::Tallied;
use super::statements::Statements;
use super::statistics;
use crate::limits::{FIRST_RESPONSE_BYTES_MAX, ROW_BYTES};

/// The open transaction, and what is known and noted beside it.
pub(super) struct Work<'a> {
    /// Sees all that the moves before it did.
    pub(super) connection: &'a Connection,
    /// Of that connection, those that are used for row after row.
    pub(super) statements: Statements<'a>,
    /// Apps and endpoints, as this transaction sees them.
    pub(super) routes: &'a mut Routes,
    /// Deliveries without a row, as this transaction sees them.
    pub(super) births: &'a mut Births,
    /// What this batch changed, for those who read.
    changed: Vec<Changed>,
    /// What this batch did that is still to be counted.
    tallied: Vec<Tallied>,
    /// The highest id of the attempts that it recorded.
    last_attempt: Option<AttemptId>,
    /// What the batch has written and holds in memory, about.
    bytes: usize,
}

/// How far a batch had come.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    changed: usize,
    tallied: usize,
    births: usize,
    last_attempt: Option<AttemptId>,
    writes: u64,
}

impl<'a> Work<'a> {
    /// The work of a transaction that has begun.
    pub(super) fn new(connection: &'a Connection, routes: &'a mut Routes, births: &'a mut Births) -> Self {
        let (changed, tallied, statements) = (Vec::new(), Vec::new(), Statements::of(connection));
        Self { connection, statements, routes, births, changed, tallied, last_attempt: None, bytes: 0 }
    }

    /// Notes that a row was written with a payload of so many bytes.
    pub(super) fn weigh(&mut self, payload_bytes: usize) {
        self.hold(ROW_BYTES + payload_bytes);
    }

    /// Notes that so many bytes more are held until the answer, or were written into a row.
    pub(super) fn hold(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    /// What was written and is held, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Notes what was changed.
    pub(super) fn note(&mut self, changed: Changed) {
        self.changed.push(changed);
    }

    /// The endpoint with this id, also one that is deleted.
    pub(super) fn endpoint(&mut self, id: EndpointId) -> rusqlite::Result<Option<Arc<Endpoint>>> {
        self.routes.endpoint(self.connection, id)
    }

    /// Stores an endpoint, whether it was there or not.
    pub(super) fn put_endpoint(&mut self, endpoint: Endpoint) -> rusqlite::Result<()> {
        let endpoint = Arc::new(endpoint);
        self.routes.put_endpoint(self.connection, &endpoint)?;
        self.note(Changed::Endpoint(endpoint));
        self.weigh(0);
        Ok(())
    }

    /// Lets an endpoint be called that was held up; answers whether it was.
    pub(super) fn free(&mut self, id: EndpointId) -> rusqlite::Result<bool> {
        let held = self.endpoint(id)?.filter(|endpoint| endpoint.held_until.is_some());
        let Some(held) = held else { return Ok(false) };
        self.put_endpoint(Endpoint { held_until: None, ..Endpoint::clone(&held) })?;
        Ok(true)
    }

    /// The delivery with this id.
    pub(super) fn delivery(&mut self, id: DeliveryId) -> rusqlite::Result<Option<Delivery>> {
        match self.births.find(id) {
            Some(born) => Ok(Some(born)),
            None => rows::delivery::find(&mut self.statements, id),
        }
    }

    /// Keeps a delivery that was born leased.
    pub(super) fn keep(&mut self, app: AppId, id: DeliveryId, lease: Lease, token: Option<Token>) {
        let DeliveryId { message, endpoint } = id;
        self.births.keep(Born { app, message, endpoint, lease, token });
        self.weigh(0);
    }

    /// Stores another delivery that is new.
    pub(super) fn add_delivery(&mut self, delivery: &Delivery) -> rusqlite::Result<()> {
        rows::delivery::insert(&mut self.statements, delivery)?;
        self.note_delivery(delivery);
        Ok(())
    }

    /// Stores where a delivery stands now. It was read in the same transaction, and nobody else writes, so nothing but its
    /// id is looked at.
    pub(super) fn change_delivery(&mut self, delivery: &Delivery) -> rusqlite::Result<()> {
        match self.births.end(delivery.id) {
            true => rows::delivery::insert(&mut self.statements, delivery)?,
            false => rows::delivery::update(&mut self.statements, delivery)?,
        }
        self.note_delivery(delivery);
        Ok(())
    }

    /// Stores where a delivery stands after an attempt, as [`Work::change_delivery`] does, and the attempt: in the same row, if
    /// the delivery was kept from birth on and is ended by its first one.
    pub(super) fn record(&mut self, delivery: &Delivery, attempt: &Attempt) -> rusqlite::Result<()> {
        let is_first = attempt.number == 1 && response_bytes(attempt) <= FIRST_RESPONSE_BYTES_MAX;
        if is_first && !delivery.is_pending() && self.births.end(delivery.id) {
            rows::delivery::insert_ended(&mut self.statements, delivery, attempt)?;
            self.note_delivery(delivery);
        } else {
            self.change_delivery(delivery)?;
            rows::attempt::insert(&mut self.statements, delivery.id, attempt)?;
            self.weigh(0);
        }
        self.last_attempt = self.last_attempt.max(Some(attempt.id));
        self.tally(delivery.id.endpoint, Counted::attempt(attempt));
        self.hold(response_bytes(attempt));
        Ok(())
    }

    /// Counts a delivery in, if it has ended.
    fn note_delivery(&mut self, delivery: &Delivery) {
        if let Some(end) = Counted::end(delivery.state) {
            self.tally(delivery.id.endpoint, end);
        }
        self.weigh(0);
    }

    /// The lane of an endpoint, if anything waits in it.
    pub(super) fn lane(&mut self, id: EndpointId) -> rusqlite::Result<Option<WaitingLane>> {
        match rows::delivery::lanes::first_due(self.connection, id)? {
            Some(due) => rows::endpoint::lane(self.connection, id, due),
            None => Ok(None),
        }
    }

    fn tally(&mut self, endpoint: EndpointId, (at, counted): (Timestamp, Counted)) {
        self.tallied.push(Tallied { endpoint, at, counted });
    }

    /// How far the batch has come.
    pub(super) fn mark(&self) -> Mark {
        let writes = self.connection.total_changes();
        let (changed, tallied) = (self.changed.len(), self.tallied.len());
        Mark { changed, tallied, births: self.births.mark(), last_attempt: self.last_attempt, writes }
    }

    /// Whether anything was done since then that would have to be undone.
    pub(super) fn has_acted_since(&self, mark: Mark) -> bool {
        self.connection.total_changes() != mark.writes || self.births.mark() != mark.births
    }

    /// Forgets what was done since then, and was undone in the database.
    pub(super) fn undo(&mut self, mark: Mark) {
        self.routes.clear();
        self.births.undo(mark.births);
        self.changed.truncate(mark.changed);
        self.tallied.truncate(mark.tallied);
        self.last_attempt = mark.last_attempt;
    }

    /// Stores what was counted, and answers what was changed, or read and will be asked for.
    pub(super) fn finish(mut self) -> rusqlite::Result<Vec<Changed>> {
        self.births.write(self.connection, &mut self.statements)?;
        statistics::tally(self.connection, &self.tallied)?;
        if let Some(last) = self.last_attempt {
            rows::life::attempted(self.connection, last)?;
        }
        self.changed.extend(self.routes.take_fresh().into_iter().map(Changed::Route));
        Ok(self.changed)
    }
}

fn response_bytes(attempt: &Attempt) -> usize {
    attempt.outcome.response.as_ref().map_or(0, |response| response.body.len())
}
