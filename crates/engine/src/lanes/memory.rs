//! What a node holds in memory, and what it has promised to take: both together are bounded.

use domain::limits::{
    ATTEMPTS_IN_FLIGHT_MAX, CLAIM_BYTES_MIN, DELIVERIES_IN_MEMORY_MAX, LANE_PAYLOAD_BYTES_MAX,
    PAYLOAD_BYTES_IN_MEMORY_MAX,
};

use crate::ports::queue::Job;

/// How much a node does and holds at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Attempts under way.
    pub places: usize,
    /// Deliveries in memory.
    pub deliveries: usize,
    /// Bytes of their payloads.
    pub payload_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            places: ATTEMPTS_IN_FLIGHT_MAX,
            deliveries: DELIVERIES_IN_MEMORY_MAX,
            payload_bytes: PAYLOAD_BYTES_IN_MEMORY_MAX,
        }
    }
}

/// A part of the memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) deliveries: usize,
    pub(super) payload_bytes: usize,
}

impl Part {
    /// What one delivery needs.
    pub(super) fn of(job: &Job) -> Self {
        Self { deliveries: 1, payload_bytes: job.message.payload.len() }
    }

    pub(super) fn grow(&mut self, by: Part) {
        self.deliveries += by.deliveries;
        self.payload_bytes += by.payload_bytes;
    }

    pub(super) fn shrink(&mut self, by: Part) {
        self.deliveries -= by.deliveries;
        self.payload_bytes -= by.payload_bytes;
    }

    fn up_to(self, most: Part) -> Self {
        Self {
            deliveries: self.deliveries.min(most.deliveries),
            payload_bytes: self.payload_bytes.min(most.payload_bytes),
        }
    }
}

/// How full the memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Plenty,
    /// More than half is taken: lanes hold what they soon use.
    Tight,
    /// More than three quarters are taken: the rest is for lanes that hold nothing.
    Scarce,
}

/// The memory of a node.
#[derive(Debug)]
pub(super) struct Memory {
    limits: Limits,
    held: Part,
    /// Set aside for acceptances and claims under way.
    promised: Part,
}

impl Memory {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, held: Part::default(), promised: Part::default() }
    }

    pub(super) fn held(&self) -> usize {
        self.held.deliveries
    }

    pub(super) fn promised(&self) -> usize {
        self.promised.deliveries
    }

    pub(super) fn hold(&mut self, part: Part) {
        self.held.grow(part);
    }

    pub(super) fn free(&mut self, part: Part) {
        self.held.shrink(part);
    }

    /// Sets room aside: `wanted`, or what there is.
    pub(super) fn promise(&mut self, wanted: Part) -> Part {
        let part = wanted.up_to(self.room());
        self.promised.grow(part);
        part
    }

    /// Sets room aside for a claim of up to `rows` for a lane that holds so many bytes, if there is any.
    pub(super) fn promise_claim(&mut self, rows: usize, held_bytes: usize) -> Option<Part> {
        let payload_bytes = LANE_PAYLOAD_BYTES_MAX.saturating_sub(held_bytes).max(CLAIM_BYTES_MIN);
        let wanted = Part { deliveries: rows, payload_bytes };
        (rows > 0 && self.has_room_for_a_claim()).then(|| self.promise(wanted))
    }

    /// Whether one delivery of any size fits.
    pub(super) fn has_room_for_a_claim(&self) -> bool {
        let room = self.room();
        room.deliveries > 0 && room.payload_bytes >= CLAIM_BYTES_MIN
    }

    /// A promise was kept, or is not needed any more.
    pub(super) fn release(&mut self, promised: Part) {
        self.promised.shrink(promised);
    }

    pub(super) fn level(&self) -> Level {
        let is_above = |quarters: usize| {
            let above = |held: usize, promised: usize, limit: usize| held + promised > limit / 4 * quarters;
            above(self.held.deliveries, self.promised.deliveries, self.limits.deliveries)
                || above(self.held.payload_bytes, self.promised.payload_bytes, self.limits.payload_bytes)
        };
        match () {
            () if is_above(3) => Level::Scarce,
            () if is_above(2) => Level::Tight,
            () => Level::Plenty,
        }
    }

    fn room(&self) -> Part {
        let left = |limit: usize, held: usize, promised: usize| limit.saturating_sub(held + promised);
        Part {
            deliveries: left(self.limits.deliveries, self.held.deliveries, self.promised.deliveries),
            payload_bytes: left(
                self.limits.payload_bytes,
                self.held.payload_bytes,
                self.promised.payload_bytes,
            ),
        }
    }
}
