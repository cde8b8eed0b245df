//! W6: the receiver is down while messages are accepted, and comes back.

use std::io;
use std::sync::Arc;

use serde::Serialize;

use super::one;
use crate::clock;
use crate::ledger::Ledger;
use crate::plan::Plan;
use crate::program::{Place, Program};
use crate::receiver::Receiver;
use crate::scenario::{PATIENCE, Scenario};

/// The figures of W6.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Backlog {
    pub(crate) messages: usize,
    /// While the receiver is down.
    pub(crate) acknowledged_per_s: f64,
    /// From the receiver's return until 99 of 100 have arrived; the others wait for the time of their retry.
    pub(crate) drained_per_s: f64,
    pub(crate) peak_mib: f64,
    pub(crate) repeated: usize,
}

/// So many short pauses that no delivery is given up.
const RETRIES: &[&str] = &[
    "--retry-schedule",
    "5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s",
];

/// Fills and drains a backlog.
pub(crate) fn run(plan: &Plan, place: &Place, connections: usize) -> io::Result<Backlog> {
    let messages = plan.backlog();
    let scenario = Scenario { connections, requests: messages, arguments: RETRIES, ..one("W6") };
    let ledger = Arc::new(Ledger::new(messages, 1));
    let program = Program::start(place, scenario.arguments)?;
    let receiver = Receiver::start(&ledger)?;
    scenario.register(&program, &receiver)?;
    let address = receiver.address;
    drop(receiver);
    let loaded = scenario.load(&program, &ledger)?;
    if loaded.refused > 0 || ledger.arrived() > 0 {
        return Err(io::Error::other(format!("W6: refused or delivered: {:?}", loaded.refusal)));
    }
    let back = clock::now();
    let receiver = Receiver::start_at(address, &ledger)?;
    let arrived = ledger.wait_for(messages, PATIENCE);
    if arrived < messages {
        return Err(io::Error::other(format!("W6: {arrived} of {messages} calls arrived")));
    }
    let most = ledger.arrived_by(0.99).unwrap_or(back);
    let peak_mib = program.memory()?.peak_mib;
    program.stop()?;
    drop(receiver);
    Ok(Backlog {
        messages,
        acknowledged_per_s: messages as f64 / loaded.ended.since(loaded.began).as_secs_f64(),
        drained_per_s: 0.99 * messages as f64 / most.since(back).as_secs_f64(),
        peak_mib,
        repeated: ledger.repeated(),
    })
}
