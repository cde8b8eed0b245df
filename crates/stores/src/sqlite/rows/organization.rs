//! Organizations, by either of their ids.

use domain::id::OrganizationId;
use domain::organization::{Organization, Settings};
use domain::sign::HeaderNames;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{revision, time, variant, variant_number};

/// All columns of an organization, in the order in which [`organization`] reads them.
macro_rules! columns {
    () => {
        "id, external, name, header_names, validates_payloads, updated_at, revision"
    };
}

pub(crate) const FIND: &str =
    concat!("/* rows::organization::find */ SELECT ", columns!(), " FROM organization WHERE id = ?1");

/// The organization with this id.
pub(crate) fn find(connection: &Connection, id: OrganizationId) -> rusqlite::Result<Option<Organization>> {
    connection.prepare_cached(FIND)?.query_row([id.number()], organization).optional()
}

pub(crate) const FIND_EXTERNAL: &str = concat!(
    "/* rows::organization::find_external */ SELECT ",
    columns!(),
    " FROM organization WHERE external = ?1"
);

/// The organization that another server's tokens call so.
pub(crate) fn find_external(
    connection: &Connection,
    external: &str,
) -> rusqlite::Result<Option<Organization>> {
    connection.prepare_cached(FIND_EXTERNAL)?.query_row([external], organization).optional()
}

pub(crate) const PUT: &str = concat!(
    "/* rows::organization::put */ INSERT INTO organization (",
    columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (id) DO UPDATE SET external = ?2, name = ?3, header_names = ?4, validates_payloads = ?5,
        updated_at = ?6, revision = ?7"
);

/// Stores an organization, whether it was there or not.
pub(crate) fn put(connection: &Connection, organization: &Organization) -> rusqlite::Result<()> {
    connection.prepare_cached(PUT)?.execute(params![
        organization.id.number(),
        organization.external,
        organization.name,
        variant_number(HEADER_NAMES, &organization.settings.header_names),
        organization.settings.validates_payloads,
        organization.updated_at.millis(),
        organization.revision.0,
    ])?;
    Ok(())
}

const HEADER_NAMES: &[HeaderNames] = &[HeaderNames::Webhook, HeaderNames::Svix, HeaderNames::Both];

fn organization(row: &Row<'_>) -> rusqlite::Result<Organization> {
    Ok(Organization {
        id: OrganizationId::from_number(row.get(0)?),
        external: row.get(1)?,
        name: row.get(2)?,
        settings: Settings {
            header_names: variant(HEADER_NAMES, row.get(3)?, "header_names")?,
            validates_payloads: row.get(4)?,
        },
        updated_at: time(row, 5)?,
        revision: revision(row, 6)?,
    })
}
