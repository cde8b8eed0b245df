//! Accepting.

use std::sync::Arc;

use async_trait::async_trait;
use domain::birth::Birth;
use domain::change::{Change, ChangeKind};
use domain::endpoint::Endpoint;
use domain::id::AppId;
use domain::limits::ACCEPTANCE_PAYLOAD_BYTES_MAX;
use domain::message::MessageRef;
use domain::resource::Resource;
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
            Ok(accepted) => tables.insert(accepted),
            Err(_) => (tables.apps, tables.resources) = (apps, resources),
        }
        Ok(accepted)
    }

    async fn send(&self, _: Sending) -> Result<Sent, StoreError> {
        todo!()
    }

    async fn cancel(&self, _: Cancellation) -> Result<Option<Cancelled>, StoreError> {
        todo!()
    }

    async fn expunge(&self, _: AppId, _: &MessageRef, _: Timestamp) -> Result<bool, StoreError> {
        todo!()
    }

    async fn expunge_expired(&self, _: Timestamp, _: usize) -> Result<usize, StoreError> {
        todo!()
    }
}

impl Tables {
    fn change(&mut self, new: NewChange, birth: &Birth) -> Result<Accepted, Refused> {
        let app = self.find_or_make(&new.app, new.app_id);
        let at = new.message_ids.first().map(|id| id.timestamp()).unwrap_or_default();
        let stored = self.resources.get(&(new.app.organization, new.key.clone())).cloned();
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
        let resource = self.resources.get(&(organization, occurrence.resource.clone()));
        Accepted { change: None, messages: vec![self.route(occurrence, resource, birth)] }
    }

    fn route(&self, occurrence: Occurrence, resource: Option<&Resource>, birth: &Birth) -> AcceptedMessage {
        let endpoints: Vec<Endpoint> = self.endpoints_of(occurrence.app).cloned().collect();
        let routed = route(occurrence, &endpoints, resource, birth);
        self.accepted(routed)
    }

    fn accepted(&self, routed: Routed) -> AcceptedMessage {
        let endpoints = routed.deliveries.iter().map(|delivery| delivery.id.endpoint);
        let paces = endpoints.map(|endpoint| (endpoint, self.pace(endpoint)));
        let paces = paces.filter(|(_, pace)| *pace != Pace::default()).collect();
        AcceptedMessage { message: Arc::new(routed.message), deliveries: routed.deliveries, paces }
    }

    fn insert(&mut self, accepted: &[Accepted]) {
        for accepted in accepted.iter().flat_map(|accepted| &accepted.messages) {
            let earlier = self.messages.insert(accepted.message.id, accepted.message.clone());
            assert!(earlier.is_none(), "ids of messages are unique");
            for delivery in &accepted.deliveries {
                self.deliveries.insert(delivery.id, delivery.clone());
            }
        }
    }
}
