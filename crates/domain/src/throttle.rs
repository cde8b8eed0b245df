//! How fast an app or an endpoint is called at most: a token bucket.

use std::num::NonZeroU16;

use crate::endpoint::Ordering;
use crate::time::Timestamp;

/// What its owner says about the pace of an endpoint. The usual one is nothing: as fast as its receiver can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// In which order.
    pub ordering: Ordering,
    /// How fast at most.
    pub endpoint: Option<Rate>,
    /// How fast at most, all endpoints of its app together.
    pub app: Option<Rate>,
}

/// Attempts per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(NonZeroU16);

impl Rate {
    /// At least one per second.
    pub fn new(per_second: u16) -> Option<Self> {
        NonZeroU16::new(per_second).map(Self)
    }

    /// Attempts per second.
    pub fn per_second(self) -> u16 {
        self.0.get()
    }

    fn nanos_per_token(self) -> i64 {
        1_000_000_000 / i64::from(self.0.get())
    }
}

/// A token bucket that holds one second's worth, filled evenly. It starts full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// When the bucket would be full again, in nanoseconds since the epoch: the one number of the generic cell rate
    /// algorithm (ITU-T I.371), so that nothing has to be filled by a timer.
    full_at: i64,
}

const NANOS_PER_MILLI: i64 = 1_000_000;

impl Bucket {
    /// When a token can be taken: `now` or earlier if there is one.
    pub fn ready_at(&self, rate: Rate) -> Timestamp {
        let depth = rate.nanos_per_token() * i64::from(rate.per_second());
        let at = self.full_at + rate.nanos_per_token() - depth;
        // Rounded up: a moment that is too early would be asked for twice.
        Timestamp::from_millis(at.div_euclid(NANOS_PER_MILLI) + i64::from(at.rem_euclid(NANOS_PER_MILLI) > 0))
    }

    /// Takes a token, whether it is there or not: whoever takes more than there are waits longer for the next one.
    pub fn take(&mut self, rate: Rate, now: Timestamp) {
        self.full_at = self.full_at.max(now.millis() * NANOS_PER_MILLI) + rate.nanos_per_token();
    }

    /// Gives a token back that was taken and not used.
    pub fn give_back(&mut self, rate: Rate) {
        self.full_at -= rate.nanos_per_token();
    }

    /// Whether it holds as much as it can, so that a new one is as good.
    pub fn is_full(&self, now: Timestamp) -> bool {
        self.full_at <= now.millis() * NANOS_PER_MILLI
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Takes as much as is allowed for so many seconds, and answers how much that was.
    fn taken(per_second: u16, seconds: i64) -> i64 {
        let rate = Rate::new(per_second).unwrap();
        let start = 1_700_000_000_000;
        let mut bucket = Bucket::default();
        let mut count = 0;
        for millis in 0..seconds * 1000 {
            let now = Timestamp::from_millis(start + millis);
            while bucket.ready_at(rate) <= now {
                bucket.take(rate, now);
                count += 1;
            }
        }
        count
    }

    #[test]
    fn after_a_second_at_once_it_is_the_rate() {
        for per_second in [1, 3, 10, 999, 1000, 60_000] {
            let (rate, seconds) = (i64::from(per_second), 5);
            let count = taken(per_second, seconds);
            let expected = rate * (seconds + 1);
            assert!((expected - rate.max(60)..=expected + 1).contains(&count), "{per_second}: {count}");
        }
    }

    #[test]
    fn an_empty_bucket_says_when_to_come_again() {
        let (rate, now) = (Rate::new(2).unwrap(), Timestamp::from_millis(1_700_000_000_000));
        let mut bucket = Bucket::default();
        assert!(bucket.ready_at(rate) <= now);
        bucket.take(rate, now);
        bucket.take(rate, now);
        assert_eq!(bucket.ready_at(rate).since(now), Duration::from_millis(500));
        bucket.take(rate, now);
        assert_eq!(bucket.ready_at(rate).since(now), Duration::from_millis(1000));
    }

    #[test]
    fn a_token_that_is_given_back_can_be_taken_again() {
        let (rate, now) = (Rate::new(1).unwrap(), Timestamp::from_millis(1_700_000_000_000));
        let mut bucket = Bucket::default();
        bucket.take(rate, now);
        assert!(bucket.ready_at(rate) > now && !bucket.is_full(now));
        bucket.give_back(rate);
        assert!(bucket.ready_at(rate) <= now && bucket.is_full(now));
    }

    #[test]
    fn there_is_no_rate_of_nothing() {
        assert_eq!(Rate::new(0), None);
    }
}
