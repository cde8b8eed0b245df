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

/// Reads a summary: a share of the time, seconds, microseconds for each call, calls, perhaps errors, and the name.
fn counts(summary: &str) -> Counts {
    let lines = summary.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (count, name) = (fields.get(3)?.parse().ok()?, *fields.last()?);
        Some((if name == "total" { "system calls" } else { name }.to_owned(), count))
    });
    lines.collect()
}

#[test]
fn a_summary_has_calls_with_and_without_errors() {
    let summary = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.000012           1         7           read
 40.00    0.000008           2         4         1 futex
------ ----------- ----------- --------- --------- ----------------
100.00    0.000020           1        11         1 total
";
    let expected = [("read", 7), ("futex", 4), ("system calls", 11)];
    assert_eq!(counts(summary), Counts::from(expected.map(|(name, count)| (name.to_owned(), count))));
}
