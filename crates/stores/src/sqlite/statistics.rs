//! Counting. What one commit counts is a row of the tally, whatever it is about. When much has gathered there, all of it
//! is added up at once, in the places where it is looked for; whoever looks before that looks at both.

mod backlog;
mod health;
mod homes;

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::counts::{Counts, Grain, Place};
use domain::id::EndpointId;
use domain::time::Timestamp;
use engine::ports::fault::StoreError;
use engine::ports::statistics::{Backlog, CountsOf, EndpointHealth, Statistics};
use rusqlite::Connection;

use self::homes::Homes;
use super::SqliteStore;
use super::rows;
use super::rows::tally::{Gathered, Tallied};
use super::work::Work;
use super::writer::Done;
use crate::limits::{TALLY_MAX, TALLY_ROWS_MAX};

#[async_trait]
impl Statistics for SqliteStore {
    async fn counts(
        &self,
        of: CountsOf,
        grain: Grain,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Timestamp, Counts)>, StoreError> {
        self.readers.read(move |connection| counts(connection, of, grain, since, until)).await
    }

    async fn backlog(&self, of: CountsOf) -> Result<Backlog, StoreError> {
        self.readers.read(move |connection| backlog::count(connection, of)).await
    }

    async fn health(
        &self,
        of: CountsOf,
        since: Timestamp,
        limit: usize,
    ) -> Result<(Timestamp, Vec<EndpointHealth>), StoreError> {
        self.readers.read(move |connection| health::of(connection, of, since, limit)).await
    }

    async fn forget_minutes(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.writer.carry_out(move |work| forget_minutes(work, before, limit).map(Done::Keep)).await
    }
}

/// Counts what a commit did.
pub(super) fn tally(connection: &Connection, tallied: &[Tallied]) -> rusqlite::Result<()> {
    if tallied.is_empty() {
        return Ok(());
    }
    let Gathered { rows, things } = rows::tally::add(connection, tallied)?;
    if things >= TALLY_MAX || rows >= TALLY_ROWS_MAX { add_up(connection) } else { Ok(()) }
}

/// Adds up what is in the tally.
fn add_up(connection: &Connection) -> rusqlite::Result<()> {
    let tallied = rows::tally::all(connection)?;
    if tallied.is_empty() {
        return Ok(());
    }
    // Whatever an endpoint did within a minute is counted in the same places.
    let mut minutes: BTreeMap<(EndpointId, i64), Counts> = BTreeMap::new();
    for Tallied { endpoint, at, counted } in tallied {
        *minutes.entry((endpoint, Grain::Minute.number(at))).or_default() += counted;
    }
    let mut homes = Homes::of(connection);
    let mut sums: BTreeMap<Place, Counts> = BTreeMap::new();
    for ((endpoint, minute), counts) in minutes {
        let Some(found) = homes.find(endpoint)? else { continue };
        for place in found.home.places(endpoint, Grain::Minute.start(minute)) {
            *sums.entry(place).or_default() += &counts;
        }
    }
    for (place, counts) in sums {
        rows::attempt_stats::add(connection, &place, counts)?;
    }
    rows::tally::clear(connection)
}

fn counts(
    connection: &Connection,
    of: CountsOf,
    grain: Grain,
    since: Timestamp,
    until: Timestamp,
) -> rusqlite::Result<Vec<(Timestamp, Counts)>> {
    let CountsOf { organization, app } = of;
    let numbers = (grain.number(since), grain.number(until));
    let place = |number| Place { grain, number, organization, app, endpoint: None };
    let mut sums = added_up(connection, numbers, place)?;
    let mut homes = Homes::of(connection);
    for Tallied { endpoint, at, counted } in rows::tally::all(connection)? {
        let number = grain.number(at);
        if (numbers.0..=numbers.1).contains(&number) && homes.counts_for(of, endpoint)? {
            *sums.entry(number).or_default() += counted;
        }
    }
    Ok(sums.into_iter().map(|(number, counts)| (grain.start(number), counts)).collect())
}

/// What was counted of an endpoint in the hours from that of `since` to that of `until`.
pub(super) fn of_endpoint(
    connection: &Connection,
    endpoint: EndpointId,
    since: Timestamp,
    until: Timestamp,
) -> rusqlite::Result<Counts> {
    let mut sum = Counts::default();
    let Some(found) = Homes::of(connection).find(endpoint)? else { return Ok(sum) };
    let (grain, organization, app) = (Grain::Hour, found.home.organization, Some(found.home.app));
    let numbers = (grain.number(since), grain.number(until));
    let place = |number| Place { grain, number, organization, app, endpoint: Some(endpoint) };
    added_up(connection, numbers, place)?.values().for_each(|counts| sum += counts);
    let of_it = |tallied: &Tallied| {
        tallied.endpoint == endpoint && (numbers.0..=numbers.1).contains(&grain.number(tallied.at))
    };
    let tallied = rows::tally::all(connection)?.into_iter().filter(of_it);
    tallied.for_each(|tallied| sum += tallied.counted);
    Ok(sum)
}

/// What was added up in those of these times in which there was anything: two looks for each.
fn added_up(
    connection: &Connection,
    (first, last): (i64, i64),
    place: impl Fn(i64) -> Place,
) -> rusqlite::Result<BTreeMap<i64, Counts>> {
    let (mut sums, mut from) = (BTreeMap::new(), first);
    let grain = place(first).grain;
    while let Some(number) = rows::attempt_stats::next(connection, grain, from..=last)? {
        let counts = rows::attempt_stats::find(connection, &place(number))?;
        sums.extend(counts.map(|counts| (number, counts)));
        from = number + 1;
    }
    Ok(sums)
}

fn forget_minutes(work: &mut Work<'_>, before: Timestamp, limit: usize) -> rusqlite::Result<usize> {
    // What is old and still in the tally is to be forgotten as well.
    add_up(work.connection)?;
    let minute = Grain::Minute.number(before);
    let old = rows::attempt_stats::minutes_before(work.connection, minute, limit)?;
    for place in &old {
        rows::attempt_stats::delete(work.connection, place)?;
        work.weigh(0);
    }
    Ok(old.len())
}
