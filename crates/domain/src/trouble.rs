//! Which endpoints are in most trouble.

use std::cmp::Reverse;

use crate::counts::Counts;
use crate::endpoint::{DisabledReason, Endpoint};
use crate::time::Timestamp;

/// How much trouble an endpoint is in: those in most trouble come first. That are those which their failures have disabled,
/// then those that meet nothing but failure, each the longest first, and then the others by the share of their attempts
/// that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trouble {
    kind: Kind,
    since: Timestamp,
    failed_per_million: Reverse<u64>,
    failed: Reverse<u64>,
    succeeded: Reverse<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Disabled,
    Failing,
    Other,
}

impl Trouble {
    /// That of an endpoint whose attempts went like this.
    pub fn of(endpoint: &Endpoint, counts: &Counts) -> Self {
        let (kind, since) = present(endpoint).unwrap_or((Kind::Other, Timestamp::MAX));
        Self { kind, since, ..Self::by(counts) }
    }

    /// That of an endpoint of which nothing else is known.
    pub fn by(counts: &Counts) -> Self {
        let Counts { failed, succeeded, .. } = *counts;
        let attempts = failed.saturating_add(succeeded).max(1);
        let failed_per_million = Reverse(failed.saturating_mul(1_000_000) / attempts);
        let (kind, since) = (Kind::Other, Timestamp::MAX);
        Self { kind, since, failed_per_million, failed: Reverse(failed), succeeded: Reverse(succeeded) }
    }

    /// Whether an endpoint is in trouble now, whatever it was before.
    pub fn is_present(endpoint: &Endpoint) -> bool {
        present(endpoint).is_some()
    }
}

/// Which trouble an endpoint is in now, and since when.
fn present(endpoint: &Endpoint) -> Option<(Kind, Timestamp)> {
    let failing = endpoint.failing.map(|failing| failing.since);
    match endpoint.disabled {
        Some(disabled) if disabled.reason == DisabledReason::Asked => None,
        Some(disabled) => Some((Kind::Disabled, failing.unwrap_or(disabled.at))),
        None => failing.map(|since| (Kind::Failing, since)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::{Disabled, Door, Failing};
    use crate::id::{AppId, EndpointId};
    use crate::secret::Secret;
    use crate::target::Target;

    fn trouble(
        disabled: Option<DisabledReason>,
        failing: Option<i64>,
        failed: u64,
        succeeded: u64,
    ) -> Trouble {
        let (id, app) = (EndpointId::from_number(1), AppId::from_number(1));
        let target = Target::stored("https://example.com/").expect("it is a URL");
        let endpoint = Endpoint::new(id, app, Door::Api, target, Secret::from_bytes(b"secret"));
        let at = Timestamp::from_millis(50);
        let failing = failing.map(|since| Failing { since: Timestamp::from_millis(since), warned: false });
        let endpoint =
            Endpoint { disabled: disabled.map(|reason| Disabled { at, reason }), failing, ..endpoint };
        Trouble::of(&endpoint, &Counts { failed, succeeded, ..Counts::default() })
    }

    #[test]
    fn those_in_most_trouble_come_first() {
        use DisabledReason::{Asked, Failing, Gone};
        let order = [
            trouble(Some(Failing), Some(40), 0, 9),
            trouble(Some(Gone), None, 0, 0),
            trouble(None, Some(10), 0, 9),
            trouble(None, Some(60), 9, 0),
            trouble(None, None, 9, 1),
            trouble(Some(Asked), Some(1), 8, 2),
            trouble(None, None, 1, 9),
            trouble(None, None, 0, 9),
            trouble(None, None, 0, 0),
        ];
        assert!(order.is_sorted_by(|worse, better| worse < better), "{order:#?}");
    }
}
