//! `kill -9` under load, again and again: nothing that was acknowledged is lost, nothing that was refused arrives,
//! the history tells the truth, and every duplicate is marked.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test may fail, and says so")]

#[path = "crash/syscalls.rs"]
mod syscalls;

#[expect(dead_code, reason = "each test uses a part of what they share")]
mod support;

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use support::load::Load;
use support::program::Program;
use support::truth::Truth;

/// Retries come fast, so that everything ends soon after the last kill.
const ARGUMENTS: [&str; 4] = ["--retry-schedule", "100ms,200ms,300ms", "--request-timeout", "500ms"];

#[test]
fn twenty_kills() {
    kill_again_and_again(20);
}

#[test]
#[ignore = "takes up to an hour: make crash"]
fn five_hundred_kills() {
    kill_again_and_again(500);
}

/// A hanging receiver holds sixteen attempts at a time, half a second each, and its load grows with the kills.
fn patience(kills: usize) -> Duration {
    Duration::from_secs(240) + Duration::from_secs(5) * u32::try_from(kills).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "each run kills at other moments, and prints its seed")]
fn kill_again_and_again(kills: usize) {
    let seed = rand::random();
    eprintln!("the moments of the kills follow from seed {seed}");
    let mut moments = StdRng::seed_from_u64(seed);
    let data = tempfile::tempdir().unwrap();
    let mut program = Program::dev(data.path(), &ARGUMENTS);
    let load = Load::begin(&mut program);
    for _ in 0..kills {
        std::thread::sleep(Duration::from_millis(moments.random_range(20..500)));
        program.kill();
        program = Program::dev(data.path(), &ARGUMENTS);
        load.goes_to(program.api());
    }
    let ledger = load.end();
    let truth = Truth::after_everything_has_ended(&mut program, patience(kills));
    program.signal("TERM");
    assert!(program.wait(Duration::from_secs(30)).success(), "it stops in order");
    truth.check(&ledger);
    truth.check_integrity(data.path());
    let duplicates = truth.duplicates(&ledger);
    eprintln!(
        "{kills} kills: {} acknowledged, {} calls received, {duplicates} of them duplicates, all marked",
        ledger.acknowledged().len(),
        ledger.receipts().len(),
    );
    assert_eq!(ledger.refusals(), Vec::<String>::new());
    assert!(ledger.acknowledged().len() > 10 * kills, "the load was no load");
}
