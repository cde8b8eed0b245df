//! Accepting: changes and events become messages and deliveries, all of one acceptance in one move.

mod send;
mod withdraw;

use std::sync::Arc;

use async_trait::async_trait;
use domain::app::{App, AppKey};
use domain::birth::Birth;
use domain::change::{Change, ChangeKind};
use domain::delivery::State;
use domain::id::{AppId, OrganizationId};
use domain::limits::ACCEPTANCE_PAYLOAD_BYTES_MAX;
use domain::message::MessageRef;
use domain::payload::Payload;
use domain::resource::{Resource, ResourceKey};
use domain::revision::Revision;
use domain::route::{Occurrence, Routed, route};
use domain::throttle::Pace;
use domain::time::Timestamp;
use engine::ports::fault::StoreError;
use engine::ports::inbox::{
    Acceptance, Accepted, AcceptedMessage, Cancellation, Cancelled, Entry, Inbox, NewChange, NewEvent,
    Refused, Sending, Sent,
};

use super::SqliteStore;
use super::routes::Route;
use super::rows;
use super::work::Work;
use super::writer::Done;

#[async_trait]
impl Inbox for SqliteStore {
    async fn accept(&self, acceptance: Acceptance) -> Result<Result<Vec<Accepted>, Refused>, StoreError> {
        self.writer.carry_out(move |work| accept(work, &acceptance)).await
    }

    async fn send(&self, sending: Sending) -> Result<Sent, StoreError> {
        self.writer.carry_out(move |work| send::send(work, &sending).map(Done::Keep)).await
    }

    async fn cancel(&self, cancellation: Cancellation) -> Result<Option<Cancelled>, StoreError> {
        self.writer.carry_out(move |work| withdraw::cancel(work, &cancellation).map(Done::Keep)).await
    }

    async fn expunge(&self, app: AppId, message: &MessageRef, at: Timestamp) -> Result<bool, StoreError> {
        let message = message.clone();
        self.writer.carry_out(move |work| withdraw::expunge(work, app, &message, at).map(Done::Keep)).await
    }

    async fn expunge_expired(&self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.writer.carry_out(move |work| withdraw::expunge_expired(work, now, limit).map(Done::Keep)).await
    }
}

fn accept(
    work: &mut Work<'_>,
    acceptance: &Acceptance,
) -> rusqlite::Result<Done<Result<Vec<Accepted>, Refused>>> {
    let Acceptance { entries, birth } = acceptance;
    let mut accepted = Vec::with_capacity(entries.len());
    let mut budget = Budget::default();
    for entry in entries {
        let taken = match entry {
            Entry::Event(event) => publish(work, event, birth, &mut budget)?,
            Entry::Change(new) => change(work, new, birth, &mut budget)?,
        };
        match taken {
            Ok(entry) => accepted.push(entry),
            Err(refused) => return Ok(Done::Undo(Err(refused))),
        }
    }
    Ok(Done::Keep(Ok(accepted)))
}

/// What the payloads of one move may still have.
struct Budget {
    payload_bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { payload_bytes: ACCEPTANCE_PAYLOAD_BYTES_MAX }
    }
}

impl Budget {
    /// Takes what a payload needs; answers whether it was there.
    fn take(&mut self, payload: &Payload) -> bool {
        let left = self.payload_bytes.checked_sub(payload.len());
        self.payload_bytes = left.unwrap_or(self.payload_bytes);
        left.is_some()
    }
}

