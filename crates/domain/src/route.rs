//! Routing: one occurrence and an app's endpoints become a message and its deliveries.
//!
//! It is called within the transaction that stores the result, so it sees exactly the endpoints and the
//! resource that are committed with it.

use crate::birth::Birth;
use crate::change::Change;
use crate::delivery::Delivery;
use crate::endpoint::Endpoint;
use crate::event::{Event, Origin};
use crate::id::{AppId, DeliveryId, MessageId};
use crate::message::{Fate, Message};
use crate::name::EventTypeName;
use crate::payload::{Payload, Token};
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
pub fn route(
    occurrence: Occurrence,
    endpoints: &[Endpoint],
    resource: Option<&Resource>,
    birth: &Birth,
) -> Routed {
    let listeners: Vec<&Endpoint> =
        endpoints.iter().filter(|endpoint| endpoint.wants(&occurrence.event_type)).collect();
    let resource = resource.filter(|resource| resource.app == occurrence.app);
    let accepted_at = occurrence.id.timestamp();
    let (fate, payload) = match resource {
        _ if listeners.is_empty() => (Fate::Skipped, Payload::Absent),
        None => (Fate::DataNotFound, Payload::Absent),
        Some(resource) => (Fate::Routed, Payload::envelope(resource, accepted_at)),
    };
    let deliver = |endpoint: &Endpoint| {
        let id = DeliveryId { message: occurrence.id, endpoint: endpoint.id };
        let token = Token::new(&endpoint.secret, occurrence.resource.id.as_str(), accepted_at);
        Delivery::born(id, token, endpoint, &payload, birth)
    };
    let deliveries = match fate {
        Fate::Routed => listeners.into_iter().map(deliver).collect(),
        Fate::Skipped | Fate::DataNotFound => Vec::new(),
    };
    let Occurrence { id, app, event_type, origin, resource } = occurrence;
    Routed { message: Message { id, app, event_type, origin, resource, fate, payload }, deliveries }
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
