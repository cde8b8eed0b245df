//! One run of the program under a load, and its figures.

use std::io;
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
use crate::template::{EVENT_TYPE, Payload, Template, company_id, request};
use crate::usage::files_bytes;

/// A run: what is sent, how fast, and to whom it goes.
pub(crate) struct Scenario {
    /// What the report calls it.
    pub(crate) name: String,
    /// Each with one webhook; messages take turns through them.
    pub(crate) companies: usize,
    /// How the webhook of a company is answered.
    pub(crate) manner: fn(usize) -> Manner,
    /// What a message carries.
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
    /// From the moment a request was to be sent until its call arrived; none where calls do not say which it was.
    pub(crate) end_to_end_ms: Option<Quantiles>,
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

/// After the last arrival the program still records it.
const SETTLE_TIME: Duration = Duration::from_millis(300);
/// Without any arrival.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

impl Scenario {
    /// Runs it between two probes of the machine.
    pub(crate) fn run(&self, place: &Place) -> io::Result<Figures> {
        place.clear()?;
        let fsync_ms = probe::fsync(&place.directory)?;
        let before = probe::raw(self.payload.or_small(), self.connections)?;
        let mut figures =
            self.measure(place).map_err(|error| io::Error::other(format!("{}: {error}", self.name)))?;
        let after = probe::raw(self.payload.or_small(), self.connections)?;
        figures.raw = before.between(after);
        figures.fsync_ms = fsync_ms;
        Ok(figures)
    }

    fn measure(&self, place: &Place) -> io::Result<Figures> {
        let messages = self.requests * self.payload.messages();
        let ledger = Arc::new(Ledger::new(messages));
        let receiver = Receiver::start(&ledger)?;
        let program = Program::start(place, self.arguments)?;
        self.register(&program, &receiver)?;
        let files_before = files_bytes(&place.data())?;
        let before = program.usage()?;
        let loaded = self.load(&program, &ledger)?;
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
            end_to_end_ms: self.payload.is_numbered().then(|| ledger.end_to_end().quantiles()),
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

    /// Gives each company its webhook, and events the candidate that they refer to.
    pub(crate) fn register(&self, program: &Program, receiver: &Receiver) -> io::Result<()> {
        let mut client = Client::new(&program.door)?;
        let event_type = self.payload.event_type();
        for company in 0..self.companies {
            let url = format!("http://{}{}", receiver.address, (self.manner)(company).path());
            program.register(&mut client, company_id(company), &url, event_type)?;
        }
        if event_type == EVENT_TYPE {
            let body = format!(r#"{{"companyId":{},"text":"{}"}}"#, company_id(0), "x".repeat(900));
            client.ask(&request("PUT", "/resources/candidate/bench", &program.door, &body))?;
        }
        Ok(())
    }

    /// Sends all requests.
    pub(crate) fn load(&self, program: &Program, ledger: &Ledger) -> io::Result<Loaded> {
        let load = Load {
            address: program.door.address,
            template: &Template::of(self.payload, &program.door),
            connections: self.connections,
            requests: self.requests,
            companies: self.companies,
            pace: self.pace,
            ledger,
        };
        load.run()
    }

    /// How many calls must arrive.
    fn expected(&self) -> usize {
        let is_well = |number: &usize| (self.manner)(number % self.companies) == Manner::Well;
        (0..self.requests).filter(is_well).count() * self.payload.messages()
    }
}

impl Payload {
    /// Messages in one request.
    fn messages(self) -> usize {
        match self {
            Payload::Candidate | Payload::Resource(_) => 1,
            Payload::Events(count) => count,
        }
    }

    /// Whether a call tells the number of its request.
    fn is_numbered(self) -> bool {
        !matches!(self, Payload::Events(_))
    }

    /// What its webhooks want.
    fn event_type(self) -> &'static str {
        match self {
            Payload::Candidate | Payload::Resource(_) => "candidate.created",
            Payload::Events(_) => EVENT_TYPE,
        }
    }

    /// The payload of one message, for the probe.
    fn or_small(self) -> Self {
        match self {
            Payload::Events(_) => Payload::Candidate,
            other => other,
        }
    }
}
