//! Endpoints that are called in order: what fails holds up what comes behind it.

use std::time::Duration;

use domain::app::App;
use domain::attempt::Verdict;
use domain::delivery::{Delivery, Effort, Lease, Settled, State};
use domain::endpoint::{Disabled, DisabledReason, Endpoint, Ordering};
use domain::id::MessageId;
use domain::message::{Message, MessageRef};
use domain::time::Timestamp;
use engine::ports::inbox::Cancellation;
use engine::ports::queue::{Applied, Redelivered, Redelivery, Settlement};
use engine::ports::store::Store;

use super::world::records::{put_app, put_endpoint};
use super::world::sending::send_one;
use super::world::{LEASE, World, silent, stored};

/// An app with an endpoint that is called in order, and three deliveries that wait for it.
async fn lane(store: &dyn Store, world: &mut World) -> (App, Endpoint, [Delivery; 3]) {
    let app = put_app(store, world.app("acme")).await;
    let fifo = Endpoint { ordering: Ordering::Fifo, ..world.endpoint(app.id) };
    let fifo = put_endpoint(store, fifo).await;
    let mut deliveries = Vec::new();
    for _ in 0..3 {
        world.pass(10);
        deliveries.push(send(store, world, &app).await);
    }
    (app, fifo, deliveries.try_into().unwrap())
}

async fn send(store: &dyn Store, world: &mut World, app: &App) -> Delivery {
    let message = world.message("a");
    let sent = send_one(store, world, app, message, Some(LEASE)).await;
    sent.deliveries.into_iter().next().unwrap()
}

fn later(world: &World) -> Timestamp {
    world.now + Duration::from_secs(60)
}

/// The first delivery of the lane is claimed, fails, and holds it up for a minute.
async fn hold(store: &dyn Store, world: &mut World, endpoint: &Endpoint) -> Delivery {
    let job = world.claim(store, endpoint.id, 1).await.jobs.remove(0);
    let verdict = Verdict::HoldAt(later(world));
    world.settle(store, &job.delivery, verdict).await;
    job.delivery
}

/// Until when the lane is held up; and that what is said of it agrees.
async fn held_until(store: &dyn Store, world: &World, endpoint: &Endpoint) -> Option<Timestamp> {
    let found = store.endpoint(endpoint.id).await.unwrap().unwrap();
    let lane = store.waiting_lanes(None, 9).await.unwrap().into_iter().next();
    if let (Some(until), Some(lane)) = (found.held_until, lane) {
        assert_eq!(lane.due, until);
        let claimed = world.claim(store, endpoint.id, 9).await;
        assert_eq!((claimed.jobs.len(), claimed.next_due), (0, Some(until)));
    }
    found.held_until
}

/// What is claimed now, up to so many, in the order in which it comes.
async fn next(store: &dyn Store, world: &World, endpoint: &Endpoint, limit: usize) -> Vec<MessageId> {
    let claimed = world.claim(store, endpoint.id, limit).await;
    claimed.jobs.iter().map(|job| job.message.id).collect()
}

pub(crate) async fn a_failed_delivery_holds_its_lane_up(store: &dyn Store) {
    let mut world = World::new();
    let (_, fifo, [first, second, third]) = lane(store, &mut world).await;
    let held = hold(store, &mut world, &fifo).await;
    assert_eq!(held.id, first.id);
    let found = stored(store, &first).await;
    assert_eq!((found.state, found.attempts), (first.state, 1), "it waits in its own place");
    let until = later(&world);
    assert_eq!(held_until(store, &world, &fifo).await, Some(until));
    world.now = Timestamp::from_millis(until.millis() - 1);
    assert_eq!(next(store, &world, &fifo, 1).await, []);
    world.now = until;
    let job = world.claim(store, fifo.id, 1).await.jobs.remove(0);
    assert_eq!(job.delivery.id, first.id, "it is first again");
    // A second failure holds the lane up again, and so on until it ends.
    world.settle(store, &job.delivery, Verdict::HoldAt(later(&world))).await;
    assert_eq!(held_until(store, &world, &fifo).await, Some(later(&world)));
    world.now = later(&world);
    let job = world.claim(store, fifo.id, 1).await.jobs.remove(0);
    world.settle(store, &job.delivery, Verdict::Exhausted).await;
    assert_eq!(held_until(store, &world, &fifo).await, None);
    assert_eq!(next(store, &world, &fifo, 9).await, [second.id.message, third.id.message]);
}

