//! Deliveries of an organization, of an app, of an endpoint.

use std::time::Duration;

use domain::app::{App, AppKind};
use domain::attempt::{FailureCode, Verdict};
use domain::delivery::Delivery;
use domain::endpoint::{Endpoint, Ordering};
use domain::id::{DeliveryId, EndpointId, OrganizationId};
use domain::limits::PAGE_ROWS_EXAMINED_MAX;
use engine::ports::history::{
    AttemptSummary, DeliveriesOf, DeliveryFilter, DeliveryStatus, MessageFilter, PastDelivery,
};
use engine::ports::inbox::Sent;
use engine::ports::page::{Order, Slice, Start};
use engine::ports::store::Store;

use super::past::{CANCELLED, DISABLED, EXHAUSTED, EXPUNGED, LEASED, MISSING, SUCCEEDED, WAITING, past};
use super::world::pages::check_pages;
use super::world::records::{put_app, put_endpoint};
use super::world::sending::{known, send_one, sending};
use super::world::{HERE, LEASE, URL, World, all, answered, silent, stored};

/// Sends a message to an app with two endpoints, and answers with the ids of its deliveries.
async fn send(store: &dyn Store, world: &mut World, app: &App) -> Vec<DeliveryId> {
    world.pass(1000);
    let message = world.message("a");
    let sent = send_one(store, world, app, message, None).await;
    sent.deliveries.iter().map(|delivery| delivery.id).collect()
}

async fn with_endpoints(store: &dyn Store, world: &mut World, app: App) -> (App, EndpointId) {
    let app = put_app(store, app).await;
    let endpoint = put_endpoint(store, world.endpoint(app.id)).await;
    put_endpoint(store, world.endpoint(app.id)).await;
    (app, endpoint.id)
}

async fn check_list(store: &dyn Store, of: DeliveriesOf, filter: &DeliveryFilter, expected: &[DeliveryId]) {
    let list = async |slice| {
        let found = store.deliveries(of, filter.clone(), slice).await.unwrap();
        found.page.map(|past| past.delivery.id)
    };
    check_pages(expected, list).await;
}

pub(crate) async fn deliveries_are_listed_by_whose_they_are(store: &dyn Store) {
    let mut world = World::new();
    let there = store.organization_of("there", world.id()).await.unwrap().id;
    let acme = world.app("acme");
    let (acme, endpoint) = with_endpoints(store, &mut world, acme).await;
    let bolt = world.app("bolt");
    let (bolt, _) = with_endpoints(store, &mut world, bolt).await;
    let gone = world.app("gone");
    let (gone, _) = with_endpoints(store, &mut world, gone).await;
    world.organization = there;
    let foreign = world.app("acme");
    let (foreign, _) = with_endpoints(store, &mut world, foreign).await;
    world.organization = HERE;
    let operational = store.operational_app(HERE, world.id()).await.unwrap();
    assert_eq!(operational.kind, AppKind::Operational);
    let (mut here, mut of_acme, mut of_bolt, mut elsewhere) = (vec![], vec![], vec![], vec![]);
    for _ in 0..2 {
        of_acme.extend(send(store, &mut world, &acme).await);
        world.organization = there;
        elsewhere.extend(send(store, &mut world, &foreign).await);
        world.organization = HERE;
        send(store, &mut world, &gone).await;
        of_bolt.extend(send(store, &mut world, &bolt).await);
    }
    here.extend(of_acme.iter().chain(&of_bolt).copied());
    here.sort();
    let gone = gone.deleted(world.now);
    put_app(store, gone).await;
    let mut to_endpoint = of_acme.clone();
    to_endpoint.retain(|id| id.endpoint == endpoint);
    let everything = DeliveryFilter::default();
    check_list(store, DeliveriesOf::Organization(HERE), &everything, &here).await;
    check_list(store, DeliveriesOf::Organization(there), &everything, &elsewhere).await;
    check_list(store, DeliveriesOf::App(acme.id), &everything, &of_acme).await;
    check_list(store, DeliveriesOf::App(bolt.id), &everything, &of_bolt).await;
    check_list(store, DeliveriesOf::Endpoint(endpoint), &everything, &to_endpoint).await;
    for nobody in [
        DeliveriesOf::Organization(OrganizationId::from_number(99)),
        DeliveriesOf::App(world.id()),
        DeliveriesOf::Endpoint(world.id()),
    ] {
        check_list(store, nobody, &everything, &[]).await;
    }
    // A page may begin at a place where there is nothing.
    let beside = DeliveryId { endpoint: world.id(), ..to_endpoint[0] };
    for (start, order) in [(beside, Order::Descending), (to_endpoint[0], Order::Descending)] {
        let slice = Slice { limit: 9, order, start: Start::After(start) };
        let found = store.deliveries(DeliveriesOf::Endpoint(endpoint), everything.clone(), slice).await;
        let expected: Vec<_> = to_endpoint.iter().filter(|id| **id < start).copied().collect();
        assert_eq!(found.unwrap().page.map(|past| past.delivery.id).rows, expected);
    }
}

