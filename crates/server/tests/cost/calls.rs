//! System calls, as strace counts them.

use crate::course::{Costs, Counts, on_one_processor, per_delivery, run};
use crate::support::patience::eventually;

/// System calls of one delivery: each kind, and all together.
pub(crate) fn costs() -> Costs {
    per_delivery(|messages| {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("summary");
        let mut strace = on_one_processor();
        // It is no parent of the program, which is then signalled like any other.
        strace.args(["strace", "-D", "-f", "-c", "-o"]).arg(&file);
        run(strace, messages);
        eventually("strace writes its summary", || {
            let summary = std::fs::read_to_string(&file).ok()?;
            summary.trim_end().ends_with(" total").then(|| counts(&summary))
        })
    })
}

/// Gives memory back. The allocator does that when some time has passed, so that it tells how busy the machine is.
const BY_THE_CLOCK: &str = "madvise";

/// Reads a summary: a share of the time, seconds, microseconds for each call, calls, perhaps errors, and the name.
fn counts(summary: &str) -> Counts {
    let lines = summary.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (count, name) = (fields.get(3)?.parse().ok()?, *fields.last()?);
        Some((if name == "total" { "system calls" } else { name }.to_owned(), count))
    });
    let mut counts: Counts = lines.collect();
    let by_the_clock = counts.remove(BY_THE_CLOCK).unwrap_or_default();
    counts.entry("system calls".to_owned()).and_modify(|all| *all -= by_the_clock);
    counts
}

#[test]
fn a_summary_has_calls_with_and_without_errors() {
    let summary = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.000012           1         7           read
  0.00    0.000000           0         3           madvise
 40.00    0.000008           2         4         1 futex
------ ----------- ----------- --------- --------- ----------------
100.00    0.000020           1        14         1 total
";
    let expected = [("read", 7), ("futex", 4), ("system calls", 11)];
    assert_eq!(counts(summary), Counts::from(expected.map(|(name, count)| (name.to_owned(), count))));
}
