//! Accepting: changes and events become messages and deliveries, all of one acceptance in one move.

use std::sync::Arc;

use async_trait::async_trait;
use domain::birth::Birth;
use domain::change::{Change, ChangeKind};
use domain::limits::ACCEPTANCE_PAYLOAD_BYTES_MAX;
use domain::payload::Payload;
use domain::route::{Occurrence, Routed, route};
use engine::ports::fault::StoreError;
use engine::ports::inbox::{
    Acceptance, Accepted, AcceptedMessage, Entry, Inbox, NewChange, NewEvent, Refused,
};

use super::SqliteStore;
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
    let mut budget = Budget { payload_bytes: ACCEPTANCE_PAYLOAD_BYTES_MAX };
    for entry in entries {
        let taken = match entry {
            Entry::Event(event) => publish(work, event, &birth, &mut budget)?,
            Entry::Change(new) => change(work, new, &birth, &mut budget)?,
        };
        match taken {
            Ok(entry) => accepted.push(entry),
            // A first entry that is refused for its resource has written nothing.
            Err(refused @ Refused::ForeignResource) if accepted.is_empty() => {
                return Ok(Done::Keep(Err(refused)));
            }
            Err(refused) => return Ok(Done::Undo(Err(refused))),
        }
    }
    Ok(Done::Keep(Ok(accepted)))
}

/// What the payloads of an acceptance may still have.
struct Budget {
    payload_bytes: usize,
}

impl Budget {
    fn take(&mut self, payload: &Payload) -> Result<(), Refused> {
        self.payload_bytes = self.payload_bytes.checked_sub(payload.len()).ok_or(Refused::TooLarge)?;
        Ok(())
    }
}

fn change(
    work: &mut Work<'_>,
    new: NewChange,
    birth: &Birth,
    budget: &mut Budget,
) -> rusqlite::Result<Result<Accepted, Refused>> {
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
        ChangeKind::Insert | ChangeKind::Update => {
            let fields_bytes = rows::resource::put(work.connection, &change.resource)?;
            work.weigh(fields_bytes);
        }
    }
    let occurrences = Occurrence::of_change(&change, &new.rules, &new.message_ids);
    let mut messages = Vec::with_capacity(occurrences.len());
    for occurrence in occurrences {
        let routed = route(occurrence, &to.endpoints, Some(&change.resource), birth);
        if let Err(refused) = budget.take(&routed.message.payload) {
            return Ok(Err(refused));
        }
        messages.push(store(work, routed)?);
    }
    Ok(Ok(Accepted { change: Some(change.kind), messages }))
}

fn publish(
    work: &mut Work<'_>,
    new: NewEvent,
    birth: &Birth,
    budget: &mut Budget,
) -> rusqlite::Result<Result<Accepted, Refused>> {
    let to = work.routes.find_or_make(work.connection, &new.event.app, new.app_id)?;
    let occurrence = Occurrence::of_event(new.event, new.message_id, to.app);
    let resource = rows::resource::find(work.connection, &occurrence.resource)?;
    let routed = route(occurrence, &to.endpoints, resource.as_ref(), birth);
    if let Err(refused) = budget.take(&routed.message.payload) {
        return Ok(Err(refused));
    }
    Ok(Ok(Accepted { change: None, messages: vec![store(work, routed)?] }))
}

fn store(work: &mut Work<'_>, routed: Routed) -> rusqlite::Result<AcceptedMessage> {
    let Routed { message, deliveries } = routed;
    rows::message::insert(work.connection, &message)?;
    work.weigh(message.payload.len());
    for delivery in &deliveries {
        rows::delivery::insert(work.connection, delivery)?;
        work.weigh(0);
    }
    Ok(AcceptedMessage { message: Arc::new(message), deliveries })
}