pub(crate) async fn deliveries_are_filtered_by_where_they_stand_and_by_their_messages(store: &dyn Store) {
    let mut world = World::new();
    let past = past(store, &mut world, Ordering::None).await;
    let id = |number: usize| DeliveryId { message: past.messages[number], endpoint: past.endpoint.id };
    use DeliveryStatus::{Cancelled, Failed, Pending, Sending, Succeeded};
    let cases: [(&[DeliveryStatus], &[usize]); 6] = [
        (&[], &[WAITING, LEASED, SUCCEEDED, EXHAUSTED, CANCELLED, EXPUNGED, DISABLED]),
        (&[Pending], &[WAITING]),
        (&[Failed], &[EXHAUSTED, EXPUNGED, DISABLED]),
        (&[Sending, Succeeded], &[LEASED, SUCCEEDED]),
        (&[Cancelled, Cancelled], &[CANCELLED]),
        (
            &[Pending, Sending, Succeeded, Failed, Cancelled],
            &[WAITING, LEASED, SUCCEEDED, EXHAUSTED, CANCELLED, EXPUNGED, DISABLED],
        ),
    ];
    let at = |number: usize| Some(past.messages[number].timestamp());
    let messages = [
        (MessageFilter::default(), WAITING..MISSING),
        (
            MessageFilter { event_types: vec!["a".parse().unwrap()], ..MessageFilter::default() },
            WAITING..MISSING,
        ),
        (MessageFilter { event_types: vec!["b".parse().unwrap()], ..MessageFilter::default() }, 0..0),
        (MessageFilter { tag: Some("t".parse().unwrap()), ..MessageFilter::default() }, 0..0),
        (MessageFilter { since: at(SUCCEEDED), ..MessageFilter::default() }, SUCCEEDED..MISSING),
        (MessageFilter { until: at(SUCCEEDED), ..MessageFilter::default() }, WAITING..SUCCEEDED),
        (
            MessageFilter { since: at(LEASED), until: at(EXHAUSTED), ..MessageFilter::default() },
            LEASED..EXHAUSTED,
        ),
        (MessageFilter { since: at(EXHAUSTED), until: at(LEASED), ..MessageFilter::default() }, 0..0),
    ];
    for (statuses, standing) in cases {
        for (message, passing) in &messages {
            let filter = DeliveryFilter { statuses: statuses.to_vec(), message: message.clone() };
            let expected: Vec<_> =
                standing.iter().filter(|number| passing.contains(number)).map(|n| id(*n)).collect();
            for of in [
                DeliveriesOf::Organization(HERE),
                DeliveriesOf::App(past.app.id),
                DeliveriesOf::Endpoint(past.endpoint.id),
            ] {
                check_list(store, of, &filter, &expected).await;
            }
        }
    }
}

/// Checks what is told of a delivery, in all lists that have it.
async fn check_told(
    store: &dyn Store,
    app: &App,
    endpoint: &Endpoint,
    of: &Delivery,
    last: Option<AttemptSummary>,
) {
    let expected = PastDelivery {
        delivery: stored(store, of).await,
        app: app.id,
        app_uid: app.uid.clone(),
        event_type: "a".parse().unwrap(),
        url: endpoint.target.as_str().to_owned(),
        held_until: endpoint.held_until,
        last,
    };
    for of in
        [DeliveriesOf::Organization(HERE), DeliveriesOf::App(app.id), DeliveriesOf::Endpoint(endpoint.id)]
    {
        let found = store.deliveries(of, DeliveryFilter::default(), all()).await.unwrap();
        assert_eq!(found.page.rows, std::slice::from_ref(&expected), "{of:?}");
    }
}

