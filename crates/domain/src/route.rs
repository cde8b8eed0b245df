//! Routing: one occurrence and an app's endpoints become a message and its deliveries.
//!
//! It is called within the transaction that stores the result, so it sees exactly the endpoints and the
//! resource that are committed with it.

use std::borrow::Borrow;

use crate::birth::Birth;
use crate::change::Change;
use crate::delivery::Delivery;
use crate::endpoint::Endpoint;
use crate::event::{Event, Origin};
use crate::id::{AppId, DeliveryId, EndpointId, MessageId};
use crate::message::{Fate, Message};
use crate::name::EventTypeName;
use crate::payload::Payload;
use crate::resource::{Resource, ResourceKey};
use crate::rule::Rules;

/// Something that happened for an app, about to become a message.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// The id of the message; its time is the time of acceptance.
    pub id: MessageId,
    /// For whom.
    pub app: AppId,
    /// What it is.
    pub event_type: EventTypeName,
    /// Who published it.
    pub origin: Origin,
    /// Which record it is about.
    pub resource: ResourceKey,
}

impl Occurrence {
    /// What a change becomes by the rules; `ids` has one id for each rule.
    pub fn of_change(change: &Change, rules: &Rules, ids: &[MessageId]) -> Vec<Self> {
        let occur = |(event_type, id): (EventTypeName, &MessageId)| Self {
            id: *id,
            app: change.resource.app,
            event_type,
            origin: Origin::change(change.kind),
            resource: change.resource.key.clone(),
        };
        rules.event_types(change).into_iter().zip(ids).map(occur).collect()
    }

    /// What a published event becomes.
    pub fn of_event(event: Event, id: MessageId, app: AppId) -> Self {
        let Event { origin, event_type, resource, .. } = event;
        Self { id, app, event_type, origin, resource }
    }
}

/// A message and what is to be delivered of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routed {
    /// What is stored once.
    pub message: Message,
    /// One for each endpoint that wants it; empty unless the message's fate is [`Fate::Routed`].
    pub deliveries: Vec<Delivery>,
}

/// Routes an occurrence. `endpoints` are those of its app; `resource` is the record as it is at this moment, if
/// it exists and belongs to the app.
///
/// The order of the questions is the article's: first whether anyone listens, then whether the record exists.
pub fn route<E: Borrow<Endpoint>>(
    occurrence: Occurrence,
    endpoints: &[E],
    resource: Option<&Resource>,
    birth: &Birth,
) -> Routed {
    let resource = resource.filter(|resource| resource.app == occurrence.app);
    let accepted_at = occurrence.id.timestamp();
    let payload = resource.map_or(Payload::Absent, |resource| Payload::envelope(resource, accepted_at));
    let Occurrence { id, app, event_type, origin, resource } = occurrence;
    let message = Message { resource: Some(resource), payload, ..Message::new(id, app, event_type, origin) };
    deliver(message, endpoints, birth)
}

/// Routes a message that has its payload already, or has none because its record is not there. Its fate is what
/// comes out.
pub fn deliver<E: Borrow<Endpoint>>(message: Message, endpoints: &[E], birth: &Birth) -> Routed {
    let listeners = listeners(&message, endpoints);
    deliver_to(message, &listeners, birth)
}

/// The same for a message that is for one of its app's endpoints alone, whatever that one wants.
pub fn deliver_only<E: Borrow<Endpoint>>(
    message: Message,
    endpoint: EndpointId,
    endpoints: &[E],
    birth: &Birth,
) -> Routed {
    let is_it = |one: &&Endpoint| one.id == endpoint && one.deleted_at.is_none();
    let listeners: Vec<&Endpoint> = endpoints.iter().map(Borrow::borrow).filter(is_it).collect();
    deliver_to(message, &listeners, birth)
}

fn deliver_to(mut message: Message, listeners: &[&Endpoint], birth: &Birth) -> Routed {
    message.fate = match &message.payload {
        _ if listeners.is_empty() => Fate::Skipped,
        Payload::Absent | Payload::Expunged => Fate::DataNotFound,
        Payload::Envelope(_) | Payload::Verbatim(_) => Fate::Routed,
    };
    let born = |endpoint: &&Endpoint| {
        let id = DeliveryId { message: message.id, endpoint: endpoint.id };
        Delivery::born(id, endpoint, &message, birth)
    };
    let deliveries = match message.fate {
        Fate::Routed => listeners.iter().map(born).collect(),
        Fate::Skipped | Fate::DataNotFound => Vec::new(),
    };
    Routed { message, deliveries }
}

/// The endpoints that want a message, whether they are disabled or not. A record that is not there has nothing that
/// a pattern could look at: those who filter by pattern do not listen then.
fn listeners<'a, E: Borrow<Endpoint>>(message: &Message, endpoints: &'a [E]) -> Vec<&'a Endpoint> {
    let topic = message.topic();
    let wants = |endpoint: &&Endpoint| endpoint.deleted_at.is_none() && endpoint.subscription.wants(&topic);
    endpoints.iter().map(Borrow::borrow).filter(wants).collect()
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
