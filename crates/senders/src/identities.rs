//! Client certificates, ready for handshakes. Each has a TLS configuration of its own, so that no session of one
//! is ever resumed by another.

use std::num::NonZero;
use std::sync::{Mutex, PoisonError};

use domain::limits::IDENTITIES_MAX;
use domain::receiver_auth::Identity;
use lru::LruCache;

use crate::tls::{Client, Tls};

/// The identities of one sender; the one that was not used for longest makes room.
pub(crate) struct Identities(Mutex<LruCache<[u8; 32], Client>>);

impl Default for Identities {
    fn default() -> Self {
        let most = NonZero::new(IDENTITIES_MAX).expect("the limit is not zero");
        Self(Mutex::new(LruCache::new(most)))
    }
}

impl Identities {
    /// The client with this identity. The error is why there can be none, as a sentence.
    pub(crate) fn client(&self, identity: &Identity, tls: &Tls) -> Result<Client, String> {
        // Nothing that holds the lock can panic half-way through a change, so a poisoned one is as good.
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = lock().get(identity.fingerprint()) {
            return Ok(client.clone());
        }
        // Reading an RSA key takes a while: not under the lock. Two may do it; the results are the same.
        let client = tls.identified(identity)?;
        lock().put(*identity.fingerprint(), client.clone());
        Ok(client)
    }
}
