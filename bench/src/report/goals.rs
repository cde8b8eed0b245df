//! The goals, and how far the figures are from them.

use std::fmt;

use serde::Serialize;

use super::Report;
use crate::scenario::Figures;

/// One goal and what was reached.
#[derive(Debug, Serialize)]
pub(crate) struct Goal {
    what: String,
    reached: f64,
    bound: Bound,
    is_met: bool,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Goal {
    fn new(what: impl Into<String>, reached: f64, bound: Bound) -> Self {
        let is_met = match bound {
            Bound::AtLeast(least) => reached >= least,
            Bound::AtMost(most) => reached <= most,
        };
        Self { what: what.into(), reached, bound, is_met }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_met { "met   " } else { "missed" };
        let (sign, bound) = match self.bound {
            Bound::AtLeast(least) => (">=", least),
            Bound::AtMost(most) => ("<=", most),
        };
        write!(f, "{verdict} {}: {:.3} {sign} {bound:.3}", self.what, self.reached)
    }
}

/// The goals of all that was run.
pub(super) fn of(report: &Report) -> Vec<Goal> {
    use Bound::{AtLeast, AtMost};
    let mut goals = Vec::new();
    if let Some(w1) = report.best("W1") {
        goals.push(Goal::new("W1 delivered/s, x raw", w1.rate_ratio(), AtLeast(0.25)));
        goals.push(Goal::new("W1 CPU, x raw", w1.cpu_ratio(), AtMost(3.0)));
        goals.extend(beside_w1(report, w1));
    }
    for w4 in report.runs.iter().filter(|run| run.name.starts_with("W4")) {
        let (fsync, found) = (w4.fsync_ms, w4.end_to_end_ms);
        goals.push(Goal::new(format!("{} p50 ms", w4.name), found.p50, AtMost(2.0 * fsync.p50 + 2.0)));
        goals.push(Goal::new(format!("{} p99 ms", w4.name), found.p99, AtMost(4.0 * fsync.p99 + 10.0)));
    }
    if let (Some(well), Some(bad)) = (report.best("W5 all well"), report.best("W5")) {
        let ratio = p99(bad) / p99(well);
        goals.push(Goal::new("W5 p99 of the healthy, x without bad ones", ratio, AtMost(1.5)));
    }
    if let Some(w3) = report.best("W3") {
        goals.push(Goal::new("W3 delivered/s, x raw", w3.rate_ratio(), AtLeast(0.45)));
        goals.push(Goal::new("W3 CPU, x raw", w3.cpu_ratio(), AtMost(1.7)));
    }
    if let Some(w8) = report.best("W8") {
        goals.push(Goal::new("W8 p99 ms", p99(w8), AtMost(25.0 + w8.fsync_ms.p99)));
    }
    if let Some(worst) = report.growth.as_ref().and_then(|growth| growth.lists.first()) {
        let what = format!("W7 first page p99 ms, at worst {}", worst.what);
        goals.push(Goal::new(what, worst.ms.p99, AtMost(20.0)));
    }
    if let Some(idle) = &report.idle {
        goals.push(Goal::new("W10 ready ms", idle.ready_ms, AtMost(100.0)));
        goals.push(Goal::new("W10 idle MiB", idle.resident_mib, AtMost(25.0)));
        goals.push(Goal::new("W10 idle CPU %", idle.cpu_percent, AtMost(0.2)));
    }
    goals
}

fn p99(run: &Figures) -> f64 {
    run.end_to_end_ms.p99
}

fn beside_w1(report: &Report, w1: &Figures) -> Vec<Goal> {
    use Bound::{AtLeast, AtMost};
    let mut goals = Vec::new();
    let ratio = |run: &Figures| run.rate_ratio() / w1.rate_ratio();
    if let Some(w2) = report.best("W2") {
        goals.push(Goal::new("W2 delivered/s, x W1", ratio(w2), AtLeast(0.9)));
    }
    if let Some(w6) = &report.backlog {
        let to_w1 = |rate: f64, of_w1: f64| (rate / w6.raw.per_s) / (of_w1 / w1.raw.per_s);
        let accepted = to_w1(w6.slowest_acknowledged_per_s, w1.acknowledged_per_s);
        let drained = to_w1(w6.drained_per_s, w1.delivered_per_s);
        goals.push(Goal::new("W6 accepted/s in the slowest tenth, x W1", accepted, AtLeast(0.7)));
        goals.push(Goal::new("W6 drained/s, x W1", drained, AtLeast(0.8)));
        goals.push(Goal::new("W6 peak MiB", w6.peak_mib, AtMost(256.0)));
        goals.push(Goal::new("W6 ready again ms", w6.ready_ms, AtMost(2000.0)));
    }
    if let Some(w7) = report.best("W7") {
        goals.push(Goal::new("W7 delivered/s, x W1", ratio(w7), AtLeast(0.85)));
    }
    if let Some(w9) = report.best("W9") {
        goals.push(Goal::new("W9 delivered/s, x W1", ratio(w9), AtLeast(2.0)));
    }
    goals
}
