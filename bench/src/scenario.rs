//! One run of the program under a load, and its figures.

use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::clock::Moment;
use crate::histogram::Quantiles;
use crate::ledger::Ledger;
use crate::load::{Load, Loaded, Pace};
use crate::probe::{self, Raw};
use crate::program::{Client, Place, Program};
use crate::receiver::{Manner, Receiver};
use crate::template::{PAYLOAD_BYTES, Payload, Template, app_uid};
use crate::usage::files_bytes;

/// A run: what is sent, how fast, and to whom it goes.
pub(crate) struct Scenario {
    /// What the report calls it.
    pub(crate) name: String,
    /// Requests take turns through them.
    pub(crate) apps: usize,
    /// Of each app; all of them want each message.
    pub(crate) endpoints: usize,
    /// How the endpoints of an app are answered.
    pub(crate) manner: fn(usize) -> Manner,
    /// What a request sends.
    pub(crate) payload: Payload,
    /// Over how many connections.
    pub(crate) connections: usize,
    /// How many requests.
    pub(crate) requests: usize,
    /// How fast.
    pub(crate) pace: Pace,
    /// More flags for the program.
    pub(crate) arguments: &'static [&'static str],
}

/// The figures of a run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) name: String,
    pub(crate) connections: usize,
    /// Messages sent.
    pub(crate) messages: usize,
    pub(crate) acknowledged_per_s: f64,
    /// From the first request until the last call arrived.
    pub(crate) delivered_per_s: f64,
    pub(crate) acknowledgement_ms: Quantiles,
    /// From the moment a request was to be sent until its calls arrived.
    pub(crate) end_to_end_ms: Quantiles,
    /// Of the program.
    pub(crate) cpu_us_per_delivery: f64,
    pub(crate) peak_mib: f64,
    pub(crate) written_bytes_per_delivery: f64,
    /// After the program has ended.
    pub(crate) growth_bytes_per_delivery: f64,
    /// Requests that were refused.
    pub(crate) refused: usize,
    /// Calls that arrived more than once.
    pub(crate) repeated: usize,
    /// Before and after the run.
    pub(crate) raw: Raw,
    /// Before the run.
    pub(crate) fsync_ms: Quantiles,
}

/// What a run leaves, beside its store, for another one.
pub(crate) struct Left {
    /// Where the endpoints are.
    pub(crate) receiver: SocketAddr,
    /// Opens the API.
    pub(crate) key: String,
}

/// After the last arrival the program still records it.
pub(crate) const SETTLE_TIME: Duration = Duration::from_millis(300);
/// Without any arrival.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

impl Scenario {
    /// Runs it with an empty store.
    pub(crate) fn run(&self, place: &Place) -> io::Result<Figures> {
        place.clear()?;
        self.between_probes(place, |ledger| {
            let receiver = Receiver::start(ledger)?;
            let program = Program::start(place, self.arguments)?;
            self.register(&program, &receiver)?;
            self.measure(place, program, ledger)
        })
    }

    /// Runs it with the store, the apps and the endpoints that are there.
    pub(crate) fn run_again(&self, place: &Place, left: &Left) -> io::Result<Figures> {
        self.between_probes(place, |ledger| {
            let _receiver = Receiver::start_at(left.receiver, ledger)?;
            let program = Program::start_again(place, self.arguments, &left.key)?;
            self.measure(place, program, ledger)
        })
    }

    /// Runs it between two probes of the machine.
    fn between_probes(
        &self,
        place: &Place,
        measure: impl FnOnce(&Arc<Ledger>) -> io::Result<Figures>,
    ) -> io::Result<Figures> {
        let ledger = Arc::new(Ledger::new(self.messages(), self.endpoints));
        let fsync_ms = probe::fsync(&place.directory)?;
        let before = probe::raw(self.payload.alone(), self.connections)?;
        let mut figures =
            measure(&ledger).map_err(|error| io::Error::other(format!("{}: {error}", self.name)))?;
        let after = probe::raw(self.payload.alone(), self.connections)?;
        figures.raw = before.between(after);
        figures.fsync_ms = fsync_ms;
        Ok(figures)
    }

