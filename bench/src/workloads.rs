//! The workloads, in the order in which they are run: those that need the rate of W1 come after it.

pub(crate) mod backlog;
pub(crate) mod growth;
pub(crate) mod idle;

use std::io;

use crate::load::Pace;
use crate::plan::Plan;
use crate::program::Place;
use crate::receiver::Manner;
use crate::report::{Machine, Report};
use crate::say::say;
use crate::scenario::{Figures, Scenario};
use crate::template::{PAYLOAD_BYTES, Payload};
use crate::usage;

/// Runs what the plan wants.
pub(crate) fn run(plan: &Plan, place: &Place) -> io::Result<Report> {
    let mut report = Report::default();
    let load_before = usage::load_average()?;
    if plan.wants("W10") {
        report.idle = Some(idle::run(plan, place)?);
    }
    for connections in plan.connections() {
        let w1 = Scenario { connections: *connections, requests: plan.messages(), ..one("W1") };
        report.add(told(&w1, place)?);
    }
    let best =
        report.best("W1").cloned().ok_or_else(|| io::Error::other("W1 needs a number of connections"))?;
    for scenario in rest(plan, &best) {
        report.add(told(&scenario, place)?);
    }
    if plan.wants("W6") {
        report.backlog = Some(backlog::run(plan, place, best.connections)?);
    }
    if plan.wants("W7") {
        let (growth, again) = growth::run(plan, place, best.connections)?;
        report.growth = Some(growth);
        report.add(again);
    }
    let cores = std::thread::available_parallelism()?.get();
    report.machine = Machine { cores, load_average: [load_before, usage::load_average()?] };
    Ok(report)
}

fn told(scenario: &Scenario, place: &Place) -> io::Result<Figures> {
    say(format_args!("bench: {}, {} connections ...", scenario.name, scenario.connections));
    scenario.run(place)
}

/// One app with one endpoint that answers well, in a closed loop.
fn one(name: &str) -> Scenario {
    Scenario {
        name: name.to_owned(),
        apps: 1,
        endpoints: 1,
        manner: |_| Manner::Well,
        payload: Payload::Message(PAYLOAD_BYTES),
        connections: 64,
        requests: 0,
        pace: Pace::Closed,
        arguments: &[],
    }
}

/// Endpoints that want each message of W3.
const FAN_OUT: usize = 10;
/// Messages in each request of W9.
const BATCH: usize = 100;

/// What comes after W1, which was done with `best`.
fn rest(plan: &Plan, best: &Figures) -> Vec<Scenario> {
    let closed = |name, requests| Scenario { connections: best.connections, requests, ..one(name) };
    let open = |name, rate: f64| {
        let requests = (rate * plan.open_loop().as_secs_f64()) as usize;
        Scenario { pace: Pace::Open(rate), ..closed(name, requests) }
    };
    let rate = best.delivered_per_s;
    let hundred = |name| Scenario {
        apps: 100,
        connections: 64,
        arguments: &["--request-timeout", "3s"],
        ..open(name, 0.3 * rate)
    };
    let mut scenarios = Vec::new();
    let mut add = |workload, wanted: Vec<Scenario>| {
        if plan.wants(workload) {
            scenarios.extend(wanted);
        }
    };
    add("W2", vec![Scenario { apps: 1000, ..closed("W2", plan.messages()) }]);
    let fan_out = |name| Scenario { endpoints: FAN_OUT, ..closed(name, plan.messages() / FAN_OUT) };
    add("W3", vec![fan_out("W3")]);
    add("W4", vec![open("W4 20 %", 0.2 * rate), open("W4 50 %", 0.5 * rate)]);
    add("W5", vec![hundred("W5 all well"), Scenario { manner: a_fifth_is_bad, ..hundred("W5") }]);
    add("W8", vec![Scenario { payload: Payload::Message(7 * 1024), ..open("W8", 1000.0) }]);
    let batch = Payload::Batch(BATCH);
    add("W9", vec![Scenario { payload: batch, connections: 16, ..closed("W9", plan.messages() / BATCH) }]);
    add("C1", vec![Scenario { payload: Payload::Candidate, ..closed("C1", plan.messages()) }]);
    scenarios
}

/// Of a hundred, ten hang and ten fail.
fn a_fifth_is_bad(app: usize) -> Manner {
    match app % 100 {
        0..10 => Manner::Hanging,
        10..20 => Manner::Failing,
        _ => Manner::Well,
    }
}
