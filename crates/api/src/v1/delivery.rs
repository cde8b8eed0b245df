//! `/api/v1/delivery`: what became of every message, for every endpoint.

mod wire;

use std::sync::Arc;

use axum::extract::State;
use domain::id::DeliveryId;
use engine::ports::history::{DeliveriesOf, DeliveryFilter, MessageFilter, PastDelivery};
use engine::ports::page::Order;
use utoipa_axum::routes;

use super::Routes;
use super::access::{Within, WithinQuery};
use super::answer::{Answer, ok};
use super::attempt::WordsQuery;
use super::msg::{MessageQuery, TimeQuery};
use super::page::{List, ListQuery};
use super::query::Query;
use crate::Api;
use crate::error::unreadable;

use wire::DeliveryOut;
pub(super) use wire::LastAttemptOut;

const TAG: &str = "Delivery";

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(list))
}

/// List deliveries, the newest first
///
/// Those of the organization's customers, of one app or of one endpoint, by message and then by endpoint. Times are those
/// of the messages.
#[utoipa::path(
    get,
    path = "/delivery",
    operation_id = "v1.delivery.list",
    tag = TAG,
    params(WithinQuery, ListQuery, WordsQuery, MessageQuery, TimeQuery),
    responses((status = 200, description = "A page of deliveries", body = List<DeliveryOut>))
)]
async fn list(
    State(api): State<Arc<Api>>,
    within: Within,
    Query(page): Query<ListQuery>,
    Query(words): Query<WordsQuery>,
    Query(wanted): Query<MessageQuery>,
    Query(time): Query<TimeQuery>,
) -> Answer {
    let slice = page.ordered::<DeliveryId>(Order::Descending)?;
    let start = slice.start.clone();
    let times = time.times(api.doors.now(), &start, |id| id.message.timestamp());
    let message = MessageFilter { since: times.since, until: times.until, ..wanted.filter()? };
    let filter = DeliveryFilter { statuses: words.wanted()?, message };
    let of = match within {
        Within::Organization(organization) => DeliveriesOf::Organization(organization),
        Within::App(app) => DeliveriesOf::App(app),
        Within::Endpoint(endpoint) => DeliveriesOf::Endpoint(endpoint),
    };
    let found = api.doors.store.deliveries(of, filter, slice).await.map_err(unreadable)?;
    ok(&List::filtered(found, &start, |past: &PastDelivery| past.delivery.id, DeliveryOut::from))
}
