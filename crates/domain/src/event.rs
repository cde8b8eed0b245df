//! What is published on the bus: source, type, and a detail that refers to a resource.

use crate::app::AppKey;
use crate::name::EventTypeName;
use crate::resource::ResourceKey;

/// An event as other services publish it (`POST /events`): it carries a reference, and the resource is
/// fetched when the call is prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Where it comes from and what it is called there.
    pub origin: Origin,
    /// Which app it is for.
    pub app: AppKey,
    /// Which event type its webhooks listen to.
    pub event_type: EventTypeName,
    /// Which resource it is about.
    pub resource: ResourceKey,
}

/// Who published an event, and under which name; kept with its message for the story of the execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The publishing service; `whimbrel` for the changes that we captured ourselves.
    pub source: String,
    /// The publisher's name for what happened.
    pub detail_type: String,
}

impl Origin {
    /// The origin of messages that were sent as such.
    pub fn sent() -> Self {
        Self { source: "api".to_owned(), detail_type: "message".to_owned() }
    }

    /// The origin of messages that tell an organization what happens to its endpoints.
    pub fn operational() -> Self {
        Self { source: "whimbrel".to_owned(), detail_type: "operational".to_owned() }
    }

    /// The origin of events that change capture makes.
    pub fn change(kind: crate::change::ChangeKind) -> Self {
        Self { source: "whimbrel".to_owned(), detail_type: format!("resource.{kind}") }
    }
}
