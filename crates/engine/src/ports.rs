//! What the engine needs from the world. Adapters implement these; the engine holds them as `Arc<dyn …>`.

pub mod catalog;
pub mod chance;
pub mod clock;
pub mod fault;
pub mod history;
pub mod inbox;
pub mod keyring;
pub mod memory;
pub mod page;
pub mod queue;
pub mod sender;
pub mod statistics;
pub mod store;
pub mod tasks;
