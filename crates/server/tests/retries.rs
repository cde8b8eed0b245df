//! S6i and what surrounds it: when a call is tried again, when it is not, and what is kept of every attempt.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "retries/failures.rs"]
mod failures;
#[path = "retries/responses.rs"]
mod responses;
#[path = "retries/schedule.rs"]
mod schedule;

#[expect(dead_code, reason = "each test program uses a part of the support")]
mod support;

use serde_json::Value;

use support::client::Client;
use support::platform::{attempts, create, ended_call, register};
use support::program::Program;
use support::receiver::{Answer, Receiver};

/// The program, its data, and nothing in it.
fn dev(arguments: &[&str]) -> (tempfile::TempDir, Program) {
    let data = tempfile::tempdir().unwrap();
    let program = Program::dev(data.path(), arguments);
    (data, program)
}

/// A receiver that answers every call with these bytes.
fn raw(bytes: impl Into<Vec<u8>>) -> Receiver {
    let bytes = bytes.into();
    Receiver::new(move |_, _| Answer::Raw(bytes.clone()))
}

/// A call to `url`, for a company of its own, once it has ended, and its attempts.
#[track_caller]
fn call(client: &mut Client, company: &str, url: &str) -> (Value, Vec<Value>) {
    register(client, company, url);
    create(client, company);
    let call = ended_call(client, company);
    let attempts = attempts(client, &call);
    (call, attempts)
}
