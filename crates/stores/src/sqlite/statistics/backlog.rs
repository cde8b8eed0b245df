//! What is to be delivered at this moment: of a history, the few rows that wait or are leased.

use domain::id::EndpointId;
use engine::ports::history::COUNT_MAX;
use engine::ports::statistics::{Backlog, CountsOf};
use rusqlite::Connection;

use super::super::rows;
use super::homes::Homes;
use crate::limits::{LANES_COUNTED_MAX, LEASES_COUNTED_MAX};

pub(super) fn count(connection: &Connection, of: CountsOf) -> rusqlite::Result<Backlog> {
    let mut homes = Homes::of(connection);
    let mut counted = Counted::default();
    match of.app {
        Some(app) => {
            for lane in rows::endpoint::ids_of_app(connection, app)? {
                if counted.waiting <= COUNT_MAX && homes.is_of(of, lane)? {
                    counted.count_lane(connection, lane)?;
                }
            }
        }
        None => {
            let (mut after, mut lanes) = (None, 0);
            while let Some((lane, _)) = rows::delivery::lanes::next(connection, after)? {
                if counted.waiting > COUNT_MAX || lanes == LANES_COUNTED_MAX {
                    counted.is_capped = true;
                    break;
                }
                if homes.is_of(of, lane)? {
                    counted.count_lane(connection, lane)?;
                }
                (after, lanes) = (Some(lane), lanes + 1);
            }
        }
    }
    let leased = rows::delivery::lanes::leased(connection, LEASES_COUNTED_MAX)?;
    counted.is_capped |= leased.len() == LEASES_COUNTED_MAX;
    for endpoint in leased {
        counted.under_way += usize::from(homes.is_of(of, endpoint)?);
    }
    Ok(counted.shown())
}

#[derive(Default)]
struct Counted {
    waiting: usize,
    pending: usize,
    under_way: usize,
    is_capped: bool,
}

impl Counted {
    /// Counts what waits in a lane, up to one more than is told.
    fn count_lane(&mut self, connection: &Connection, lane: EndpointId) -> rusqlite::Result<()> {
        let left = (COUNT_MAX + 1).saturating_sub(self.waiting);
        let attempts = rows::delivery::lanes::attempts(connection, lane, left)?;
        self.waiting += attempts.len();
        let told = attempts.len().min(left - 1);
        self.pending += attempts[..told].iter().filter(|attempts| **attempts == 0).count();
        Ok(())
    }

    fn shown(self) -> Backlog {
        let is_capped = self.is_capped || self.waiting > COUNT_MAX || self.under_way > COUNT_MAX;
        let sending = self.waiting.min(COUNT_MAX) - self.pending;
        let [pending, sending, under_way] = [self.pending, sending, self.under_way.min(COUNT_MAX)]
            .map(|count| u64::try_from(count).unwrap_or(u64::MAX));
        Backlog { pending, sending, under_way, is_capped }
    }
}
