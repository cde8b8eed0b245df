//! Puts a node together: the only file that names every adapter.

use std::sync::Arc;

use api::{Access, Api, Ready};
use axum::Router;
use domain::address::Networks;
use engine::accept::{Accept, Ids};
use engine::deliver::{Deliver, Schedules};
use engine::doors::Doors;
use engine::ports::chance::Chance;
use engine::ports::clock::Clock;
use engine::ports::queue::{Life, Queue as _};
use engine::worker::Worker;
use senders::HttpSender;
use stores::sqlite::SqliteStore;

use crate::chance::SystemChance;
use crate::clock::SystemClock;
use crate::config::Settings;
use crate::fault::Fault;

/// A node: everything between the requests that come in and the calls that go out.
pub(crate) struct Node {
    /// Keeps everything.
    pub(crate) store: Arc<SqliteStore>,
    /// The ways in.
    pub(crate) doors: Arc<Doors>,
    /// How often this store was opened, this time included.
    pub(crate) life: Life,
    /// Tells the time.
    pub(crate) clock: Arc<dyn Clock>,
    opened: Networks,
}

impl Node {
    /// Opens the store and begins a new life on it. Nothing is delivered before the worker runs.
    ///
    /// # Errors
    /// If the store cannot be opened, or nothing can be sent with these settings.
    pub(crate) async fn open(settings: &Settings) -> Result<Self, Fault> {
        let sender = Arc::new(HttpSender::new(sending(settings))?);
        let store = Arc::new(SqliteStore::open(&settings.data)?);
        let life = store.open().await?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let chance: Arc<dyn Chance> = Arc::new(SystemChance);
        let ids = Arc::new(Ids::new(clock.clone(), &life));
        let schedules = Schedules { article: settings.retries.clone(), ..Schedules::default() };
        let deliver = Deliver {
            catalog: store.clone(),
            sender,
            clock: clock.clone(),
            chance: chance.clone(),
            schedules,
        };
        let doors = Doors {
            accept: Accept::new(store.clone(), ids.clone(), Arc::new(settings.rules.clone())),
            worker: Worker::new(store.clone(), clock.clone(), deliver, life.lease),
            store: store.clone(),
            ids,
            chance,
        };
        Ok(Self { store, doors: Arc::new(doors), life, clock, opened: settings.opened.clone() })
    }

    /// The API of this node.
    pub(crate) fn router(&self, access: Access, ready: Ready) -> Router {
        let (doors, opened) = (self.doors.clone(), self.opened.clone());
        api::router(Arc::new(Api { doors, opened, access, ready }))
    }
}

fn sending(settings: &Settings) -> senders::Settings {
    senders::Settings {
        attempt_time: settings.request_timeout,
        opened: settings.opened.clone(),
        dns_servers: settings.dns_servers.clone(),
        extra_roots_pem: settings.extra_roots_pem.clone(),
        ..senders::Settings::default()
    }
}
