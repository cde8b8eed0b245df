//! How many may watch at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::id::{AppId, OrganizationId};
use domain::key::{Caller, Scope};
use domain::limits::{LIVE_STREAMS_MAX, LIVE_STREAMS_PER_APP_MAX, LIVE_STREAMS_PER_ORGANIZATION_MAX};

/// Places of those who watch.
#[derive(Clone, Default)]
pub(crate) struct Places(Arc<Mutex<Taken>>);

#[derive(Default)]
struct Taken {
    all: usize,
    of_organizations: HashMap<OrganizationId, usize>,
    /// Those of keys of one app, by the app.
    of_apps: HashMap<AppId, usize>,
}

/// The place of one who watches, given back when it is dropped.
pub(super) struct Place {
    places: Places,
    caller: Caller,
}

impl Places {
    /// Takes a place for a caller, if there is one.
    pub(super) fn take(&self, caller: Caller) -> Option<Place> {
        let mut taken = self.taken();
        if !taken.has_room_for(caller) {
            return None;
        }
        taken.all += 1;
        *taken.of_organizations.entry(caller.organization).or_default() += 1;
        if let Scope::App(app) = caller.scope {
            *taken.of_apps.entry(app).or_default() += 1;
        }
        Some(Place { places: self.clone(), caller })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn has_room_for(&self, caller: Caller) -> bool {
        let of_organization = self.of_organizations.get(&caller.organization).copied().unwrap_or_default();
        let of_app = match caller.scope {
            Scope::App(app) => self.of_apps.get(&app).copied().unwrap_or_default(),
            Scope::Admin | Scope::Send | Scope::Read => 0,
        };
        self.all < LIVE_STREAMS_MAX
            && of_organization < LIVE_STREAMS_PER_ORGANIZATION_MAX
            && of_app < LIVE_STREAMS_PER_APP_MAX
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all -= 1;
        give_back(&mut taken.of_organizations, &self.caller.organization);
        if let Scope::App(app) = self.caller.scope {
            give_back(&mut taken.of_apps, &app);
        }
    }
}

/// Counts one less of those that were counted when a place was taken.
fn give_back<K: Hash + Eq>(taken: &mut HashMap<K, usize>, key: &K) {
    let count = taken.get_mut(key).expect("it was counted when the place was taken");
    *count -= 1;
    if *count == 0 {
        taken.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(organization: i64, scope: Scope) -> Caller {
        Caller { organization: OrganizationId::from_number(organization), scope }
    }

    /// Takes so many places for a caller, and no more.
    fn take(places: &Places, caller: Caller, count: usize) -> Vec<Place> {
        let taken = std::iter::from_fn(|| places.take(caller)).take(LIVE_STREAMS_MAX + 1).collect::<Vec<_>>();
        assert_eq!(taken.len(), count, "{caller:?}");
        taken
    }

    #[test]
    fn there_are_so_many_places_and_nobody_takes_all() {
        let places = Places::default();
        let app = of(1, Scope::App(AppId::from_number(1)));
        let mut of_app = take(&places, app, LIVE_STREAMS_PER_APP_MAX);
        let left = LIVE_STREAMS_PER_ORGANIZATION_MAX - LIVE_STREAMS_PER_APP_MAX;
        let own = take(&places, of(1, Scope::Read), left);
        assert!(places.take(of(1, Scope::Admin)).is_none());
        let others = take(&places, of(2, Scope::Admin), LIVE_STREAMS_MAX - LIVE_STREAMS_PER_ORGANIZATION_MAX);
        assert!(places.take(of(3, Scope::Admin)).is_none());
        of_app.pop();
        of_app.extend(take(&places, app, 1));
        of_app.pop();
        of_app.extend(take(&places, of(3, Scope::Admin), 1));
        drop((of_app, own, others));
        let taken = places.taken();
        assert_eq!((taken.all, taken.of_organizations.len(), taken.of_apps.len()), (0, 0, 0));
    }
}
