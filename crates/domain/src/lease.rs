//! The exclusive right of one node to attempt a delivery.

/// The name of a node's life: it rises with every start, so a lease of an earlier life is known to be dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lease(pub i64);
