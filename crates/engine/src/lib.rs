//! The flow: a message is accepted, claimed, delivered and settled. One file per step; a step never calls the
//! next one. [`worker`] strings them together for a server.
//!
//! The engine knows the world only through [`ports`]. It never names a database, a socket or a clock.

pub mod ports;

pub mod accept;
pub mod claim;
pub mod deliver;
pub mod replay;
pub mod settle;
pub mod sweep;

pub mod guard;
pub mod lanes;
pub mod live;
pub mod worker;

pub mod desk;
pub mod doors;

#[cfg(test)]
mod samples;
