//! Deliveries that their node keeps from birth on. Nearly all of them end within milliseconds, so no row is made of one
//! before it ends; until then it stands in [`rows::born`], where each commit writes one row for all that were born with it,
//! and here, in the writer's memory.
//!
//! Where many gather there, those that have not ended get rows like all others ("laid out"). So that table stays short
//! enough for readers to look through all of it.

use domain::delivery::{Delivery, Lease, State};
use domain::id::{DeliveryId, IdMap};
use rusqlite::Connection;

use super::rows;
use super::rows::gathered::Gathered;
use super::statements::Statements;
use crate::limits::{BORN_MAX, BORN_ROWS_MAX};

/// Those that have no row of their own.
pub(super) struct Births {
    kept: IdMap<DeliveryId, Delivery>,
    /// What the batch did, to be undone if need be.
    done: Vec<Step>,
    /// Whether anything may stand in the table.
    is_written: bool,
}

enum Step {
    Kept(DeliveryId),
    Ended(Delivery),
}

impl Births {
    /// Lays out what stands in the table when a store is opened.
    pub(super) fn begin(connection: &mut Connection) -> rusqlite::Result<Births> {
        let transaction = connection.transaction()?;
        let mut statements = Statements::of(&transaction);
        for delivery in rows::born::without_row(&transaction)? {
            rows::delivery::insert(&mut statements, &delivery)?;
        }
        drop(statements);
        rows::born::clear(&transaction)?;
        transaction.commit()?;
        Ok(Births { kept: IdMap::default(), done: Vec::new(), is_written: false })
    }

    /// Keeps a delivery that was born leased.
    pub(super) fn keep(&mut self, delivery: &Delivery) {
        self.done.push(Step::Kept(delivery.id));
        self.kept.insert(delivery.id, delivery.clone());
    }

    /// The delivery with this id, as it was born.
    pub(super) fn find(&self, id: DeliveryId) -> Option<&Delivery> {
        self.kept.get(&id)
    }

    /// Keeps a delivery no more, because it gets a row; answers whether it was here.
    pub(super) fn end(&mut self, id: DeliveryId) -> bool {
        let ended = self.kept.remove(&id);
        let was_here = ended.is_some();
        self.done.extend(ended.map(Step::Ended));
        was_here
    }

    /// Makes rows of those that are leased to lives before this one.
    pub(super) fn lay_out_below(
        &mut self,
        living: Lease,
        statements: &mut Statements<'_>,
    ) -> rusqlite::Result<()> {
        let is_below =
            |delivery: &&Delivery| matches!(delivery.state, State::Leased { lease } if lease < living);
        let meant: Vec<DeliveryId> =
            self.kept.values().filter(is_below).map(|delivery| delivery.id).collect();
        self.lay_out(meant, statements)
    }

    fn lay_out(&mut self, meant: Vec<DeliveryId>, statements: &mut Statements<'_>) -> rusqlite::Result<()> {
        for id in meant {
            if let Some(delivery) = self.kept.get(&id) {
                rows::delivery::insert(statements, delivery)?;
            }
            self.end(id);
        }
        Ok(())
    }

    /// Writes what the batch brought forth.
    pub(super) fn write(
        &mut self,
        connection: &Connection,
        statements: &mut Statements<'_>,
    ) -> rusqlite::Result<()> {
        let fresh = self.done.iter().filter_map(|step| match step {
            Step::Kept(id) => self.kept.get(id),
            Step::Ended(_) => None,
        });
        let mut fresh = fresh.peekable();
        if fresh.peek().is_some() {
            let Gathered { rows, things } = rows::born::add(connection, fresh)?;
            self.is_written = true;
            if things >= BORN_MAX || rows >= BORN_ROWS_MAX {
                self.lay_out(self.kept.keys().copied().collect(), statements)?;
            }
        }
        if self.kept.is_empty() && self.is_written {
            rows::born::clear(connection)?;
            self.is_written = false;
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
                Step::Kept(id) => _ = self.kept.remove(&id),
                Step::Ended(delivery) => _ = self.kept.insert(delivery.id, delivery),
            }
        }
        self.is_written = true;
    }

    /// Notes that what the batch did is on the disk.
    pub(super) fn committed(&mut self) {
        self.done.clear();
    }
}
