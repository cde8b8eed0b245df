//! The load: requests over connections that are kept open, one at a time on each, with as little work as possible.
//!
//! In a closed loop each connection sends its next request as soon as the last one was answered. In an open loop
//! each request has its moment by the schedule, and its latency counts from there, however late it could be sent.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::iter::{Peekable, StepBy};
use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::thread;
use std::time::Duration;

use crate::clock::{self, Moment};
use crate::histogram::Histogram;
use crate::ledger::Ledger;
use crate::poll::{Alarm, Poll};
use crate::template::Template;
use crate::wire::{frame, status};

/// When requests are sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// As soon as there is a connection.
    Closed,
    /// At this rate per second.
    Open(f64),
}

/// Requests to send.
pub(crate) struct Load<'a> {
    /// Where to.
    pub(crate) address: SocketAddr,
    /// What.
    pub(crate) template: &'a Template,
    /// Over how many connections.
    pub(crate) connections: usize,
    /// Their numbers.
    pub(crate) requests: Range<usize>,
    /// They take turns through this many apps.
    pub(crate) apps: usize,
    /// When.
    pub(crate) pace: Pace,
    /// Notes the moments.
    pub(crate) ledger: &'a Ledger,
}

/// What came of a load.
pub(crate) struct Loaded {
    /// From the moment a request was to be sent to its answer.
    pub(crate) acknowledgements: Histogram,
    /// Answers that were no success.
    pub(crate) refused: usize,
    /// One of these.
    pub(crate) refusal: Option<String>,
    /// When the first was to be sent.
    pub(crate) began: Moment,
    /// When the last was answered.
    pub(crate) ended: Moment,
}

/// Threads of each side of the benchmark: most of the machine belongs to the program.
pub(crate) fn threads() -> usize {
    thread::available_parallelism().map_or(1, |cores| (cores.get() / 4).clamp(1, 4))
}

impl Load<'_> {
    /// Sends all requests and waits for the answers.
    ///
    /// # Errors
    /// If a connection breaks, or no answer comes for some time.
    pub(crate) fn run(&self) -> io::Result<Loaded> {
        let threads = threads().min(self.connections);
        let drivers: io::Result<Vec<_>> = (0..threads).map(|at| Driver::new(self, at, threads)).collect();
        let began = clock::now();
        let ended: Vec<io::Result<Loaded>> = thread::scope(|scope| {
            let running: Vec<_> =
                drivers?.into_iter().map(|driver| scope.spawn(move || driver.run(began))).collect();
            Ok::<_, io::Error>(
                running.into_iter().map(|thread| thread.join().expect("it does not panic")).collect(),
            )
        })?;
        let mut sum = Loaded::nothing(began);
        for loaded in ended {
            sum.add(loaded?);
        }
        Ok(sum)
    }

    fn due(&self, number: usize, began: Moment) -> Option<Moment> {
        match self.pace {
            Pace::Closed => None,
            Pace::Open(rate) => {
                let place = number - self.requests.start;
                Some(began.plus(Duration::from_secs_f64(place as f64 / rate)))
            }
        }
    }
}

impl Loaded {
    fn nothing(began: Moment) -> Self {
        Self { acknowledgements: Histogram::default(), refused: 0, refusal: None, began, ended: began }
    }

    fn add(&mut self, other: Loaded) {
        self.acknowledgements.add(&other.acknowledgements);
        self.refused += other.refused;
        self.refusal = self.refusal.take().or(other.refusal);
        self.ended = self.ended.max(other.ended);
    }
}

/// One thread of a load.
struct Driver<'a> {
    load: &'a Load<'a>,
    numbers: Peekable<StepBy<Range<usize>>>,
    connections: Vec<Connection>,
    idle: VecDeque<usize>,
    poll: Poll,
    alarm: Alarm,
    /// What the alarm is set to.
    armed: Option<Moment>,
    request: Vec<u8>,
    buffer: Vec<u8>,
}

struct Connection {
    stream: TcpStream,
    due: Moment,
    /// What of the request the socket did not take yet.
    unsent: Vec<u8>,
    /// What came of an answer that is not complete.
    kept: Vec<u8>,
}