fn change(
    work: &mut Work<'_>,
    new: &NewChange,
    birth: &Birth,
    budget: &mut Budget,
) -> rusqlite::Result<Result<Accepted, Refused>> {
    let organization = new.app.organization;
    let to = find_or_make(work, &new.app, new.app_id)?;
    let at = new.message_ids.first().map(|id| id.timestamp()).unwrap_or_default();
    let stored = resource(work, organization, &new.key, to.app.id)?;
    let Ok(change) = Change::of(new.key.clone(), to.app.id, stored, new.put.clone(), at) else {
        return Ok(Err(Refused::ForeignResource));
    };
    let Some(change) = change else { return Ok(Ok(Accepted { change: None, messages: Vec::new() })) };
    match change.kind {
        ChangeKind::Delete => rows::resource::delete(work.connection, organization, &change.resource.key)?,
        ChangeKind::Insert | ChangeKind::Update => {
            let fields_bytes = rows::resource::put(work.connection, organization, &change.resource)?;
            work.weigh(fields_bytes);
        }
    }
    let occurrences = Occurrence::of_change(&change, &new.rules, &new.message_ids);
    let mut messages = Vec::with_capacity(occurrences.len());
    for occurrence in occurrences {
        let routed = route(occurrence, &to.endpoints, Some(&change.resource), birth);
        if !budget.take(&routed.message.payload) {
            return Ok(Err(Refused::TooLarge));
        }
        messages.push(store(work, &to, routed)?);
    }
    Ok(Ok(Accepted { change: Some(change.kind), messages }))
}

fn publish(
    work: &mut Work<'_>,
    new: &NewEvent,
    birth: &Birth,
    budget: &mut Budget,
) -> rusqlite::Result<Result<Accepted, Refused>> {
    let organization = new.event.app.organization;
    let to = find_or_make(work, &new.event.app, new.app_id)?;
    let occurrence = Occurrence::of_event(new.event.clone(), new.message_id, to.app.id);
    let resource = resource(work, organization, &occurrence.resource, to.app.id)?;
    let routed = route(occurrence, &to.endpoints, resource.as_ref(), birth);
    if !budget.take(&routed.message.payload) {
        return Ok(Err(Refused::TooLarge));
    }
    Ok(Ok(Accepted { change: None, messages: vec![store(work, &to, routed)?] }))
}

/// A resource of this app, or of another one that is not deleted.
fn resource(
    work: &mut Work<'_>,
    organization: OrganizationId,
    key: &ResourceKey,
    app: AppId,
) -> rusqlite::Result<Option<Resource>> {
    let Some(found) = rows::resource::find(work.connection, organization, key)? else { return Ok(None) };
    if found.app == app {
        return Ok(Some(found));
    }
    let other = work.routes.of(work.connection, found.app)?;
    Ok(Some(found).filter(|_| other.is_some_and(|other| other.app.deleted_at.is_none())))
}

/// The app with this uid, which is made with the id `fresh` if there is none.
pub(super) fn find_or_make(work: &mut Work<'_>, key: &AppKey, fresh: AppId) -> rusqlite::Result<Arc<Route>> {
    match work.routes.named(work.connection, key)? {
        Some(route) => Ok(route),
        None => make(work, App::named(fresh, key)),
    }
}

/// Stores an app that is new.
pub(super) fn make(work: &mut Work<'_>, app: App) -> rusqlite::Result<Arc<Route>> {
    work.weigh(0);
    work.routes.make_app(work.connection, App { revision: Revision::default().next(), ..app })
}

/// Stores a message and its deliveries.
pub(super) fn store(work: &mut Work<'_>, to: &Route, routed: Routed) -> rusqlite::Result<AcceptedMessage> {
    let Routed { message, deliveries } = routed;
    rows::message::insert(&mut work.statements, &message)?;
    work.weigh(message.payload.len());
    let mut paces = Vec::new();
    for delivery in &deliveries {
        match delivery.state {
            State::Leased { lease } => work.keep(message.app, delivery.id, lease, delivery.token),
            _ => work.add_delivery(delivery)?,
        }
        let pace = to.endpoint(delivery.id.endpoint).map(|endpoint| to.pace(endpoint)).unwrap_or_default();
        if pace != Pace::default() {
            paces.push((delivery.id.endpoint, pace));
        }
    }
    Ok(AcceptedMessage { message: Arc::new(message), deliveries, paces })
}
