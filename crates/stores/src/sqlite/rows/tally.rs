//! What commits counted and is not added up yet.

use domain::counts::{Counted, Grain};
use domain::id::EndpointId;
use domain::latencies::Latency;
use domain::time::Timestamp;
use rusqlite::Connection;

use super::super::error::invalid;
use super::gathered::{self, Gathered};

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

pub(crate) const ADD: &str = gathered::add_query!("rows::tally::add", "tally", "counts");

/// Adds what a commit counted; answers how much there is now.
pub(crate) fn add(connection: &Connection, tallied: &[Tallied]) -> rusqlite::Result<Gathered> {
    let bytes: Vec<u8> = tallied.iter().flat_map(to_bytes).collect();
    gathered::add(connection, ADD, tallied.len(), &bytes)
}

pub(crate) const ALL: &str = "/* rows::tally::all */ SELECT number, counts FROM tally ORDER BY number";

/// All that is not added up yet, without what cannot be read.
pub(crate) fn all(connection: &Connection) -> rusqlite::Result<Vec<Tallied>> {
    let mut all = Vec::new();
    gathered::visit(connection, ALL, "counts", |bytes| of_bytes(bytes, &mut all))?;
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
