//! The command line, and the sizes that follow from it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::program::Place;

/// Measures Whimbrel on this machine
#[derive(Debug, clap::Parser)]
#[command(name = "bench")]
pub(crate) struct Plan {
    /// Small sizes: minutes instead of an hour
    #[arg(long)]
    quick: bool,

    /// Messages of the closed loops [default: 200000, with --quick 20000]
    #[arg(long, value_name = "COUNT")]
    messages: Option<usize>,

    /// Messages of W6, accepted while the receiver is down [default: 1000000, with --quick 50000]
    #[arg(long, value_name = "COUNT")]
    backlog: Option<usize>,

    /// Deliveries of W7, stored before it is measured [default: 1000000, with --quick 100000]
    #[arg(long, value_name = "COUNT")]
    stored: Option<usize>,

    /// Workloads to run, such as W1,W4 [default: all]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,

    /// Connections to try for W1; the best number is used for the others
    #[arg(long, value_name = "COUNTS", value_delimiter = ',', default_values_t = [16, 64, 256])]
    connections: Vec<usize>,

    /// The program [default: `whimbrel` beside this one]
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,

    /// Where the program keeps its data meanwhile; on a real disk [default: target/bench-data]
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<PathBuf>,

    /// Where the results are written [default: target/bench.json]
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Plan {
    /// Whether a workload is asked for.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only.eq_ignore_ascii_case(name))
    }

    /// Messages of a closed loop.
    pub(crate) fn messages(&self) -> usize {
        self.messages.unwrap_or(self.sized(20_000, 200_000))
    }

    /// Messages accepted while the receiver is down.
    pub(crate) fn backlog(&self) -> usize {
        self.backlog.unwrap_or(self.sized(50_000, 1_000_000))
    }

    /// Deliveries that are stored before the history is looked at.
    pub(crate) fn stored(&self) -> usize {
        self.stored.unwrap_or(self.sized(100_000, 1_000_000))
    }

    /// How often each list is asked for.
    pub(crate) fn asks(&self) -> usize {
        self.sized(100, 300)
    }

    /// How long an open loop goes on.
    pub(crate) fn open_loop(&self) -> Duration {
        self.sized(Duration::from_secs(8), Duration::from_secs(60))
    }

    /// How long the program is watched while it has nothing to do.
    pub(crate) fn idle(&self) -> Duration {
        self.sized(Duration::from_secs(10), Duration::from_secs(30))
    }

    /// The numbers of connections to try.
    pub(crate) fn connections(&self) -> &[usize] {
        &self.connections
    }

    /// The program and its data.
    pub(crate) fn place(&self) -> io::Result<Place> {
        let program = match &self.program {
            Some(program) => program.clone(),
            None => std::env::current_exe()?.with_file_name("whimbrel"),
        };
        let directory = self.data.clone().map_or_else(|| beside_profile("bench-data"), Ok)?;
        Ok(Place { program, directory })
    }

    /// Where the results are written.
    pub(crate) fn json(&self) -> io::Result<PathBuf> {
        self.json.clone().map_or_else(|| beside_profile("bench.json"), Ok)
    }

    fn sized<T>(&self, quick: T, full: T) -> T {
        if self.quick { quick } else { full }
    }
}

/// A path in the directory `target`.
fn beside_profile(name: &str) -> io::Result<PathBuf> {
    let profile = std::env::current_exe()?.with_file_name("");
    Ok(profile.parent().unwrap_or(&profile).join(name))
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Plan::command().debug_assert();
    }

    #[test]
    fn flags_override_sizes_and_choose_workloads() {
        let plan = Plan::parse_from(["bench", "--quick", "--messages", "7", "--only", "w1,W4"]);
        assert_eq!((plan.messages(), plan.backlog()), (7, 50_000));
        assert!(plan.wants("W1") && plan.wants("W4") && !plan.wants("W2"));
    }
}