const ALARM: usize = usize::MAX;
const READ_BYTES: usize = 64 * 1024;
/// Without any answer.
const PATIENCE: Duration = Duration::from_secs(30);

impl<'a> Driver<'a> {
    fn new(load: &'a Load<'a>, at: usize, threads: usize) -> io::Result<Self> {
        let poll = Poll::new()?;
        let count = load.connections / threads;
        let connections: io::Result<Vec<_>> =
            (0..count).map(|place| Connection::open(load.address, &poll, place)).collect();
        Ok(Self {
            load,
            numbers: (load.requests.start + at..load.requests.end).step_by(threads).peekable(),
            connections: connections?,
            idle: (0..count).collect(),
            alarm: Alarm::new(&poll, ALARM)?,
            poll,
            armed: None,
            request: Vec::new(),
            buffer: vec![0; READ_BYTES],
        })
    }

    fn run(mut self, began: Moment) -> io::Result<Loaded> {
        let mut loaded = Loaded::nothing(began);
        let mut tokens = Vec::new();
        loop {
            self.send_due(began)?;
            if self.idle.len() == self.connections.len() && self.numbers.peek().is_none() {
                return Ok(loaded);
            }
            self.poll.wait(PATIENCE, &mut tokens)?;
            if tokens.is_empty() {
                return Err(io::Error::new(ErrorKind::TimedOut, format!("no answer within {PATIENCE:?}")));
            }
            for token in tokens.drain(..).filter(|token| *token != ALARM) {
                if self.connections[token].poll(&mut self.buffer, &mut loaded)? {
                    self.idle.push_back(token);
                }
            }
        }
    }

    /// Sends what is due over connections that are idle, and sets the alarm for the next request.
    fn send_due(&mut self, began: Moment) -> io::Result<()> {
        while let (Some(number), Some(place)) = (self.numbers.peek().copied(), self.idle.front().copied()) {
            let now = clock::now();
            let due = self.load.due(number, began).unwrap_or(now);
            if due > now {
                if self.armed != Some(due) {
                    self.alarm.set(due.since(now))?;
                    self.armed = Some(due);
                }
                return Ok(());
            }
            self.numbers.next();
            self.idle.pop_front();
            let messages = self.load.template.messages();
            let first = number * messages;
            (first..first + messages).for_each(|message| self.load.ledger.send(message, due));
            self.load.template.write(first, number % self.load.apps, &mut self.request);
            self.connections[place].send(due, &self.request)?;
        }
        Ok(())
    }
}

impl Connection {
    fn open(address: SocketAddr, poll: &Poll, place: usize) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        poll.add(&stream, place)?;
        Ok(Self { stream, due: clock::now(), unsent: Vec::new(), kept: Vec::new() })
    }

    fn send(&mut self, due: Moment, request: &[u8]) -> io::Result<()> {
        self.due = due;
        let sent = taken(self.stream.write(request))?;
        self.unsent.extend_from_slice(&request[sent..]);
        Ok(())
    }

    /// Goes on with what was begun; whether the answer is there.
    fn poll(&mut self, buffer: &mut [u8], loaded: &mut Loaded) -> io::Result<bool> {
        if !self.unsent.is_empty() {
            let sent = taken(self.stream.write(&self.unsent))?;
            self.unsent.drain(..sent);
        }
        let count = match self.stream.read(buffer) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            count => taken(count)?,
        };
        let mut answer = &buffer[..count];
        if !self.kept.is_empty() {
            self.kept.extend_from_slice(answer);
            answer = &self.kept;
        }
        if frame(answer).is_none() {
            self.kept = answer.to_vec();
            return Ok(false);
        }
        loaded.answered(answer, self.due);
        self.kept.clear();
        Ok(true)
    }
}

impl Loaded {
    fn answered(&mut self, answer: &[u8], due: Moment) {
        self.ended = clock::now();
        self.acknowledgements.record(self.ended.since(due));
        if !(200..300).contains(&status(answer)) {
            self.refused += 1;
            self.refusal.get_or_insert_with(|| String::from_utf8_lossy(answer).into_owned());
        }
    }
}

/// How much a socket took or gave; nothing if it cannot now.
fn taken(count: io::Result<usize>) -> io::Result<usize> {
    match count {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        other => other,
    }
}
