//! A circuit breaker for one endpoint: after many attempts in a row without any answer it lets through only a
//! few probes after each pause, until one is answered.
//!
//! It guards against silence that comes fast, such as refused connections, which would use up every schedule within
//! seconds. Silence that takes long is pause enough by itself; how much of it one endpoint may cause is limited by
//! its concurrency. A receiver that answers, even with failures, never opens it.

use std::time::Duration;

use crate::limits::{BREAKER_FAILURES_MAX, BREAKER_PAUSE_MAX, BREAKER_PAUSE_MIN};
use crate::time::Timestamp;

/// The breaker of one lane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    silences: u32,
    open: Option<Open>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Open {
    until: Timestamp,
    pause: Duration,
}

impl Breaker {
    /// The receiver answered: closes the breaker. Returns whether it was open.
    pub fn answered(&mut self) -> bool {
        self.silences = 0;
        self.open.take().is_some()
    }

    /// The receiver did not answer an attempt that ended at `now` after it `took` this long. The pause is counted
    /// from the attempt's beginning.
    pub fn silent(&mut self, now: Timestamp, took: Duration) {
        self.silences = self.silences.saturating_add(1);
        let pause = match &self.open {
            Some(open) if now < open.until => return,
            Some(open) => (open.pause * 2).min(BREAKER_PAUSE_MAX),
            None if self.silences >= BREAKER_FAILURES_MAX => BREAKER_PAUSE_MIN,
            None => return,
        };
        self.open = Some(Open { until: now + pause.saturating_sub(took), pause });
    }

    /// Whether it has opened and no receiver has answered since.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Until when nothing may start; in the past when probes may.
    pub fn closed_until(&self) -> Option<Timestamp> {
        self.open.as_ref().map(|open| open.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::default() + Duration::from_millis(millis)
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        (0..BREAKER_FAILURES_MAX).for_each(|_| breaker.silent(at(0), Duration::ZERO));
        breaker
    }

    #[test]
    fn it_opens_after_many_silences_in_a_row_only() {
        let mut breaker = Breaker::default();
        for _ in 0..10 * BREAKER_FAILURES_MAX {
            (1..BREAKER_FAILURES_MAX).for_each(|_| breaker.silent(at(0), Duration::ZERO));
            assert!(!breaker.answered());
        }
        assert_eq!(opened().closed_until(), Some(at(100)));
    }

    #[test]
    fn failed_probes_double_the_pause_up_to_its_limit() {
        let mut breaker = opened();
        let mut now = at(0);
        let mut pauses = Vec::new();
        for _ in 0..7 {
            now = breaker.closed_until().unwrap();
            breaker.silent(now, Duration::ZERO);
            breaker.silent(now, Duration::ZERO);
            pauses.push(breaker.closed_until().unwrap().since(now).as_millis());
        }
        assert_eq!(pauses, [200, 400, 800, 1000, 1000, 1000, 1000]);
        assert!(breaker.answered());
        assert_eq!(breaker, Breaker::default());
        assert!(now > at(0));
    }

    #[test]
    fn late_silences_do_not_lengthen_a_pause() {
        let mut breaker = opened();
        (0..100).for_each(|_| breaker.silent(at(99), Duration::ZERO));
        assert_eq!(breaker.closed_until(), Some(at(100)));
    }

    #[test]
    fn silence_that_took_long_is_pause_enough() {
        let mut breaker = opened();
        breaker.silent(at(100), Duration::from_millis(150));
        assert_eq!(breaker.closed_until(), Some(at(150)));
        breaker.silent(at(1_000), Duration::from_secs(15));
        assert_eq!(breaker.closed_until(), Some(at(1_000)));
    }
}
