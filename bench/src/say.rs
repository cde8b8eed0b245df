//! What is told while the benchmark runs, and in the end.

use std::fmt;
use std::io::Write as _;

/// Prints a line, or more.
pub(crate) fn say(text: impl fmt::Display) {
    // Whoever listens may have gone; the work goes on.
    let _ = writeln!(std::io::stdout(), "{text}");
}
