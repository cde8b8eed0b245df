//! The rules of Whimbrel: what is accepted, where it goes, how it is tried, what follows from an answer.
//!
//! Nothing here waits, reads, writes, looks at a clock or draws a random number. Time and chance come in as
//! arguments, so every rule can be tested with a table of cases and simulated for years within seconds.
//!
//! The modules stand in the order in which a message meets them.

pub mod limits;
pub mod time;
pub mod id;
pub mod name;
pub mod revision;
pub mod metadata;
pub mod permutation;
pub mod throttle;

pub mod organization;
pub mod key;
pub mod app;
pub mod event_type;
pub mod schema;
pub mod resource;
pub mod change;
pub mod event;
pub mod pattern;
pub mod rule;
pub mod payload;
pub mod message;
pub mod subscription;
pub mod headers;
pub mod receiver_auth;
pub mod endpoint;
pub mod route;
pub mod lease;
pub mod birth;
pub mod delivery;

pub mod secret;
pub mod secrets;
pub mod sign;
pub mod target;
pub mod address;
pub mod attempt;
pub mod retry;
pub mod breaker;
pub mod execution;
pub mod notice;
pub mod task;
pub mod latencies;
pub mod counts;
pub mod trouble;
