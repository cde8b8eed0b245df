//! Where endpoints belong: a look at their row and at that of their app.

use domain::counts::Home;
use domain::id::{AppId, EndpointId, OrganizationId};
use rusqlite::{Connection, OptionalExtension};

use super::app::kind;

/// Where an endpoint belongs, and whether it is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) home: Home,
    pub(crate) is_there: bool,
}

pub(crate) const FIND: &str = "/* rows::home::find */
    SELECT app.organization, app.id, app.kind, endpoint.deleted_at IS NULL
    FROM endpoint JOIN app ON app.id = endpoint.app WHERE endpoint.id = ?1";

/// Where an endpoint belongs, also one that is deleted.
pub(crate) fn find(connection: &Connection, endpoint: EndpointId) -> rusqlite::Result<Option<Found>> {
    let mut query = connection.prepare_cached(FIND)?;
    let found = query.query_row([endpoint.number()], |row| {
        let organization = OrganizationId::from_number(row.get(0)?);
        let home = Home { organization, app: AppId::from_number(row.get(1)?), kind: kind(row.get(2)?)? };
        Ok(Found { home, is_there: row.get(3)? })
    });
    found.optional()
}
