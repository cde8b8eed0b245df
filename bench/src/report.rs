//! What is printed and written: the figures of each run, and how they stand to the goals.

mod goals;

use std::fmt;

use serde::Serialize;

use self::goals::Goal;
use crate::histogram::Quantiles;
use crate::scenario::Figures;
use crate::workloads::backlog::Backlog;
use crate::workloads::growth::Growth;
use crate::workloads::idle::Idle;

/// All results.
#[derive(Default, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) runs: Vec<Figures>,
    pub(crate) backlog: Option<Backlog>,
    pub(crate) growth: Option<Growth>,
    pub(crate) idle: Option<Idle>,
}

/// What else decides about the figures.
#[derive(Default, Serialize)]
pub(crate) struct Machine {
    pub(crate) cores: usize,
    /// How many threads wanted to run, over the last minute, before the first run and after the last one.
    pub(crate) load_average: [f64; 2],
}

impl Report {
    /// Adds a run.
    pub(crate) fn add(&mut self, figures: Figures) {
        self.runs.push(figures);
    }

    /// Of the runs with this name, the one that delivered most.
    pub(crate) fn best(&self, name: &str) -> Option<&Figures> {
        let runs = self.runs.iter().filter(|run| run.name == name);
        runs.max_by(|a, b| a.delivered_per_s.total_cmp(&b.delivered_per_s))
    }

    /// All figures and goals.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Json<'a> {
            #[serde(flatten)]
            report: &'a Report,
            goals: Vec<Goal>,
        }
        serde_json::to_vec_pretty(&Json { report: self, goals: goals::of(self) }).expect("figures are JSON")
    }
}

const HEAD: &str = "\
run          conns  acked/s  delivered/s  x raw  CPU us  x raw  acked ms p50/p99/p99.9   end to end ms p50/p99/p99.9  \
peak MiB  written B  growth B";

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { cores, load_average: [before, after] } = self.machine;
        writeln!(f, "\n{cores} cores; load average {before} before, {after} after\n\n{HEAD}")?;
        self.runs.iter().try_for_each(|run| row(f, run))?;
        writeln!(f, "\nrun          raw/s  raw CPU us  fsync ms p50/p99/p99.9")?;
        for run in &self.runs {
            let fsync = of(run.fsync_ms);
            writeln!(f, "{:<11} {:>6.0} {:>11.1}  {fsync}", run.name, run.raw.per_s, run.raw.cpu_us)?;
        }
        self.backlog.iter().try_for_each(|backlog| w6(f, backlog))?;
        self.growth.iter().try_for_each(|growth| w7(f, growth))?;
        if let Some(Idle { ready_ms, resident_mib, cpu_percent }) = &self.idle {
            writeln!(
                f,
                "\nW10: ready after {ready_ms:.1} ms; idle {resident_mib:.1} MiB and {cpu_percent:.2} % of a processor"
            )?;
        }
        writeln!(f)?;
        goals::of(self).iter().try_for_each(|goal| writeln!(f, "{goal}"))
    }
}

fn w6(f: &mut fmt::Formatter<'_>, backlog: &Backlog) -> fmt::Result {
    let Backlog { messages, slowest_acknowledged_per_s, ready_ms, drained_per_s, peak_mib, .. } = backlog;
    writeln!(
        f,
        "\nW6: {messages} messages accepted while the receiver was down, at {slowest_acknowledged_per_s:.0}/s in the \
         slowest tenth; killed among them, ready again after {ready_ms:.0} ms; drained at {drained_per_s:.0}/s; \
         peak {peak_mib:.1} MiB"
    )
}

/// Lists that are printed; the others are in the JSON.
const LISTS: usize = 8;

fn w7(f: &mut fmt::Formatter<'_>, growth: &Growth) -> fmt::Result {
    let Growth { deliveries, delivered_per_s, data_mib, ready_ms, lists } = growth;
    writeln!(
        f,
        "\nW7: {deliveries} deliveries stored at {delivered_per_s:.0}/s, {data_mib:.0} MiB; ready after {ready_ms:.0} ms \
         with them; first pages of {} lists, the slowest:\n\nms p50/p99/p99.9         list",
        lists.len()
    )?;
    lists.iter().take(LISTS).try_for_each(|list| writeln!(f, "{:<23}  {}", of(list.ms), list.what))
}

fn row(f: &mut fmt::Formatter<'_>, run: &Figures) -> fmt::Result {
    let Figures { name, connections, acknowledged_per_s, delivered_per_s, cpu_us_per_delivery, .. } = run;
    let (rate_ratio, cpu_ratio) = (run.rate_ratio(), run.cpu_ratio());
    let (acked, end_to_end) = (of(run.acknowledgement_ms), of(run.end_to_end_ms));
    let (written, growth) = (run.written_bytes_per_delivery, run.growth_bytes_per_delivery);
    write!(
        f,
        "{name:<12} {connections:>5} {acknowledged_per_s:>8.0} {delivered_per_s:>12.0} {rate_ratio:>6.3} "
    )?;
    write!(f, "{cpu_us_per_delivery:>7.1} {cpu_ratio:>6.1}  {acked:<23}  {end_to_end:<27}  ")?;
    writeln!(f, "{:>8.1} {written:>10.0} {growth:>9.0}", run.peak_mib)?;
    if run.refused + run.repeated > 0 {
        writeln!(f, "             {} requests refused, {} calls repeated", run.refused, run.repeated)?;
    }
    Ok(())
}

fn of(Quantiles { p50, p99, p999 }: Quantiles) -> String {
    format!("{p50:.2} / {p99:.2} / {p999:.2}")
}

impl Figures {
    /// Deliveries as a share of raw requests, in the same time.
    pub(crate) fn rate_ratio(&self) -> f64 {
        self.delivered_per_s / self.raw.per_s
    }

    /// The program's processor time as a multiple of that of a raw request, both sides together.
    pub(crate) fn cpu_ratio(&self) -> f64 {
        self.cpu_us_per_delivery / self.raw.cpu_us
    }
}
