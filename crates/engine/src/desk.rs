//! Changes of what is set up: read it, decide, put it; and if somebody else has changed it meanwhile, again.
//!
//! The decisions are the callers': pure functions from the record as it is to the record as it shall be. They may be asked
//! several times, each time with a fresh record.

use std::pin::Pin;
use std::sync::Arc;

use domain::app::{App, AppRef};
use domain::endpoint::{Endpoint, EndpointRef};
use domain::event_type::EventType;
use domain::id::{AppId, KeyId, OrganizationId};
use domain::key::Key;
use domain::name::EventTypeName;
use domain::notice::News;
use domain::organization::Organization;

use crate::doors::Doors;
use crate::ports::catalog::Put;
use crate::ports::fault::StoreError;
use crate::ports::inbox::IdempotencyKey;
use crate::ports::keyring::Answer;

/// How often a change is decided before it is given up: whoever loses so often in a row is up against a program that does
/// nothing else.
pub const ROUNDS_MAX: usize = 16;

/// Why nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unchanged<E> {
    /// There is no such record.
    Absent,
    /// It was decided so.
    Refused(E),
    /// What must be unique (a uid, a name, a hash) belongs to another one.
    Taken,
    /// There are as many as there may be.
    TooMany,
    /// Others changed it again and again.
    Contended,
}

/// What became of a change: the record as it is stored now, or why it is not changed; or the store cannot take it now,
/// and nothing happened.
pub type Change<T, E> = Result<Result<T, Unchanged<E>>, StoreError>;

/// A move of the store under way.
type Move<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

impl Doors {
    /// Changes an app that is there.
    ///
    /// # Errors
    /// If the store cannot do it now; nothing happened then.
    pub async fn update_app<E>(
        &self,
        organization: OrganizationId,
        app: &AppRef,
        mut decide: impl FnMut(App) -> Result<App, E>,
    ) -> Change<App, E> {
        self.upsert_app(organization, app, |found| present(found, &mut decide)).await
    }

    /// Changes an app, or makes it if it is not there.
    ///
    /// # Errors
    /// As [`Doors::update_app`].
    pub async fn upsert_app<E>(
        &self,
        organization: OrganizationId,
        app: &AppRef,
        decide: impl FnMut(Option<App>) -> Result<App, Unchanged<E>>,
    ) -> Change<App, E> {
        let put = |app: App| {
            let stored = App { revision: app.revision.next(), ..app.clone() };
            (stored, self.store.put_app(app))
        };
        self.heeded(change(|| self.store.app(organization, app), decide, put).await)
    }

    /// Changes an endpoint that is there, and tells its organization the news.
    ///
    /// # Errors
    /// As [`Doors::update_app`].
    pub async fn update_endpoint<E>(
        &self,
        app: AppId,
        endpoint: &EndpointRef,
        mut decide: impl FnMut(Endpoint) -> Result<(Endpoint, Option<News>), E>,
    ) -> Change<Endpoint, E> {
        self.upsert_endpoint(app, endpoint, |found| present(found, &mut decide)).await
    }

