//! The store, kept in real databases: each implements the engine's ports, with the same files side by side.
//!
//! What a store has to do is said by the ports and shown by the engine's in-memory store; one conformance suite
//! and one differential test hold all of them to it.

mod limits;
#[cfg(feature = "sqlite")]
pub mod sqlite;
