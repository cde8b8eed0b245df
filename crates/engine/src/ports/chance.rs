//! The port to randomness.

/// Draws random numbers that nobody can foresee.
pub trait Chance: Send + Sync {
    /// A number in `0.0..1.0`, for jitter.
    fn fraction(&self) -> f64;

    /// Fills `bytes`, for secrets.
    fn fill(&self, bytes: &mut [u8]);
}
