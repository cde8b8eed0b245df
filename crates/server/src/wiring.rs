//! Puts a node together: the only file that names every adapter.

use std::sync::Arc;

use api::{Access, Api, Front, JwtSecret, Ready};
use engine::accept::{Accept, Ids};
use engine::deliver::{Deliver, Schedules};
use engine::doors::Doors;
use engine::ports::chance::Chance;
use engine::ports::clock::Clock;
use engine::ports::queue::{Life, Queue as _};
use engine::worker::{self, Worker};
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
    /// Makes ids.
    pub(crate) ids: Arc<Ids>,
    /// How often this store was opened, this time included.
    pub(crate) life: Life,
    /// Tells the time.
    pub(crate) clock: Arc<dyn Clock>,
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
        let schedules =
            Schedules { article: settings.retries.clone(), standard: settings.endpoint_retries.clone() };
        let deliver = Deliver {
            catalog: store.clone(),
            sender,
            clock: clock.clone(),
            chance: chance.clone(),
            ids: ids.clone(),
            schedules,
            failing_time: settings.failing_time,
        };
        let idempotency_time = settings.idempotency_time;
        let working = worker::Settings { idempotency_time, ..worker::Settings::default() };
        let doors = Doors {
            accept: Accept::new(store.clone(), ids.clone(), Arc::new(settings.rules.clone())),
            worker: Worker::new(store.clone(), clock.clone(), deliver, life.lease, working),
            store: store.clone(),
            ids: ids.clone(),
            chance,
            clock: clock.clone(),
        };
        Ok(Self { store, doors: Arc::new(doors), ids, life, clock })
    }

    /// The API of this node.
    pub(crate) fn front(&self, settings: &Settings, access: Access, ready: Ready) -> Front {
        let listen = ready.listen;
        let api = api::Settings {
            jwt_secret: settings.jwt_secret.as_ref().and_then(|secret| JwtSecret::new(secret.expose())),
            opened: settings.opened.clone(),
            idempotency_time: settings.idempotency_time,
            public_url: settings.public_url.clone().unwrap_or_else(|| format!("http://{listen}")),
            ..api::Settings::new(access, ready)
        };
        api::front(&Arc::new(Api::new(self.doors.clone(), api)))
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
