//! Rows in their order, and among them the deliveries that have none yet.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::vec::IntoIter;

use domain::delivery::Delivery;
use rusqlite::Connection;

use super::super::born::{self, Born};

/// A walk through deliveries by their ids.
pub(super) struct Merged<R: Iterator> {
    rows: Peekable<R>,
    born: Peekable<IntoIter<Delivery>>,
    ascends: bool,
}

impl<R: Iterator<Item = rusqlite::Result<Delivery>>> Merged<R> {
    /// A walk through rows, up or down, and through those without a row that are meant.
    pub(super) fn of(
        connection: &Connection,
        rows: R,
        ascends: bool,
        is_meant: impl Fn(&Born) -> bool,
    ) -> rusqlite::Result<Self> {
        let mut meant = born::meant(connection, is_meant)?;
        meant.sort_unstable_by_key(|delivery| delivery.id);
        if !ascends {
            meant.reverse();
        }
        Ok(Self { rows: rows.peekable(), born: meant.into_iter().peekable(), ascends })
    }
}

impl<R: Iterator<Item = rusqlite::Result<Delivery>>> Iterator for Merged<R> {
    type Item = rusqlite::Result<Delivery>;

    /// Where there is a row, it is the row that counts.
    fn next(&mut self) -> Option<Self::Item> {
        let Some(born) = self.born.peek() else { return self.rows.next() };
        let order = match self.rows.peek() {
            None => Ordering::Less,
            Some(Err(_)) => Ordering::Greater,
            Some(Ok(row)) if self.ascends => born.id.cmp(&row.id),
            Some(Ok(row)) => row.id.cmp(&born.id),
        };
        match order {
            Ordering::Less => self.born.next().map(Ok),
            Ordering::Equal => {
                self.born.next();
                self.rows.next()
            }
            Ordering::Greater => self.rows.next(),
        }
    }
}
