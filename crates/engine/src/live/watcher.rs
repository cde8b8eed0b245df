//! One who watches: reads from the ring, and keeps nothing but its place.

use std::collections::HashSet;
use std::sync::Arc;

use domain::id::AppId;

use super::{Change, Cursor, Entry, Live};

/// Entries that are read at a time. Whoever has something to tell waits for the ring meanwhile: a few microseconds.
pub(super) const PORTION_MAX: usize = 512;

/// Watches for as long as it is there.
pub struct Watcher {
    live: Arc<Live>,
    /// The number of the entry that it reads next.
    next: u64,
    /// Whether it has missed something that it was not told of.
    is_behind: bool,
}

/// What happened since the watcher looked before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// The last change of each delivery, in their order.
    pub changes: Vec<Change>,
    /// Apps of which more happened than is told.
    pub apps: Vec<AppId>,
    /// Whether changes were left out, of whatever app.
    pub is_lost: bool,
}

impl Watcher {
    pub(super) fn new(live: Arc<Live>, next: u64, is_behind: bool) -> Self {
        Self { live, next, is_behind }
    }

    /// The place up to which it has read. Before it has read that something is lost, it is nowhere: whoever left, and came
    /// again from there, would not be told.
    pub fn cursor(&self) -> Cursor {
        if self.is_behind {
            return Cursor::NOWHERE;
        }
        self.live.cursors.make(self.next)
    }

    /// Waits until there is something to read.
    pub async fn changed(&self) {
        loop {
            let mut told = std::pin::pin!(self.live.told.notified());
            // From here on nothing is missed, so that the look comes afterwards.
            told.as_mut().enable();
            if self.is_behind || self.live.ring().next != self.next {
                return;
            }
            told.await;
        }
    }

    /// Waits until the feed is closed.
    pub async fn closed(&self) {
        // The feed lives as long as those who watch it.
        let _ = self.live.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Reads all that has happened, or what of it is about one app.
    pub fn read(&mut self, only: Option<AppId>) -> News {
        let mut is_lost = std::mem::take(&mut self.is_behind);
        let mut unread = Vec::new();
        // What is told meanwhile is for the next time.
        let end = self.live.ring().next;
        while self.next < end {
            is_lost |= self.read_portion(only, &mut unread);
        }
        News { is_lost, ..News::of(unread) }
    }

    /// Reads on in the ring; answers whether it has lost what it would have read first.
    pub(super) fn read_portion(&mut self, only: Option<AppId>, unread: &mut Vec<Entry>) -> bool {
        unread.reserve(PORTION_MAX);
        let ring = self.live.ring();
        let first = ring.first();
        let is_lost = self.next < first;
        let passed = usize::try_from(self.next.max(first) - first).unwrap_or(usize::MAX);
        let is_meant = |entry: &&Entry| only.is_none_or(|only| entry.app() == only);
        let end = ring.entries.len().min(passed.saturating_add(PORTION_MAX));
        unread.extend(ring.entries.range(passed..end).filter(is_meant).cloned());
        self.next = first + end as u64;
        is_lost
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut ring = self.live.ring();
        ring.watchers -= 1;
        ring.left_at = self.live.clock.now();
    }
}

impl Entry {
    fn app(&self) -> AppId {
        match self {
            Entry::Change(change) => change.app,
            Entry::Many(app) => *app,
        }
    }
}

impl News {
    fn of(entries: Vec<Entry>) -> Self {
        let mut news = Self::default();
        let mut seen = HashSet::new();
        for entry in entries.into_iter().rev() {
            match entry {
                Entry::Change(change) if seen.insert(change.delivery) => news.changes.push(change),
                Entry::Many(app) if !news.apps.contains(&app) => news.apps.push(app),
                Entry::Change(_) | Entry::Many(_) => {}
            }
        }
        news.changes.reverse();
        news
    }
}