/// Whatever is settled for the endpoint ends what holds it up, but for giving a delivery back.
/// Once the time is over for which it is held; before that, what was begun earlier frees nothing.
pub(crate) async fn only_what_is_given_back_leaves_a_lane_held(store: &dyn Store) {
    let mut world = World::new();
    let (_, fifo, _) = lane(store, &mut world).await;
    for (verdict, is_held) in [
        (Verdict::Release, true),
        (Verdict::Done, false),
        (Verdict::EndpointDisabled, false),
        (Verdict::RetryAt(Timestamp::default()), false),
    ] {
        let mut two = world.claim(store, fifo.id, 2).await.jobs;
        let (other, holder) = (two.remove(1).delivery, two.remove(0).delivery);
        world.settle(store, &holder, Verdict::HoldAt(later(&world))).await;
        let settled = Settled { verdict, effort: Effort::None };
        let settlement = world.settlement(&other, verdict, silent());
        let settlement = Settlement { settled, attempt: None, at: later(&world), ..settlement };
        assert_eq!(store.settle([settlement].into()).await.unwrap().applied, [Applied::Yes]);
        let expected = Some(later(&world)).filter(|_| is_held);
        assert_eq!(held_until(store, &world, &fifo).await, expected, "{verdict:?}");
        world.now = later(&world);
        let message = world.message("a");
        let app = store.app(super::world::HERE, &fifo.app.into()).await.unwrap().unwrap();
        send_one(store, &world, &app, message, None).await;
    }
}

pub(crate) async fn what_is_given_back_goes_to_its_own_place(store: &dyn Store) {
    let mut world = World::new();
    let (_, fifo, [first, second, third]) = lane(store, &mut world).await;
    let jobs = world.claim(store, fifo.id, 9).await.jobs;
    let leased = |number: usize| jobs[number].delivery.clone();
    let settled = Settled { verdict: Verdict::Release, effort: Effort::None };
    for number in [2, 0] {
        let settlement = world.settlement(&leased(number), Verdict::Release, silent());
        let settlement = Settlement { settled, attempt: None, ..settlement };
        store.settle([settlement].into()).await.unwrap();
    }
    assert_eq!(store.take_over(Lease(LEASE.0 + 1), 9).await, Ok(1));
    assert_eq!(stored(store, &second).await.interruptions, 1);
    let ids = [first.id.message, second.id.message, third.id.message];
    assert_eq!(next(store, &world, &fifo, 9).await, ids);
}

pub(crate) async fn cancelling_frees_a_lane_that_is_held(store: &dyn Store) {
    let mut world = World::new();
    let (app, fifo, [first, second, third]) = lane(store, &mut world).await;
    hold(store, &mut world, &fifo).await;
    let at = world.now;
    let cancel = |message| Cancellation { app: app.id, message: MessageRef::Id(message), endpoint: None, at };
    let cancelled = store.cancel(cancel(first.id.message)).await.unwrap().unwrap();
    assert_eq!(cancelled.count, 1);
    let lanes = store.waiting_lanes(None, 9).await.unwrap();
    assert_eq!(cancelled.freed, lanes);
    assert_eq!((lanes[0].endpoint, lanes[0].due), (fifo.id, second.id.message.timestamp()));
    let cancelled = store.cancel(cancel(second.id.message)).await.unwrap().unwrap();
    assert_eq!((cancelled.count, cancelled.freed), (1, vec![]), "it was not held");
    let held = hold(store, &mut world, &fifo).await;
    assert_eq!(held.id, third.id);
    let cancelled = store.cancel(cancel(third.id.message)).await.unwrap().unwrap();
    assert_eq!((cancelled.count, cancelled.freed), (1, vec![]), "nothing waits any more");
    assert_eq!(held_until(store, &world, &fifo).await, None);
}