    /// Changes an endpoint, or makes it if it is not there, and tells its organization the news.
    ///
    /// # Errors
    /// As [`Doors::update_app`].
    pub async fn upsert_endpoint<E>(
        &self,
        app: AppId,
        endpoint: &EndpointRef,
        decide: impl FnMut(Option<Endpoint>) -> Result<(Endpoint, Option<News>), Unchanged<E>>,
    ) -> Change<Endpoint, E> {
        let put = |(endpoint, news): (Endpoint, Option<News>)| {
            let stored = Endpoint { revision: endpoint.revision.next(), ..endpoint.clone() };
            (stored, Box::pin(self.put_endpoint(endpoint, news)) as Move<'_, Put>)
        };
        self.heeded(change(|| self.store.endpoint_of(app, endpoint), decide, put).await)
    }

    /// Changes an event type that is there.
    ///
    /// # Errors
    /// As [`Doors::update_app`].
    pub async fn update_event_type<E>(
        &self,
        organization: OrganizationId,
        name: &EventTypeName,
        mut decide: impl FnMut(EventType) -> Result<EventType, E>,
    ) -> Change<EventType, E> {
        self.upsert_event_type(organization, name, |found| present(found, &mut decide)).await
    }

    /// Changes an event type, or declares it if it is not there.
    ///
    /// # Errors
    /// As [`Doors::update_app`].
    pub async fn upsert_event_type<E>(
        &self,
        organization: OrganizationId,
        name: &EventTypeName,
        decide: impl FnMut(Option<EventType>) -> Result<EventType, Unchanged<E>>,
    ) -> Change<EventType, E> {
        let read = || {
            let found = self.store.event_type(organization, name);
            Box::pin(async { Ok(found.await?.map(Arc::unwrap_or_clone)) }) as Move<'_, _>
        };
        let put = |event_type: EventType| {
            let stored = EventType { revision: event_type.revision.next(), ..event_type.clone() };
            (stored, self.store.put_event_type(event_type))
        };
        self.heeded(change(read, decide, put).await)
    }

    /// Changes an organization that is there.
    ///
    /// # Errors
    /// As [`Doors::update_app`].
    pub async fn update_organization<E>(
        &self,
        id: OrganizationId,
        mut decide: impl FnMut(Organization) -> Result<Organization, E>,
    ) -> Change<Organization, E> {
        let put = |organization: Organization| {
            let stored = Organization { revision: organization.revision.next(), ..organization.clone() };
            (stored, self.store.put_organization(organization))
        };
        let read = || self.store.organization(id);
        self.heeded(change(read, |found| present(found, &mut decide), put).await)
    }

    /// Changes a key that is there.
    ///
    /// # Errors
    /// As [`Doors::update_app`].
    pub async fn update_key<E>(
        &self,
        organization: OrganizationId,
        id: KeyId,
        mut decide: impl FnMut(Key) -> Result<Key, E>,
    ) -> Change<Key, E> {
        let put = |key: Key| {
            let stored = Key { revision: key.revision.next(), ..key.clone() };
            (stored, self.store.put_key(key))
        };
        let read = || self.store.key_named(organization, id);
        self.heeded(change(read, |found| present(found, &mut decide), put).await)
    }

    /// Stores a new key.
    ///
    /// # Errors
    /// As [`Doors::update_app`].
    pub async fn add_key(&self, key: Key) -> Result<Put, StoreError> {
        let put = self.store.put_key(key).await;
        self.heed("add a key", &put);
        put
    }

    /// Takes an event type away; answers whether it was there.
    ///
    /// # Errors
    /// As [`Doors::update_app`].
    pub async fn expunge_event_type(
        &self,
        organization: OrganizationId,
        name: &EventTypeName,
    ) -> Result<bool, StoreError> {
        let expunged = self.store.expunge_event_type(organization, name).await;
        self.heed("expunge an event type", &expunged);
        expunged
    }

    /// Remembers the answer to a request. That it is not remembered, nobody needs to know: what was done is done.
    pub async fn remember(&self, key: IdempotencyKey, answer: Answer) {
        let remembered = self.store.remember(key, answer).await;
        self.heed("remember an answer", &remembered);
    }

    fn heeded<T, E>(&self, change: Change<T, E>) -> Change<T, E> {
        self.heed("change what is set up", &change);
        change
    }
}

/// A decision about a record that must be there.
fn present<T, D, E>(found: Option<T>, decide: &mut impl FnMut(T) -> Result<D, E>) -> Result<D, Unchanged<E>> {
    decide(found.ok_or(Unchanged::Absent)?).map_err(Unchanged::Refused)
}

/// Reads, decides and puts until nobody else was faster.
async fn change<'a, T, D, E>(
    read: impl Fn() -> Move<'a, Option<T>>,
    mut decide: impl FnMut(Option<T>) -> Result<D, Unchanged<E>>,
    put: impl Fn(D) -> (T, Move<'a, Put>),
) -> Change<T, E> {
    for round in 0..ROUNDS_MAX {
        let found = read().await?;
        let is_new = found.is_none();
        let decided = match decide(found) {
            Ok(decided) => decided,
            Err(unchanged) => return Ok(Err(unchanged)),
        };
        let (stored, put) = put(decided);
        match put.await? {
            Put::Stored => return Ok(Ok(stored)),
            Put::Stale => {}
            // Perhaps by somebody who makes the same record at this moment: then it is there now.
            Put::Taken if is_new && round == 0 => {}
            Put::Taken => return Ok(Err(Unchanged::Taken)),
            Put::TooMany => return Ok(Err(Unchanged::TooMany)),
        }
    }
    Ok(Err(Unchanged::Contended))
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
