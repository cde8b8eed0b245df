//! The article's system, row by row, against the real program and real receivers: each wire fact as it is written.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "seed/calls.rs"]
mod calls;
#[path = "seed/candidates.rs"]
mod candidates;
#[path = "seed/changes.rs"]
mod changes;
#[path = "seed/events.rs"]
mod events;
#[path = "seed/executions.rs"]
mod executions;
#[path = "seed/history.rs"]
mod history;
#[path = "seed/verification.rs"]
mod verification;
#[path = "seed/webhooks.rs"]
mod webhooks;

#[expect(dead_code, reason = "each test program uses a part of the support")]
mod support;

use support::program::Program;

/// The program, its data, and nothing in it.
fn dev(arguments: &[&str]) -> (tempfile::TempDir, Program) {
    let data = tempfile::tempdir().unwrap();
    let program = Program::dev(data.path(), arguments);
    (data, program)
}
