//! W10: how fast the program is there, and what it needs while it has nothing to do.

use std::io;

use serde::Serialize;

use crate::plan::Plan;
use crate::program::{Place, Program};

/// The figures of W10.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Idle {
    /// From the start of the process until it listens, with an empty store: the median of some starts.
    pub(crate) ready_ms: f64,
    pub(crate) resident_mib: f64,
    /// Of one processor.
    pub(crate) cpu_percent: f64,
}

const STARTS: usize = 5;

/// Starts the program some times, and watches the last one.
pub(crate) fn run(plan: &Plan, place: &Place) -> io::Result<Idle> {
    let mut ready_ms = Vec::new();
    for _ in 1..STARTS {
        let program = Program::start(place, &[])?;
        ready_ms.push(program.ready_after.as_secs_f64() * 1e3);
        program.stop()?;
    }
    let program = Program::start(place, &[])?;
    ready_ms.push(program.ready_after.as_secs_f64() * 1e3);
    ready_ms.sort_by(f64::total_cmp);
    let before = program.usage()?;
    std::thread::sleep(plan.idle());
    let used = program.usage()?.cpu.saturating_sub(before.cpu);
    let resident_mib = program.memory()?.resident_mib;
    program.stop()?;
    let cpu_percent = 100.0 * used.as_secs_f64() / plan.idle().as_secs_f64();
    Ok(Idle { ready_ms: ready_ms[STARTS / 2], resident_mib, cpu_percent })
}
