//! When each message was sent, and when it arrived: written by the load and the receivers, read when all is over.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crate::clock::{self, Moment};
use crate::histogram::Histogram;

/// Messages by their number.
pub(crate) struct Ledger {
    messages: Vec<Message>,
    arrived: AtomicUsize,
    repeated: AtomicUsize,
}

#[derive(Default)]
struct Message {
    sent: AtomicU64,
    arrived: AtomicU64,
}

impl Ledger {
    /// Room for messages with the numbers below `count`.
    pub(crate) fn new(count: usize) -> Self {
        let messages = (0..count).map(|_| Message::default()).collect();
        Self { messages, arrived: AtomicUsize::new(0), repeated: AtomicUsize::new(0) }
    }

    /// A message was to be sent at `at`.
    pub(crate) fn send(&self, number: usize, at: Moment) {
        if let Some(message) = self.messages.get(number) {
            message.sent.store(at.nanos(), Ordering::Relaxed);
        }
    }

    /// A message arrived; one without a number counts as the next one of all.
    pub(crate) fn arrive(&self, number: Option<usize>, at: Moment) {
        let number = number.unwrap_or_else(|| self.arrived());
        let Some(message) = self.messages.get(number) else { return };
        if message.arrived.swap(at.nanos(), Ordering::Relaxed) == 0 {
            self.arrived.fetch_add(1, Ordering::Relaxed);
        } else {
            self.repeated.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many different messages have arrived.
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
        for message in &self.messages {
            if let (Some(sent), Some(arrived)) = (moment(&message.sent), moment(&message.arrived)) {
                histogram.record(arrived.since(sent));
            }
        }
        histogram
    }

    /// When all arrivals had happened up to this share of them; none if nothing arrived.
    pub(crate) fn arrived_by(&self, share: f64) -> Option<Moment> {
        let mut arrivals: Vec<Moment> = self.messages.iter().filter_map(|m| moment(&m.arrived)).collect();
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
    fn a_message_counts_once_and_strangers_do_not() {
        let ledger = Ledger::new(2);
        let now = clock::now();
        ledger.send(1, now);
        [Some(1), Some(1), Some(7)].into_iter().for_each(|number| ledger.arrive(number, now));
        assert_eq!((ledger.arrived(), ledger.repeated()), (1, 1));
        ledger.arrive(None, now);
        assert_eq!(ledger.arrived(), 1, "number 1 is taken");
        assert_eq!(ledger.arrived_by(1.0), Some(now));
        assert_eq!(ledger.wait_for(1, Duration::ZERO), 1);
    }
}
