//! Changing the catalog: each put looks at what is stored, and refuses before it writes anything.

use std::sync::Arc;

use domain::app::App;
use domain::endpoint::Endpoint;
use domain::event_type::EventType;
use domain::id::{AppId, OrganizationId};
use domain::limits::ENDPOINTS_PER_APP_MAX;
use domain::name::EventTypeName;
use domain::notice::Notice;
use domain::time::Timestamp;
use engine::ports::catalog::{NewWebhook, Put, Registered, Stored};

use super::super::inbox::{find_or_make, make};
use super::super::keyring::is_current;
use super::super::known::Changed;
use super::super::notices::tell;
use super::super::routes::key;
use super::super::rows;
use super::super::work::Work;

pub(super) fn register(work: &mut Work<'_>, webhook: NewWebhook) -> rusqlite::Result<Registered> {
    let NewWebhook { app: key, app_id, id, target, event_type, secret } = webhook;
    if let Some(known) = work.routes.named(work.connection, &key)? {
        match known.endpoints.iter().find(|endpoint| endpoint.is_webhook_for(&event_type)) {
            Some(same) if same.disabled.is_none() => return Ok(Registered::Exists),
            Some(same) => delete_endpoint(work, same, id.timestamp())?,
            None if known.endpoints.len() >= ENDPOINTS_PER_APP_MAX => return Ok(Registered::TooMany),
            None => {}
        }
    }
    let app = find_or_make(work, &key, app_id)?.app.id;
    if rows::event_type::find(work.connection, key.organization, &event_type)?.is_none() {
        store_event_type(work, EventType::named(key.organization, event_type.clone(), id.timestamp()))?;
    }
    work.put_endpoint(Endpoint::webhook(id, app, target, event_type, secret).put_over(None))?;
    Ok(Registered::Created)
}

pub(super) fn app(work: &mut Work<'_>, app: App) -> rusqlite::Result<Put> {
    let stored = rows::app::find(work.connection, app.id)?;
    let is_gone = stored.as_ref().is_some_and(|stored| stored.deleted_at.is_some());
    if is_gone || !is_current(stored.as_ref().map(|stored| stored.revision), app.revision) {
        return Ok(Put::Stale);
    }
    if let Some(key) = key(&app)
        && let Some(same) = rows::app::find_key(work.connection, &key)?
        && same.id != app.id
    {
        return Ok(Put::Taken);
    }
    if let Some(at) = app.deleted_at
        && let Some(route) = work.routes.of(work.connection, app.id)?
    {
        for endpoint in &route.endpoints {
            delete_endpoint(work, endpoint, at)?;
        }
    }
    work.weigh(0);
    let app = App { revision: app.revision.next(), ..app };
    work.routes.put_app(work.connection, stored.as_ref(), app)?;
    Ok(Put::Stored)
}

pub(super) fn operational_app(
    work: &mut Work<'_>,
    organization: OrganizationId,
    fresh: AppId,
) -> rusqlite::Result<App> {
    match rows::app::find_operational(work.connection, organization)? {
        Some(found) => Ok(found),
        None => make(work, App::operational(fresh, organization)).map(|route| route.app.clone()),
    }
}

fn delete_endpoint(work: &mut Work<'_>, stored: &Endpoint, at: Timestamp) -> rusqlite::Result<()> {
    work.put_endpoint(stored.clone().deleted(at).put_over(Some(stored)))
}

pub(super) fn endpoint(
    work: &mut Work<'_>,
    endpoint: Endpoint,
    notice: Option<Notice>,
) -> rusqlite::Result<Stored> {
    let stored = work.endpoint(endpoint.id)?;
    if let Some(put) = refusal(work, stored.as_deref(), &endpoint)? {
        return Ok(Stored { put, told: Vec::new() });
    }
    let kept = endpoint.put_over(stored.as_deref());
    work.put_endpoint(kept.clone())?;
    // One that is deleted has given its uid back, but it is told of by it.
    let about = match &stored {
        Some(stored) if kept.deleted_at.is_some() => stored,
        _ => &kept,
    };
    let told = match notice {
        Some(notice) => tell(work, notice, about)?,
        None => None,
    };
    Ok(Stored { put: Put::Stored, told: told.into_iter().collect() })
}

/// Why an endpoint cannot be put in the place of what is stored.
fn refusal(
    work: &mut Work<'_>,
    stored: Option<&Endpoint>,
    endpoint: &Endpoint,
) -> rusqlite::Result<Option<Put>> {
    let route = work.routes.of(work.connection, endpoint.app)?;
    let route = route.filter(|route| route.app.deleted_at.is_none());
    let is_gone = stored.is_some_and(|stored| stored.deleted_at.is_some());
    let is_current = is_current(stored.map(|stored| stored.revision), endpoint.revision);
    let Some(route) = route.filter(|_| is_current && !is_gone) else { return Ok(Some(Put::Stale)) };
    if endpoint.deleted_at.is_some() {
        return Ok(None);
    }
    let others = || route.endpoints.iter().filter(|other| other.id != endpoint.id);
    if others().any(|other| other.is_rival_of(endpoint)) {
        return Ok(Some(Put::Taken));
    }
    let is_one_too_many = stored.is_none() && others().count() >= ENDPOINTS_PER_APP_MAX;
    Ok(is_one_too_many.then_some(Put::TooMany))
}

pub(super) fn event_type(work: &mut Work<'_>, event_type: EventType) -> rusqlite::Result<Put> {
    let stored = rows::event_type::find(work.connection, event_type.organization, &event_type.name)?;
    if !is_current(stored.map(|stored| stored.revision), event_type.revision) {
        return Ok(Put::Stale);
    }
    store_event_type(work, event_type).map(|()| Put::Stored)
}

/// Stores an event type with its next revision.
fn store_event_type(work: &mut Work<'_>, event_type: EventType) -> rusqlite::Result<()> {
    let stored = Arc::new(EventType { revision: event_type.revision.next(), ..event_type });
    rows::event_type::put(work.connection, &stored)?;
    work.weigh(0);
    work.note(Changed::EventType(stored.organization, stored.name.clone(), Some(stored)));
    Ok(())
}

pub(super) fn no_event_type(
    work: &mut Work<'_>,
    organization: OrganizationId,
    name: &EventTypeName,
) -> rusqlite::Result<bool> {
    let was_there = rows::event_type::delete(work.connection, organization, name)?;
    work.note(Changed::EventType(organization, name.clone(), None));
    Ok(was_there)
}
