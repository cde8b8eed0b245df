//! Waiting with a deadline: a test polls for what must happen and fails when it takes too long. It never sleeps for
//! a guess.

use std::time::{Duration, Instant};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(5);
/// What must happen soon has this long, so that a slow machine does not fail a test that is right.
const SOON: Duration = Duration::from_secs(20);

/// How long something may still take.
#[derive(Clone, Copy)]
pub(crate) struct Patience(Instant);

impl Patience {
    /// Waits until `limit` from now.
    #[expect(clippy::disallowed_methods, reason = "tests of a real process wait in real time")]
    pub(crate) fn of(limit: Duration) -> Self {
        Self(Instant::now() + limit)
    }

    /// What is left; zero when it has run out.
    #[expect(clippy::disallowed_methods, reason = "tests of a real process wait in real time")]
    pub(crate) fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Polls until there is something, or fails the test.
    #[track_caller]
    pub(crate) fn wait<T>(self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(!self.left().is_zero(), "in vain: {what}");
            std::thread::sleep(PAUSE);
        }
    }
}

/// Polls until there is something; fails the test when it is not there soon.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    Patience::of(SOON).wait(what, look)
}
