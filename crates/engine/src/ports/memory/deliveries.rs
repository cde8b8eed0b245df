//! Deliveries of an organization, of an app, of an endpoint.

use domain::delivery::Delivery;
use domain::id::DeliveryId;
use domain::message::Message;

use super::super::fault::StoreError;
use super::super::history::{AttemptSummary, DeliveriesOf, DeliveryFilter, PastDelivery};
use super::super::page::{Filtered, Slice};
use super::Tables;
use super::lists::{Row, walk};

impl Tables {
    pub(super) fn past_deliveries(
        &self,
        of: DeliveriesOf,
        filter: &DeliveryFilter,
        slice: &Slice<DeliveryId>,
    ) -> Result<Filtered<PastDelivery, DeliveryId>, StoreError> {
        let times = filter.message.times();
        let look = |(id, delivery): (&DeliveryId, &Delivery)| {
            let message = self.messages.get(&id.message)?;
            let matches =
                filter.matches(delivery) && filter.message.matches(message) && self.is_of(of, *id, message);
            Some((*id, matches.then(|| self.past_delivery(message, delivery))))
        };
        let rows = walk(self.deliveries.iter(), slice)
            .filter(|(id, _)| times.contains(id.message.timestamp()) && self.is_looked_at(of, **id))
            .filter_map(look)
            .map(Row::Ok);
        let found = Filtered::of_walk(rows, slice, |_| 0)?;
        let told = |seen: DeliveryId| {
            let message = self.messages.get(&seen.message);
            let is_of_others = message.is_none_or(|message| !self.is_of(of, seen, message));
            if is_of_others { DeliveriesOf::behind(seen, slice) } else { seen }
        };
        Ok(Filtered { seen: found.seen.map(told), ..found })
    }

    /// Of an organization nobody has a list: all deliveries are looked at.
    fn is_looked_at(&self, of: DeliveriesOf, id: DeliveryId) -> bool {
        matches!(of, DeliveriesOf::Organization(_))
            || self.messages.get(&id.message).is_some_and(|message| self.is_of(of, id, message))
    }

    fn is_of(&self, of: DeliveriesOf, id: DeliveryId, message: &Message) -> bool {
        match of {
            DeliveriesOf::Organization(organization) => {
                DeliveriesOf::counts(organization, &self.app_of(message.app))
            }
            DeliveriesOf::App(app) => message.app == app,
            DeliveriesOf::Endpoint(endpoint) => id.endpoint == endpoint,
        }
    }

    fn past_delivery(&self, message: &Message, delivery: &Delivery) -> PastDelivery {
        let endpoint = self.endpoints.get(&delivery.id.endpoint).expect("what is delivered to stays");
        let mut attempts = self.attempts.range((delivery.id, 0)..=(delivery.id, u32::MAX));
        PastDelivery {
            delivery: delivery.clone(),
            app: message.app,
            app_uid: self.app_of(message.app).uid,
            event_type: message.event_type.clone(),
            url: endpoint.target.as_str().to_owned(),
            held_until: endpoint.held_until,
            last: attempts.next_back().map(|(_, attempt)| AttemptSummary::of(attempt)),
        }
    }
}
