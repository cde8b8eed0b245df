//! The program is killed at a chosen system call of a thread: before it writes, before it syncs, before it answers
//! or calls. Random moments seldom hit these.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::ARGUMENTS;
use crate::support::load::Load;
use crate::support::notice::{say, skipped};
use crate::support::patience::Patience;
use crate::support::program::{Program, dev_command};
use crate::support::strace::{self, SYNCS};
use crate::support::truth::Truth;

/// Calls, and how many of them a thread makes at least within a second or two.
const CALLS: [(&str, usize); 4] =
    [("pwrite64", 400), (SYNCS, 60), ("writev,sendto", 60), ("recvfrom,read", 300)];
/// A call that was not made until then is not made.
const LIFE_TIME_MAX: Duration = Duration::from_secs(2);

#[test]
fn twenty_kills_at_system_calls() {
    kill_at_system_calls(20);
}

#[test]
#[ignore = "takes minutes: make crash"]
fn a_thousand_kills_at_system_calls() {
    (0..20).for_each(|_| kill_at_system_calls(50));
}

#[expect(clippy::disallowed_methods, reason = "each run kills at other calls, and prints its seed")]
fn kill_at_system_calls(kills: usize) {
    if let Some(why) = strace::obstacle() {
        return skipped(&why);
    }
    let seed = rand::random();
    say(&format!("the system calls follow from seed {seed}"));
    let mut chance = StdRng::seed_from_u64(seed);
    let (data, traces) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let trace = traces.path().join("trace");
    let mut program = Program::dev(data.path(), &ARGUMENTS);
    let load = Load::begin(&mut program);
    let mut hits = 0;
    for kill in 0..kills {
        program.kill();
        let (calls, count) = CALLS[kill % CALLS.len()];
        let time = chance.random_range(1..=count);
        let mut command = dev_command(data.path());
        program = Program::start(&mut strace::killing(command.args(ARGUMENTS), calls, time, &trace));
        hits += usize::from(lives_shortly(&mut program, &load));
    }
    program.kill();
    program = Program::dev(data.path(), &ARGUMENTS);
    load.goes_to(program.api());
    let ledger = load.end();
    let truth = Truth::after_everything_has_ended(&mut program, Duration::from_secs(240));
    program.signal("TERM");
    assert!(program.wait(Duration::from_secs(30)).success(), "it stops in order");
    say(&format!(
        "{hits} of {kills} kills at system calls: {} of {} acknowledged lost, {} duplicates",
        truth.lost(&ledger).len(),
        ledger.acknowledged().len(),
        truth.duplicates(&ledger)
    ));
    truth.check(&ledger);
    truth.check_integrity(data.path());
    assert!(hits > kills / 2, "the calls are not made");
}

/// Lets the program serve until its end; answers whether that came by itself.
fn lives_shortly(program: &mut Program, load: &Load) -> bool {
    let patience = Patience::of(LIFE_TIME_MAX);
    let mut is_served = false;
    patience.wait("its end, or the end of our patience", || {
        if !is_served && program.is_listening() {
            load.goes_to(program.api());
            is_served = true;
        }
        let ended = program.ended().is_some();
        (ended || patience.left() < LIFE_TIME_MAX / 20).then_some(ended)
    })
}
