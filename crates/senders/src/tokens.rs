//! Access tokens, kept while they can be used. Whoever needs the same one at the same time waits for one fetch,
//! and shares what comes of it.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use domain::attempt::Failure;
use domain::limits::ACCESS_TOKENS_MAX;
use domain::receiver_auth::AccessToken;
use lru::LruCache;
use tokio::time::Instant;

/// Which token: the fingerprint of all that it depends on.
pub(crate) type Key = [u8; 32];

/// The tokens of one sender; the one that was not used for longest makes room.
pub(crate) struct Tokens(Mutex<LruCache<Key, Arc<Place>>>);

/// Where one token lies; locked while it is fetched.
#[derive(Default)]
struct Place {
    last: tokio::sync::Mutex<Option<Result<Arc<Token>, Failure>>>,
    /// Fetches that came to their end.
    fetches: AtomicU64,
}

/// A token in use.
pub(crate) struct Token {
    /// The value of the `authorization` header.
    pub(crate) authorization: String,
    fresh_until: Instant,
    is_rejected: AtomicBool,
}

impl Default for Tokens {
    fn default() -> Self {
        let most = NonZero::new(ACCESS_TOKENS_MAX).expect("the limit is not zero");
        Self(Mutex::new(LruCache::new(most)))
    }
}

impl Tokens {
    /// The token that is kept, or the one that `fetch` brings, which is not begun if it is not needed.
    pub(crate) async fn take(
        &self,
        key: &Key,
        fetch: impl Future<Output = Result<AccessToken, Failure>>,
    ) -> Result<Arc<Token>, Failure> {
        let place = self.place(key);
        let fetches = place.fetches.load(Relaxed);
        // If the attempt that fetches comes to its deadline, the next one that waits here fetches.
        let mut last = place.last.lock().await;
        match &*last {
            Some(Ok(token)) if token.is_fresh() => return Ok(Arc::clone(token)),
            // Somebody tried while this attempt waited: trying again at once would be no better.
            Some(Err(failure)) if place.fetches.load(Relaxed) != fetches => return Err(failure.clone()),
            _ => {}
        }
        let fetched = fetch.await.map(|token| Arc::new(Token::new(&token)));
        *last = Some(fetched.clone());
        place.fetches.fetch_add(1, Relaxed);
        fetched
    }

    fn place(&self, key: &Key) -> Arc<Place> {
        // Nothing that holds the lock can panic half-way through a change, so a poisoned one is as good.
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(places.get_or_insert(*key, Arc::default))
    }
}

impl Token {
    fn new(token: &AccessToken) -> Self {
        Self {
            authorization: token.authorization(),
            fresh_until: Instant::now() + token.time,
            is_rejected: AtomicBool::new(false),
        }
    }

    fn is_fresh(&self) -> bool {
        Instant::now() < self.fresh_until && !self.is_rejected.load(Relaxed)
    }

    /// The receiver did not take it.
    pub(crate) fn reject(&self) {
        self.is_rejected.store(true, Relaxed);
    }
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
