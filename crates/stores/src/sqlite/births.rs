//! Deliveries that their node keeps from birth on. Nearly all of them end within milliseconds, so no row is made of one
//! before it ends or waits again. Until then it stands here, in the writer's memory, and on the disk in [`rows::born`], where
//! each commit writes one row for all that were born with it.
//!
//! Those rows are a queue: the oldest are taken away as soon as nothing in them is kept any more. Where one delivery is kept
//! for long, it gets a row like all others ("laid out"), so that the queue stays short enough for readers to look through.

use std::collections::VecDeque;

use domain::delivery::{Delivery, Lease};
use domain::id::{DeliveryId, IdMap};
use rusqlite::Connection;

use super::rows;
use super::rows::born::Born;
use super::statements::Statements;
use crate::limits::{BORN_MAX, BORN_ROWS_CLEARED_MIN, BORN_ROWS_MAX, LAID_OUT_MAX};

/// Those that have no row of their own.
pub(super) struct Births {
    kept: IdMap<DeliveryId, Born>,
    /// The rows in which they stand, oldest first.
    commits: VecDeque<Commit>,
    /// How many deliveries those rows have, kept or not.
    things: usize,
    /// What this batch brought forth.
    fresh: Vec<Born>,
    /// What the batch did, to be undone if need be.
    done: Vec<Step>,
    /// The number of the next row.
    next: i64,
    /// No row with a lower number is there.
    cleared: i64,
    /// So many of the oldest row are known to have ended.
    ended: usize,
}

/// A row: what was born with one commit.
struct Commit {
    number: i64,
    born: Vec<DeliveryId>,
}

enum Step {
    Kept(DeliveryId),
    Ended(Born),
    /// A row was written.
    Written,
    /// The oldest row is needed no more.
    Left(Commit),
}

impl Births {
    /// Lays out what stands in the table when a store is opened. What cannot be read stays there, set aside.
    pub(super) fn begin(connection: &mut Connection) -> rusqlite::Result<Births> {
        let transaction = connection.transaction()?;
        let mut statements = Statements::of(&transaction);
        for born in rows::born::take_all(&transaction)? {
            if !rows::delivery::exists(&mut statements, born.id())? {
                rows::delivery::insert(&mut statements, &born.delivery())?;
            }
        }
        drop(statements);
        transaction.commit()?;
        Ok(Births {
            kept: IdMap::default(),
            commits: VecDeque::new(),
            things: 0,
            fresh: Vec::new(),
            done: Vec::new(),
            next: 1,
            cleared: 1,
            ended: 0,
        })
    }

    /// Keeps a delivery.
    pub(super) fn keep(&mut self, born: Born) {
        self.done.push(Step::Kept(born.id()));
        self.fresh.push(born);
        self.kept.insert(born.id(), born);
    }

    /// The delivery with this id, as it was born.
    pub(super) fn find(&self, id: DeliveryId) -> Option<Delivery> {
        self.kept.get(&id).map(Born::delivery)
    }

    /// Keeps a delivery no more, because it gets a row; answers whether it was here.
    pub(super) fn end(&mut self, id: DeliveryId) -> bool {
        let ended = self.kept.remove(&id);
        self.done.extend(ended.map(Step::Ended));
        ended.is_some()
    }

    /// Makes rows of those that are leased to lives before this one.
    pub(super) fn lay_out_below(
        &mut self,
        living: Lease,
        statements: &mut Statements<'_>,
    ) -> rusqlite::Result<()> {
        let below = self.kept.values().filter(|born| born.lease < living);
        let mut below: Vec<DeliveryId> = below.map(Born::id).collect();
        below.sort_unstable();
        below.into_iter().try_for_each(|id| self.lay_out(id, statements).map(|_| ()))
    }

    /// Makes a row of a delivery, if it is still kept; answers whether it was.
    fn lay_out(&mut self, id: DeliveryId, statements: &mut Statements<'_>) -> rusqlite::Result<bool> {
        let Some(delivery) = self.find(id) else { return Ok(false) };
        rows::delivery::insert(statements, &delivery)?;
        Ok(self.end(id))
    }

    /// Writes what the batch brought forth, and takes away what is needed no more.
    pub(super) fn write(
        &mut self,
        connection: &Connection,
        statements: &mut Statements<'_>,
    ) -> rusqlite::Result<()> {
        let kept = &self.kept;
        self.fresh.retain(|born| kept.contains_key(&born.id()));
        if !self.fresh.is_empty() {
            rows::born::add(connection, self.next, &self.fresh)?;
            let born: Vec<DeliveryId> = self.fresh.drain(..).map(|born| born.id()).collect();
            self.things += born.len();
            self.commits.push_back(Commit { number: self.next, born });
            self.done.push(Step::Written);
            self.next += 1;
        }
        self.lay_out_oldest(statements)?;
        self.leave_ended();
        self.clear(connection)
    }

    /// Lays out what is kept of the oldest rows, if there are too many: not all at once, since everybody waits meanwhile.
    fn lay_out_oldest(&mut self, statements: &mut Statements<'_>) -> rusqlite::Result<()> {
        let mut laid_out = 0;
        while laid_out < LAID_OUT_MAX && (self.things > BORN_MAX || self.commits.len() > BORN_ROWS_MAX) {
            let Some(oldest) = self.commits.front() else { break };
            for id in oldest.born.clone() {
                laid_out += usize::from(self.lay_out(id, statements)?);
            }
            self.leave();
        }
        Ok(())
    }

    fn leave_ended(&mut self) {
        while let Some(oldest) = self.commits.front() {
            let ended = oldest.born[self.ended..].iter().take_while(|id| !self.kept.contains_key(id)).count();
            self.ended += ended;
            if self.ended < oldest.born.len() {
                break;
            }
            self.leave();
        }
    }

    fn leave(&mut self) {
        let Some(oldest) = self.commits.pop_front() else { return };
        self.ended = 0;
        self.things -= oldest.born.len();
        self.done.push(Step::Left(oldest));
    }

    /// Clears the rows that are needed no more: all at once, if it is all there are, and otherwise many together.
    fn clear(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let oldest = self.commits.front().map_or(self.next, |oldest| oldest.number);
        let least = if self.commits.is_empty() { 1 } else { BORN_ROWS_CLEARED_MIN };
        if oldest - self.cleared >= least {
            rows::born::clear(connection, oldest)?;
            self.cleared = oldest;
        }
        Ok(())
    }

    /// How many steps the batch took.
    pub(super) fn mark(&self) -> usize {
        self.done.len()
    }

    /// Undoes all steps after so many.
    pub(super) fn undo(&mut self, mark: usize) {
        for step in self.done.drain(mark..).rev() {
            match step {
                Step::Kept(id) => {
                    self.kept.remove(&id);
                    self.fresh.pop();
                }
                Step::Ended(born) => _ = self.kept.insert(born.id(), born),
                Step::Written => {
                    let written = self.commits.pop_back();
                    self.things -= written.map_or(0, |written| written.born.len());
                }
                Step::Left(commit) => {
                    self.things += commit.born.len();
                    self.commits.push_front(commit);
                }
            }
        }
        (self.ended, self.cleared) = (0, 1);
    }

    /// Notes that what the batch did is on the disk.
    pub(super) fn committed(&mut self) {
        self.done.clear();
    }
}

#[cfg(test)]
#[path = "births_tests.rs"]
mod tests;
