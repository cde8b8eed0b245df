//! How fast endpoints and apps are called at most, as their owners say.
//!
//! A bucket is kept only until it is full again: a new one is as good. So there are no more of them than attempts that
//! began within about a second.

use std::hash::Hash;

use domain::id::{AppId, IdMap};
use domain::limits::HELD_IN_MEMORY_TIME_MAX;
use domain::throttle::{Bucket, Rate};
use domain::time::Timestamp;

/// Token buckets, one for each endpoint or app that was called lately.
#[derive(Debug)]
pub(super) struct Buckets<K> {
    buckets: IdMap<K, Bucket>,
    /// With so many, those that are full are thrown away.
    purged_at: usize,
}

const PURGED_AT_LEAST: usize = 64;

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self { buckets: IdMap::default(), purged_at: PURGED_AT_LEAST }
    }
}

impl<K: Hash + Eq> Buckets<K> {
    /// When a token can be taken; long ago where there is no limit.
    pub(super) fn ready_at(&self, key: &K, rate: Option<Rate>) -> Timestamp {
        let bucket = self.buckets.get(key);
        bucket.zip(rate).map(|(bucket, rate)| bucket.ready_at(rate)).unwrap_or_default()
    }

    pub(super) fn take(&mut self, key: K, rate: Option<Rate>, now: Timestamp) {
        let Some(rate) = rate else { return };
        if self.buckets.len() >= self.purged_at {
            self.buckets.retain(|_, bucket| !bucket.is_full(now));
            self.purged_at = PURGED_AT_LEAST.max(2 * self.buckets.len());
        }
        self.buckets.entry(key).or_default().take(rate, now);
    }

    pub(super) fn give_back(&mut self, key: &K, rate: Option<Rate>) {
        if let (Some(bucket), Some(rate)) = (self.buckets.get_mut(key), rate) {
            bucket.give_back(rate);
        }
    }
}

/// The apps that have lanes, and how fast all lanes of each are called together.
#[derive(Debug, Default)]
pub(super) struct Apps {
    apps: IdMap<AppId, App>,
    buckets: Buckets<AppId>,
}

#[derive(Debug, Default)]
struct App {
    lanes: usize,
    rate: Option<Rate>,
}

impl Apps {
    /// The app has one more lane.
    pub(super) fn join(&mut self, app: AppId) {
        self.apps.entry(app).or_default().lanes += 1;
    }

    /// The app has one lane less.
    pub(super) fn leave(&mut self, app: AppId) {
        if let Some(found) = self.apps.get_mut(&app) {
            found.lanes -= 1;
            if found.lanes == 0 {
                self.apps.remove(&app);
            }
        }
    }

    /// Takes the news how fast an app may be called; answers whether that is another rate than before.
    pub(super) fn heard(&mut self, app: AppId, rate: Option<Rate>) -> bool {
        let Some(found) = self.apps.get_mut(&app) else { return false };
        std::mem::replace(&mut found.rate, rate) != rate
    }

    pub(super) fn rate(&self, app: AppId) -> Option<Rate> {
        self.apps.get(&app)?.rate
    }

    /// How much of its rate each of an app's lanes has for a second; `None` where there is no limit.
    pub(super) fn share(&self, app: AppId) -> Option<usize> {
        let App { lanes, rate } = self.apps.get(&app)?;
        Some((usize::from((*rate)?.per_second()) / lanes).max(1))
    }

    pub(super) fn ready_at(&self, app: AppId) -> Timestamp {
        self.buckets.ready_at(&app, self.rate(app))
    }

    pub(super) fn take(&mut self, app: AppId, now: Timestamp) {
        self.buckets.take(app, self.rate(app), now);
    }

    pub(super) fn give_back(&mut self, app: AppId) {
        self.buckets.give_back(&app, self.rate(app));
    }
}

/// How many start soon at this rate: what is behind them has no business in memory.
pub(super) fn soon(rate: Rate) -> usize {
    let seconds = usize::try_from(HELD_IN_MEMORY_TIME_MAX.as_secs()).unwrap_or(usize::MAX);
    usize::from(rate.per_second()).saturating_mul(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_that_are_full_are_not_kept() {
        let mut buckets = Buckets::default();
        let rate = Rate::new(1);
        for second in 0..10_000 {
            let now = Timestamp::from_millis(1_700_000_000_000 + second * 1000);
            (0..3).for_each(|key| buckets.take((second, key), rate, now));
        }
        assert!(buckets.buckets.len() <= PURGED_AT_LEAST, "{}", buckets.buckets.len());
    }

    #[test]
    fn buckets_that_are_not_full_are_kept() {
        let mut buckets = Buckets::default();
        let (rate, now) = (Rate::new(1), Timestamp::from_millis(1_700_000_000_000));
        (0..1000).for_each(|key| buckets.take(key, rate, now));
        assert!((0..1000).all(|key| buckets.ready_at(&key, rate) > now));
    }
}
