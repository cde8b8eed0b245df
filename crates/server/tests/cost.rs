//! What one delivery costs, counted and not timed: instructions, allocations, steps of SQL, tasks and system calls of the
//! built program, each with a bound. Messages are sent strictly one after the other, so nothing depends on what happens
//! to be done together, or on how busy the machine is.
//!
//! It needs valgrind and strace, which `make test` sees to; plain `cargo test` says that it is left out.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "cost/calls.rs"]
mod calls;
#[path = "cost/course.rs"]
mod course;
#[path = "cost/profile.rs"]
mod profile;

#[expect(dead_code, reason = "each test program uses a part of the support")]
mod support;

use support::notice::say;

/// What one delivery cost when it was last measured, and by how many percent it may go beyond that. `make cost` prints
/// the lines as they would be now.
///
/// How often a thread waits depends a little on whether it is overtaken, hence the room for some system calls.
const BOUNDS: [(&str, f64, f64); 14] = [
    ("SQL steps", 10.2, 5.0),
    ("allocations", 101.2, 5.0),
    ("epoll_wait", 4.2, 20.0),
    ("fcntl", 8.0, 5.0),
    ("fdatasync", 2.0, 5.0),
    ("futex", 4.0, 20.0),
    ("instructions", 1_457_000.0, 5.0),
    ("pwrite64", 24.3, 5.0),
    ("recvfrom", 2.0, 5.0),
    ("statx", 4.0, 5.0),
    ("system calls", 53.4, 5.0),
    ("tasks", 4.0, 5.0),
    ("write", 2.0, 10.0),
    ("writev", 2.0, 5.0),
];
/// For what has no bound yet.
const PERCENT: f64 = 5.0;
/// What happens less often comes from elsewhere, such as memory that grows.
const COUNT_MIN: f64 = 0.75;

#[test]
#[ignore = "needs valgrind and strace: `make test`, or alone `make cost`"]
fn a_delivery_costs_no_more_than_it_did() {
    let mut costs = profile::costs();
    costs.extend(calls::costs());
    costs.retain(|_, cost| *cost >= COUNT_MIN);
    say("one delivery costs, and may cost so many percent more:");
    for (name, cost) in &costs {
        let percent = bound(name).map_or(PERCENT, |(_, percent)| percent);
        say(&format!("    ({name:?}, {cost:.1}, {percent:.1}),"));
    }
    let passed: Vec<String> = costs.iter().filter_map(|(name, cost)| passed(name, *cost)).collect();
    assert!(
        passed.is_empty(),
        "one delivery costs more than it may:\n  {}\nLook for what came into its way: `callgrind_annotate {}`. If it is \
         worth that, or another compiler or library is the reason, put what `make cost` prints into BOUNDS, and say why.",
        passed.join("\n  "),
        profile::file().display()
    );
}

/// How the bound of a cost was passed, if it was.
fn passed(name: &str, cost: f64) -> Option<String> {
    let Some((measured, percent)) = bound(name) else {
        return Some(format!("{name}: {cost:.1}, of which there were none"));
    };
    let most = measured * (1.0 + percent / 100.0);
    let beyond = 100.0 * (cost / most - 1.0);
    (cost > most).then(|| format!("{name}: {cost:.1}, {beyond:.1} % above {most:.1} (it was {measured:.1})"))
}

fn bound(name: &str) -> Option<(f64, f64)> {
    BOUNDS.iter().find(|(bound, _, _)| *bound == name).map(|(_, measured, percent)| (*measured, *percent))
}
