//! Where endpoints belong, looked up once for one answer.

use std::collections::HashMap;

use domain::id::EndpointId;
use engine::ports::statistics::CountsOf;
use rusqlite::Connection;

use super::super::rows;
use super::super::rows::home::Found;

/// Those that were looked up.
pub(super) struct Homes<'a> {
    connection: &'a Connection,
    found: HashMap<EndpointId, Option<Found>>,
}

impl<'a> Homes<'a> {
    pub(super) fn of(connection: &'a Connection) -> Self {
        Self { connection, found: HashMap::new() }
    }

    /// Where an endpoint belongs, as far as it can be read.
    pub(super) fn find(&mut self, endpoint: EndpointId) -> rusqlite::Result<Option<Found>> {
        if let Some(found) = self.found.get(&endpoint) {
            return Ok(*found);
        }
        let found = rows::readable(endpoint, rows::home::find(self.connection, endpoint))?.flatten();
        self.found.insert(endpoint, found);
        Ok(found)
    }

    /// Whether an endpoint counts for these, whether it is there or not.
    pub(super) fn counts_for(&mut self, of: CountsOf, endpoint: EndpointId) -> rusqlite::Result<bool> {
        Ok(self.find(endpoint)?.is_some_and(|found| is_of(of, found)))
    }

    /// Whether an endpoint is there, and one of these.
    pub(super) fn is_of(&mut self, of: CountsOf, endpoint: EndpointId) -> rusqlite::Result<bool> {
        Ok(self.find(endpoint)?.is_some_and(|found| found.is_there && is_of(of, found)))
    }
}

fn is_of(of: CountsOf, Found { home, .. }: Found) -> bool {
    home.is_customer_of(of.organization) && of.app.is_none_or(|app| app == home.app)
}
