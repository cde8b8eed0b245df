//! The course that the program runs under a tool that counts: messages, each delivered and settled before the next one.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde_json::json;

use crate::support::patience::Patience;
use crate::support::program::{Program, serve_command, under};
use crate::support::receiver::Receiver;

/// What one delivery costs, by the name of what is counted.
pub(crate) type Costs = BTreeMap<String, f64>;
/// What was counted in a whole run.
pub(crate) type Counts = BTreeMap<String, u64>;

/// The messages of the shorter run. So few that the longer one does not fill the log of the store, which would be copied
/// beside the work.
const MESSAGES: u32 = 64;
/// The messages of the longer run.
pub(crate) const MESSAGES_MOST: u32 = 2 * MESSAGES;
/// Under valgrind each step takes some seconds, and on a busy machine a minute.
const STEP_TIME_MAX: Duration = Duration::from_secs(180);

/// What one delivery costs, where `count` counts in a run with so many messages: the difference between two runs, in
/// which neither start nor end is left.
pub(crate) fn per_delivery(count: impl Fn(u32) -> Counts) -> Costs {
    let (few, many) = (count(MESSAGES), count(MESSAGES_MOST));
    let cost = |name: &String, many: u64| {
        let few = few.get(name).copied().unwrap_or_default();
        (many as f64 - few as f64) / f64::from(MESSAGES_MOST - MESSAGES)
    };
    many.iter().map(|(name, many)| (name.clone(), cost(name, *many))).collect()
}

/// A command line that runs what is behind it on one processor: the program is laid out for as many as there are, and
/// threads that do not run at once take turns in the same way each time.
pub(crate) fn on_one_processor() -> Command {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap().trim();
    let first = allowed.split(['-', ',']).next().unwrap();
    let mut taskset = Command::new("taskset");
    taskset.args(["-c", first]);
    taskset
}

/// Runs the program under `tool`, from its start to its end, with so many messages.
pub(crate) fn run(tool: Command, messages: u32) {
    let data = tempfile::tempdir().unwrap();
    let receiver = Receiver::answering(200);
    let mut serve = serve_command(data.path());
    let mut program = Program::start(&mut under(tool, serve.args(["--allow-network", "127.0.0.0/8"])));
    let patience = || Patience::of(STEP_TIME_MAX);
    patience().wait("the program listens", || program.is_listening().then_some(()));
    let key = program.stdout.wait("the admin key is").rsplit(' ').next().unwrap().to_owned();
    let mut client = program.client().with_key(&key);
    client.post("/api/v1/app", &json!({ "name": "cost", "uid": "cost" })).expect(201);
    client.post("/api/v1/app/cost/endpoint", &json!({ "url": receiver.url("/") })).expect(201);
    let store = store(data.path());
    for number in 1..=messages {
        let payload = json!({ "number": format!("{number:06}"), "text": "x".repeat(1000) });
        let message = json!({ "eventType": "cost.counted", "payload": payload });
        client.post("/api/v1/app/cost/msg", &message).expect(202);
        patience().wait("it is settled", || (succeeded(&store) == number).then_some(()));
    }
    program.signal("TERM");
    assert!(program.wait(STEP_TIME_MAX).success());
}

/// The program's store, beside it: to look there costs the program nothing.
fn store(data: &Path) -> Connection {
    Connection::open_with_flags(data.join("whimbrel.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

fn succeeded(store: &Connection) -> u32 {
    store.query_row("SELECT count(*) FROM delivery WHERE state = 2", [], |row| row.get(0)).unwrap()
}
