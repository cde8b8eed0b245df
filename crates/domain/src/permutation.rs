//! Numbers that are shown, and that nobody is to read or to count by: a permutation that only its key can undo.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// A permutation of the 128-bit numbers. Without the key it looks like any other: numbers that follow each other do not
/// afterwards, and whoever makes one up meets a random one.
///
/// A Feistel network of four rounds with HMAC-SHA256: what Luby and Rackoff ask for where both directions may be tried
/// (<https://doi.org/10.1137/0217022>).
pub struct Permutation(Hmac<Sha256>);

const ROUNDS: u8 = 4;

impl Permutation {
    /// The one with this key, which is random.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes a key of any length"))
    }

    /// What is shown of a number.
    pub fn shown(&self, number: u128) -> u128 {
        let (left, right) =
            (0..ROUNDS).fold(halves(number), |(left, right), round| (right, left ^ self.round(round, right)));
        whole(left, right)
    }

    /// The number of which that is shown.
    pub fn read(&self, shown: u128) -> u128 {
        let (left, right) = (0..ROUNDS)
            .rev()
            .fold(halves(shown), |(left, right), round| (right ^ self.round(round, left), left));
        whole(left, right)
    }

    fn round(&self, round: u8, half: u64) -> u64 {
        let mut mac = self.0.clone();
        mac.update(&[round]);
        mac.update(&half.to_be_bytes());
        let mac: [u8; 32] = mac.finalize().into_bytes().into();
        u64::from_be_bytes(*mac.first_chunk().expect("32 bytes begin with eight"))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "each half has 64 bits")]
fn halves(number: u128) -> (u64, u64) {
    ((number >> 64) as u64, number as u64)
}

fn whole(left: u64, right: u64) -> u128 {
    u128::from(left) << 64 | u128::from(right)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Computed with Python's hmac, round by round.
    const VECTORS: [(u128, &str); 4] = [
        (0, "67e958527c6f5b1063c2411de82d2de3"),
        (1, "4ab70e5aef1529ae56a7763f999d2ea4"),
        (1 << 64, "a6698ea5fab26e0aa8ba783f5fdcd91d"),
        (4711 << 64 | 12, "e5a4cb8b7881e35f5ef4044c164a8d97"),
    ];

    #[test]
    fn it_is_the_network_that_it_says() {
        let permutation = Permutation::new(&std::array::from_fn(|index| u8::try_from(index).unwrap()));
        for (number, shown) in VECTORS {
            assert_eq!(format!("{:032x}", permutation.shown(number)), shown);
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_with_the_same_key_alone(number: u128, key: [u8; 32], other: [u8; 32]) {
            prop_assume!(key != other);
            let shown = Permutation::new(&key).shown(number);
            prop_assert_eq!(Permutation::new(&key).read(shown), number);
            prop_assert_ne!(Permutation::new(&other).read(shown), number);
        }
    }
}
