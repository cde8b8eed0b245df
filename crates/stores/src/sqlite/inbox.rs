//! Accepting: changes and events become messages and deliveries, all of one acceptance in one move.

use std::sync::Arc;

use async_trait::async_trait;
use domain::birth::Birth;
use domain::change::{Change, ChangeKind};
use domain::resource::Resource;
use domain::route::{Occurrence, route};
use engine::ports::fault::StoreError;
use engine::ports::inbox::{
    Acceptance, Accepted, AcceptedMessage, Entry, Inbox, NewChange, NewEvent, Refused,
};

use super::SqliteStore;
use super::routes::Route;
use super::rows;
use super::writer::{Done, Work};

#[async_trait]
impl Inbox for SqliteStore {
    async fn accept(&self, acceptance: Acceptance) -> Result<Result<Vec<Accepted>, Refused>, StoreError> {
        self.writer.carry_out(|work| accept(work, acceptance)).await
    }
}

fn accept(
    work: &mut Work<'_>,
    acceptance: Acceptance,
) -> rusqlite::Result<Done<Result<Vec<Accepted>, Refused>>> {
    let Acceptance { entries, birth } = acceptance;
    let mut accepted = Vec::with_capacity(entries.len());
    for entry in entries {
        match entry {
            Entry::Event(event) => accepted.push(publish(work, event, &birth)?),
            Entry::Change(new) => match change(work, new, &birth)? {
                Ok(change) => accepted.push(change),
                // What is refused has written nothing; only what came before it has.
                Err(refused) if accepted.is_empty() => return Ok(Done::Keep(Err(refused))),
                Err(refused) => return Ok(Done::Undo(Err(refused))),
            },
        }
    }
    Ok(Done::Keep(Ok(accepted)))
}

fn change(work: &mut Work<'_>, new: NewChange, birth: &Birth) -> rusqlite::Result<Result<Accepted, Refused>> {
    let known = work.routes.find(work.connection, &new.app)?;
    let app = known.map_or(new.app_id, |known| known.app);
    let at = new.message_ids.first().map(|id| id.timestamp()).unwrap_or_default();
    let stored = rows::resource::find(work.connection, &new.key)?;
    let Ok(change) = Change::of(new.key, app, stored, new.put, at) else {
        return Ok(Err(Refused::ForeignResource));
    };
    let to = work.routes.find_or_make(work.connection, &new.app, app)?;
    let Some(change) = change else { return Ok(Ok(Accepted { change: None, messages: Vec::new() })) };
    match change.kind {
        ChangeKind::Delete => rows::resource::delete(work.connection, &change.resource.key)?,
        ChangeKind::Insert | ChangeKind::Update => rows::resource::put(work.connection, &change.resource)?,
    }
    let occurrences = Occurrence::of_change(&change, &new.rules, &new.message_ids);
    let mut messages = Vec::with_capacity(occurrences.len());
    for occurrence in occurrences {
        messages.push(store(work, occurrence, &to, Some(&change.resource), birth)?);
    }
    Ok(Ok(Accepted { change: Some(change.kind), messages }))
}

fn publish(work: &mut Work<'_>, new: NewEvent, birth: &Birth) -> rusqlite::Result<Accepted> {
    let to = work.routes.find_or_make(work.connection, &new.event.app, new.app_id)?;
    let occurrence = Occurrence::of_event(new.event, new.message_id, to.app);
    let resource = rows::resource::find(work.connection, &occurrence.resource)?;
    let message = store(work, occurrence, &to, resource.as_ref(), birth)?;
    Ok(Accepted { change: None, messages: vec![message] })
}

fn store(
    work: &mut Work<'_>,
    occurrence: Occurrence,
    to: &Route,
    resource: Option<&Resource>,
    birth: &Birth,
) -> rusqlite::Result<AcceptedMessage> {
    let routed = route(occurrence, &to.endpoints, resource, birth);
    rows::message::insert(work.connection, &routed.message)?;
    for delivery in &routed.deliveries {
        rows::delivery::insert(work.connection, delivery)?;
    }
    Ok(AcceptedMessage { message: Arc::new(routed.message), deliveries: routed.deliveries })
}
