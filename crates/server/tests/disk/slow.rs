//! A disk that takes 200 ms for each fsync: what comes meanwhile shares the next one.

use super::{ARGUMENTS, SOON};
use crate::support::load::Load;
use crate::support::notice::{say, skipped};
use crate::support::patience::Patience;
use crate::support::program::{Program, dev_command};
use crate::support::strace::{self, SYNCS};

const CLIENTS: usize = 300;

#[test]
fn requests_share_the_syncs_of_a_slow_disk() {
    if let Some(why) = strace::obstacle() {
        return skipped(&why);
    }
    let (data, traces) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let trace = traces.path().join("trace");
    let mut command = dev_command(data.path());
    let mut slow = strace::injecting(command.args(ARGUMENTS), SYNCS, "delay_exit=200000", &trace);
    let mut program = Program::ready(&mut slow);
    let load = Load::begin_with(&mut program, CLIENTS);
    let syncs = || std::fs::read_to_string(&trace).unwrap().matches("sync(").count();
    let figures = || (load.ledger().acknowledged().len(), syncs());
    let reach = |count| {
        Patience::of(SOON).wait("acknowledgements", || Some(figures()).filter(|figures| figures.0 >= count))
    };
    let begin = reach(CLIENTS);
    let end = reach(begin.0 + 4 * CLIENTS);
    program.kill();
    let refusals = load.end().refusals();
    let (acknowledged, syncs) = (end.0 - begin.0, end.1 - begin.1);
    say(&format!("fsync of 200 ms, {CLIENTS} clients: {acknowledged} acknowledged with {syncs} fsyncs"));
    assert!(acknowledged >= 50 * syncs, "each sync carries many");
    assert_eq!(refusals, Vec::<String>::new());
}
