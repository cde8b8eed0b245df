//! Messages that are sent as such, taken back, and forgotten.

use std::sync::Arc;

use domain::app::{App, AppRef};
use domain::birth::Birth;
use domain::delivery::{Delivery, FailedReason};
use domain::endpoint::Endpoint;
use domain::id::{AppId, DeliveryId, EndpointId, MessageId, OrganizationId};
use domain::limits::ACCEPTANCE_PAYLOAD_BYTES_MAX;
use domain::message::{Message, MessageRef};
use domain::route::{deliver, deliver_only};
use domain::time::Timestamp;

use super::super::inbox::{
    AcceptedMessage, Addressee, Cancellation, Cancelled, NewMessage, Sending, Sent, Unsent,
};
use super::Tables;
use super::keyring::Remembered;

impl Tables {
    pub(super) fn send(&mut self, sending: Sending) -> Sent {
        if let Some(earlier) = sending.idempotency.as_ref().and_then(|key| self.remembered(key)) {
            return match earlier {
                Some(Remembered::Messages(messages)) => Sent::Repeated(messages.clone()),
                _ => Sent::KeyReused,
            };
        }
        let mut payload_bytes = 0;
        let send = |message| self.send_one(sending.organization, message, &sending.birth, &mut payload_bytes);
        let sent: Vec<Result<AcceptedMessage, Unsent>> = sending.messages.into_iter().map(send).collect();
        if let Some(key) = sending.idempotency.filter(|_| sent.iter().any(Result::is_ok)) {
            let id = |sent: &Result<AcceptedMessage, Unsent>| match sent {
                Ok(accepted) => Ok(accepted.message.id),
                Err(unsent) => Err(*unsent),
            };
            self.answers.insert(key.key, (key, Remembered::Messages(sent.iter().map(id).collect())));
        }
        Sent::Stored(sent)
    }

    fn send_one(
        &mut self,
        organization: OrganizationId,
        new: NewMessage,
        birth: &Birth,
        payload_bytes: &mut usize,
    ) -> Result<AcceptedMessage, Unsent> {
        let NewMessage { to, mut message } = new;
        let only = if let Addressee::One(_, endpoint) = to { Some(endpoint) } else { None };
        let to = match to {
            Addressee::One(app, _) => Ok(self.app(organization, &app.into()).ok_or(Unsent::NoApp)?.id),
            Addressee::Known(app) => Ok(self.app(organization, &app).ok_or(Unsent::NoApp)?.id),
            Addressee::Made(app) => self.same_uid(&app).map(|same| same.id).ok_or(app),
        };
        let same = to.as_ref().ok().zip(message.event_id.clone().map(MessageRef::EventId));
        if same.is_some_and(|(app, same)| self.message_of(*app, &same).is_some()) {
            return Err(Unsent::EventIdTaken);
        }
        if *payload_bytes + message.payload.len() > ACCEPTANCE_PAYLOAD_BYTES_MAX {
            return Err(Unsent::TooLarge);
        }
        *payload_bytes += message.payload.len();
        message.app = to.unwrap_or_else(|app| self.make(*app));
        let endpoints: Vec<&Endpoint> = self.endpoints_of(message.app).collect();
        let routed = match only {
            Some(endpoint) => deliver_only(message, endpoint, &endpoints, birth),
            None => deliver(message, &endpoints, birth),
        };
        let sent = self.accepted(routed);
        self.insert(&sent);
        Ok(sent)
    }

    /// The app that has the uid of this one.
    fn same_uid(&self, app: &App) -> Option<&App> {
        self.app(app.organization, &AppRef::Uid(app.uid.clone()?))
    }

    /// A message of an app.
    pub(super) fn message_of(&self, app: AppId, named: &MessageRef) -> Option<&Arc<Message>> {
        let is_it = |message: &&Arc<Message>| match named {
            MessageRef::Id(id) => message.id == *id,
            MessageRef::EventId(event_id) => message.event_id.as_ref() == Some(event_id),
        };
        self.messages.values().filter(|message| message.app == app).find(is_it)
    }

    pub(super) fn cancel(&mut self, cancellation: &Cancellation) -> Option<Cancelled> {
        let Cancellation { app, message, endpoint, at } = cancellation;
        let message = self.message_of(*app, message)?.id;
        let ended = self.end_waiting(message, *endpoint, FailedReason::Cancelled, *at);
        let count = ended.len();
        let freed: Vec<EndpointId> = ended.into_iter().filter(|endpoint| self.free(*endpoint)).collect();
        let freed = freed.into_iter().filter_map(|endpoint| self.lane(endpoint)).collect();
        Some(Cancelled { count, freed })
    }

    /// Forgets the payload of a message that is there.
    pub(super) fn expunge(&mut self, message: MessageId, at: Timestamp) {
        if let Some(message) = self.messages.get_mut(&message) {
            let payload = message.payload.forgotten();
            Arc::make_mut(message).payload = payload;
        }
        for endpoint in self.end_waiting(message, None, FailedReason::Expunged, at) {
            self.free(endpoint);
        }
    }

    /// Ends the deliveries of a message that wait (those to one endpoint, if one is given); answers to whom they were.
    fn end_waiting(
        &mut self,
        message: MessageId,
        endpoint: Option<EndpointId>,
        reason: FailedReason,
        at: Timestamp,
    ) -> Vec<EndpointId> {
        let is_meant =
            |id: DeliveryId| id.message == message && endpoint.is_none_or(|endpoint| id.endpoint == endpoint);
        let meant = self.deliveries.values().filter(|delivery| is_meant(delivery.id)).cloned();
        let ended: Vec<Delivery> = meant.filter_map(|delivery| delivery.cancel(reason, at)).collect();
        self.count_ends(&ended);
        let endpoints = ended.iter().map(|delivery| delivery.id.endpoint).collect();
        self.deliveries.extend(ended.into_iter().map(|delivery| (delivery.id, delivery)));
        endpoints
    }
}
