//! What was used lately, kept in memory up to a number of bytes.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::Arc;

use domain::app::App;
use domain::counts::Home;
use domain::endpoint::Endpoint;
use domain::event_type::EventType;
use domain::key::Key;
use domain::metadata::Metadata;
use domain::organization::Organization;
use domain::receiver_auth::ReceiverAuth;
use lru::LruCache;

/// Values by key. The one that was used the longest time ago is the first to go; the last one stays, however large it is.
pub(super) struct Lately<K: Hash + Eq, V> {
    values: LruCache<K, (V, usize)>,
    bytes: usize,
    bytes_max: usize,
}

impl<K: Hash + Eq, V: Clone + Weigh> Lately<K, V> {
    /// Keeps so many bytes.
    pub(super) fn up_to(bytes_max: usize) -> Self {
        Self { values: LruCache::unbounded(), bytes: 0, bytes_max }
    }

    /// The value of a key, if it is kept.
    pub(super) fn find<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.values.get(key).map(|(value, _)| value.clone())
    }

    /// Keeps a value.
    pub(super) fn put(&mut self, key: K, value: V) {
        let bytes = ENTRY_BYTES + value.bytes();
        self.bytes += bytes;
        if let Some((_, earlier)) = self.values.put(key, (value, bytes)) {
            self.bytes -= earlier;
        }
        while self.bytes > self.bytes_max && self.values.len() > 1 {
            let oldest = self.values.pop_lru();
            self.bytes -= oldest.map_or(0, |(_, (_, bytes))| bytes);
        }
    }

    /// Forgets the value of a key, and answers with it.
    pub(super) fn take<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (value, bytes) = self.values.pop(key)?;
        self.bytes -= bytes;
        Some(value)
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.bytes = 0;
    }
}

/// What an entry needs beside its value, about.
const ENTRY_BYTES: usize = 128;
/// A name in a list, about.
const NAME_BYTES: usize = 48;
/// A JSON text that was read has a multiple of its bytes.
const COMPILED_FACTOR: usize = 4;
/// What shows a receiver who we are: with a certificate it is some KiB, otherwise less.
const AUTH_BYTES: usize = 4096;

/// How many bytes a value has in memory, about: what can become large is counted, and the rest is a constant.
pub(super) trait Weigh {
    /// So many.
    fn bytes(&self) -> usize;
}

impl<T: Weigh> Weigh for Arc<T> {
    fn bytes(&self) -> usize {
        T::bytes(self)
    }
}

impl<T: Weigh> Weigh for Option<T> {
    fn bytes(&self) -> usize {
        self.as_ref().map_or(0, T::bytes)
    }
}

impl Weigh for Endpoint {
    fn bytes(&self) -> usize {
        let event_types = self.subscription.event_types.as_ref().map_or(0, Vec::len);
        let channels = self.subscription.channels.as_ref().map_or(0, Vec::len);
        let pattern = self.subscription.pattern.as_ref();
        let pattern = pattern.map_or(0, |pattern| COMPILED_FACTOR * pattern.as_json().len());
        let auth = if *self.auth == ReceiverAuth::None { 0 } else { AUTH_BYTES };
        size_of::<Endpoint>()
            + NAME_BYTES * (event_types + channels)
            + self.metadata.bytes()
            + self.target.as_str().len()
            + self.description.len()
            + self.headers.iter().map(|(name, value)| NAME_BYTES + name.len() + value.len()).sum::<usize>()
            + pattern
            + auth
            + size_of_val(&*self.secrets.old)
    }
}

impl Weigh for Home {
    fn bytes(&self) -> usize {
        size_of::<Self>()
    }
}

impl Weigh for App {
    fn bytes(&self) -> usize {
        size_of::<App>() + self.name.len() + self.metadata.bytes()
    }
}

impl Weigh for Metadata {
    fn bytes(&self) -> usize {
        self.as_map().iter().map(|(name, note)| ENTRY_BYTES + name.len() + note.len()).sum()
    }
}

impl Weigh for EventType {
    fn bytes(&self) -> usize {
        let schemas = self.schemas.iter().flatten();
        let schemas: usize = schemas.map(|(_, schema)| COMPILED_FACTOR * schema.to_string().len()).sum();
        size_of::<EventType>() + self.description.len() + schemas
    }
}

impl Weigh for Key {
    fn bytes(&self) -> usize {
        size_of::<Key>() + self.name.len()
    }
}

impl Weigh for Organization {
    fn bytes(&self) -> usize {
        size_of::<Organization>() + self.name.len() + self.external.as_ref().map_or(0, String::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Weigh for usize {
        fn bytes(&self) -> usize {
            *self
        }
    }

    #[test]
    fn what_was_used_the_longest_time_ago_goes_first() {
        let mut lately = Lately::up_to(3 * ENTRY_BYTES + 100);
        for key in ["a", "b", "c"] {
            lately.put(key, 30_usize);
        }
        assert_eq!(lately.find("a"), Some(30));
        lately.put("d", 40);
        assert_eq!([lately.find("a"), lately.find("b"), lately.find("d")], [Some(30), None, Some(40)]);
    }

    #[test]
    fn what_is_larger_than_all_stays_alone() {
        let mut lately = Lately::up_to(1000);
        lately.put("a", 1_usize);
        lately.put("b", 5000);
        assert_eq!([lately.find("a"), lately.find("b")], [None, Some(5000)]);
        lately.put("b", 2);
        lately.put("a", 1);
        assert_eq!([lately.take("a"), lately.take("b"), lately.take("b")], [Some(1), Some(2), None]);
        assert_eq!(lately.bytes, 0);
    }
}
