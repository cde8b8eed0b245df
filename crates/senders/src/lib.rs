//! Sends requests to receivers, which belong to other people: every address is judged before a connection is
//! made to it, and every attempt is bounded in time and in bytes, whatever the receiver does.
//!
//! It never follows a redirect, never repeats a request, never asks the environment for a proxy, and never
//! connects to an address that was not judged.

mod auth;
mod body;
mod budget;
mod call;
mod chunks;
mod connect;
mod connection;
mod head;
mod http;
mod identities;
mod message;
mod pool;
mod progress;
mod resolve;
mod response;
mod settings;
mod socket;
mod tls;
mod tokens;

pub use self::http::HttpSender;
pub use self::settings::{Settings, SetupError};
