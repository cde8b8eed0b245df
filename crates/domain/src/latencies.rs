//! How long attempts took, as a histogram: a few counts, from which percentiles can be told and which can be added up. Its
//! buckets grow with what is in them, eight to each doubling, so that a percentile is wrong by 6 % at most.

use std::ops::AddAssign;
use std::time::Duration;

/// How long an attempt took, about: a bucket of a histogram. The first ones have a microsecond each; whatever took longer
/// than the last one (some hours) is in the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Latency(u8);

/// Buckets to each doubling, as a power of two.
const STEPS_LOG2: u32 = 3;
const STEPS: u64 = 1 << STEPS_LOG2;

impl Latency {
    /// The bucket of a duration.
    pub fn of(duration: Duration) -> Self {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let doublings = u64::from(micros.max(1).ilog2().saturating_sub(STEPS_LOG2));
        let bucket = doublings * STEPS + (micros >> doublings);
        Self(u8::try_from(bucket).unwrap_or(u8::MAX))
    }

    /// The bucket with this number.
    pub fn from_number(number: u8) -> Self {
        Self(number)
    }

    /// Which bucket it is; longer durations are in later ones.
    pub fn number(self) -> u8 {
        self.0
    }

    /// A duration in the middle of the bucket.
    pub fn middle(self) -> Duration {
        let bucket = u64::from(self.0);
        let doublings = (bucket / STEPS).saturating_sub(1);
        let first = (bucket - doublings * STEPS) << doublings;
        Duration::from_micros(first + (1 << doublings) / 2)
    }
}

/// How many attempts took how long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latencies {
    /// Those buckets that have something in them, in their order.
    buckets: Vec<(Latency, u64)>,
}

impl Latencies {
    /// Counts attempts in.
    pub fn count(&mut self, latency: Latency, attempts: u64) {
        match self.buckets.binary_search_by_key(&latency, |(bucket, _)| *bucket) {
            Ok(at) => self.buckets[at].1 += attempts,
            Err(at) => self.buckets.insert(at, (latency, attempts)),
        }
    }

    /// The buckets that have something in them, in their order.
    pub fn buckets(&self) -> &[(Latency, u64)] {
        &self.buckets
    }

    /// So long took at most so many of a hundred attempts, about; `None` if there was none.
    pub fn percentile(&self, per_cent: u64) -> Option<Duration> {
        let all: u64 = self.buckets.iter().map(|(_, attempts)| attempts).sum();
        let rank = (all * per_cent).div_ceil(100);
        let mut passed = 0;
        let is_there = |(_, attempts): &&(Latency, u64)| {
            passed += attempts;
            passed >= rank
        };
        self.buckets.iter().find(is_there).map(|(bucket, _)| bucket.middle())
    }
}

impl AddAssign<&Latencies> for Latencies {
    fn add_assign(&mut self, more: &Latencies) {
        more.buckets.iter().for_each(|(bucket, attempts)| self.count(*bucket, *attempts));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn latencies(micros: &[u64]) -> Latencies {
        let mut latencies = Latencies::default();
        micros.iter().for_each(|micros| latencies.count(Latency::of(Duration::from_micros(*micros)), 1));
        latencies
    }

    #[test]
    fn buckets_follow_each_other_without_gaps() {
        let check = |micros: u64, number: u8| {
            assert_eq!(Latency::of(Duration::from_micros(micros)).number(), number, "{micros}");
        };
        for (micros, number) in
            [(0, 0), (1, 1), (7, 7), (8, 8), (15, 15), (16, 16), (17, 16), (18, 17), (31, 23), (32, 24)]
        {
            check(micros, number);
        }
        check(120_000_000, 198);
        check(u64::MAX, 255);
        for number in 0..=255 {
            assert_eq!(Latency::of(Latency::from_number(number).middle()).number(), number);
        }
    }

    #[test]
    fn a_percentile_of_nothing_is_nothing() {
        assert_eq!(Latencies::default().percentile(50), None);
        assert_eq!(latencies(&[5]).percentile(0), Some(Duration::from_micros(5)));
    }

    #[test]
    fn the_rank_of_a_percentile_is_exact() {
        let hundred: Vec<u64> = (1..=100).map(|number| number * number * number).collect();
        // 0.07 × 100 is a little more than 7 to a floating-point number.
        assert_eq!(latencies(&hundred).percentile(7), latencies(&[7 * 7 * 7]).percentile(100));
    }

    proptest! {
        #[test]
        fn percentiles_are_about_right(mut micros in prop::collection::vec(0..10_000_000_000_u64, 1..200), per_cent in 1..=100_u64) {
            let found = latencies(&micros).percentile(per_cent).unwrap().as_micros() as f64;
            micros.sort_unstable();
            let exact = micros[(micros.len() * per_cent as usize).div_ceil(100) - 1] as f64;
            prop_assert!((found - exact).abs() <= exact / 16.0, "{found} {exact}");
        }

        #[test]
        fn it_does_not_matter_in_which_order_is_counted(
            some in prop::collection::vec(0..1_000_000_u64, 0..50), others in prop::collection::vec(0..1_000_000_u64, 0..50),
        ) {
            let (mut left, mut right) = (latencies(&some), latencies(&others));
            left += &latencies(&others);
            right += &latencies(&some);
            prop_assert_eq!(&left, &right);
            prop_assert_eq!(left, latencies(&[some, others].concat()));
        }
    }
}
