//! What clients do: they send, take back, ask again; and some of them go away before they are answered.

use std::sync::Arc;
use std::time::Duration;

use domain::app::AppRef;
use domain::change::Put;
use domain::event::{Event, Origin};
use domain::id::{DeliveryId, EndpointId, MessageId};
use domain::message::{Message, MessageRef};
use domain::organization::Organization;
use domain::payload::Payload;
use domain::resource::{Fields, ResourceKey};
use domain::task::TaskKind;
use domain::time::Timestamp;
use engine::doors::{Doors, NewTask};
use engine::ports::clock::Clock;
use engine::ports::history::History;
use engine::ports::inbox::{Addressee, NewMessage, Sent};

use super::life::Life;
use super::population::{COMPANIES, company, event_type};
use super::world::World;

impl Life {
    /// A client puts a record, publishes events or sends messages; it notes what is acknowledged to it.
    pub(crate) fn accept(&self, world: &Arc<World>) {
        self.client(world, async |doors, world| {
            let stored = match world.draw(0..3) {
                0 => change(doors, world).await,
                1 => publish(doors, world).await,
                _ => send(doors, world).await,
            };
            world.acknowledged.lock().unwrap().extend(stored);
        });
    }

    /// A client wants a delivery again, or one that was never made.
    pub(crate) fn redeliver(&self, world: &Arc<World>) {
        self.client(world, async |doors, world| {
            let Some((message, endpoint)) = some_delivery(world).await else { return };
            world.asked.lock().unwrap().again.insert(DeliveryId { message, endpoint });
            world.asked.lock().unwrap().freed.insert(endpoint);
            let _ = doors.redeliver(message, endpoint).await;
        });
    }

    /// A client takes a message back.
    pub(crate) fn cancel(&self, world: &Arc<World>) {
        self.client(world, async |doors, world| {
            let Some(id) = some_message(world) else { return };
            let message = world.store.story(Organization::DEFAULT, id).await.unwrap().unwrap().message;
            let of_app = world.endpoints.values().filter(|endpoint| endpoint.app == message.app);
            let of_app: Vec<EndpointId> = of_app.map(|endpoint| endpoint.id).collect();
            world.asked.lock().unwrap().freed.extend(&of_app);
            let only = if world.draw(0..2) == 0 { world.choose(&of_app) } else { None };
            let _ = doors.cancel(message.app, MessageRef::Id(id), only).await;
        });
    }

    /// A client wants an endpoint's past again.
    pub(crate) fn begin_task(&self, world: &Arc<World>) {
        self.client(world, async |doors, world| {
            let Some(endpoint) = some_endpoint(world) else { return };
            let app = world.endpoints[&endpoint].app;
            world.asked.lock().unwrap().tasks.insert(endpoint);
            let kinds = [TaskKind::Recover, TaskKind::ReplayMissing, TaskKind::BulkReplay];
            let kind = world.choose(&kinds).unwrap();
            let (organization, since, until) = (Organization::DEFAULT, Timestamp::default(), world.now());
            let _ = doors.begin_task(NewTask { organization, app, endpoint, kind, since, until }).await;
        });
    }

    /// A client wants an endpoint to be called again, if it is not.
    pub(crate) fn enable(&self, world: &Arc<World>) {
        self.client(world, async |doors, world| {
            let Some(id) = some_endpoint(world) else { return };
            world.asked.lock().unwrap().enabled.insert(id);
            let app = world.endpoints[&id].app;
            let named = id.to_string().parse().unwrap();
            let _ =
                doors.update_endpoint(app, &named, |endpoint| Ok::<_, ()>((endpoint.enabled(), None))).await;
        });
    }

    fn client(&self, world: &Arc<World>, work: impl AsyncFnOnce(&Arc<Doors>, &World) + 'static) {
        let patience = Duration::from_micros(world.draw(0..20_000));
        let (doors, world) = (self.doors.clone(), world.clone());
        // Some clients go away before they are answered.
        let work = async move { work(&doors, &world).await };
        tokio::task::spawn_local(async move { tokio::time::timeout(patience, work).await });
    }
}

async fn change(doors: &Arc<Doors>, world: &World) -> Vec<MessageId> {
    let put = Put::Fields(Fields::parse(br#"{"n":1}"#).unwrap());
    let changed = doors.change(company(world.draw(0..COMPANIES)), record(world), put).await;
    let messages = changed.into_iter().flatten().flat_map(|accepted| accepted.messages);
    messages.map(|accepted| accepted.message.id).collect()
}

async fn publish(doors: &Arc<Doors>, world: &World) -> Vec<MessageId> {
    let origin = Origin { source: "test".into(), detail_type: "test".into() };
    let (app, event_type) = (company(world.draw(0..COMPANIES)), event_type(world.draw(0..3)));
    let event = Event { origin, app, event_type, resource: record(world) };
    let published = doors.publish(vec![event; usize::try_from(world.draw(1..8)).unwrap()]).await;
    let messages = published.into_iter().flatten().flatten().flat_map(|accepted| accepted.messages);
    messages.map(|accepted| accepted.message.id).collect()
}

async fn send(doors: &Arc<Doors>, world: &World) -> Vec<MessageId> {
    let to = Addressee::Known(AppRef::Uid(company(world.draw(0..COMPANIES)).uid));
    let messages =
        (0..world.draw(1..8)).map(|_| NewMessage { to: to.clone(), message: message(doors, world) });
    match doors.send(Organization::DEFAULT, messages.collect(), None).await {
        Ok(Sent::Stored(stored)) => {
            stored.into_iter().flatten().map(|accepted| accepted.message.id).collect()
        }
        _ => Vec::new(),
    }
}

/// A message; some are for later, some expire.
fn message(doors: &Doors, world: &World) -> Message {
    let later = |world: &World| world.now() + Duration::from_secs(world.draw(0..600));
    let no_app = domain::id::AppId::from_number(0);
    let new = Message::new(doors.mint(), no_app, event_type(world.draw(0..3)), Origin::sent());
    Message {
        deliver_at: (world.draw(0..5) == 0).then(|| later(world)),
        expires_at: (world.draw(0..10) == 0).then(|| later(world)),
        payload: Payload::Verbatim(bytes::Bytes::from_static(b"{}")),
        ..new
    }
}

fn record(world: &World) -> ResourceKey {
    let number = world.draw(0..20);
    ResourceKey { kind: "record".parse().unwrap(), id: format!("{number}").parse().unwrap() }
}

fn some_endpoint(world: &World) -> Option<EndpointId> {
    let customers = world.endpoints.values().filter(|endpoint| Some(endpoint.app) != world.operational);
    let customers: Vec<EndpointId> = customers.map(|endpoint| endpoint.id).collect();
    world.choose(&customers)
}

fn some_message(world: &World) -> Option<MessageId> {
    let acknowledged = world.acknowledged.lock().unwrap().clone();
    world.choose(&acknowledged)
}

/// A message and an endpoint of its app.
async fn some_delivery(world: &World) -> Option<(MessageId, EndpointId)> {
    let message = some_message(world)?;
    let app = world.store.story(Organization::DEFAULT, message).await.unwrap()?.app.id;
    let endpoints: Vec<EndpointId> =
        world.endpoints.values().filter(|endpoint| endpoint.app == app).map(|endpoint| endpoint.id).collect();
    Some((message, world.choose(&endpoints)?))
}
