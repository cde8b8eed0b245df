//! Deliveries that their node keeps from birth on, a row for each commit that brought such forth. Many of them have a row of
//! their own meanwhile, and then it is that row that counts.

use domain::delivery::{Delivery, Lease};
use domain::id::{AppId, DeliveryId, EndpointId, MessageId};
use domain::payload::Token;
use rusqlite::{Connection, params};

use super::super::error::{invalid, is_local};
use super::readable;

/// A delivery as it was born.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Born {
    pub(crate) app: AppId,
    pub(crate) message: MessageId,
    pub(crate) endpoint: EndpointId,
    pub(crate) lease: Lease,
    pub(crate) token: Option<Token>,
}

impl Born {
    pub(crate) fn id(&self) -> DeliveryId {
        DeliveryId { message: self.message, endpoint: self.endpoint }
    }

    pub(crate) fn delivery(&self) -> Delivery {
        Delivery::kept(self.id(), self.lease, self.token)
    }
}

pub(crate) const ADD: &str = "/* rows::born::add */ INSERT INTO born (number, deliveries) VALUES (?1, ?2)";

/// Adds those that were born with one commit, as the row of this number.
pub(crate) fn add(connection: &Connection, number: i64, born: &[Born]) -> rusqlite::Result<()> {
    let mut bytes = Vec::with_capacity(born.len() * BYTES);
    born.iter().for_each(|born| write(born, &mut bytes));
    connection.prepare_cached(ADD)?.execute(params![number, bytes]).map(|_| ())
}

pub(crate) const ALL: &str =
    "/* rows::born::all */ SELECT number, deliveries FROM born WHERE number > 0 ORDER BY number";

/// Those that are meant, without what cannot be read.
pub(crate) fn meant(
    connection: &Connection,
    is_meant: impl Fn(&Born) -> bool,
) -> rusqlite::Result<Vec<Delivery>> {
    let mut meant = Vec::new();
    visit(connection, |number, bytes| {
        let read = read(bytes, |born| {
            if is_meant(&born) {
                meant.push(born.delivery());
            }
        });
        readable(format_args!("born {number}"), read).map(|_| ())
    })?;
    Ok(meant)
}

pub(crate) const SET_ASIDE: &str = "/* rows::born::take_all */
    UPDATE born SET number = min(0, (SELECT min(number) FROM born)) - 1 WHERE number = ?1";

/// All of them, which are taken away. Rows that cannot be read stay, under negative numbers, where nothing looks again.
pub(crate) fn take_all(connection: &Connection) -> rusqlite::Result<Vec<Born>> {
    let (mut all, mut unreadable) = (Vec::new(), Vec::new());
    visit(connection, |number, bytes| match read(bytes, |born| all.push(born)) {
        Err(error) if is_local(&error) => {
            tracing::error!(number, %error, "a row of deliveries that were under way cannot be read and is set aside");
            unreadable.push(number);
            Ok(())
        }
        read => read,
    })?;
    for number in unreadable {
        connection.prepare_cached(SET_ASIDE)?.execute([number])?;
    }
    clear(connection, i64::MAX)?;
    Ok(all)
}

pub(crate) const CLEAR: &str = "/* rows::born::clear */ DELETE FROM born WHERE number > 0 AND number < ?1";

/// Takes all rows away below a number, because nothing in them is kept any more.
pub(crate) fn clear(connection: &Connection, number: i64) -> rusqlite::Result<()> {
    connection.prepare_cached(CLEAR)?.execute([number]).map(|_| ())
}

fn visit(
    connection: &Connection,
    mut visitor: impl FnMut(i64, rusqlite::Result<&[u8]>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut query = connection.prepare_cached(ALL)?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(1)?.as_blob().map_err(|error| invalid("deliveries", error));
        visitor(row.get(0)?, bytes)?;
    }
    Ok(())
}

/// What each takes without its token: its app, message, endpoint and lease, and whether it has a token.
const BYTES: usize = 4 * 8 + 1;

fn write(born: &Born, bytes: &mut Vec<u8>) {
    let numbers = [born.app.number(), born.message.number(), born.endpoint.number(), born.lease.0];
    numbers.iter().for_each(|number| bytes.extend(number.to_be_bytes()));
    bytes.push(u8::from(born.token.is_some()));
    born.token.iter().for_each(|token| bytes.extend(token.as_bytes()));
}

/// Reads them one after the other, up to one that cannot be read.
fn read(bytes: rusqlite::Result<&[u8]>, mut visitor: impl FnMut(Born)) -> rusqlite::Result<()> {
    let mut bytes = bytes?;
    let short = || invalid("deliveries", "they end too early");
    while !bytes.is_empty() {
        let (head, rest) = bytes.split_first_chunk::<BYTES>().ok_or_else(short)?;
        let number = |at: usize| i64::from_be_bytes(std::array::from_fn(|byte| head[8 * at + byte]));
        let (token, rest) = match head[BYTES - 1] {
            0 => (None, rest),
            1 => {
                let (token, rest) = rest.split_first_chunk().ok_or_else(short)?;
                (Some(Token::from_bytes(*token)), rest)
            }
            other => return Err(invalid("deliveries", other)),
        };
        visitor(Born {
            app: AppId::from_number(number(0)),
            message: MessageId::from_number(number(1)),
            endpoint: EndpointId::from_number(number(2)),
            lease: Lease(number(3)),
            token,
        });
        bytes = rest;
    }
    Ok(())
}
