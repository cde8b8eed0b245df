//! What a move works with, within the transaction of its batch.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::attempt::Attempt;
use domain::endpoint::Endpoint;
use domain::id::{AttemptId, EndpointId};
use domain::time::Timestamp;
use engine::ports::queue::WaitingLane;
use rusqlite::Connection;

use super::known::Changed;
use super::routes::Routes;
use super::rows;
use super::rows::endpoint_stats::{Counts, Hour};
use crate::limits::ROW_BYTES;

/// The open transaction, and what is known and noted beside it.
pub(super) struct Work<'a> {
    /// Sees all that the moves before it did.
    pub(super) connection: &'a Connection,
    /// Apps and endpoints, as this transaction sees them.
    pub(super) routes: &'a mut Routes,
    /// What this batch changed, for those who read.
    changed: Vec<Changed>,
    /// Attempts that this batch recorded and that are still to be counted.
    attempts: Vec<Attempted>,
    /// What the batch has written and holds in memory, about.
    bytes: usize,
}

/// What is counted of an attempt.
#[derive(Clone, Copy)]
struct Attempted {
    id: AttemptId,
    endpoint: EndpointId,
    hour: Hour,
    succeeded: bool,
}

/// How far a batch had come.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    changed: usize,
    attempts: usize,
    writes: u64,
}

impl<'a> Work<'a> {
    /// The work of a transaction that has begun.
    pub(super) fn new(connection: &'a Connection, routes: &'a mut Routes) -> Self {
        Self { connection, routes, changed: Vec::new(), attempts: Vec::new(), bytes: 0 }
    }

    /// Notes that a row was written, or is held until the answer, with a payload of so many bytes.
    pub(super) fn weigh(&mut self, payload_bytes: usize) {
        self.bytes += ROW_BYTES + payload_bytes;
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

    /// The lane of an endpoint, if anything waits in it.
    pub(super) fn lane(&mut self, id: EndpointId) -> rusqlite::Result<Option<WaitingLane>> {
        match rows::delivery::lanes::first_due(self.connection, id)? {
            Some(due) => rows::endpoint::lane(self.connection, id, due),
            None => Ok(None),
        }
    }

    /// Counts an attempt to an endpoint in.
    pub(super) fn count(&mut self, endpoint: EndpointId, attempt: &Attempt) {
        let (id, succeeded) = (attempt.id, attempt.outcome.is_success());
        let hour = hour(attempt.started_at);
        self.attempts.push(Attempted { id, endpoint, hour, succeeded });
    }

    /// How far the batch has come.
    pub(super) fn mark(&self) -> Mark {
        let writes = self.connection.total_changes();
        Mark { changed: self.changed.len(), attempts: self.attempts.len(), writes }
    }

    /// Whether a row was written since then.
    pub(super) fn has_written_since(&self, mark: Mark) -> bool {
        self.connection.total_changes() != mark.writes
    }

    /// Forgets what was done since then, and was undone in the database.
    pub(super) fn undo(&mut self, mark: Mark) {
        self.routes.clear();
        self.changed.truncate(mark.changed);
        self.attempts.truncate(mark.attempts);
    }

    /// Stores what was counted, each endpoint once for each hour, and answers what was changed.
    pub(super) fn finish(self) -> rusqlite::Result<Vec<Changed>> {
        let mut counts: BTreeMap<(Hour, EndpointId), Counts> = BTreeMap::new();
        for attempt in &self.attempts {
            let (succeeded, failed) = (u64::from(attempt.succeeded), u64::from(!attempt.succeeded));
            *counts.entry((attempt.hour, attempt.endpoint)).or_default() += Counts { succeeded, failed };
        }
        for ((hour, endpoint), counts) in counts {
            rows::endpoint_stats::add(self.connection, hour, endpoint, counts)?;
        }
        if let Some(last) = self.attempts.iter().map(|attempt| attempt.id).max() {
            rows::life::attempted(self.connection, last)?;
        }
        Ok(self.changed)
    }
}

/// The hour of a moment.
pub(super) fn hour(at: Timestamp) -> Hour {
    Hour(at.hours())
}
