//! Instructions, and calls of functions that tell of other costs, as callgrind counts them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::course::{Costs, Counts, MESSAGES_MOST, on_one_processor, per_delivery, run};

/// What is told by how often functions with these ends of their names are called.
const FUNCTIONS: [(&str, &[&str]); 3] = [
    ("allocations", &["__rust_alloc", "__rust_alloc_zeroed", "__rust_realloc"]),
    ("SQL steps", &["sqlite3_step"]),
    ("tasks", &["TaskHooks::spawn"]),
];

/// What callgrind counts for one delivery.
pub(crate) fn costs() -> Costs {
    per_delivery(|messages| {
        let file = file_of(messages);
        let mut valgrind = on_one_processor();
        valgrind.args(["valgrind", "--tool=callgrind"]);
        valgrind.arg(format!("--callgrind-out-file={}", file.display()));
        run(valgrind, messages);
        counts(&std::fs::read_to_string(file).unwrap())
    })
}

/// The profile of the longer run.
pub(crate) fn file() -> PathBuf {
    file_of(MESSAGES_MOST)
}

fn file_of(messages: u32) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("callgrind.out.{messages}"))
}

/// Reads a profile (<https://valgrind.org/docs/manual/cl-format.html>).
fn counts(profile: &str) -> Counts {
    let totals = profile.lines().find_map(|line| line.strip_prefix("totals: ")).unwrap();
    let called = called(profile);
    let mut counts = Counts::from([("instructions".to_owned(), totals.trim().parse().unwrap())]);
    for (cost, ends) in FUNCTIONS {
        let functions = called.iter().filter(|(name, _)| ends.iter().any(|end| name.ends_with(end)));
        let count = functions.map(|(_, count)| count).sum();
        assert!(count > 0, "{cost}: functions have other names now than {ends:?}");
        counts.insert(cost.to_owned(), count);
    }
    counts
}

/// How often each function was called.
fn called(profile: &str) -> HashMap<&str, u64> {
    // A name stands where its number is met for the first time; a call names its function on the line before.
    let mut names = HashMap::new();
    let mut calls: HashMap<&str, u64> = HashMap::new();
    let mut callee = None;
    for line in profile.lines() {
        if let Some((key, function)) = line.split_once("fn=(").filter(|(key, _)| ["", "c"].contains(key)) {
            let (number, name) = function.split_once(')').unwrap();
            if !name.is_empty() {
                // Behind an apostrophe stands how deep it was called by itself.
                names.insert(number, name.trim().split('\'').next().unwrap());
            }
            callee = (key == "c").then(|| names[number]).or(callee);
        } else if let Some(call) = line.strip_prefix("calls=") {
            let count: u64 = call.split(' ').next().unwrap().parse().unwrap();
            *calls.entry(callee.unwrap()).or_default() += count;
        }
    }
    calls
}

#[test]
fn calls_are_found_by_the_numbers_of_functions() {
    let profile = "fn=(1) a\n1 5\ncfn=(2) b'2\ncalls=3 7\n1 9\nfn=(2)\n1 1\ncfn=(1)\ncalls=1 7\n1 2\nfn=(3) c\n\
                   cfn=(2)\ncalls=4 7\n1 2\n";
    assert_eq!(called(profile), HashMap::from([("a", 1), ("b", 7)]));
}
