//! The power is cut under load, again and again: the disk then has what the program forced onto it and nothing
//! else, and nothing that was acknowledged may be missing. Two controls show that the method finds losses.
//!
//! It needs root and loop devices; elsewhere it says so and is skipped.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "powercut/controls.rs"]
mod controls;

#[expect(dead_code, reason = "each test uses a part of what they share")]
mod support;

use std::path::Path;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use support::disk::Disk;
use support::load::Load;
use support::notice::{say, skipped};
use support::patience::Patience;
use support::program::Program;
use support::truth::Truth;

/// Retries come fast, so that everything ends soon after the last cut.
const ARGUMENTS: [&str; 4] = ["--retry-schedule", "100ms,200ms,300ms", "--request-timeout", "500ms"];
/// From its start until it serves, whatever the cut left to be mended.
const START_TIME_MAX: Duration = Duration::from_secs(2);
/// With it, the kernel has no reason to write anything by itself: what is lost then, shows.
const GENTLE: Duration = Duration::from_millis(10);

#[test]
fn six_cuts() {
    cut_again_and_again(6);
}

#[test]
#[ignore = "takes minutes: make powercut"]
fn two_hundred_cuts() {
    (0..10).for_each(|_| cut_again_and_again(20));
}

#[expect(clippy::disallowed_methods, reason = "each run cuts at other moments, and prints its seed")]
fn cut_again_and_again(cuts: usize) {
    let mut disk = match Disk::new(256) {
        Ok(disk) => disk,
        Err(why) => return skipped(&why),
    };
    let seed = rand::random();
    say(&format!("the moments of the cuts follow from seed {seed}"));
    let mut moments = StdRng::seed_from_u64(seed);
    let mut program = Program::dev(&disk.data(), &ARGUMENTS);
    let load = Load::begin(&mut program);
    let mut slowest = Duration::ZERO;
    for cut in 0..cuts {
        load.pauses(if cut % 2 == 0 { GENTLE } else { Duration::ZERO });
        std::thread::sleep(Duration::from_millis(moments.random_range(50..700)));
        program.pause();
        let image = disk.image_now();
        program.kill();
        disk.becomes(image);
        let patience = Patience::of(START_TIME_MAX);
        program = Program::dev(&disk.data(), &ARGUMENTS);
        assert!(!patience.left().is_zero(), "it took too long to start");
        slowest = slowest.max(START_TIME_MAX - patience.left());
        load.goes_to(program.api());
        check_integrity(&disk.data());
    }
    let ledger = load.end();
    let truth = Truth::after_everything_has_ended(&mut program, Duration::from_secs(240));
    program.signal("TERM");
    assert!(program.wait(Duration::from_secs(30)).success(), "it stops in order");
    let (acknowledged, lost) = (ledger.acknowledged().len(), truth.lost(&ledger).len());
    say(&format!(
        "{cuts} power cuts: {lost} of {acknowledged} acknowledged lost, {} duplicates, slowest start {slowest:?}",
        truth.duplicates(&ledger)
    ));
    truth.check(&ledger);
    truth.check_integrity(&disk.data());
    assert!(acknowledged > 10 * cuts, "the load was no load");
}

fn check_integrity(data: &Path) {
    let connection = rusqlite::Connection::open(data.join("whimbrel.db")).unwrap();
    let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}
