//! W6: the receiver is down while messages are accepted, and comes back. Half-way the program dies and starts again.

use std::io;
use std::sync::Arc;

use serde::Serialize;

use super::one;
use crate::clock;
use crate::ledger::Ledger;
use crate::plan::Plan;
use crate::probe::{self, Raw};
use crate::program::{Place, Program};
use crate::receiver::Receiver;
use crate::say::say;
use crate::scenario::{PATIENCE, Scenario};

/// The figures of W6.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Backlog {
    pub(crate) messages: usize,
    /// While the receiver is down, in the tenth of the messages that took longest.
    pub(crate) slowest_acknowledged_per_s: f64,
    /// From the start of the process, after it was killed among them, until it listens again.
    pub(crate) ready_ms: f64,
    /// From the receiver's return until 99 of 100 have arrived; the others wait for the time of their retry.
    pub(crate) drained_per_s: f64,
    /// Before the program was killed or after, whichever is more.
    pub(crate) peak_mib: f64,
    pub(crate) repeated: usize,
    /// Before and after all of this.
    pub(crate) raw: Raw,
}

/// So many short pauses that no delivery is given up within eight minutes.
const RETRIES: &[&str] = &[
    "--endpoint-retry-schedule",
    "5s,5s,5s,5s,5s,5s,5s,5s,20s,20s,20s,20s,20s,20s,20s,20s,20s,20s,20s,20s,20s,20s,20s,20s,20s,20s,20s,20s,20s,20s,20s,20s",
];

/// The acceptance is measured in so many parts.
const PARTS: usize = 10;

/// Fills and drains a backlog.
pub(crate) fn run(plan: &Plan, place: &Place, connections: usize) -> io::Result<Backlog> {
    let requests = plan.backlog();
    let scenario = Scenario { connections, requests, arguments: RETRIES, ..one("W6") };
    let before = probe::raw(scenario.payload, connections)?;
    let ledger = Arc::new(Ledger::new(requests, 1));
    let program = Program::start(place, RETRIES)?;
    let receiver = Receiver::start(&ledger)?;
    scenario.register(&program, &receiver)?;
    let address = receiver.address;
    drop(receiver);
    say(format_args!("bench: W6, {requests} messages while the receiver is down ..."));
    let filled = fill(&scenario, place, program, &ledger)?;
    say("bench: W6, the receiver comes back ...");
    let back = clock::now();
    let receiver = Receiver::start_at(address, &ledger)?;
    let arrived = ledger.wait_for(requests, PATIENCE);
    if arrived < requests {
        return Err(io::Error::other(format!("W6: {arrived} of {requests} calls arrived")));
    }
    let most = ledger.arrived_by(0.99).unwrap_or(back);
    let peak_mib = filled.program.memory()?.peak_mib.max(filled.peak_mib);
    filled.program.stop()?;
    drop(receiver);
    Ok(Backlog {
        messages: requests,
        slowest_acknowledged_per_s: filled.slowest_per_s,
        ready_ms: filled.ready_ms,
        drained_per_s: 0.99 * requests as f64 / most.since(back).as_secs_f64(),
        peak_mib,
        repeated: ledger.repeated(),
        raw: before.between(probe::raw(scenario.payload, connections)?),
    })
}

/// A program with a backlog, and how it came to that.
struct Filled {
    program: Program,
    slowest_per_s: f64,
    ready_ms: f64,
    /// Of the one that was killed.
    peak_mib: f64,
}

fn fill(scenario: &Scenario, place: &Place, program: Program, ledger: &Ledger) -> io::Result<Filled> {
    let mut filled = Filled { program, slowest_per_s: f64::INFINITY, ready_ms: 0.0, peak_mib: 0.0 };
    for part in 0..PARTS {
        if part == PARTS / 2 {
            filled.dies(place)?;
        }
        let requests = scenario.requests * part / PARTS..scenario.requests * (part + 1) / PARTS;
        let count = requests.len() as f64;
        let loaded = scenario.load(&filled.program, ledger, requests)?;
        if loaded.refused > 0 || ledger.arrived() > 0 {
            return Err(io::Error::other(format!("W6: refused or delivered: {:?}", loaded.refusal)));
        }
        let per_s = count / loaded.ended.since(loaded.began).as_secs_f64();
        filled.slowest_per_s = filled.slowest_per_s.min(per_s);
    }
    Ok(filled)
}

impl Filled {
    /// Kills the program, and starts it again.
    fn dies(&mut self, place: &Place) -> io::Result<()> {
        self.peak_mib = self.program.memory()?.peak_mib;
        let key = self.program.door.key.clone();
        self.program.kill()?;
        self.program = Program::start_again(place, RETRIES, &key)?;
        self.ready_ms = self.program.ready_after.as_secs_f64() * 1e3;
        Ok(())
    }
}
