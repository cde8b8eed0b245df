//! The feed: what happens to deliveries, as it happens, for whoever watches.
//!
//! The last changes are in a ring of bounded size, with numbers that rise. Whoever watches reads from there at a pace of
//! its own, and is told where something was left out. It is a hint: the store is right. While nobody watches, or did
//! lately, there is no feed, and what would go into it is not even made.

mod change;
mod cursor;
mod watcher;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::id::AppId;
use domain::limits::{LIVE_CHANGES_MAX, LIVE_KEPT_TIME};
use domain::time::Timestamp;
use tokio::sync::{Notify, watch};

use crate::ports::clock::Clock;

pub use change::Change;
pub use cursor::{Cursor, InvalidCursor};
pub use watcher::{News, Watcher};

use cursor::Cursors;

/// The feed of one life of a node.
pub struct Live {
    cursors: Cursors,
    clock: Arc<dyn Clock>,
    /// Whether anybody watches, or did lately.
    is_on: AtomicBool,
    ring: Mutex<Ring>,
    /// Something was told.
    told: Notify,
    closed: watch::Sender<bool>,
}

struct Ring {
    entries: VecDeque<Entry>,
    /// The number of the next entry; those in the ring have the numbers before it.
    next: u64,
    watchers: usize,
    /// Since when nobody watches.
    left_at: Timestamp,
}

#[derive(Clone, Debug)]
enum Entry {
    /// This is how a delivery is now.
    Change(Change),
    /// More happened to deliveries of this app than is told.
    Many(AppId),
}

impl Live {
    /// The feed of a life. Its cursors can be read with the key alone, which is random.
    pub fn new(key: &[u8; 32], clock: Arc<dyn Clock>) -> Arc<Self> {
        let ring = Ring { entries: VecDeque::new(), next: 1, watchers: 0, left_at: Timestamp::default() };
        let (is_on, told, closed) = (AtomicBool::new(false), Notify::new(), watch::Sender::new(false));
        Arc::new(Self { cursors: Cursors::new(key), clock, is_on, ring: Mutex::new(ring), told, closed })
    }

    /// Whether there is a feed.
    pub fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Relaxed)
    }

    /// Tells of changes, which are not made where there is no feed.
    pub fn tell<I: IntoIterator<Item = Change>>(&self, changes: impl FnOnce() -> I) {
        if self.is_on() {
            self.push(changes().into_iter().map(Entry::Change));
        }
    }

    /// Tells that more happened to deliveries of an app than can be told one by one.
    pub fn tell_many(&self, app: AppId) {
        if self.is_on() {
            self.push([Entry::Many(app)]);
        }
    }

    /// Begins to watch: what happens from now on, or since the cursor where that is still known. `None` once the feed is
    /// closed. What happened at the very moment may be missing, so whoever begins reads the store then.
    pub fn watch(self: &Arc<Self>, since: Option<Cursor>) -> Option<Watcher> {
        if *self.closed.borrow() {
            return None;
        }
        let mut ring = self.ring();
        if !self.is_on() {
            // What happened meanwhile has no numbers; that it is missing, cursors from before tell by this one.
            ring.next += 1;
            self.is_on.store(true, Ordering::Relaxed);
        }
        ring.watchers += 1;
        let known = since.map(|since| {
            let number = self.cursors.number(since);
            (ring.first()..=ring.next).contains(&number).then_some(number)
        });
        let (seen, is_behind) = (known.flatten().unwrap_or(ring.next), known == Some(None));
        drop(ring);
        Some(Watcher::new(self.clone(), seen, is_behind))
    }

    /// Ends the feed: whoever watches is told so.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }

    fn push(&self, entries: impl IntoIterator<Item = Entry>) {
        let mut ring = self.ring();
        if ring.watchers == 0 && self.clock.now().since(ring.left_at) > LIVE_KEPT_TIME {
            ring.entries = VecDeque::new();
            self.is_on.store(false, Ordering::Relaxed);
            return;
        }
        for entry in entries {
            if ring.entries.len() == LIVE_CHANGES_MAX {
                ring.entries.pop_front();
            }
            ring.entries.push_back(entry);
            ring.next += 1;
        }
        drop(ring);
        self.told.notify_waiters();
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    /// The number of the first entry that is there.
    fn first(&self) -> u64 {
        self.next - self.entries.len() as u64
    }
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