    fn measure(&self, place: &Place, program: Program, ledger: &Ledger) -> io::Result<Figures> {
        let messages = self.messages();
        let files_before = files_bytes(&place.data())?;
        let before = program.usage()?;
        let loaded = self.load(&program, ledger, 0..self.requests)?;
        let expected = self.expected();
        let arrived = ledger.wait_for(expected, PATIENCE);
        if arrived < expected {
            return Err(io::Error::other(format!(
                "{arrived} of {expected} calls arrived; {:?}",
                loaded.refusal
            )));
        }
        std::thread::sleep(SETTLE_TIME);
        let (after, memory) = (program.usage()?, program.memory()?);
        program.stop()?;
        let growth = files_bytes(&place.data())?.saturating_sub(files_before);
        let per_delivery = |sum: f64| sum / expected as f64;
        let rate = |count: usize, end: Moment| count as f64 / end.since(loaded.began).as_secs_f64();
        Ok(Figures {
            name: self.name.clone(),
            connections: self.connections,
            messages,
            acknowledged_per_s: rate(messages, loaded.ended),
            delivered_per_s: rate(expected, ledger.arrived_by(1.0).unwrap_or(loaded.ended)),
            acknowledgement_ms: loaded.acknowledgements.quantiles(),
            end_to_end_ms: ledger.end_to_end().quantiles(),
            cpu_us_per_delivery: per_delivery(after.cpu.saturating_sub(before.cpu).as_secs_f64() * 1e6),
            peak_mib: memory.peak_mib,
            written_bytes_per_delivery: per_delivery((after.written_bytes - before.written_bytes) as f64),
            growth_bytes_per_delivery: per_delivery(growth as f64),
            refused: loaded.refused,
            repeated: ledger.repeated(),
            raw: Raw::default(),
            fsync_ms: Quantiles::default(),
        })
    }

    /// Makes the apps and their endpoints.
    pub(crate) fn register(&self, program: &Program, receiver: &Receiver) -> io::Result<()> {
        let mut client = Client::new(&program.door)?;
        (0..self.apps).try_for_each(|app| {
            let url = |endpoint| format!("http://{}{}", receiver.address, (self.manner)(app).path(endpoint));
            match self.payload {
                Payload::Candidate => program.register(&mut client, app_uid(app), &url(0)),
                Payload::Message(_) | Payload::Batch(_) | Payload::Mixed(_) => {
                    let urls: Vec<String> = (0..self.endpoints).map(url).collect();
                    program.make_app(&mut client, app_uid(app), &urls)
                }
            }
        })
    }

    /// Sends the requests with these numbers.
    pub(crate) fn load(
        &self,
        program: &Program,
        ledger: &Ledger,
        requests: Range<usize>,
    ) -> io::Result<Loaded> {
        let load = Load {
            address: program.door.address,
            template: &Template::of(self.payload, &program.door),
            connections: self.connections,
            requests,
            apps: self.apps,
            pace: self.pace,
            ledger,
        };
        load.run()
    }

    /// Messages in all requests.
    pub(crate) fn messages(&self) -> usize {
        self.requests * self.payload.messages()
    }

    /// How many calls must arrive.
    fn expected(&self) -> usize {
        let is_well = |number: &usize| (self.manner)(number % self.apps) == Manner::Well;
        (0..self.requests).filter(is_well).count() * self.payload.messages() * self.endpoints
    }
}

impl Payload {
    /// Messages in one request.
    fn messages(self) -> usize {
        match self {
            Payload::Message(_) | Payload::Candidate => 1,
            Payload::Batch(count) | Payload::Mixed(count) => count,
        }
    }

    /// A request with one message, for the probe.
    fn alone(self) -> Self {
        match self {
            Payload::Batch(_) | Payload::Mixed(_) => Payload::Message(PAYLOAD_BYTES),
            other => other,
        }
    }
}
