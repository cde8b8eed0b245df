//! W7: what a long history costs: a first page of it, and W1 beside it.

mod lists;

use std::io;
use std::sync::Arc;

use serde::Serialize;

use self::lists::Asked;
use super::{BATCH, one};
use crate::clock;
use crate::ledger::Ledger;
use crate::plan::Plan;
use crate::program::{Client, Place, Program};
use crate::receiver::Receiver;
use crate::say::say;
use crate::scenario::{Figures, Left, PATIENCE, SETTLE_TIME, Scenario};
use crate::template::{Payload, app_uid, request};
use crate::usage::files_bytes;

/// The figures of W7; W1 beside the history has its own.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Growth {
    /// Of one app and one endpoint.
    pub(crate) deliveries: usize,
    /// While they were accepted in batches.
    pub(crate) delivered_per_s: f64,
    /// The files of the store.
    pub(crate) data_mib: f64,
    /// From the start of the process until it listens, with all this in its store.
    pub(crate) ready_ms: f64,
    /// First pages, the slowest list first.
    pub(crate) lists: Vec<Asked>,
}

/// Stores a history, asks for pages of it, and repeats W1.
pub(crate) fn run(plan: &Plan, place: &Place, connections: usize) -> io::Result<(Growth, Figures)> {
    say(format_args!("bench: W7, {} deliveries are stored ...", plan.stored()));
    let (left, marks, delivered_per_s) = fill(plan, place)?;
    say("bench: W7, the history is looked at ...");
    let program = Program::start_again(place, &[], &left.key)?;
    let ready_ms = program.ready_after.as_secs_f64() * 1e3;
    let lists = lists::ask(&program.door, &marks, plan.asks())?;
    program.stop()?;
    let data_mib = files_bytes(&place.data())? as f64 / (1024.0 * 1024.0);
    say("bench: W7, W1 once more ...");
    let w1 = Scenario { connections, requests: plan.messages(), ..one("W7") };
    let again = w1.run_again(place, &left)?;
    Ok((Growth { deliveries: plan.stored(), delivered_per_s, data_mib, ready_ms, lists }, again))
}

/// When two messages were accepted: the first of all, and one in the middle.
pub(crate) struct Marks {
    first: String,
    middle: String,
}

/// Has everything delivered, as fast as the program takes it; answers the rate as well.
fn fill(plan: &Plan, place: &Place) -> io::Result<(Left, Marks, f64)> {
    let requests = plan.stored().div_ceil(BATCH);
    let scenario =
        Scenario { payload: Payload::Mixed(BATCH), connections: 16, requests, ..one("W7 is filled") };
    let messages = scenario.messages();
    let ledger = Arc::new(Ledger::new(messages, 1));
    let receiver = Receiver::start(&ledger)?;
    let program = Program::start(place, &[])?;
    scenario.register(&program, &receiver)?;
    let load = |requests| {
        let loaded = scenario.load(&program, &ledger, requests)?;
        if loaded.refused > 0 {
            return Err(io::Error::other(format!("W7: refused: {:?}", loaded.refusal)));
        }
        Ok(loaded)
    };
    let first = mark(&program, "first")?;
    let began = load(0..requests / 2)?.began;
    let middle = mark(&program, "middle")?;
    load(requests / 2..requests)?;
    let arrived = ledger.wait_for(messages, PATIENCE);
    if arrived < messages {
        return Err(io::Error::other(format!("W7: {arrived} of {messages} calls arrived")));
    }
    let ended = ledger.arrived_by(1.0).unwrap_or_else(clock::now);
    std::thread::sleep(SETTLE_TIME);
    let left = Left { receiver: receiver.address, key: program.door.key.clone() };
    program.stop()?;
    Ok((left, Marks { first, middle }, messages as f64 / ended.since(began).as_secs_f64()))
}

/// Sends a message by itself; answers when it was accepted.
fn mark(program: &Program, event_id: &str) -> io::Result<String> {
    #[derive(serde::Deserialize)]
    struct Accepted {
        timestamp: String,
    }
    let body = format!(r#"{{"eventId":"{event_id}","eventType":"bench.often","payload":{{}}}}"#);
    let path = format!("/api/v1/app/{}/msg", app_uid(0));
    let answer = Client::new(&program.door)?.ask(&request("POST", &path, &program.door, &body))?;
    Ok(serde_json::from_slice::<Accepted>(&answer)?.timestamp)
}
