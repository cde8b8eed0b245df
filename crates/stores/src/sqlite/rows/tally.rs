//! What commits counted and is not added up yet.

use domain::counts::{Counted, Grain};
use domain::id::EndpointId;
use domain::latencies::Latency;
use domain::time::Timestamp;
use rusqlite::{Connection, params};

use super::super::error::invalid;
use super::readable;

/// Something that happened to an endpoint, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tallied {
    pub(crate) endpoint: EndpointId,
    /// To the minute.
    pub(crate) at: Timestamp,
    pub(crate) counted: Counted,
}

/// What each of them takes: the endpoint, the minute, what is counted, and its latency.
const BYTES: usize = 8 + 4 + 1 + 1;

pub(crate) const ADD: &str = "/* rows::tally::add */
    INSERT INTO tally (number, things, counts) VALUES (
        (SELECT ifnull(max(number), 0) FROM tally) + 1,
        ifnull((SELECT things FROM tally ORDER BY number DESC LIMIT 1), 0) + ?1,
        ?2
    ) RETURNING number, things";

/// How much is not added up yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gathered {
    /// The commits that counted it.
    pub(crate) rows: u64,
    pub(crate) things: u64,
}

/// Adds what a commit counted; answers how much there is now.
pub(crate) fn add(connection: &Connection, tallied: &[Tallied]) -> rusqlite::Result<Gathered> {
    let things = i64::try_from(tallied.len()).unwrap_or(i64::MAX);
    let bytes: Vec<u8> = tallied.iter().flat_map(to_bytes).collect();
    let mut statement = connection.prepare_cached(ADD)?;
    statement.query_row(params![things, bytes], |row| {
        let count = |at| row.get(at).map(i64::unsigned_abs);
        Ok(Gathered { rows: count(0)?, things: count(1)? })
    })
}

pub(crate) const ALL: &str = "/* rows::tally::all */ SELECT number, counts FROM tally ORDER BY number";

/// All that is not added up yet, without what cannot be read.
pub(crate) fn all(connection: &Connection) -> rusqlite::Result<Vec<Tallied>> {
    let mut query = connection.prepare_cached(ALL)?;
    let mut rows = query.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        let bytes = row.get_ref(1)?.as_blob().map_err(|error| invalid("counts", error));
        let read = bytes.and_then(|bytes| of_bytes(bytes, &mut all));
        readable(format_args!("row {number} of what was counted"), read)?;
    }
    Ok(all)
}

pub(crate) const CLEAR: &str = "/* rows::tally::clear */ DELETE FROM tally";

/// Forgets it, because it was added up.
pub(crate) fn clear(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached(CLEAR)?.execute([]).map(|_| ())
}

fn to_bytes(tallied: &Tallied) -> [u8; BYTES] {
    let (kind, latency) = match tallied.counted {
        Counted::Succeeded(latency) => (0, latency.number()),
        Counted::Failed(latency) => (1, latency.number()),
        Counted::Delivered => (2, 0),
        Counted::GivenUp => (3, 0),
    };
    let minute = u32::try_from(Grain::Minute.number(tallied.at)).unwrap_or(u32::MAX);
    let mut bytes = [0; BYTES];
    bytes[..8].copy_from_slice(&tallied.endpoint.number().to_be_bytes());
    bytes[8..12].copy_from_slice(&minute.to_be_bytes());
    bytes[12..].copy_from_slice(&[kind, latency]);
    bytes
}

fn of_bytes(bytes: &[u8], all: &mut Vec<Tallied>) -> rusqlite::Result<()> {
    let (each, rest) = bytes.as_chunks::<BYTES>();
    if !rest.is_empty() {
        return Err(invalid("counts", "they end too early"));
    }
    for [e0, e1, e2, e3, e4, e5, e6, e7, m0, m1, m2, m3, kind, latency] in each {
        let endpoint = i64::from_be_bytes([*e0, *e1, *e2, *e3, *e4, *e5, *e6, *e7]);
        let minute = u32::from_be_bytes([*m0, *m1, *m2, *m3]);
        let latency = Latency::from_number(*latency);
        let counted = match kind {
            0 => Counted::Succeeded(latency),
            1 => Counted::Failed(latency),
            2 => Counted::Delivered,
            3 => Counted::GivenUp,
            _ => return Err(invalid("counts", kind)),
        };
        let at = Grain::Minute.start(i64::from(minute));
        all.push(Tallied { endpoint: EndpointId::from_number(endpoint), at, counted });
    }
    Ok(())
}
