//! Deliveries of an organization, of an app, of an endpoint. They are judged by where they stand before their messages are
//! read, and what is told of each is read only of what is on the page.

use std::collections::HashMap;

use domain::app::App;
use domain::delivery::Delivery;
use domain::id::{AppId, DeliveryId, EndpointId, MessageId, OrganizationId};
use domain::message::Message;
use domain::time::Timestamp;
use engine::ports::history::{AttemptSummary, DeliveriesOf, DeliveryFilter, PastDelivery};
use engine::ports::page::{Filtered, Slice};
use rusqlite::Connection;

use super::super::error::invalid;
use super::super::pages::Span;
use super::super::rows::{self, readable};

type Found = Filtered<PastDelivery, DeliveryId>;

pub(super) fn deliveries(
    connection: &Connection,
    of: DeliveriesOf,
    filter: &DeliveryFilter,
    slice: &Slice<DeliveryId>,
) -> rusqlite::Result<Found> {
    let span = span(slice).firsts_within(filter.message.times(), |at| MessageId::first_at(at).number());
    let mut looker = Looker::new(connection, filter);
    let filled = |deliveries: &mut rows::Rows<'_, Delivery>| {
        Filtered::of_walk(deliveries.map(|delivery| looker.look(delivery?, |_| true)), slice, |_| 0)
    };
    match of {
        DeliveriesOf::Organization(id) => of_organization(connection, id, filter, slice, &span),
        DeliveriesOf::App(app) => rows::delivery::of_app(connection, app, &span, filled),
        DeliveriesOf::Endpoint(id) => {
            rows::delivery::of_endpoint(connection, id, &span.firsts_of(id.number()), filled)
        }
    }
}

/// What a slice meets.
pub(super) fn span(slice: &Slice<DeliveryId>) -> Span<(i64, i64)> {
    Span::pairs(slice, |id: DeliveryId| (id.message.number(), id.endpoint.number()))
}

/// What cannot be read is passed over: it may be another organization's, whose trouble is none of this one.
fn of_organization(
    connection: &Connection,
    id: OrganizationId,
    filter: &DeliveryFilter,
    slice: &Slice<DeliveryId>,
    span: &Span<(i64, i64)>,
) -> rusqlite::Result<Found> {
    let mut looker = Looker::new(connection, filter);
    let is_its_own = |app: &App| DeliveriesOf::counts(id, app);
    let found = rows::delivery::of_all(connection, span, |deliveries| {
        let known = deliveries.filter_map(|delivery| readable("a delivery", delivery).transpose());
        let looked_at = known.map(|delivery| {
            let delivery = delivery?;
            let id = delivery.id;
            Ok(readable(id, looker.look(delivery, is_its_own))?.unwrap_or((id, None)))
        });
        Filtered::of_walk(looked_at, slice, |_| 0)
    })?;
    let seen = match found.seen {
        Some(seen) if !looker.is_of(seen, is_its_own)? => Some(DeliveriesOf::behind(seen, slice)),
        seen => seen,
    };
    Ok(Filtered { seen, ..found })
}

/// Looks at deliveries, and at what they have in common once.
struct Looker<'a> {
    connection: &'a Connection,
    filter: &'a DeliveryFilter,
    /// Deliveries of one message stand together.
    message: Option<Message>,
    apps: HashMap<AppId, App>,
    called: HashMap<EndpointId, (String, Option<Timestamp>)>,
}

impl<'a> Looker<'a> {
    fn new(connection: &'a Connection, filter: &'a DeliveryFilter) -> Self {
        Self { connection, filter, message: None, apps: HashMap::new(), called: HashMap::new() }
    }

    /// A delivery as it is told, if it passes and its app is wanted.
    fn look(
        &mut self,
        delivery: Delivery,
        is_wanted: impl Fn(&App) -> bool,
    ) -> rusqlite::Result<(DeliveryId, Option<PastDelivery>)> {
        let (id, filter) = (delivery.id, self.filter);
        if !filter.matches(&delivery) {
            return Ok((id, None));
        }
        let message = self.message(id.message)?;
        if !filter.message.matches(message) {
            return Ok((id, None));
        }
        let (app, event_type) = (message.app, message.event_type.clone());
        let app = self.app(app)?;
        if !is_wanted(app) {
            return Ok((id, None));
        }
        let (app, app_uid) = (app.id, app.uid.clone());
        let (url, held_until) = self.called(id.endpoint)?.clone();
        let last = rows::attempt::last_head(self.connection, id)?;
        let last = last.as_ref().map(AttemptSummary::of);
        Ok((id, Some(PastDelivery { delivery, app, app_uid, event_type, url, held_until, last })))
    }

    /// Whether the app of a delivery is wanted; not if that cannot be read.
    fn is_of(&mut self, id: DeliveryId, is_wanted: impl Fn(&App) -> bool) -> rusqlite::Result<bool> {
        let app = self.message(id.message).map(|message| message.app);
        let wanted = app.and_then(|app| self.app(app).map(is_wanted));
        Ok(readable(id, wanted)?.unwrap_or(false))
    }

    /// Without its payload.
    fn message(&mut self, id: MessageId) -> rusqlite::Result<&Message> {
        let known = self.message.take().filter(|message| message.id == id);
        let found = match known {
            Some(message) => message,
            None => {
                let found = rows::message::head(self.connection, id)?;
                found.ok_or_else(|| invalid("delivery", "its message is missing"))?
            }
        };
        Ok(self.message.insert(found))
    }

    fn app(&mut self, id: AppId) -> rusqlite::Result<&App> {
        if !self.apps.contains_key(&id) {
            let found = rows::app::find(self.connection, id)?;
            self.apps.insert(id, found.ok_or_else(|| invalid("message", "its app is missing"))?);
        }
        Ok(&self.apps[&id])
    }

    fn called(&mut self, id: EndpointId) -> rusqlite::Result<&(String, Option<Timestamp>)> {
        if !self.called.contains_key(&id) {
            let found = rows::endpoint::called(self.connection, id)?;
            self.called.insert(id, found.ok_or_else(|| invalid("delivery", "its endpoint is missing"))?);
        }
        Ok(&self.called[&id])
    }
}
