//! The disk answers with an error. After a failed fsync the kernel may have forgotten what it could not write, and
//! the next fsync would succeed without it: so there is no next one.

use super::{ARGUMENTS, check_it_ended_loudly};
use crate::support::load::Load;
use crate::support::notice::{say, skipped};
use crate::support::program::{Program, dev_command};
use crate::support::strace::{self, SYNCS};
use crate::support::truth::Truth;

#[test]
fn a_failed_write_or_sync_acknowledges_nothing_and_ends_the_program() {
    if let Some(why) = strace::obstacle() {
        return skipped(&why);
    }
    for (calls, fault) in [
        (SYNCS, "error=EIO:when=40"),
        (SYNCS, "error=EIO:when=40+"),
        ("pwrite64", "error=EIO:when=300"),
        ("pwrite64", "error=EIO:when=301+"),
    ] {
        check(calls, fault);
    }
}

fn check(calls: &str, fault: &str) {
    let (data, traces) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut command = dev_command(data.path());
    let trace = traces.path().join("trace");
    let mut failing = strace::injecting(command.args(ARGUMENTS), calls, fault, &trace);
    let mut program = Program::ready(&mut failing);
    let load = Load::begin(&mut program);
    check_it_ended_loudly(&mut program);
    let ledger = load.end();
    assert!(std::fs::read_to_string(trace).unwrap().contains("(INJECTED)"), "it ended for another reason");
    assert!(ledger.acknowledged().len() > 10, "the load was no load");
    let program = Program::dev(data.path(), &ARGUMENTS);
    let lost = Truth::now(&program).lost(&ledger);
    say(&format!("{calls} {fault}: {} of {} acknowledged lost", lost.len(), ledger.acknowledged().len()));
    assert_eq!(lost, Vec::<String>::new());
}
