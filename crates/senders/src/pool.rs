//! Idle connections to receivers. One is used again only for the same scheme, host, port and judged address,
//! soon, and only if it is clean; what is not certain is closed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use domain::limits::{IDLE_CONNECTION_TIME_MAX, IDLE_CONNECTIONS_MAX, IDLE_CONNECTIONS_PER_TARGET_MAX};
use domain::target::{Host, Target};
use tokio::time::Instant;

use crate::connection::Connection;
use crate::resolve::Peer;

/// What two requests must have in common to share a connection. The name is a part of it, because the
/// receiver's certificate was verified for it; the address, because it was judged for this very attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    is_tls: bool,
    name: Option<Arc<str>>,
    peer: Peer,
}

impl Key {
    pub(crate) fn new(target: &Target, peer: Peer) -> Self {
        let name = match target.host() {
            Host::Name(name) => Some(Arc::clone(name)),
            Host::Ip(_) => None,
        };
        Self { is_tls: target.is_tls(), name, peer }
    }
}

/// The idle connections of one sender.
#[derive(Default)]
pub(crate) struct Pool {
    shelf: Arc<Mutex<Shelf>>,
}

/// How often expired connections are closed that nobody asks for. None is used again after it expired.
const SWEEP_EVERY: Duration = Duration::from_secs(5);

impl Pool {
    /// The connection that became idle last and is still clean.
    pub(crate) async fn take(&self, key: &Key) -> Option<Connection> {
        // Each turn takes one connection off the shelf, so the loop ends with the shelf at the latest.
        loop {
            let mut connection = lock(&self.shelf).take(key, Instant::now())?;
            if connection.is_idle().await {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection for the next request, if it can serve one.
    pub(crate) async fn put(&self, key: Key, mut connection: Connection) {
        if !connection.is_idle().await {
            return;
        }
        let mut shelf = lock(&self.shelf);
        let surplus = shelf.put(key, connection, Instant::now());
        if !shelf.is_swept {
            shelf.is_swept = true;
            tokio::spawn(sweep(Arc::downgrade(&self.shelf)));
        }
        // Closing is a system call: not under the lock.
        drop(shelf);
        drop(surplus);
    }
}

/// Closes expired connections until there are none left, or the pool is gone.
async fn sweep(shelf: Weak<Mutex<Shelf>>) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        let Some(shelf) = shelf.upgrade() else { return };
        let mut shelf = lock(&shelf);
        let expired = shelf.remove_expired(Instant::now());
        shelf.is_swept = shelf.count > 0;
        let is_done = !shelf.is_swept;
        drop(shelf);
        drop(expired);
        if is_done {
            return;
        }
    }
}

/// Nothing that holds the lock can panic half-way through a change, so a poisoned one is as good.
fn lock(shelf: &Mutex<Shelf>) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Default)]
struct Shelf {
    /// The oldest first; no list is empty.
    idle: HashMap<Key, Vec<Idle>>,
    /// Connections in all lists.
    count: usize,
    /// Whether a task is sweeping.
    is_swept: bool,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

impl Idle {
    fn is_expired(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= IDLE_CONNECTION_TIME_MAX
    }
}

impl Shelf {
    fn take(&mut self, key: &Key, now: Instant) -> Option<Connection> {
        let list = self.idle.get_mut(key)?;
        let newest = list.pop()?;
        self.count -= 1;
        if list.is_empty() || newest.is_expired(now) {
            // If the newest is expired, so are all.
            self.count -= list.len();
            self.idle.remove(key);
        }
        (!newest.is_expired(now)).then_some(newest.connection)
    }

    /// Returns a connection to close, if there are too many now.
    fn put(&mut self, key: Key, connection: Connection, since: Instant) -> Option<Idle> {
        let idle = Idle { connection, since };
        if self.idle.get(&key).is_some_and(|list| list.len() >= IDLE_CONNECTIONS_PER_TARGET_MAX) {
            return Some(idle);
        }
        let surplus = if self.count >= IDLE_CONNECTIONS_MAX { self.remove_oldest() } else { None };
        self.idle.entry(key).or_default().push(idle);
        self.count += 1;
        surplus
    }

    fn remove_oldest(&mut self) -> Option<Idle> {
        let oldest = self.idle.iter().filter_map(|(key, list)| Some((list.first()?.since, key)));
        let key = oldest.min_by_key(|(since, _)| *since)?.1.clone();
        let list = self.idle.get_mut(&key)?;
        let removed = list.remove(0);
        if list.is_empty() {
            self.idle.remove(&key);
        }
        self.count -= 1;
        Some(removed)
    }

    fn remove_expired(&mut self, now: Instant) -> Vec<Idle> {
        let mut expired = Vec::new();
        self.idle.retain(|_, list| {
            let fresh = list.partition_point(|idle| idle.is_expired(now));
            expired.extend(list.drain(..fresh));
            !list.is_empty()
        });
        self.count -= expired.len();
        expired
    }
}
