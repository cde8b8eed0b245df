//! Tells apart that an object lacks a required member, and which: libraries say it in words alone.

use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess};

/// Why an object could not be read.
#[derive(Debug)]
pub(super) enum Fault<E> {
    /// It lacks this member.
    Missing(&'static str),
    /// Anything else.
    Other(E),
}

impl<E: fmt::Display> fmt::Display for Fault<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Missing(name) => write!(f, "missing field `{name}`"),
            Fault::Other(error) => error.fmt(f),
        }
    }
}

impl<E: de::Error> std::error::Error for Fault<E> {}

impl<E: de::Error> de::Error for Fault<E> {
    fn custom<T: fmt::Display>(msg: T) -> Self {
        Fault::Other(E::custom(msg))
    }

    fn missing_field(name: &'static str) -> Self {
        Fault::Missing(name)
    }
}

/// The members of an object, read by someone who may miss one.
pub(super) struct Watched<A>(pub(super) A);

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Watched<A> {
    type Error = Fault<A::Error>;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        self.0.next_key_seed(seed).map_err(Fault::Other)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Self::Error> {
        self.0.next_value_seed(seed).map_err(Fault::Other)
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}
