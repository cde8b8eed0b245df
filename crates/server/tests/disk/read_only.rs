//! The kernel finds a fault on the disk, and lets nobody write to it any more. What it holds of the last writes is
//! then not known to be on the disk, so the program ends, and a new one starts when somebody has mended the disk.

use super::{ARGUMENTS, check_it_ended_loudly};
use crate::support::disk::Disk;
use crate::support::load::Load;
use crate::support::notice::skipped;
use crate::support::patience::eventually;
use crate::support::program::{Program, dev_command};
use crate::support::truth::Truth;

#[test]
fn a_disk_that_turns_read_only_ends_the_program_and_loses_nothing() {
    let mut disk = match Disk::new(64) {
        Ok(disk) => disk,
        Err(why) => return skipped(&why),
    };
    let mut program = Program::dev(&disk.data(), &ARGUMENTS);
    let load = Load::begin(&mut program);
    eventually("requests are taken", || (load.ledger().acknowledged().len() > 100).then_some(()));
    disk.turns_read_only();
    check_it_ended_loudly(&mut program);
    let ledger = load.end();
    let mut refused = Program::start(dev_command(&disk.data()).args(ARGUMENTS));
    check_it_ended_loudly(&mut refused);
    let mended = disk.image_now();
    disk.becomes(mended);
    let program = Program::dev(&disk.data(), &ARGUMENTS);
    assert_eq!(Truth::now(&program).lost(&ledger), Vec::<String>::new());
}
