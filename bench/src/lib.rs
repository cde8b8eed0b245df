//! The benchmark: how close the program comes to what the machine can do.
//!
//! Each workload runs the real program with durable defaults, sends it requests and receives its calls. Before and
//! after each, `raw` measures the same load posting the same payload straight to the same receiver; results are
//! ratios to that, because times of shared machines mean little by themselves.

#![cfg(target_os = "linux")]

mod clock;
mod histogram;
mod ledger;
mod load;
mod plan;
mod poll;
mod probe;
mod program;
mod receiver;
mod report;
mod say;
mod scenario;
mod template;
mod usage;
mod wire;
mod workloads;

use std::process::ExitCode;

use clap::Parser as _;

use crate::plan::Plan;
use crate::say::say;

/// Runs the workloads that the command line asks for.
pub fn main() -> ExitCode {
    match run(&Plan::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("bench: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(plan: &Plan) -> std::io::Result<()> {
    let place = plan.place()?;
    let report = workloads::run(plan, &place);
    place.clear()?;
    let report = report?;
    say(&report);
    std::fs::write(plan.json()?, report.to_json())
}
