//! Whose turn it is: apps take turns, and within an app its endpoints. An app that is called as fast as it may be is put
//! aside with its endpoints, so that each of them keeps its place.

use std::collections::VecDeque;

use domain::id::{AppId, EndpointId, IdMap, IdSet};

/// The lanes that are ready.
#[derive(Debug, Default)]
pub(super) struct Rotation {
    apps: VecDeque<AppId>,
    endpoints: IdMap<AppId, VecDeque<EndpointId>>,
    aside: IdSet<AppId>,
}

impl Rotation {
    /// Puts a lane at the end of its app's turn. The caller sees to it that a lane is in it only once.
    pub(super) fn put(&mut self, app: AppId, endpoint: EndpointId) {
        self.of_app(app).push_back(endpoint);
    }

    /// Puts a lane at the beginning of its app's turn, because it has begun already.
    pub(super) fn put_first(&mut self, app: AppId, endpoint: EndpointId) {
        self.of_app(app).push_front(endpoint);
    }

    fn of_app(&mut self, app: AppId) -> &mut VecDeque<EndpointId> {
        let endpoints = self.endpoints.entry(app).or_default();
        if endpoints.is_empty() && !self.aside.contains(&app) {
            self.apps.push_back(app);
        }
        endpoints
    }

    /// Whose turn is next.
    pub(super) fn next_app(&self) -> Option<AppId> {
        self.apps.front().copied()
    }

    /// Takes the lane whose turn it is; its app's next turn comes after that of all other apps.
    pub(super) fn take(&mut self) -> Option<EndpointId> {
        let app = self.apps.pop_front()?;
        let endpoints = self.endpoints.get_mut(&app)?;
        let endpoint = endpoints.pop_front()?;
        if endpoints.is_empty() {
            self.endpoints.remove(&app);
        } else {
            self.apps.push_back(app);
        }
        Some(endpoint)
    }

    /// Puts the app whose turn is next aside.
    pub(super) fn put_aside(&mut self) {
        self.aside.extend(self.apps.pop_front());
    }

    /// Lets an app that was put aside take turns again.
    pub(super) fn bring_back(&mut self, app: AppId) {
        if self.aside.remove(&app) && self.endpoints.contains_key(&app) {
            self.apps.push_back(app);
        }
    }

    /// How many lanes of an app wait for their turn.
    pub(super) fn waiting(&self, app: AppId) -> usize {
        self.endpoints.get(&app).map_or(0, VecDeque::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rotation() -> Rotation {
        let mut rotation = Rotation::default();
        for (app, endpoint) in [(1, 10), (1, 11), (1, 12), (2, 20), (3, 30), (3, 31)] {
            rotation.put(AppId::from_number(app), EndpointId::from_number(endpoint));
        }
        rotation
    }

    fn order(rotation: &mut Rotation) -> Vec<i64> {
        std::iter::from_fn(|| rotation.take()).map(EndpointId::number).collect()
    }

    #[test]
    fn apps_take_turns_before_endpoints_do() {
        assert_eq!(order(&mut rotation()), [10, 20, 30, 11, 31, 12]);
    }

    #[test]
    fn an_app_that_is_put_aside_keeps_the_order_of_its_endpoints() {
        let mut rotation = rotation();
        rotation.put_aside();
        rotation.put(AppId::from_number(1), EndpointId::from_number(13));
        rotation.put_first(AppId::from_number(1), EndpointId::from_number(14));
        assert_eq!(order(&mut rotation), [20, 30, 31]);
        assert_eq!(rotation.waiting(AppId::from_number(1)), 5);
        rotation.bring_back(AppId::from_number(1));
        rotation.bring_back(AppId::from_number(1));
        assert_eq!(order(&mut rotation), [14, 10, 11, 12, 13]);
    }
}
