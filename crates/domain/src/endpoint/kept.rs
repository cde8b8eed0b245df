//! What a store makes of an endpoint when something happens to it.

use super::{Disabled, DisabledReason, Endpoint, Health, Ordering};
use crate::attempt::Verdict;
use crate::name::EventTypeName;
use crate::time::Timestamp;

impl Endpoint {
    /// The endpoint after a settlement of one of its deliveries. Its revision rises if what others see of it changes, so
    /// that nobody who has read it before undoes that.
    #[must_use]
    pub fn after_settlement(&self, verdict: Verdict, health: Health, at: Timestamp) -> Self {
        let held_until = match verdict {
            Verdict::HoldAt(until) => Some(until),
            Verdict::Release => self.held_until,
            // What was made before the one that holds it up, and is settled after it, does not free it.
            _ => self.held_until.filter(|until| *until > at),
        };
        let mut after = self.clone().with_health(health, at);
        if verdict == Verdict::EndpointGone {
            after = after.disable(Disabled { at, reason: DisabledReason::Gone });
        }
        let revision = match (after.disabled, after.failing) == (self.disabled, self.failing) {
            true => self.revision,
            false => self.revision.next(),
        };
        Self { held_until, revision, ..after }
    }

    /// The endpoint as it is kept when it is put in the place of `stored`. What holds it up is the store's to know; a put
    /// that enables it, or that gives up its order, frees it.
    #[must_use]
    pub fn put_over(self, stored: Option<&Endpoint>) -> Self {
        let goes_on = |stored: &&Endpoint| {
            self.ordering == Ordering::Fifo && (stored.disabled.is_none() || self.disabled.is_some())
        };
        let held_until = stored.filter(goes_on).and_then(|stored| stored.held_until);
        Self { held_until, revision: self.revision.next(), ..self }
    }

    /// The event type whose webhook it is, as the article has them: an app has one for each.
    pub fn webhook_type(&self) -> Option<&EventTypeName> {
        let [event_type] = self.subscription.event_types.as_deref()? else { return None };
        Some(event_type).filter(|event_type| self.is_webhook_for(event_type))
    }

    /// Whether only one of both can be there: they have the same uid, or are webhooks for the same event type.
    pub fn is_rival_of(&self, other: &Endpoint) -> bool {
        let same_uid = self.uid.is_some() && self.uid == other.uid;
        same_uid || self.webhook_type().is_some_and(|event_type| other.is_webhook_for(event_type))
    }
}

#[cfg(test)]
#[path = "kept_tests.rs"]
mod tests;
