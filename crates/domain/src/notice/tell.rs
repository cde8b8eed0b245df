//! What becomes of a notice: a message to those endpoints of the organization that want it.

use std::borrow::Borrow;
use std::sync::Arc;

use super::{Concerned, News, Notice};
use crate::app::App;
use crate::birth::Birth;
use crate::delivery::Delivery;
use crate::endpoint::Endpoint;
use crate::event::Origin;
use crate::message::Message;
use crate::payload::Payload;
use crate::route::{Routed, deliver};

impl Notice {
    /// The message that tells it to the organization, and its deliveries, which wait. `operational` is the app of its
    /// operational webhooks, and `endpoints` are that app's. `None` if nobody who may be called wants it, or if it is about
    /// an endpoint of that app itself: telling must not cause more to tell.
    pub fn tell<E: Borrow<Endpoint>>(
        self,
        operational: &App,
        endpoints: &[E],
        concerned: &Concerned,
    ) -> Option<Routed> {
        if concerned.app == operational.id {
            return None;
        }
        let payload = Payload::Verbatim(self.news.payload(concerned).into());
        let event_type = self.news.event_type();
        let message =
            Message { payload, ..Message::new(self.id, operational.id, event_type, Origin::operational()) };
        let birth =
            Birth { lease: None, crowded: Arc::default(), room: Arc::default(), now: self.id.timestamp() };
        let routed = deliver(message, endpoints, &birth);
        routed.deliveries.iter().any(Delivery::is_pending).then_some(routed)
    }
}

impl News {
    /// Whether an endpoint that was like `before` and is like `after` has this news of itself. Attempts that are under way
    /// at the same time all bring the news that it is disabled; only the first of them is told.
    pub fn is_new(&self, before: &Endpoint, after: &Endpoint) -> bool {
        let warned = |endpoint: &Endpoint| endpoint.failing.is_some_and(|failing| failing.warned);
        match self {
            News::EndpointDisabled { .. } => before.disabled.is_none() && after.disabled.is_some(),
            News::EndpointFailing { .. } => !warned(before) && warned(after),
            _ => true,
        }
    }
}

impl Concerned {
    /// An endpoint of an app, and the message if the notice is about one.
    pub fn of(app: &App, endpoint: &Endpoint, message: Option<&Message>) -> Self {
        Self {
            app: app.id,
            app_uid: app.uid.clone(),
            endpoint: endpoint.id,
            endpoint_uid: endpoint.uid.clone(),
            event_id: message.and_then(|message| message.event_id.clone()),
        }
    }
}

#[cfg(test)]
#[path = "tell_tests.rs"]
mod tests;
