//! What is done with endpoints, whoever they belong to: the endpoints of apps and the operational webhooks are the same
//! things, except for the event types among which they choose.

use std::sync::Arc;

use domain::app::{App, AppKind};
use domain::endpoint::{Door, Endpoint, EndpointRef};
use domain::id::{AppId, EndpointId};
use domain::key::Scope;
use domain::limits::ENDPOINTS_PER_APP_MAX;
use domain::name::EventTypeName;
use domain::notice::{EVENT_TYPES, News};
use domain::secret::SecretKind;
use domain::time::Timestamp;
use engine::desk::Unchanged;
use engine::ports::page::Order;

use super::change::{Change, PREFIX, news};
use super::wire::{EndpointIn, EndpointOut, EndpointPatch};
use crate::Api;
use crate::error::unreadable;
use crate::v1::answer::{Answer, created, nothing, ok};
use crate::v1::error::Error;
use crate::v1::page::{List, ListQuery};
use crate::v1::patch::Patch;

/// Whose endpoint is changed, and by whom.
pub(in crate::v1) struct Desk {
    api: Arc<Api>,
    app: App,
    scope: Scope,
}

/// A page of the endpoints of an app.
pub(in crate::v1) async fn list(api: &Api, app: AppId, query: &ListQuery) -> Answer {
    let slice = query.slice::<EndpointId>(Order::Descending)?;
    let page = api.doors.store.endpoints(app, slice).await.map_err(unreadable)?;
    ok(&List::new(page, |endpoint| endpoint.id, EndpointOut::from))
}

impl Desk {
    /// Endpoints of `app` are changed by a caller with `scope`.
    pub(in crate::v1) fn new(api: Arc<Api>, app: App, scope: Scope) -> Self {
        Self { api, app, scope }
    }

    /// Makes an endpoint.
    pub(in crate::v1) async fn create(&self, body: EndpointIn) -> Answer {
        let wish = self.wish(body.check(&self.api.settings.opened)?).await?;
        let fresh = self.fresh(&wish);
        let name = match &wish.change.uid {
            Patch::Set(uid) => EndpointRef::Uid(uid.clone()),
            Patch::Keep | Patch::Clear => EndpointRef::Id(fresh.id),
        };
        let made = self.api.doors.upsert_endpoint(self.app.id, &name, |found| match found {
            Some(_) => Err(Unchanged::Taken),
            None => wish.made(&fresh),
        });
        created(&EndpointOut::from(made.await?.map_err(refused)?))
    }

    /// Replaces an endpoint, or makes it if it is named by a uid.
    pub(in crate::v1) async fn upsert(&self, name: &EndpointRef, body: EndpointIn) -> Answer {
        let mut change = body.check(&self.api.settings.opened)?;
        if let (EndpointRef::Uid(uid), Patch::Clear) = (name, &change.uid) {
            change.uid = Patch::Set(uid.clone());
        }
        let wish = self.wish(change).await?;
        let (fresh, now) = (self.fresh(&wish), self.api.doors.now());
        let put = self.api.doors.upsert_endpoint(self.app.id, name, |found| match (found, name) {
            (Some(found), _) => wish.over(&found, now),
            (None, EndpointRef::Uid(uid)) if !uid.as_str().starts_with(PREFIX) => wish.made(&fresh),
            // Ids are ours to give.
            (None, _) => Err(Unchanged::Absent),
        });
        let endpoint = put.await?.map_err(refused)?;
        let is_made = endpoint.id == fresh.id;
        let endpoint = EndpointOut::from(endpoint);
        if is_made { created(&endpoint) } else { ok(&endpoint) }
    }

    /// Changes an endpoint.
    pub(in crate::v1) async fn patch(&self, endpoint: EndpointId, body: EndpointPatch) -> Answer {
        let wish = self.wish(body.check(&self.api.settings.opened)?).await?;
        let (name, now) = (EndpointRef::Id(endpoint), self.api.doors.now());
        let put = self
            .api
            .doors
            .upsert_endpoint(self.app.id, &name, |found| wish.over(&found.ok_or(Unchanged::Absent)?, now));
        ok(&EndpointOut::from(put.await?.map_err(refused)?))
    }

