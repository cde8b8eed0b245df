//! The only reader of the clock.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A moment of this process, in nanoseconds after its first look at the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

/// The moment that is now.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
pub(crate) fn now() -> Moment {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let passed = FIRST.get_or_init(Instant::now).elapsed();
    // Zero stands for no moment, see `Moment::new`.
    Moment(nanos(passed) + 1)
}

impl Moment {
    /// The moment kept as `nanos`, or none.
    pub(crate) fn new(nanos: u64) -> Option<Self> {
        (nanos > 0).then_some(Self(nanos))
    }

    /// As a number to keep, never zero.
    pub(crate) fn nanos(self) -> u64 {
        self.0
    }

    /// This much later.
    pub(crate) fn plus(self, time: Duration) -> Self {
        Self(self.0 + nanos(time))
    }

    /// How long ago `earlier` was; nothing if it was later.
    pub(crate) fn since(self, earlier: Moment) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// A time in whole nanoseconds.
pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
