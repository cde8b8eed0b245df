//! Whose turn it is: apps take turns, and within an app its endpoints.

use std::collections::{HashMap, VecDeque};

use domain::id::{AppId, EndpointId};

/// The lanes that are ready.
#[derive(Debug, Default)]
pub(super) struct Rotation {
    apps: VecDeque<AppId>,
    endpoints: HashMap<AppId, VecDeque<EndpointId>>,
}

impl Rotation {
    /// Puts a lane at the end of its app's turn. The caller sees to it that a lane is in it only once.
    pub(super) fn put(&mut self, app: AppId, endpoint: EndpointId) {
        let endpoints = self.endpoints.entry(app).or_default();
        if endpoints.is_empty() {
            self.apps.push_back(app);
        }
        endpoints.push_back(endpoint);
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_take_turns_before_endpoints_do() {
        let mut rotation = Rotation::default();
        for (app, endpoint) in [(1, 10), (1, 11), (1, 12), (2, 20), (3, 30), (3, 31)] {
            rotation.put(AppId::from_number(app), EndpointId::from_number(endpoint));
        }
        let order: Vec<i64> = std::iter::from_fn(|| rotation.take()).map(EndpointId::number).collect();
        assert_eq!(order, [10, 20, 30, 11, 31, 12]);
    }
}
