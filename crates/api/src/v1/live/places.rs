//! How many may watch at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::id::AppId;
use domain::key::{Caller, Scope};
use domain::limits::{LIVE_STREAMS_MAX, LIVE_STREAMS_PER_APP_MAX};

/// Places of those who watch.
#[derive(Clone, Default)]
pub(crate) struct Places(Arc<Mutex<Taken>>);

#[derive(Default)]
struct Taken {
    all: usize,
    /// Those of keys of one app, by the app.
    of_apps: HashMap<AppId, usize>,
}

/// The place of one who watches, given back when it is dropped.
pub(super) struct Place {
    places: Places,
    app: Option<AppId>,
}

impl Places {
    /// Takes a place for a caller, if there is one.
    pub(super) fn take(&self, caller: Caller) -> Option<Place> {
        let app = if let Scope::App(app) = caller.scope { Some(app) } else { None };
        let mut taken = self.taken();
        if taken.all >= LIVE_STREAMS_MAX {
            return None;
        }
        if let Some(app) = app {
            let of_app = taken.of_apps.entry(app).or_default();
            if *of_app >= LIVE_STREAMS_PER_APP_MAX {
                return None;
            }
            *of_app += 1;
        }
        taken.all += 1;
        Some(Place { places: self.clone(), app })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all -= 1;
        let Some(app) = self.app else { return };
        let of_app = taken.of_apps.get_mut(&app).expect("it was counted when the place was taken");
        *of_app -= 1;
        if *of_app == 0 {
            taken.of_apps.remove(&app);
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::organization::Organization;

    use super::*;

    fn of(scope: Scope) -> Caller {
        Caller { organization: Organization::DEFAULT, scope }
    }

    #[test]
    fn there_are_so_many_places_and_no_app_takes_all() {
        let places = Places::default();
        let one = of(Scope::App(AppId::from_number(1)));
        let mut taken: Vec<Place> =
            (0..LIVE_STREAMS_PER_APP_MAX).map(|_| places.take(one).unwrap()).collect();
        assert!(places.take(one).is_none());
        while taken.len() < LIVE_STREAMS_MAX {
            taken.push(places.take(of(Scope::Read)).unwrap());
        }
        assert!(places.take(of(Scope::Admin)).is_none());
        taken.remove(0);
        assert!(places.take(one).is_some());
        drop(taken);
        assert!(places.taken().of_apps.is_empty());
        assert_eq!(places.taken().all, 0);
    }
}
