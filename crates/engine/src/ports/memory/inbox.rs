//! Accepting.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use domain::app::App;
use domain::birth::Birth;
use domain::change::{Change, ChangeKind};
use domain::endpoint::Endpoint;
use domain::id::{AppId, OrganizationId};
use domain::limits::ACCEPTANCE_PAYLOAD_BYTES_MAX;
use domain::message::MessageRef;
use domain::resource::{Resource, ResourceKey};
use domain::route::{Occurrence, Routed, route};
use domain::throttle::Pace;
use domain::time::Timestamp;

use super::super::fault::StoreError;
use super::super::inbox::{
    Acceptance, Accepted, AcceptedMessage, Cancellation, Cancelled, Entry, Inbox, NewChange, NewEvent,
    Refused, Sending, Sent,
};
use super::{MemoryStore, Tables};

#[async_trait]
impl Inbox for MemoryStore {
    async fn accept(&self, acceptance: Acceptance) -> Result<Result<Vec<Accepted>, Refused>, StoreError> {
        let mut tables = self.tables();
        let (apps, resources) = (tables.apps.clone(), tables.resources.clone());
        let Acceptance { entries, birth } = acceptance;
        let mut payload_bytes = 0;
        let accepted: Result<Vec<Accepted>, Refused> = entries
            .into_iter()
            .map(|entry| {
                let accepted = match entry {
                    Entry::Change(change) => tables.change(change, &birth)?,
                    Entry::Event(event) => tables.publish(event, &birth),
                };
                payload_bytes +=
                    accepted.messages.iter().map(|made| made.message.payload.len()).sum::<usize>();
                if payload_bytes > ACCEPTANCE_PAYLOAD_BYTES_MAX {
                    Err(Refused::TooLarge)
                } else {
                    Ok(accepted)
                }
            })
            .collect();
        match &accepted {
            Ok(accepted) => {
                accepted.iter().flat_map(|accepted| &accepted.messages).for_each(|made| tables.insert(made));
            }
            Err(_) => (tables.apps, tables.resources) = (apps, resources),
        }
        Ok(accepted)
    }

    async fn send(&self, sending: Sending) -> Result<Sent, StoreError> {
        Ok(self.tables().send(sending))
    }

    async fn cancel(&self, cancellation: Cancellation) -> Result<Option<Cancelled>, StoreError> {
        Ok(self.tables().cancel(&cancellation))
    }

    async fn expunge(&self, app: AppId, message: &MessageRef, at: Timestamp) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let found = tables.message_of(app, message).map(|message| message.id);
        found.into_iter().for_each(|message| tables.expunge(message, at));
        Ok(found.is_some())
    }

    async fn expunge_expired(&self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let mut tables = self.tables();
        let kept = tables.messages.values().filter(|message| message.payload.is_there());
        let expired = kept.filter_map(|message| Some((message.expires_at?, message.id)));
        let expired = BTreeSet::from_iter(expired.filter(|(expires_at, _)| *expires_at <= now));
        let first = expired.into_iter().take(limit);
        Ok(first.map(|(_, message)| tables.expunge(message, now)).count())
    }
}

impl Tables {
    fn change(&mut self, new: NewChange, birth: &Birth) -> Result<Accepted, Refused> {
        let app = self.find_or_make(&new.app, new.app_id);
        let at = new.message_ids.first().map(|id| id.timestamp()).unwrap_or_default();
        let stored = self.resource(&(new.app.organization, new.key.clone())).cloned();
        let change = Change::of(new.key, app, stored, new.put, at).map_err(|_| Refused::ForeignResource)?;
        let Some(change) = change else { return Ok(Accepted { change: None, messages: Vec::new() }) };
        match change.kind {
            ChangeKind::Delete => self.resources.remove(&(new.app.organization, change.resource.key.clone())),
            _ => self
                .resources
                .insert((new.app.organization, change.resource.key.clone()), change.resource.clone()),
        };
        let occurrences = Occurrence::of_change(&change, &new.rules, &new.message_ids);
        let route = |occurrence| self.route(occurrence, Some(&change.resource), birth);
        Ok(Accepted { change: Some(change.kind), messages: occurrences.into_iter().map(route).collect() })
    }

    fn publish(&mut self, new: NewEvent, birth: &Birth) -> Accepted {
        let app = self.find_or_make(&new.event.app, new.app_id);
        let organization = new.event.app.organization;
        let occurrence = Occurrence::of_event(new.event, new.message_id, app);
        let resource = self.resource(&(organization, occurrence.resource.clone()));
        Accepted { change: None, messages: vec![self.route(occurrence, resource, birth)] }
    }

    fn route(&self, occurrence: Occurrence, resource: Option<&Resource>, birth: &Birth) -> AcceptedMessage {
        let endpoints: Vec<Endpoint> = self.endpoints_of(occurrence.app).cloned().collect();
        let routed = route(occurrence, &endpoints, resource, birth);
        self.accepted(routed)
    }

    /// A resource whose app is not deleted.
    pub(super) fn resource(&self, key: &(OrganizationId, ResourceKey)) -> Option<&Resource> {
        let is_there = |app: &App| app.deleted_at.is_none();
        self.resources.get(key).filter(|resource| self.apps.get(&resource.app).is_some_and(is_there))
    }

    pub(super) fn accepted(&self, routed: Routed) -> AcceptedMessage {
        let endpoints = routed.deliveries.iter().map(|delivery| delivery.id.endpoint);
        let paces = endpoints.map(|endpoint| (endpoint, self.pace(endpoint)));
        let paces = paces.filter(|(_, pace)| *pace != Pace::default()).collect();
        AcceptedMessage { message: Arc::new(routed.message), deliveries: routed.deliveries, paces }
    }

    pub(super) fn insert(&mut self, accepted: &AcceptedMessage) {
        let earlier = self.messages.insert(accepted.message.id, accepted.message.clone());
        assert!(earlier.is_none(), "ids of messages are unique");
        let deliveries = accepted.deliveries.iter();
        self.deliveries.extend(deliveries.map(|delivery| (delivery.id, delivery.clone())));
        self.count_ends(&accepted.deliveries);
    }
}
