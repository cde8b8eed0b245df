//! Ids: 64-bit numbers inside, prefixed strings outside. Both sort by creation time.
//!
//! A number is 41 bits of milliseconds since 2014-05-13, 12 bits of sequence and 10 bits of node, so a row
//! keyed by it is appended, never inserted in the middle, and no second index from public to internal id is
//! needed (docs/adr/0003-ids.md).

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::str::FromStr;

use rustc_hash::FxBuildHasher;

use crate::time::Timestamp;

/// A map by ids. We make them, so nobody can choose them to collide, and they are hashed as fast as can be.
pub type IdMap<K, V> = HashMap<K, V, FxBuildHasher>;

/// A set of ids, as [`IdMap`].
pub type IdSet<K> = HashSet<K, FxBuildHasher>;

/// 2014-05-13T16:53:20Z, in milliseconds: the epoch of KSUID, which leaves room until the year 2083.
const EPOCH_MS: i64 = 1_400_000_000_000;
const NODE_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The last millisecond for which there are ids.
const SINCE_EPOCH_MAX: i64 = i64::MAX >> (NODE_BITS + SEQUENCE_BITS);
/// 62^11 > 2^63: eleven digits hold any id.
const ID_DIGITS: usize = 11;

/// How many lives of nodes can make ids beside each other.
pub const NODES: i64 = 1 << NODE_BITS;

/// Makes ids that strictly rise, also while the clock stands still or goes back.
#[derive(Debug)]
pub struct IdMint {
    last: i64,
    node: i64,
}

impl IdMint {
    /// `node` tells apart those who make ids beside each other (only its low 10 bits count); no id at or below `floor`
    /// will be made, so a restarted process passes the highest id it finds stored.
    pub fn new(node: u16, floor: i64) -> Self {
        Self { last: floor.max(0), node: i64::from(node) & (NODES - 1) }
    }

    /// The next id at `now`. Within one millisecond the sequence counts up, and runs over into the next one.
    pub fn mint<I: From<Id>>(&mut self, now: Timestamp) -> I {
        let since_epoch = (now.millis() - EPOCH_MS).max(0);
        let fresh = since_epoch << (NODE_BITS + SEQUENCE_BITS) | self.node;
        let after_last = ((self.last >> NODE_BITS) + 1) << NODE_BITS | self.node;
        self.last = fresh.max(after_last);
        I::from(Id(self.last))
    }
}

/// The number behind every kind of id; never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(i64);

impl Id {
    fn digits(self) -> [u8; ID_DIGITS] {
        let mut digits = [DIGITS[0]; ID_DIGITS];
        let mut rest = self.0.unsigned_abs();
        for digit in digits.iter_mut().rev() {
            *digit = DIGITS[(rest % 62) as usize];
            rest /= 62;
        }
        digits
    }

    fn from_digits(text: &[u8]) -> Option<Id> {
        if text.len() != ID_DIGITS {
            return None;
        }
        let number = text.iter().try_fold(0_u64, |number, digit| {
            let value = DIGITS.binary_search(digit).ok()?;
            number.checked_mul(62)?.checked_add(value as u64)
        })?;
        i64::try_from(number).ok().map(Id)
    }
}

/// The parts one after the other, which are as long as that together.
fn text<const LENGTH: usize>(parts: &[&[u8]]) -> [u8; LENGTH] {
    let mut text = [0; LENGTH];
    let mut rest = text.as_mut_slice();
    for part in parts {
        let (place, after) = rest.split_at_mut(part.len());
        place.copy_from_slice(part);
        rest = after;
    }
    text
}

fn ascii(text: &[u8]) -> &str {
    std::str::from_utf8(text).expect("prefixes and digits are ASCII")
}

/// The text is not an id of the wanted kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id")]
pub struct InvalidId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Id);

        impl $name {
            /// An id that is known from the start.
            pub const fn constant(number: u32) -> Self {
                Self(Id(number as i64))
            }

            /// The number as a store keeps it.
            pub fn number(self) -> i64 {
                self.0.0
            }

            /// From a stored number.
            pub fn from_number(number: i64) -> Self {
                Self(Id(number.max(0)))
            }

            /// The lowest id that can be made at `at`: ids of a time window begin there. Of times for which there
            /// are no ids, it is the first or the last of all.
            pub fn first_at(at: Timestamp) -> Self {
                let since_epoch = (at.millis() - EPOCH_MS).clamp(0, SINCE_EPOCH_MAX);
                Self(Id(since_epoch << (NODE_BITS + SEQUENCE_BITS)))
            }

            /// When the id was made.
            pub fn timestamp(self) -> Timestamp {
                Timestamp::from_millis(EPOCH_MS + (self.number() >> (NODE_BITS + SEQUENCE_BITS)))
            }

            fn text(self) -> [u8; $prefix.len() + ID_DIGITS] {
                text(&[$prefix.as_bytes(), &self.0.digits()])
            }
        }

        impl From<Id> for $name {
            fn from(id: Id) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(ascii(&self.text()))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let digits = text.strip_prefix($prefix).ok_or(InvalidId)?;
                Id::from_digits(digits.as_bytes()).map(Self).ok_or(InvalidId)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(ascii(&self.text()))
            }
        }
    };
}

