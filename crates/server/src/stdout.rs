//! Lines on standard output: what a person or a script that started the program wants to know. Problems are not
//! said here but logged.

use std::fmt::Display;
use std::io::Write;

/// Prints a line at once. That nobody reads it any more is no reason to stop.
pub(crate) fn say(line: impl Display) {
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}
