//! When each message was sent, and when its calls arrived: written by the load and the receivers, read when all is
//! over.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crate::clock::{self, Moment};
use crate::histogram::Histogram;

/// Messages by their number.
pub(crate) struct Ledger {
    sent: Vec<AtomicU64>,
    /// For each message, one for each endpoint.
    arrivals: Vec<AtomicU64>,
    endpoints: usize,
    arrived: AtomicUsize,
    repeated: AtomicUsize,
}

impl Ledger {
    /// Room for messages with the numbers below `count`, each for so many endpoints.
    pub(crate) fn new(count: usize, endpoints: usize) -> Self {
        let nothing = |count| (0..count).map(|_| AtomicU64::default()).collect();
        Self {
            sent: nothing(count),
            arrivals: nothing(count * endpoints),
            endpoints,
            arrived: AtomicUsize::new(0),
            repeated: AtomicUsize::new(0),
        }
    }

    /// A message was to be sent at `at`.
    pub(crate) fn send(&self, number: usize, at: Moment) {
        if let Some(sent) = self.sent.get(number) {
            sent.store(at.nanos(), Ordering::Relaxed);
        }
    }

    /// A message arrived at an endpoint; one without a number is none of ours.
    pub(crate) fn arrive(&self, number: Option<usize>, endpoint: usize, at: Moment) {
        let place = number.filter(|_| endpoint < self.endpoints);
        let place = place.map(|number| number.saturating_mul(self.endpoints).saturating_add(endpoint));
        let Some(arrival) = place.and_then(|place| self.arrivals.get(place)) else { return };
        if arrival.swap(at.nanos(), Ordering::Relaxed) == 0 {
            self.arrived.fetch_add(1, Ordering::Relaxed);
        } else {
            self.repeated.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many different calls have arrived.
    pub(crate) fn arrived(&self) -> usize {
        self.arrived.load(Ordering::Relaxed)
    }

    /// How many arrived once more.
    pub(crate) fn repeated(&self) -> usize {
        self.repeated.load(Ordering::Relaxed)
    }

    /// Waits until `count` have arrived; gives up when none arrives for `patience`, and says how many are there.
    pub(crate) fn wait_for(&self, count: usize, patience: Duration) -> usize {
        const LOOK_EVERY: Duration = Duration::from_millis(5);
        let (mut last, mut since) = (self.arrived(), clock::now());
        while last < count && clock::now().since(since) < patience {
            std::thread::sleep(LOOK_EVERY);
            let arrived = self.arrived();
            if arrived != last {
                (last, since) = (arrived, clock::now());
            }
        }
        last
    }

    /// From the moment a message was to be sent to its arrival, for all that arrived.
    pub(crate) fn end_to_end(&self) -> Histogram {
        let mut histogram = Histogram::default();
        for (sent, arrivals) in self.sent.iter().zip(self.arrivals.chunks(self.endpoints)) {
            let Some(sent) = moment(sent) else { continue };
            arrivals.iter().filter_map(moment).for_each(|arrived| histogram.record(arrived.since(sent)));
        }
        histogram
    }

    /// When all arrivals had happened up to this share of them; none if nothing arrived.
    pub(crate) fn arrived_by(&self, share: f64) -> Option<Moment> {
        let mut arrivals: Vec<Moment> = self.arrivals.iter().filter_map(moment).collect();
        arrivals.sort_unstable();
        let last = arrivals.len().checked_sub(1)?;
        arrivals.get((last as f64 * share) as usize).copied()
    }
}

fn moment(kept: &AtomicU64) -> Option<Moment> {
    Moment::new(kept.load(Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_counts_once_and_strangers_do_not() {
        let ledger = Ledger::new(2, 1);
        let now = clock::now();
        ledger.send(1, now);
        [Some(1), Some(1), Some(7), None].into_iter().for_each(|number| ledger.arrive(number, 0, now));
        assert_eq!((ledger.arrived(), ledger.repeated()), (1, 1));
        assert_eq!(ledger.arrived_by(1.0), Some(now));
        assert_eq!(ledger.wait_for(1, Duration::ZERO), 1);
    }

    #[test]
    fn each_endpoint_gets_a_message_once() {
        let ledger = Ledger::new(2, 3);
        [0, 2, 2, 3].into_iter().for_each(|endpoint| ledger.arrive(Some(1), endpoint, clock::now()));
        assert_eq!((ledger.arrived(), ledger.repeated()), (2, 1));
    }
}
