//! Deliveries that their node keeps from birth on, as long as they have no row of their own.

use domain::delivery::{Delivery, Lease, State};
use domain::id::{DeliveryId, EndpointId, MessageId};
use domain::payload::Token;
use rusqlite::Connection;

use super::super::error::invalid;
use super::gathered::{self, Gathered};

/// What each of them takes without its token: its message, its endpoint, its lease, and whether it has a token.
const BYTES: usize = 8 + 8 + 8 + 1;

pub(crate) const ADD: &str = gathered::add_query!("rows::born::add", "born", "deliveries");

/// Adds those that were born with one commit; answers how much there is now.
pub(crate) fn add<'a>(
    connection: &Connection,
    born: impl Iterator<Item = &'a Delivery>,
) -> rusqlite::Result<Gathered> {
    let (mut things, mut bytes) = (0, Vec::new());
    for delivery in born {
        things += usize::from(write(delivery, &mut bytes));
    }
    gathered::add(connection, ADD, things, &bytes)
}

pub(crate) const ALL: &str = "/* rows::born::all */ SELECT number, deliveries FROM born ORDER BY number";

/// All of them as they were born, without what cannot be read. Many have a row meanwhile, which is what counts.
pub(crate) fn all(connection: &Connection) -> rusqlite::Result<Vec<Delivery>> {
    let mut all = Vec::new();
    gathered::visit(connection, ALL, "deliveries", |bytes| read(bytes, &mut all))?;
    Ok(all)
}

pub(crate) const HAS_ROW: &str = "/* rows::born::without_row */
    SELECT 1 FROM delivery WHERE message = ?1 AND endpoint = ?2";

/// Those of them that have no row.
pub(crate) fn without_row(connection: &Connection) -> rusqlite::Result<Vec<Delivery>> {
    let mut has_row = connection.prepare_cached(HAS_ROW)?;
    let mut without = Vec::new();
    for delivery in all(connection)? {
        if !has_row.exists([delivery.id.message.number(), delivery.id.endpoint.number()])? {
            without.push(delivery);
        }
    }
    Ok(without)
}

pub(crate) const CLEAR: &str = "/* rows::born::clear */ DELETE FROM born";

/// Forgets them, because all have a row of their own.
pub(crate) fn clear(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached(CLEAR)?.execute([]).map(|_| ())
}

/// Appends a delivery that is as it was born; answers whether it is leased.
fn write(Delivery { id, state, token, .. }: &Delivery, bytes: &mut Vec<u8>) -> bool {
    let State::Leased { lease } = *state else { return false };
    let numbers = [id.message.number(), id.endpoint.number(), lease.0];
    numbers.iter().for_each(|number| bytes.extend(number.to_be_bytes()));
    bytes.push(u8::from(token.is_some()));
    token.iter().for_each(|token| bytes.extend(token.as_bytes()));
    true
}

fn read(mut bytes: &[u8], all: &mut Vec<Delivery>) -> rusqlite::Result<()> {
    let short = || invalid("deliveries", "they end too early");
    while !bytes.is_empty() {
        let (head, rest) = bytes.split_first_chunk::<BYTES>().ok_or_else(short)?;
        let ([message, endpoint, lease], has_token) = numbers(head);
        let (token, rest) = match has_token {
            0 => (None, rest),
            1 => {
                let (token, rest) = rest.split_first_chunk().ok_or_else(short)?;
                (Some(Token::from_bytes(*token)), rest)
            }
            other => return Err(invalid("deliveries", other)),
        };
        let id = DeliveryId {
            message: MessageId::from_number(message),
            endpoint: EndpointId::from_number(endpoint),
        };
        all.push(Delivery::kept(id, Lease(lease), token));
        bytes = rest;
    }
    Ok(())
}

/// The numbers at the beginning of each, and the byte after them.
fn numbers(head: &[u8; BYTES]) -> ([i64; 3], u8) {
    let number = |at: usize| i64::from_be_bytes(std::array::from_fn(|byte| head[8 * at + byte]));
    (std::array::from_fn(number), head[BYTES - 1])
}
