//! Attempts of a message, of a delivery and of an endpoint, and what became of them in numbers. Rows are looked at
//! without what receivers answered, which is read only of what is on the page.

use domain::id::{AttemptId, EndpointId, MessageId};
use domain::time::Timestamp;
use engine::ports::history::{AttemptFilter, AttemptsOf, COUNT_MAX, PastAttempt, Stats};
use engine::ports::page::{Filtered, Slice};
use rusqlite::Connection;

use super::super::pages::Span;
use super::super::rows;
use super::super::statistics;
use super::super::work::Work;

pub(super) fn attempts(
    connection: &Connection,
    of: AttemptsOf,
    filter: &AttemptFilter,
    slice: &Slice<AttemptId>,
) -> rusqlite::Result<Filtered<PastAttempt, AttemptId>> {
    let look = |past: PastAttempt| look(connection, filter, past);
    let span = Span::numbers(slice, AttemptId::number);
    let span = span.within(filter.times(), |at| AttemptId::first_at(at).number());
    let places = match of {
        AttemptsOf::Endpoint(endpoint) => {
            return rows::attempt::of_endpoint(connection, endpoint, &span, |heads| {
                Filtered::of_walk(heads.map(|head| head.and_then(look)), slice, |_| 0)
            });
        }
        AttemptsOf::Message(message) => rows::attempt::places(connection, message, None)?,
        AttemptsOf::Delivery(id) => rows::attempt::places(connection, id.message, Some(id.endpoint))?,
    };
    // No index has the attempts of a message in the order of their ids: they are few, and sorted here.
    let mut met: Vec<_> = places.into_iter().filter(|place| span.contains(&place.id.number())).collect();
    met.sort_by_key(|place| place.id);
    if !slice.walks_up() {
        met.reverse();
    }
    let heads = met.into_iter().map(|place| rows::attempt::head(connection, place));
    Filtered::of_walk(heads.map(|head| head.and_then(look)), slice, |_| 0)
}

/// An attempt with the whole of its response, if the filter lets it pass.
fn look(
    connection: &Connection,
    filter: &AttemptFilter,
    past: PastAttempt,
) -> rusqlite::Result<(AttemptId, Option<PastAttempt>)> {
    let id = past.attempt.id;
    let mut matches = filter.matches(&past.attempt);
    if matches && filter.message.looks_at_messages() {
        let message = rows::message::head(connection, past.delivery.message)?;
        matches = message.is_some_and(|message| filter.message.matches(&message));
    }
    let matched = matches.then(|| rows::attempt::with_body(connection, past)).transpose()?;
    Ok((id, matched))
}

pub(super) fn attempt(
    connection: &Connection,
    message: MessageId,
    id: AttemptId,
) -> rusqlite::Result<Option<PastAttempt>> {
    let found = rows::attempt::find(connection, message, id)?;
    found.map(|past| rows::attempt::with_body(connection, past)).transpose()
}

pub(super) fn expunge(work: &mut Work<'_>, message: MessageId, id: AttemptId) -> rusqlite::Result<bool> {
    let Some(past) = rows::attempt::find(work.connection, message, id)? else { return Ok(false) };
    rows::attempt::set_response(work.connection, &PastAttempt { attempt: past.attempt.expunged(), ..past })?;
    work.weigh(0);
    Ok(true)
}

pub(super) fn stats(
    connection: &Connection,
    endpoint: EndpointId,
    since: Timestamp,
    until: Timestamp,
) -> rusqlite::Result<Stats> {
    let counts = statistics::of_endpoint(connection, endpoint, since, until)?;
    let waiting = rows::delivery::lanes::attempts(connection, endpoint, COUNT_MAX)?;
    let pending = waiting.iter().filter(|attempts| **attempts == 0).count();
    let as_count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Ok(Stats {
        succeeded: counts.succeeded,
        failed: counts.failed,
        pending: as_count(pending),
        sending: as_count(waiting.len() - pending),
    })
}