pub(crate) async fn a_delivery_tells_what_became_of_it(store: &dyn Store) {
    let mut world = World::new();
    let app = put_app(store, world.app("acme")).await;
    let endpoint = put_endpoint(store, Endpoint { ordering: Ordering::Fifo, ..world.endpoint(app.id) }).await;
    let message = world.message("a");
    let delivery = send_one(store, &world, &app, message, None).await.deliveries.remove(0);
    check_told(store, &app, &endpoint, &delivery, None).await;
    let claimed = async |world: &World| world.claim(store, endpoint.id, 1).await.jobs.remove(0).delivery;
    let brief = |world: &World, status, failure| {
        let duration = Duration::from_nanos(1_234_567);
        Some(AttemptSummary { status, failure, at: world.now, duration })
    };
    for (outcome, status, failure) in [
        (silent(), None, Some(FailureCode::HeadTimeout)),
        (answered(503, b"busy"), Some(503), Some(FailureCode::HttpStatus)),
    ] {
        let leased = claimed(&world).await;
        world.pass(10);
        let retry = world.now + Duration::from_secs(60);
        let settlement = world.settlement(&leased, Verdict::HoldAt(retry), outcome);
        store.settle([settlement].into()).await.unwrap();
        let held = Endpoint::clone(&store.endpoint(endpoint.id).await.unwrap().unwrap());
        assert_eq!(held.held_until, Some(retry));
        check_told(store, &app, &held, &delivery, brief(&world, status, failure)).await;
        world.pass(60_000);
    }
    let leased = claimed(&world).await;
    world.settle(store, &leased, Verdict::Done).await;
    let now = Endpoint::clone(&store.endpoint(endpoint.id).await.unwrap().unwrap());
    let gone = put_endpoint(store, now.deleted(world.now)).await;
    assert_eq!(gone.target.as_str(), URL);
    check_told(store, &app, &gone, &delivery, brief(&world, Some(200), None)).await;
}

/// A page without a single row ends all the same, says where to go on, and does not say who is busy there.
pub(crate) async fn a_page_of_deliveries_looks_at_a_bounded_number_of_rows(store: &dyn Store) {
    let mut world = World::new();
    let there = store.organization_of("there", world.id()).await.unwrap().id;
    let acme = put_app(store, world.app("acme")).await;
    put_endpoint(store, world.endpoint(acme.id)).await;
    let first = send(store, &mut world, &acme).await[0];
    world.organization = there;
    let busy = put_app(store, world.app("busy")).await;
    let endpoint = put_endpoint(store, world.endpoint(busy.id)).await.id;
    let theirs: Vec<_> = (0..PAGE_ROWS_EXAMINED_MAX).map(|_| world.message("a")).collect();
    for messages in theirs.chunks(1000) {
        let messages = messages.iter().map(|message| known(&busy, message.clone())).collect();
        let sent = store.send(sending(&world, messages, Some(LEASE))).await;
        assert!(matches!(sent, Ok(Sent::Stored(_))));
    }
    world.organization = HERE;
    let last = send(store, &mut world, &acme).await[0];
    let page = async |limit, start, order| {
        let slice = Slice { limit, order, start };
        let found =
            store.deliveries(DeliveriesOf::Organization(HERE), DeliveryFilter::default(), slice).await;
        let found = found.unwrap();
        (found.page.rows.iter().map(|past| past.delivery.id).collect::<Vec<_>>(), found.page.more, found.seen)
    };
    let behind = |message: usize, endpoint: i64| DeliveryId {
        message: theirs[message].id,
        endpoint: EndpointId::from_number(endpoint),
    };
    let (down, up) = (Order::Descending, Order::Ascending);
    assert_eq!(page(9, Start::First, down).await, (vec![last], true, Some(behind(1, 0))));
    assert_eq!(page(9, Start::After(behind(1, 0)), down).await, (vec![first], false, Some(first)));
    let top = theirs.len() - 2;
    assert_eq!(page(9, Start::First, up).await, (vec![first], true, Some(behind(top, i64::MAX))));
    assert_eq!(page(9, Start::After(behind(top, i64::MAX)), up).await, (vec![last], false, Some(last)));
    assert_eq!(
        page(9, Start::Before(first), down).await,
        (vec![], true, Some(behind(theirs.len() - 1, i64::MAX)))
    );
    let slice = Slice { limit: 1, order: down, start: Start::First };
    let of_endpoint =
        store.deliveries(DeliveriesOf::Endpoint(endpoint), DeliveryFilter::default(), slice).await;
    assert_eq!(of_endpoint.unwrap().seen.map(|id| id.endpoint), Some(endpoint));
}
