//! What the end-to-end tests share: the real program as a process, a small HTTP client, and receivers that do what
//! a test tells them. (A `support.rs` beside the tests would be taken for a test by Cargo, hence `mod.rs`.)

pub(crate) mod client;
pub(crate) mod disk;
pub(crate) mod jwt;
pub(crate) mod ledger;
pub(crate) mod load;
pub(crate) mod message;
pub(crate) mod notice;
pub(crate) mod patience;
pub(crate) mod platform;
pub(crate) mod program;
pub(crate) mod receiver;
pub(crate) mod strace;
pub(crate) mod truth;
