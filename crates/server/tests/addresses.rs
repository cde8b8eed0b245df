//! The address guard, from the registration to the connection that is not made.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "addresses/canary.rs"]
mod canary;
#[path = "addresses/cases.rs"]
mod cases;
#[path = "addresses/name_server.rs"]
mod name_server;
#[path = "addresses/names.rs"]
mod names;
#[path = "addresses/registration.rs"]
mod registration;

#[expect(dead_code, reason = "each test program uses a part of the support")]
mod support;

use std::path::Path;

use support::client::Client;
use support::program::Program;

/// `whimbrel serve`, and a client that has its key.
fn serve(data: &Path, arguments: &[&str]) -> (Program, Client) {
    let program = Program::serve(data, arguments);
    let line = program.stdout.wait("the admin key is");
    let client = program.client().with_key(line.rsplit(' ').next().unwrap());
    (program, client)
}
