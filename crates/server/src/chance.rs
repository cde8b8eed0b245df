//! The random numbers of the program. The only place that holds a generator.

use engine::ports::chance::Chance;
use rand::{Rng, RngExt};

/// Draws from the thread's generator, which is cryptographic and seeded by the operating system.
pub(crate) struct SystemChance;

impl Chance for SystemChance {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that the ban points to")]
    fn fraction(&self) -> f64 {
        rand::rng().random()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that the ban points to")]
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}
