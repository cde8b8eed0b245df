//! A histogram of durations in buckets that grow with the value: less than one percent of error, at any size.

use std::time::Duration;

use serde::Serialize;

use crate::clock::nanos;

/// Each power of two is split into this many buckets.
const PARTS: u64 = 128;
const PARTS_BITS: u32 = PARTS.trailing_zeros();
const BUCKETS: usize = (64 - PARTS_BITS as usize + 1) * PARTS as usize;

/// Counts durations.
#[derive(Clone)]
pub(crate) struct Histogram {
    buckets: Vec<u64>,
    count: u64,
}

/// What a histogram says, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Quantiles {
    /// Half are at most this long.
    pub(crate) p50: f64,
    /// 99 of 100 are at most this long.
    pub(crate) p99: f64,
    /// 999 of 1,000 are at most this long.
    pub(crate) p999: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: vec![0; BUCKETS], count: 0 }
    }
}

impl Histogram {
    /// Counts one duration.
    pub(crate) fn record(&mut self, time: Duration) {
        self.buckets[bucket(nanos(time))] += 1;
        self.count += 1;
    }

    /// Counts all that `other` has counted.
    pub(crate) fn add(&mut self, other: &Histogram) {
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(mine, others)| *mine += others);
        self.count += other.count;
    }

    /// The usual quantiles.
    pub(crate) fn quantiles(&self) -> Quantiles {
        Quantiles { p50: self.quantile_ms(0.5), p99: self.quantile_ms(0.99), p999: self.quantile_ms(0.999) }
    }

    /// The duration, in milliseconds, that a part of `share` does not exceed; zero if nothing was counted.
    fn quantile_ms(&self, share: f64) -> f64 {
        let rank = (share * self.count as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        let at = self.buckets.iter().position(|bucket| {
            seen += bucket;
            seen >= rank
        });
        at.map_or(0.0, |at| upper(at) as f64 / 1e6)
    }
}

/// Where a value is counted: small values exactly, others by their leading bits.
fn bucket(value: u64) -> usize {
    let shift = value.max(1).ilog2().saturating_sub(PARTS_BITS);
    let at = u64::from(shift) * PARTS + (value >> shift);
    usize::try_from(at).expect("there are few buckets")
}

/// The largest value of a bucket.
fn upper(at: usize) -> u64 {
    let at = at as u64;
    let shift = (at / PARTS).saturating_sub(1);
    let leading = at - shift * PARTS;
    (leading << shift) + ((1 << shift) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_close_to_its_values() {
        for value in (0..64).flat_map(|bit| [(1_u64 << bit) - 1, 1 << bit, (1 << bit) + (1 << bit) / 3]) {
            let upper = upper(bucket(value));
            assert!(upper >= value, "{value} {upper}");
            assert!(upper - value <= value / 100, "{value} {upper}");
        }
        assert!(bucket(u64::MAX) < BUCKETS);
    }

    #[test]
    fn quantiles_are_those_of_the_values() {
        let mut histogram = Histogram::default();
        (1..=1000).for_each(|ms| histogram.record(Duration::from_millis(ms)));
        let Quantiles { p50, p99, p999 } = histogram.quantiles();
        for (found, expected) in [(p50, 500.0), (p99, 990.0), (p999, 999.0)] {
            assert!((expected..=expected * 1.01).contains(&found), "{found} {expected}");
        }
    }

    #[test]
    fn nothing_has_no_quantiles_and_sums_have_those_of_both() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantiles(), Quantiles::default());
        let mut other = Histogram::default();
        other.record(Duration::from_secs(1));
        histogram.add(&other);
        assert_eq!(histogram.quantiles(), other.quantiles());
    }
}
