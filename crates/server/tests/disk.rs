//! What the program does when its disk is full, read-only, failing or slow, or when its files vanish: it says so,
//! acknowledges nothing that it has not stored, and loses nothing that it has acknowledged.
//!
//! Some of these need root, loop devices or strace; elsewhere they say so and are skipped.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "disk/failing.rs"]
mod failing;
#[path = "disk/full.rs"]
mod full;
#[path = "disk/read_only.rs"]
mod read_only;
#[path = "disk/slow.rs"]
mod slow;
#[path = "disk/vanishing.rs"]
mod vanishing;

#[expect(dead_code, reason = "each test uses a part of what they share")]
mod support;

use std::time::Duration;

use support::program::Program;

/// Retries come fast, so that everything ends soon.
const ARGUMENTS: [&str; 4] = ["--retry-schedule", "100ms,200ms,300ms", "--request-timeout", "500ms"];
/// For what must be over soon, on a slow machine.
const SOON: Duration = Duration::from_secs(20);

/// Waits until the program has ended because of its store: not in order, and with one line that says why.
#[track_caller]
fn check_it_ended_loudly(program: &mut Program) {
    assert_eq!(program.wait(SOON).code(), Some(1));
    let log = support::patience::eventually("the end of the log", || program.stderr.ended());
    let errors: Vec<&str> = log.lines().filter(|line| line.contains("\"error\"")).collect();
    assert_eq!(errors.len(), 1, "one line per problem: {log}");
}
