//! Turns of those who hold a payload against a schema: so many at once, and no organization has all of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use domain::id::OrganizationId;
use domain::limits::{SCHEMA_CHECKS_AT_ONCE_MAX, SCHEMA_CHECKS_PER_ORGANIZATION_MAX};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::Refusal;

/// The turns that there are.
pub(super) struct Turns {
    all: Arc<Semaphore>,
    /// Those of the organizations that have one or wait for one.
    of_organizations: Mutex<HashMap<OrganizationId, Weak<Semaphore>>>,
}

/// A turn, given back when it is dropped.
pub(super) struct Turn {
    _of_organization: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Default for Turns {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(SCHEMA_CHECKS_AT_ONCE_MAX)), of_organizations: Mutex::default() }
    }
}

impl Turns {
    /// Takes a turn for an organization, in the order in which they ask; 503 if none is free within `patience`.
    pub(super) async fn take(
        &self,
        organization: OrganizationId,
        patience: Duration,
    ) -> Result<Turn, Refusal> {
        let crowded = "As many payloads are held against their schemas as may be at once.";
        let turn = timeout(patience, self.next(organization)).await;
        turn.map_err(|_| Refusal::unavailable_for_now(crowded))
    }

    /// Waits for the organization's own turn first, so that those who wait for it keep none from others.
    async fn next(&self, organization: OrganizationId) -> Turn {
        const OPEN: &str = "the semaphore is never closed";
        let own = self.of(organization).acquire_owned().await.expect(OPEN);
        let of_all = self.all.clone().acquire_owned().await.expect(OPEN);
        Turn { _of_organization: own, _of_all: of_all }
    }

    /// The turns of an organization. Those of whom nobody asks any more are forgotten meanwhile.
    fn of(&self, organization: OrganizationId) -> Arc<Semaphore> {
        let mut of_organizations = self.of_organizations();
        of_organizations.retain(|_, turns| turns.strong_count() > 0);
        if let Some(turns) = of_organizations.get(&organization).and_then(Weak::upgrade) {
            return turns;
        }
        let turns = Arc::new(Semaphore::new(SCHEMA_CHECKS_PER_ORGANIZATION_MAX));
        of_organizations.insert(organization, Arc::downgrade(&turns));
        turns
    }

    fn of_organizations(&self) -> MutexGuard<'_, HashMap<OrganizationId, Weak<Semaphore>>> {
        self.of_organizations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;
    use tokio::time::Instant;

    use super::*;
    use crate::v1::error::Error;

    const PATIENCE: Duration = Duration::from_secs(3);

    /// Whether an organization gets a turn, at once or not within its patience.
    async fn check(turns: &Turns, organization: i64, gets_one: bool) -> Option<Turn> {
        let start = Instant::now();
        let turn = turns.take(OrganizationId::from_number(organization), PATIENCE).await;
        let waited = if gets_one { Duration::ZERO } else { PATIENCE };
        assert_eq!((turn.is_ok(), start.elapsed()), (gets_one, waited), "{organization}");
        turn.map_err(is_told_to_come_again).ok()
    }

    fn is_told_to_come_again(refusal: Refusal) {
        let answer = Error::from(refusal).into_response();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["retry-after"]),
            (503, &"10".parse().unwrap())
        );
    }

    #[tokio::test(start_paused = true)]
    async fn no_organization_has_more_than_half_and_nobody_waits_for_ever() {
        let turns = Turns::default();
        let mut taken = Vec::new();
        for organization in [1, 2] {
            for _ in 0..SCHEMA_CHECKS_AT_ONCE_MAX / 2 {
                taken.push(check(&turns, organization, true).await);
            }
            check(&turns, organization, false).await;
        }
        check(&turns, 3, false).await;
        taken.remove(0);
        check(&turns, 2, false).await;
        check(&turns, 3, true).await;
        check(&turns, 1, true).await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_its_own_turn_keeps_none_from_others() {
        let turns = Turns::default();
        let mut taken = Vec::new();
        for _ in 0..SCHEMA_CHECKS_PER_ORGANIZATION_MAX {
            taken.push(check(&turns, 1, true).await);
        }
        tokio::join!(check(&turns, 1, false), check(&turns, 1, false), check(&turns, 2, true));
    }

    #[tokio::test(start_paused = true)]
    async fn organizations_are_forgotten() {
        let turns = Turns::default();
        for organization in 1..100 {
            check(&turns, organization, true).await;
        }
        assert_eq!(turns.of_organizations().len(), 1);
    }
}
