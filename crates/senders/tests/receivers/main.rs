//! The sender against receivers, name servers and certificates that misbehave. All of them run in this
//! process, on loopback; nothing here needs a network.

#![expect(clippy::unwrap_used, reason = "a test's set-up may panic")]

mod receiver;
mod sending;

mod auth;
mod descriptors;
mod dns;
mod hostile;
mod mtls;
mod name_server;
mod oauth2;
mod pool;
mod proxy;
mod requests;
mod tls;