    /// A new endpoint, as it is when nobody says otherwise.
    fn fresh(&self, wish: &Wish) -> Endpoint {
        let secret = self.api.doors.secret(SecretKind::Symmetric);
        let target = wish.change.target.clone().expect("a body that can make an endpoint has a URL");
        Endpoint::new(self.api.doors.mint(), self.app.id, Door::Api, target, secret)
    }

    async fn wish(&self, change: Change) -> Result<Wish, Error> {
        let mut missing = Vec::new();
        for name in change.chosen() {
            let is_there = match self.app.kind {
                AppKind::Operational => EVENT_TYPES.contains(&name.as_str()),
                AppKind::Customer => self.can_choose(name).await?,
            };
            if !is_there {
                missing.push(name.clone());
            }
        }
        Ok(Wish { change, missing })
    }

    async fn can_choose(&self, name: &EventTypeName) -> Result<bool, Error> {
        let found = self.api.doors.store.event_type(self.app.organization, name).await.map_err(unreadable)?;
        let sees_all = !matches!(self.scope, Scope::App(_));
        Ok(found.is_some_and(|found| !found.archived && (sees_all || found.feature_flag.is_none())))
    }
}

/// What somebody asks for.
struct Wish {
    change: Change,
    /// Event types that are chosen by it and do not exist, are archived, or are not shown to whoever asks.
    missing: Vec<EventTypeName>,
}

/// The endpoint as it is to be put, and what its organization is told.
type Decided = Result<(Endpoint, Option<News>), Unchanged<Error>>;

impl Wish {
    fn made(&self, fresh: &Endpoint) -> Decided {
        self.decided(None, fresh.clone(), fresh.updated_at)
    }

    fn over(&self, found: &Endpoint, at: Timestamp) -> Decided {
        self.decided(Some(found), found.clone(), at)
    }

    fn decided(&self, before: Option<&Endpoint>, endpoint: Endpoint, at: Timestamp) -> Decided {
        let had = before.and_then(|before| before.subscription.event_types.as_deref()).unwrap_or_default();
        let missing: Vec<&str> =
            self.missing.iter().filter(|name| !had.contains(name)).map(EventTypeName::as_str).collect();
        if !missing.is_empty() {
            let msg = format!("The following event types don't exist: {}", missing.join(", "));
            return Err(Unchanged::Refused(Error::invalid(&["body", "eventTypes"], msg)));
        }
        let after = self.change.clone().over(endpoint, at).map_err(Unchanged::Refused)?;
        let news = news(before, &after);
        Ok((after, Some(news)))
    }
}

/// Deletes an endpoint.
pub(in crate::v1) async fn delete(api: &Api, endpoint: &Endpoint) -> Answer {
    let now = api.doors.now();
    update(api, endpoint, |endpoint| Ok(endpoint.deleted(now))).await?;
    nothing()
}

/// Changes an endpoint that was found, and tells its organization.
pub(super) async fn update(
    api: &Api,
    endpoint: &Endpoint,
    mut decide: impl FnMut(Endpoint) -> Result<Endpoint, Error>,
) -> Result<Endpoint, Error> {
    let name = EndpointRef::Id(endpoint.id);
    let changed = api.doors.update_endpoint(endpoint.app, &name, |before| {
        let after = decide(before.clone())?;
        let news = news(Some(&before), &after);
        Ok((after, Some(news)))
    });
    changed.await?.map_err(refused)
}

fn refused(unchanged: Unchanged<Error>) -> Error {
    match unchanged {
        Unchanged::Taken => Error::conflict(
            "The app has another endpoint with this uid, or another webhook for this event type.",
        ),
        Unchanged::TooMany => {
            let detail = format!("An app has at most {ENDPOINTS_PER_APP_MAX} endpoints.");
            Error::bad_request("limit_reached", detail)
        }
        other => other.into(),
    }
}