id!(
    /// An organization, `org_…`.
    OrganizationId, "org_"
);
id!(
    /// An app, `app_…`.
    AppId, "app_"
);
id!(
    /// An endpoint, `ep_…`.
    EndpointId, "ep_"
);
id!(
    /// A message, `msg_…`; the `webhook-id` of all its attempts. Its time is the message's acceptance.
    MessageId, "msg_"
);
id!(
    /// An attempt, `atmpt_…`. Its time is the attempt's beginning.
    AttemptId, "atmpt_"
);
id!(
    /// A key, `key_…`: its name, which is no secret.
    KeyId, "key_"
);
id!(
    /// A background task, `qtask_…`.
    TaskId, "qtask_"
);

/// A delivery is known by what it joins: one message and one endpoint. `dlv_` and the digits of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId {
    /// What is delivered.
    pub message: MessageId,
    /// To whom.
    pub endpoint: EndpointId,
}

impl DeliveryId {
    fn text(self) -> [u8; 4 + 2 * ID_DIGITS] {
        text(&[b"dlv_", &self.message.0.digits(), &self.endpoint.0.digits()])
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(ascii(&self.text()))
    }
}

impl FromStr for DeliveryId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let digits = text.strip_prefix("dlv_").ok_or(InvalidId)?.as_bytes();
        let (message, endpoint) = digits.split_at_checked(ID_DIGITS).ok_or(InvalidId)?;
        let message = Id::from_digits(message).ok_or(InvalidId)?;
        let endpoint = Id::from_digits(endpoint).ok_or(InvalidId)?;
        Ok(Self { message: MessageId(message), endpoint: EndpointId(endpoint) })
    }
}

impl serde::Serialize for DeliveryId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(ascii(&self.text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_769_862_896_789;

    #[test]
    fn ids_rise_even_when_the_clock_goes_back() {
        let mut mint = IdMint::new(7, 0);
        let times = [NOW, NOW, NOW - 3_600_000, NOW + 1, 0];
        let ids = times.map(|at| mint.mint::<MessageId>(Timestamp::from_millis(at)));
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
        assert!(ids.map(|id| id.to_string()).is_sorted_by(|a, b| a < b));
        assert!(ids.iter().all(|id| id.number() & 0x3ff == 7), "the node is in every id");
    }

    #[test]
    fn ids_rise_above_the_floor() {
        let floor = IdMint::new(0, 0).mint::<MessageId>(Timestamp::from_millis(NOW));
        let next = IdMint::new(0, floor.number()).mint::<MessageId>(Timestamp::from_millis(NOW - 1000));
        assert!(next > floor);
    }

    #[test]
    fn an_id_tells_its_time() {
        let id = IdMint::new(1023, 0).mint::<EndpointId>(Timestamp::from_millis(NOW));
        assert_eq!(id.timestamp(), Timestamp::from_millis(NOW));
    }

    #[test]
    fn a_time_window_begins_with_the_first_id_of_its_time() {
        let first = |millis: i64| MessageId::first_at(Timestamp::from_millis(millis));
        let made: MessageId = IdMint::new(1, 0).mint(Timestamp::from_millis(NOW));
        assert!(first(NOW) < made && made < first(NOW + 1));
        assert_eq!((first(0).number(), first(0)), (0, first(EPOCH_MS)));
        assert!(first(i64::MAX) > first(NOW), "{:?}", first(i64::MAX));
    }

    #[test]
    fn wrong_texts_are_no_ids() {
        for text in ["", "msg_", "msg_0123456789", "msg_0123456789AB", "app_0123456789A", "msg_zzzzzzzzzzz"] {
            assert_eq!(text.parse::<MessageId>(), Err(InvalidId), "{text:?}");
        }
        assert_eq!("dlv_0123456789é0123456789AB".parse::<DeliveryId>(), Err(InvalidId));
    }

    proptest! {
        #[test]
        fn text_and_number_agree(a in 0..i64::MAX, b in 0..i64::MAX) {
            let (x, y) = (MessageId::from_number(a), MessageId::from_number(b));
            prop_assert_eq!(x.to_string().parse::<MessageId>(), Ok(x));
            prop_assert_eq!(x.cmp(&y), x.to_string().cmp(&y.to_string()));
            let both = DeliveryId { message: x, endpoint: EndpointId::from_number(b) };
            prop_assert_eq!(both.to_string().parse::<DeliveryId>(), Ok(both));
        }
    }
}
