//! The secrets with which an endpoint's calls are signed: the current one, and older ones for a while after they
//! were replaced, so that the receiver can change over at any time in between.

use std::iter;
use std::time::Duration;

use crate::limits::{OLD_SECRETS_MAX, SECRET_GRACE_TIME_MAX};
use crate::secret::Secret;
use crate::time::Timestamp;

/// All secrets of one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secrets {
    /// Signs until it is replaced.
    pub current: Secret,
    /// Those that it replaced, the newest first; some may have expired.
    pub old: Vec<RotatedSecret>,
}

/// A secret that was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotatedSecret {
    /// The secret.
    pub secret: Secret,
    /// It signs before this moment, and from then on no more.
    pub expires_at: Timestamp,
}

/// The endpoint has so many secrets already that another one would make its signatures too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The endpoint has {OLD_SECRETS_MAX} replaced secrets that still sign; wait until one has expired.")]
pub struct TooManySecrets;

impl Secrets {
    /// One secret, and no older ones.
    pub fn new(current: Secret) -> Self {
        Self { current, old: Vec::new() }
    }

    /// Those that sign `now`: the current one, then the others, the newest first.
    pub fn live(&self, now: Timestamp) -> impl Iterator<Item = &Secret> {
        let old = self.old.iter().filter(move |old| old.expires_at > now);
        iter::once(&self.current).chain(old.map(|old| &old.secret))
    }

    /// Puts `fresh` in the place of the current secret, which goes on signing for `grace`; at most for
    /// [`SECRET_GRACE_TIME_MAX`], and not at all if it is zero. Expired ones are dropped, and so is an older copy of
    /// `fresh`: a secret signs once.
    ///
    /// # Errors
    /// If more than [`OLD_SECRETS_MAX`] replaced ones would go on signing.
    pub fn rotate(self, fresh: Secret, now: Timestamp, grace: Duration) -> Result<Self, TooManySecrets> {
        let expires_at = now + grace.min(SECRET_GRACE_TIME_MAX);
        let replaced = RotatedSecret { secret: self.current, expires_at };
        let lives_on = |old: &RotatedSecret| old.expires_at > now && old.secret != fresh;
        let old: Vec<_> = iter::once(replaced).chain(self.old).filter(lives_on).collect();
        if old.len() > OLD_SECRETS_MAX { Err(TooManySecrets) } else { Ok(Self { current: fresh, old }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::SECRET_GRACE_TIME_DEFAULT;

    const HOUR: Duration = Duration::from_secs(3600);

    fn secret(name: &str) -> Secret {
        Secret::from_bytes(name.as_bytes())
    }

    fn at(hour: u32) -> Timestamp {
        Timestamp::from_millis(1_769_862_896_789) + hour * HOUR
    }

    /// Starts with `a` and rotates to each name, at its hour and with its hours of grace.
    fn rotated(steps: &[(&str, u32, u32)]) -> Secrets {
        steps.iter().fold(Secrets::new(secret("a")), |secrets, (name, hour, grace)| {
            secrets.rotate(secret(name), at(*hour), *grace * HOUR).unwrap()
        })
    }

    #[track_caller]
    fn check(secrets: &Secrets, now: Timestamp, expected: &[&str]) {
        let live: Vec<_> = secrets.live(now).map(Secret::expose_token).collect();
        assert_eq!(live, expected);
    }

    #[test]
    fn the_current_secret_signs_first_and_older_ones_until_they_expire() {
        check(&rotated(&[]), at(0), &["a"]);
        let secrets = rotated(&[("b", 0, 24), ("c", 1, 2)]);
        check(&secrets, at(1), &["c", "b", "a"]);
        check(&secrets, Timestamp::from_millis(at(3).millis() - 1), &["c", "b", "a"]);
        check(&secrets, at(3), &["c", "a"]);
        check(&secrets, at(24), &["c"]);
    }

    #[test]
    fn without_grace_the_old_secret_is_dropped_at_once() {
        let secrets = rotated(&[("b", 0, 24), ("c", 1, 0)]);
        check(&secrets, at(1), &["c", "a"]);
        assert_eq!(secrets.old.len(), 1);
    }

    #[test]
    fn a_rotation_drops_what_has_expired() {
        let secrets = rotated(&[("b", 0, 1), ("c", 1, 1)]);
        assert_eq!(secrets.old, [RotatedSecret { secret: secret("b"), expires_at: at(2) }]);
    }

    #[test]
    fn a_secret_signs_once() {
        check(&rotated(&[("a", 0, 24)]), at(0), &["a"]);
        check(&rotated(&[("b", 0, 24), ("a", 1, 24)]), at(1), &["a", "b"]);
    }

    #[test]
    fn grace_has_a_bound() {
        let secrets = Secrets::new(secret("a")).rotate(secret("b"), at(0), Duration::MAX).unwrap();
        assert_eq!(secrets.old[0].expires_at, at(7 * 24));
        assert!(SECRET_GRACE_TIME_DEFAULT <= SECRET_GRACE_TIME_MAX);
    }

    #[test]
    fn at_most_ten_old_secrets_sign() {
        let names = ["b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
        let full = rotated(&names.map(|name| (name, 0, 24)));
        assert_eq!(full.live(at(0)).count(), 11);
        assert_eq!(full.clone().rotate(secret("l"), at(0), HOUR), Err(TooManySecrets));
        let without_grace = full.clone().rotate(secret("l"), at(0), Duration::ZERO).unwrap();
        assert_eq!(without_grace.old, full.old);
        check(&full.rotate(secret("l"), at(24), HOUR).unwrap(), at(24), &["l", "k"]);
    }
}
