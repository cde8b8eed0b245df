//! Whose turn it is: apps take turns, and within an app its endpoints.

use std::collections::{HashMap, VecDeque};

use domain::id::{AppId, EndpointId};

/// Which lanes take turns with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Those without an attempt under way.
    Idle,
    /// The others.
    Busy,
}

/// In which rotations a lane is. One that changed its kind is in both until the old turn comes round.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    idle: bool,
    busy: bool,
}

impl Listed {
    /// Notes that a lane is put there; answers whether it was not there before.
    pub(super) fn insert(&mut self, turn: Turn) -> bool {
        !std::mem::replace(self.place(turn), true)
    }

    pub(super) fn remove(&mut self, turn: Turn) {
        *self.place(turn) = false;
    }

    fn place(&mut self, turn: Turn) -> &mut bool {
        match turn {
            Turn::Idle => &mut self.idle,
            Turn::Busy => &mut self.busy,
        }
    }
}

/// The lanes that are ready, in two rotations that alternate.
#[derive(Debug, Default)]
pub(super) struct Turns {
    idle: Rotation,
    busy: Rotation,
    busy_first: bool,
}

impl Turns {
    pub(super) fn put(&mut self, turn: Turn, app: AppId, endpoint: EndpointId) {
        match turn {
            Turn::Idle => self.idle.put(app, endpoint),
            Turn::Busy => self.busy.put(app, endpoint),
        }
    }

    pub(super) fn take(&mut self) -> Option<(Turn, EndpointId)> {
        self.busy_first = !self.busy_first;
        if self.busy_first {
            self.take_busy().or_else(|| self.take_idle())
        } else {
            self.take_idle().or_else(|| self.take_busy())
        }
    }

    pub(super) fn take_idle(&mut self) -> Option<(Turn, EndpointId)> {
        self.idle.take().map(|endpoint| (Turn::Idle, endpoint))
    }

    fn take_busy(&mut self) -> Option<(Turn, EndpointId)> {
        self.busy.take().map(|endpoint| (Turn::Busy, endpoint))
    }
}

/// One rotation.
#[derive(Debug, Default)]
struct Rotation {
    apps: VecDeque<AppId>,
    endpoints: HashMap<AppId, VecDeque<EndpointId>>,
}

impl Rotation {
    /// Puts a lane at the end of its app's turn.
    fn put(&mut self, app: AppId, endpoint: EndpointId) {
        let endpoints = self.endpoints.entry(app).or_default();
        if endpoints.is_empty() {
            self.apps.push_back(app);
        }
        endpoints.push_back(endpoint);
    }

    /// Takes the lane whose turn it is; its app's next turn comes after that of all other apps.
    fn take(&mut self) -> Option<EndpointId> {
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
