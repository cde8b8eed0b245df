//! Idle connections to receivers. One is used again only for the same scheme, host, port, judged address and client
//! certificate, soon, and only if it is clean; what is not certain is closed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use domain::limits::{IDLE_CONNECTION_TIME_MAX, IDLE_CONNECTIONS_MAX, IDLE_CONNECTIONS_PER_TARGET_MAX};
use domain::target::{Host, Target};
use tokio::time::Instant;

use crate::connection::Connection;
use crate::resolve::Peer;

/// What two requests must have in common to share a connection. The name is a part of it, because the
/// receiver's certificate was verified for it; the address, because it was judged for this very attempt; and the
/// client certificate, because the receiver takes all that comes over a connection for that client's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    is_tls: bool,
    name: Option<Arc<str>>,
    peer: Peer,
    /// The fingerprint of the client certificate, if there is one.
    identity: Option<[u8; 32]>,
}

impl Key {
    pub(crate) fn new(target: &Target, peer: Peer, identity: Option<[u8; 32]>) -> Self {
        let name = match target.host() {
            Host::Name(name) => Some(Arc::clone(name)),
            Host::Ip(_) => None,
        };
        Self { is_tls: target.is_tls(), name, peer, identity }
    }
}

/// The idle connections of one sender.
#[derive(Default)]
pub(crate) struct Pool {
    shelf: Arc<Mutex<Shelf<Connection>>>,
}

/// How often expired connections are closed that nobody asks for. None is used again after it expired.
const SWEEP_EVERY: Duration = Duration::from_secs(5);

impl Pool {
    /// The connection that became idle last and is still clean.
    pub(crate) async fn take(&self, key: &Key) -> Option<Connection> {
        // Each turn takes one connection off the shelf, so the loop ends with the shelf at the latest.
        loop {
            let (newest, expired) = lock(&self.shelf).take(key, Instant::now());
            // Closing is a system call: not under the lock.
            drop(expired);
            let mut connection = newest?;
            if connection.is_idle().await {
                return Some(connection);
            }
            drop(connection);
            // A receiver that has closed hundreds of them must not hold up others.
            tokio::task::yield_now().await;
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
async fn sweep(shelf: Weak<Mutex<Shelf<Connection>>>) {
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
fn lock<C>(shelf: &Mutex<Shelf<C>>) -> MutexGuard<'_, Shelf<C>> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where idle connections lie; they are a parameter, because what is kept does not depend on what it is.
struct Shelf<C> {
    /// The oldest first; no list is empty.
    idle: HashMap<Key, Vec<Idle<C>>>,
    /// Connections in all lists.
    count: usize,
    /// Whether a task is sweeping.
    is_swept: bool,
}

struct Idle<C> {
    connection: C,
    since: Instant,
}

impl<C> Idle<C> {
    fn is_expired(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= IDLE_CONNECTION_TIME_MAX
    }
}

impl<C> Default for Shelf<C> {
    fn default() -> Self {
        Self { idle: HashMap::new(), count: 0, is_swept: false }
    }
}

impl<C> Shelf<C> {
    /// The newest one, and those that have expired, which are to be closed.
    fn take(&mut self, key: &Key, now: Instant) -> (Option<C>, Vec<Idle<C>>) {
        let Some(list) = self.idle.get_mut(key) else { return (None, Vec::new()) };
        let newest = list.pop_if(|newest| !newest.is_expired(now));
        let mut expired = Vec::new();
        // If the newest is expired, so are all.
        if newest.is_none() || list.is_empty() {
            expired = self.idle.remove(key).unwrap_or_default();
        }
        self.count -= expired.len() + usize::from(newest.is_some());
        (newest.map(|newest| newest.connection), expired)
    }

    /// Returns a connection to close, if there are too many now.
    fn put(&mut self, key: Key, connection: C, since: Instant) -> Option<Idle<C>> {
        let idle = Idle { connection, since };
        if self.idle.get(&key).is_some_and(|list| list.len() >= IDLE_CONNECTIONS_PER_TARGET_MAX) {
            return Some(idle);
        }
        let surplus = if self.count >= IDLE_CONNECTIONS_MAX { self.remove_oldest() } else { None };
        self.idle.entry(key).or_default().push(idle);
        self.count += 1;
        surplus
    }

    fn remove_oldest(&mut self) -> Option<Idle<C>> {
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

    fn remove_expired(&mut self, now: Instant) -> Vec<Idle<C>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn key(port: usize) -> Key {
        let port = u16::try_from(port).unwrap();
        let target = Target::stored("http://1.1.1.1/").unwrap();
        let peer = Peer::judge("1.1.1.1".parse().unwrap(), port, &Default::default()).unwrap();
        Key::new(&target, peer, None)
    }

    #[test]
    fn the_newest_is_taken_first_and_an_expired_one_never() {
        let (mut shelf, start) = (Shelf::default(), Instant::now());
        for (second, name) in [(0, "old"), (1, "new")] {
            assert!(shelf.put(key(80), name, start + Duration::from_secs(second)).is_none());
        }
        let mut check = |port, now, expected: (Option<&str>, &[&str])| {
            let (newest, expired) = shelf.take(&key(port), now);
            let expired_ones: Vec<_> = expired.into_iter().map(|idle| idle.connection).collect();
            assert_eq!((newest, &*expired_ones), expected);
        };
        check(81, start, (None, &[]));
        check(80, start + Duration::from_secs(1), (Some("new"), &[]));
        check(80, start + IDLE_CONNECTION_TIME_MAX, (None, &["old"]));
        assert_eq!((shelf.count, shelf.idle.len()), (0, 0));
    }

    #[test]
    fn expired_connections_are_swept() {
        let (mut shelf, start) = (Shelf::default(), Instant::now());
        for second in 0..10 {
            shelf.put(key(second % 3), second, start + Duration::from_secs(second as u64));
        }
        let expired = shelf.remove_expired(start + IDLE_CONNECTION_TIME_MAX + Duration::from_secs(7));
        assert_eq!((expired.len(), shelf.count), (8, 2));
        assert_eq!(shelf.remove_expired(start + IDLE_CONNECTION_TIME_MAX * 2).len(), 2);
        assert_eq!((shelf.count, shelf.idle.len()), (0, 0));
    }

    #[test]
    fn there_are_bounds_for_one_target_and_for_all() {
        let (mut shelf, now) = (Shelf::default(), Instant::now());
        for index in 0..=IDLE_CONNECTIONS_PER_TARGET_MAX {
            let surplus = shelf.put(key(0), 0, now);
            assert_eq!(surplus.is_some(), index == IDLE_CONNECTIONS_PER_TARGET_MAX);
        }
        for port in 1..=IDLE_CONNECTIONS_MAX {
            shelf.put(key(port), port, now + Duration::from_millis(port as u64));
            assert!(shelf.count <= IDLE_CONNECTIONS_MAX);
        }
        assert_eq!(shelf.take(&key(0), now).0, None, "the oldest made room for the newest");
        assert_eq!(shelf.take(&key(IDLE_CONNECTIONS_MAX), now).0, Some(IDLE_CONNECTIONS_MAX));
        assert_eq!(shelf.count, IDLE_CONNECTIONS_MAX - 1);
    }
}
