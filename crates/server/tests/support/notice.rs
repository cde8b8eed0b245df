//! Lines that are seen although the test passes: figures, and why a test was skipped.

use std::io::Write as _;

/// Writes to standard error past the test runner, which keeps what is printed by a test that passes.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Says that a test was skipped, and why.
pub(crate) fn skipped(why: &str) {
    say(&format!("SKIPPED {}: {why}", std::thread::current().name().unwrap_or("a test")));
}
