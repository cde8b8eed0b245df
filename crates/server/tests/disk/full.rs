//! The disk is full, and has room again.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use super::{ARGUMENTS, SOON};
use crate::support::disk::Disk;
use crate::support::load::Load;
use crate::support::notice::{say, skipped};
use crate::support::patience::{Patience, eventually};
use crate::support::program::Program;
use crate::support::truth::Truth;

/// From the moment when there is room until requests are taken again.
const HEAL_TIME_MAX: Duration = Duration::from_secs(5);
const CYCLES: usize = 3;

#[test]
fn a_full_disk_refuses_requests_loses_nothing_and_heals() {
    let disk = match Disk::new(64) {
        Ok(disk) => disk,
        Err(why) => return skipped(&why),
    };
    let mut program = Program::dev(&disk.data(), &ARGUMENTS);
    let load = Load::begin(&mut program);
    load.pauses(Duration::from_millis(2));
    let ballast = disk.path().join("ballast");
    let mut slowest = Duration::ZERO;
    for _ in 0..CYCLES {
        wait_for_more(&load, SOON);
        let refused = load.ledger().refusals().len();
        fill(&ballast);
        eventually("refusals", || (load.ledger().refusals().len() > refused + 20).then_some(()));
        program.client().get("/health").expect(200);
        std::fs::remove_file(&ballast).unwrap();
        let patience = Patience::of(HEAL_TIME_MAX);
        wait_for_more(&load, HEAL_TIME_MAX);
        slowest = slowest.max(HEAL_TIME_MAX - patience.left());
    }
    let ledger = load.end();
    let truth = Truth::after_everything_has_ended(&mut program, Duration::from_secs(120));
    program.signal("TERM");
    assert!(program.wait(Duration::from_secs(30)).success(), "it stops in order");
    say(&format!(
        "{CYCLES} times full: {} of {} acknowledged lost, {} refused, healed within {slowest:?}",
        truth.lost(&ledger).len(),
        ledger.acknowledged().len(),
        ledger.refusals().len()
    ));
    truth.check(&ledger);
    truth.check_integrity(&disk.data());
    let other = ledger.refusals().into_iter().find(|why| !why.starts_with("no room left to store"));
    assert_eq!(other, None, "the reason is the full disk");
}

/// Waits until more is acknowledged than now.
fn wait_for_more(load: &Load, limit: Duration) {
    let before = load.ledger().acknowledged().len();
    let more = || (load.ledger().acknowledged().len() > before + 20).then_some(());
    Patience::of(limit).wait("requests are taken", more);
}

/// Writes until nothing more fits, not even a page.
fn fill(path: &Path) {
    let mut ballast = File::create(path).unwrap();
    for size in [1 << 20, 4096] {
        while ballast.write_all(&vec![7; size]).is_ok() {}
    }
}
