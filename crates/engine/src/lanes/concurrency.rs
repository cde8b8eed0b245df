//! How many attempts one endpoint may have under way: grows with its successes, halves when it is overloaded.

use domain::limits::{LANE_CONCURRENCY_MAX, LANE_CONCURRENCY_MIN, LANE_CONCURRENCY_START};

/// An adaptive limit (additive increase, multiplicative decrease).
#[derive(Debug)]
pub(super) struct Concurrency {
    limit: usize,
    /// Outcomes of attempts that began before the last halving: they tell nothing new.
    stale: usize,
}

impl Default for Concurrency {
    fn default() -> Self {
        Self { limit: LANE_CONCURRENCY_START, stale: 0 }
    }
}

impl Concurrency {
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// An attempt succeeded while `in_flight` others were under way. A limit that is not used does not grow.
    pub(super) fn succeeded(&mut self, in_flight: usize) {
        self.stale = self.stale.saturating_sub(1);
        if in_flight + 1 >= self.limit / 2 {
            self.limit = (self.limit + 1).min(LANE_CONCURRENCY_MAX);
        }
    }

    /// An attempt met an overloaded receiver while `in_flight` others were under way.
    pub(super) fn overloaded(&mut self, in_flight: usize) {
        if self.stale > 0 {
            self.stale -= 1;
            return;
        }
        self.limit = (self.limit / 2).max(LANE_CONCURRENCY_MIN);
        self.stale = in_flight;
    }

    /// The receiver is back after an outage: begin gently.
    pub(super) fn restart(&mut self) {
        self.limit = LANE_CONCURRENCY_MIN;
        self.stale = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_while_used_and_halves_once_per_wave() {
        let mut concurrency = Concurrency::default();
        for _ in 0..1000 {
            concurrency.succeeded(0);
        }
        assert_eq!(concurrency.limit(), LANE_CONCURRENCY_START, "an unused limit does not grow");
        for _ in 0..1000 {
            concurrency.succeeded(concurrency.limit() - 1);
        }
        assert_eq!(concurrency.limit(), LANE_CONCURRENCY_MAX);
        for in_flight in (0..LANE_CONCURRENCY_MAX).rev() {
            concurrency.overloaded(in_flight);
        }
        assert_eq!(concurrency.limit(), LANE_CONCURRENCY_MAX / 2, "one wave of failures halves once");
        for _ in 0..100 {
            concurrency.overloaded(0);
        }
        assert_eq!(concurrency.limit(), LANE_CONCURRENCY_MIN);
    }
}