pub(crate) async fn forgetting_frees_a_lane_that_is_held(store: &dyn Store) {
    let mut world = World::new();
    let (app, fifo, [first, second, _]) = lane(store, &mut world).await;
    hold(store, &mut world, &fifo).await;
    assert_eq!(store.expunge(app.id, &MessageRef::Id(first.id.message), world.now).await, Ok(true));
    assert_eq!(held_until(store, &world, &fifo).await, None);
    assert_eq!(next(store, &world, &fifo, 1).await, [second.id.message]);
}

pub(crate) async fn asking_again_frees_a_lane_that_is_held(store: &dyn Store) {
    let mut world = World::new();
    let (_, fifo, [first, second, third]) = lane(store, &mut world).await;
    let job = world.claim(store, fifo.id, 1).await.jobs.remove(0);
    world.settle(store, &job.delivery, Verdict::Exhausted).await;
    let held = hold(store, &mut world, &fifo).await;
    assert_eq!(held.id, second.id);
    let again = Redelivery { message: first.id.message, endpoint: fifo.id, now: world.now };
    let Ok(Redelivered::Waiting(lane)) = store.redeliver(again).await else { panic!() };
    assert_eq!((lane.endpoint, lane.due), (fifo.id, first.id.message.timestamp()));
    assert_eq!(held_until(store, &world, &fifo).await, None);
    let ids = [first.id.message, second.id.message, third.id.message];
    assert_eq!(next(store, &world, &fifo, 9).await, ids);
}

/// What holds an endpoint up is not for its owner to put, and a put that changes something else leaves it.
pub(crate) async fn a_put_frees_a_lane_that_is_enabled_or_gives_up_its_order(store: &dyn Store) {
    let mut world = World::new();
    let disabled = Some(Disabled { at: world.now, reason: DisabledReason::Asked });
    let (app, fifo, _) = lane(store, &mut world).await;
    hold(store, &mut world, &fifo).await;
    let until = Some(later(&world));
    let read = Endpoint { held_until: None, ..fifo };
    let renamed = put_endpoint(store, Endpoint { version: 2, ..read }).await;
    assert_eq!(renamed.held_until, until, "holding it up did not raise its revision");
    let off = put_endpoint(store, Endpoint { disabled, held_until: None, ..renamed }).await;
    assert_eq!(off.held_until, until);
    let on = put_endpoint(store, off.enabled()).await;
    assert_eq!(held_until(store, &world, &on).await, None);
    hold(store, &mut world, &on).await;
    let unordered = put_endpoint(store, Endpoint { ordering: Ordering::None, ..on }).await;
    assert_eq!(held_until(store, &world, &unordered).await, None);
    assert_eq!(next(store, &world, &unordered, 9).await.len(), 3);
    let fresh = Endpoint { held_until: until, ordering: Ordering::Fifo, ..world.endpoint(app.id) };
    assert_eq!(put_endpoint(store, fresh).await.held_until, None);
}

/// A message for later stands in the order by that time.
pub(crate) async fn what_is_for_later_stands_where_its_time_is(store: &dyn Store) {
    let mut world = World::new();
    let (app, fifo, [first, second, third]) = lane(store, &mut world).await;
    let between = first.id.message.timestamp() + Duration::from_millis(5);
    let message = Message { deliver_at: Some(between), ..world.message("a") };
    let inserted = send_one(store, &world, &app, message, Some(LEASE)).await;
    assert_eq!(inserted.deliveries[0].state, State::Waiting { due: between });
    let order = [first.id.message, inserted.message.id, second.id.message, third.id.message];
    assert_eq!(next(store, &world, &fifo, 9).await, order);
}
