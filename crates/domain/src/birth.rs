//! How fresh deliveries come into the world: leased to the node that accepts them, which sends them from memory, or
//! waiting in the store where that node has no room for them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::id::{EndpointId, IdSet};
use crate::lease::Lease;
use crate::time::Timestamp;

/// What the accepting node says about the deliveries of one acceptance.
#[derive(Clone, Debug)]
pub struct Birth {
    /// The node, or `None` if it keeps nothing.
    pub lease: Option<Lease>,
    /// Lanes whose fresh deliveries wait in the store all the same.
    pub crowded: Arc<Crowded>,
    /// How much of this acceptance the node has room for.
    pub room: Arc<Room>,
    /// When it is: from then on, what waits may be claimed. (The ids' time may be ahead of the clock.)
    pub now: Timestamp,
}

impl Birth {
    /// The node that keeps a delivery to `endpoint` whose message has a payload of this size; `None` if it waits in
    /// the store. Each answer takes its room.
    pub fn keeper(&self, endpoint: EndpointId, payload_bytes: usize) -> Option<Lease> {
        self.lease.filter(|_| !self.crowded.contains(endpoint) && self.room.take(payload_bytes))
    }
}

/// Room in a node's memory, set aside for one acceptance.
#[derive(Debug, Default)]
pub struct Room {
    deliveries: AtomicUsize,
    payload_bytes: AtomicUsize,
}

impl Room {
    /// Room for so many deliveries, whose payloads together have so many bytes.
    pub fn new(deliveries: usize, payload_bytes: usize) -> Self {
        Self { deliveries: deliveries.into(), payload_bytes: payload_bytes.into() }
    }

    /// Takes the room for one delivery, if it is there.
    fn take(&self, payload_bytes: usize) -> bool {
        let less = |room: &AtomicUsize, by: usize| {
            room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(by)).is_ok()
        };
        if !less(&self.deliveries, 1) {
            return false;
        }
        let fits = less(&self.payload_bytes, payload_bytes);
        if !fits {
            self.deliveries.fetch_add(1, Ordering::Relaxed);
        }
        fits
    }
}

/// The endpoints whose lanes take no fresh deliveries at present. Shared between the scheduler, which writes it,
/// and acceptances under way, which read it: it is advice, and a late reading does no harm.
#[derive(Debug, Default)]
pub struct Crowded(RwLock<IdSet<EndpointId>>);

impl Crowded {
    /// Whether the endpoint's fresh deliveries should wait in the store.
    pub fn contains(&self, endpoint: EndpointId) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains(&endpoint)
    }

    /// Says whether they should.
    pub fn set(&self, endpoint: EndpointId, crowded: bool) {
        let mut endpoints = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if crowded {
            endpoints.insert(endpoint);
        } else {
            endpoints.remove(&endpoint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::MAX;

    fn birth(lease: Option<Lease>, room: Room) -> Birth {
        Birth { lease, crowded: Arc::default(), room: Arc::new(room), now: NOW }
    }

    fn check(birth: &Birth, endpoint: i64, payload_bytes: usize, kept: bool) {
        let keeper = birth.keeper(EndpointId::from_number(endpoint), payload_bytes);
        assert_eq!(keeper, kept.then_some(Lease(5)), "{birth:?}");
    }

    #[test]
    fn a_node_takes_no_more_than_it_has_room_for() {
        let birth = birth(Some(Lease(5)), Room::new(3, 100));
        check(&birth, 1, 60, true);
        check(&birth, 1, 60, false);
        check(&birth, 1, 40, true);
        check(&birth, 1, 0, true);
        check(&birth, 1, 0, false);
    }

    #[test]
    fn what_is_crowded_or_has_no_node_waits() {
        let crowded = birth(Some(Lease(5)), Room::new(3, 100));
        crowded.crowded.set(EndpointId::from_number(2), true);
        check(&crowded, 2, 1, false);
        check(&crowded, 1, 1, true);
        check(&birth(None, Room::new(3, 100)), 1, 1, false);
    }
}
