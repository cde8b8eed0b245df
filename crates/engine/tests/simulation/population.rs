//! Who lives in a world: a few companies with their endpoints, each with a receiver of its own kind.

use std::collections::BTreeMap;

use domain::app::{App, AppKey};
use domain::endpoint::{Door, Endpoint, Ordering};
use domain::id::{AppId, EndpointId, IdMint};
use domain::name::EventTypeName;
use domain::organization::Organization;
use domain::secret::Secret;
use domain::subscription::Subscription;
use domain::target::Target;
use domain::throttle::Rate;
use engine::ports::catalog::{Catalog, NewWebhook, Put, Registered};
use engine::ports::memory::MemoryStore;
use rand::RngExt;
use rand::rngs::StdRng;

use super::receivers::Mode;
use super::world::start;

/// Who lives in a world.
pub(crate) struct Population {
    pub(crate) receivers: BTreeMap<EndpointId, Mode>,
    pub(crate) endpoints: BTreeMap<EndpointId, Endpoint>,
    pub(crate) apps: BTreeMap<AppId, Option<u16>>,
    pub(crate) operational: Option<AppId>,
}

pub(crate) const COMPANIES: u64 = 4;

pub(crate) fn company(number: u64) -> AppKey {
    format!("company-{number}").parse().unwrap()
}

pub(crate) async fn populate(store: &MemoryStore, rng: &mut StdRng) -> Population {
    let mut ids = IdMint::new(1, 0);
    let mut people = Population {
        receivers: BTreeMap::new(),
        endpoints: BTreeMap::new(),
        apps: BTreeMap::new(),
        operational: None,
    };
    for number in 0..COMPANIES {
        let rate = rng.random_bool(0.2).then(|| rng.random_range(1..10));
        let app = App::named(ids.mint(start()), &company(number));
        people.apps.insert(app.id, rate);
        let throttle = rate.and_then(Rate::new);
        assert_eq!(store.put_app(App { throttle, ..app }).await, Ok(Put::Stored));
    }
    let many = if rng.random_bool(0.1) { 40 } else { 6 };
    for number in 0..rng.random_range(1..many) {
        let id = ids.mint(start());
        if rng.random_bool(0.5) {
            let company = company(number / 2);
            register(store, id, company, ids.mint(start()), number).await;
        } else {
            let apps: Vec<AppId> = people.apps.keys().copied().collect();
            let app = apps[rng.random_range(0..apps.len())];
            let endpoint = endpoint(id, app, rng);
            assert_eq!(store.put_endpoint(endpoint, None).await.unwrap().put, Put::Stored);
        }
        people.receivers.insert(id, Mode::draw(rng));
    }
    if rng.random_bool(0.3) {
        let app = store.operational_app(Organization::DEFAULT, ids.mint(start())).await.unwrap().id;
        let id = ids.mint(start());
        store.put_endpoint(Endpoint::new(id, app, Door::Api, target(id), secret(id)), None).await.unwrap();
        people.receivers.insert(id, Mode::Honest);
        people.operational = Some(app);
    }
    for id in people.receivers.keys() {
        let endpoint = store.endpoint(*id).await.unwrap().unwrap();
        people.endpoints.insert(*id, Endpoint::clone(&endpoint));
    }
    people
}

async fn register(store: &MemoryStore, id: EndpointId, app: AppKey, app_id: AppId, number: u64) {
    let (target, secret, event_type) = (target(id), secret(id), event_type(number % 2));
    let webhook = NewWebhook { app, app_id, id, target, event_type, secret };
    assert_eq!(store.register(webhook).await, Ok(Registered::Created));
}

/// One of the full API: slow, in order, or neither; for one type or for all.
fn endpoint(id: EndpointId, app: AppId, rng: &mut StdRng) -> Endpoint {
    let ordering = if rng.random_bool(0.5) { Ordering::Fifo } else { Ordering::None };
    let throttle = rng.random_bool(0.4).then(|| Rate::new(rng.random_range(1..10)).unwrap());
    let subscription = match rng.random_bool(0.3) {
        true => Subscription::to(event_type(rng.random_range(0..3))),
        false => Subscription::default(),
    };
    let endpoint = Endpoint::new(id, app, Door::Api, target(id), secret(id));
    Endpoint { ordering, throttle, subscription, ..endpoint }
}

pub(crate) fn event_type(number: u64) -> EventTypeName {
    format!("type-{number}").parse().unwrap()
}

fn target(id: EndpointId) -> Target {
    Target::stored(&format!("http://192.0.2.1/{id}")).unwrap()
}

fn secret(id: EndpointId) -> Secret {
    Secret::from_bytes(id.to_string().as_bytes())
}
