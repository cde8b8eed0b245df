//! Sending messages as such: each for itself, all in one move, once for each idempotency key.

use std::sync::Arc;

use domain::app::{App, AppKey, AppRef};
use domain::birth::Birth;
use domain::id::OrganizationId;
use domain::message::{Message, MessageRef};
use domain::route::{deliver, deliver_only};
use engine::ports::inbox::{AcceptedMessage, Addressee, NewMessage, Sending, Sent, Unsent};

use super::super::keyring::{remember, remembered};
use super::super::routes::{Route, key};
use super::super::rows;
use super::super::rows::answer::Remembered;
use super::super::work::Work;
use super::{Budget, make, store};

pub(super) fn send(work: &mut Work<'_>, sending: &Sending) -> rusqlite::Result<Sent> {
    let Sending { organization, messages, idempotency, birth } = sending;
    if let Some(key) = idempotency
        && let Some(earlier) = remembered(work.connection, key)?
    {
        return Ok(match earlier {
            Some(Remembered::Messages(messages)) => Sent::Repeated(messages),
            Some(Remembered::Answer(_)) | None => Sent::KeyReused,
        });
    }
    let mut budget = Budget::default();
    let mut sent = Vec::with_capacity(messages.len());
    for message in messages {
        sent.push(send_one(work, *organization, message, birth, &mut budget)?);
    }
    if let Some(key) = idempotency.as_ref().filter(|_| sent.iter().any(Result::is_ok)) {
        let id = |sent: &Result<AcceptedMessage, Unsent>| {
            sent.as_ref().map(|accepted| accepted.message.id).map_err(|unsent| *unsent)
        };
        remember(work, key, Remembered::Messages(sent.iter().map(id).collect()))?;
    }
    Ok(Sent::Stored(sent))
}

/// All refusals come before the first write.
fn send_one(
    work: &mut Work<'_>,
    organization: OrganizationId,
    new: &NewMessage,
    birth: &Birth,
    budget: &mut Budget,
) -> rusqlite::Result<Result<AcceptedMessage, Unsent>> {
    let NewMessage { to, message } = new;
    let known = known(work, organization, to)?;
    if known.is_none() && !matches!(to, Addressee::Made(_)) {
        return Ok(Err(Unsent::NoApp));
    }
    if let (Some(known), Some(event_id)) = (&known, &message.event_id) {
        let same = MessageRef::EventId(event_id.clone());
        if rows::message::head_of_app(work.connection, known.app.id, &same)?.is_some() {
            return Ok(Err(Unsent::EventIdTaken));
        }
    }
    if !budget.take(&message.payload) {
        return Ok(Err(Unsent::TooLarge));
    }
    let route = match (known, to) {
        (Some(known), _) => known,
        (None, Addressee::Made(app)) => make(work, App::clone(app))?,
        (None, _) => return Ok(Err(Unsent::NoApp)),
    };
    let message = Message { app: route.app.id, ..message.clone() };
    let routed = match to {
        Addressee::One(_, endpoint) => deliver_only(message, *endpoint, &route.endpoints, birth),
        Addressee::Known(_) | Addressee::Made(_) => deliver(message, &route.endpoints, birth),
    };
    store(work, &route, routed).map(Ok)
}

/// The app that a message is for, if it is there already.
fn known(
    work: &mut Work<'_>,
    organization: OrganizationId,
    to: &Addressee,
) -> rusqlite::Result<Option<Arc<Route>>> {
    match to {
        Addressee::Known(app) => named(work, organization, app),
        Addressee::One(app, _) => named(work, organization, &AppRef::Id(*app)),
        Addressee::Made(app) => match key(app) {
            Some(key) => work.routes.named(work.connection, &key),
            None => Ok(None),
        },
    }
}

/// A customer's app that is there.
fn named(
    work: &mut Work<'_>,
    organization: OrganizationId,
    app: &AppRef,
) -> rusqlite::Result<Option<Arc<Route>>> {
    let found = match app {
        AppRef::Uid(uid) => work.routes.named(work.connection, &AppKey { organization, uid: uid.clone() })?,
        AppRef::Id(id) => work.routes.of(work.connection, *id)?,
    };
    Ok(found.filter(|found| found.is_for_customers() && found.app.organization == organization))
}
