//! The real program is taken at its word: Schemathesis calls every operation of the API with what its description allows
//! and with what it does not (see `clients/README.md`). What it needs, `make clients` makes ready.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "each test program uses a part of the support")]
mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use support::notice::say;
use support::patience::Patience;
use support::program::{Lines, Program};

/// What can be derived from the description alone: each time the same calls, in the same order.
const DERIVED: [&str; 2] = ["--phases", "examples,coverage"];
/// All that it can think of, for ten minutes.
const SEARCHED: [&str; 2] = ["--max-time", "600"];
/// How long it may take to come to its end after that.
const CHECK_TIME_MAX: Duration = Duration::from_secs(900);

#[test]
#[ignore = "needs what `make clients` installs"]
fn answers_are_as_described() {
    check(DERIVED);
}

#[test]
#[ignore = "takes ten minutes: `make search`"]
fn answers_are_as_described_whatever_is_asked() {
    check(SEARCHED);
}

fn check(how: [&str; 2]) {
    let data = tempfile::tempdir().unwrap();
    let program = Program::serve(data.path(), &["--allow-network", "127.0.0.0/8"]);
    let key = program.stdout.wait("the admin key is").rsplit(' ').next().unwrap().to_owned();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut check = Command::new(root.join("target/clients/schemathesis/bin/python"));
    check
        .arg(root.join("clients/schemathesis/run.py"))
        .arg(format!("http://{}", program.api()))
        .arg(key)
        .args(how);
    // What it learns it writes where it runs; each run is to begin with nothing.
    check.current_dir(data.path());
    let mut check = check.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stdout = Lines::of(check.stdout.take().unwrap());
    let stderr = Lines::of(check.stderr.take().unwrap());
    let status = Patience::of(CHECK_TIME_MAX).wait("the check ends", || check.try_wait().unwrap());
    assert!(status.success(), "{}\n{}", stdout.text(), stderr.text());
    // The answers alone would not tell of a panic.
    assert!(!program.stderr.text().contains("panicked"), "{}", program.stderr.text());
    let count = stdout.all().into_iter().find(|line| line.contains("generated"));
    say(count.expect("a check says how many calls it made").trim());
}
