//! The receiver: answers calls with as little work as possible, and notes in the ledger what arrives.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::clock;
use crate::ledger::Ledger;
use crate::load::threads;
use crate::poll::Poll;
use crate::template::number;
use crate::wire::{Frame, frame};

/// A receiver that runs until it is dropped.
pub(crate) struct Receiver {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// How a webhook's URL says that it wants to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// With 200, and noted.
    Well,
    /// With 500.
    Failing,
    /// Not at all.
    Hanging,
}

impl Manner {
    /// The path of the URL of an endpoint, by its number within its app: one digit.
    pub(crate) fn path(self, endpoint: usize) -> String {
        match self {
            Manner::Well => format!("/{endpoint}"),
            Manner::Failing => "/fail".to_owned(),
            Manner::Hanging => "/hang".to_owned(),
        }
    }

    /// By the first letter of the path: this is looked at for each call.
    fn of(request: &[u8]) -> Self {
        match request.get(PATH_AT) {
            Some(b'f') => Manner::Failing,
            Some(b'h') => Manner::Hanging,
            _ => Manner::Well,
        }
    }

    fn answer(self) -> &'static [u8] {
        match self {
            Manner::Well => b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            Manner::Failing => b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n",
            Manner::Hanging => b"",
        }
    }
}

/// Where the path goes on after its slash.
const PATH_AT: usize = "POST /".len();

/// The endpoint's number within its app; the first where the path has none.
fn endpoint(request: &[u8]) -> usize {
    let digit = request.get(PATH_AT).filter(|letter| letter.is_ascii_digit());
    digit.map_or(0, |digit| usize::from(digit - b'0'))
}

/// Connections that are not taken yet.
const WAITING_CONNECTIONS_MAX: i32 = 4096;

const STOP_WITHIN: Duration = Duration::from_millis(50);

impl Receiver {
    /// Listens on any free port of loopback, and writes into `ledger`.
    pub(crate) fn start(ledger: &Arc<Ledger>) -> io::Result<Self> {
        Self::start_at(([127, 0, 0, 1], 0).into(), ledger)
    }

    /// Listens on `address`.
    pub(crate) fn start_at(address: SocketAddr, ledger: &Arc<Ledger>) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        // With the usual 128, the system drops some of many connections that begin at once, for a second each.
        rustix::net::listen(&listener, WAITING_CONNECTIONS_MAX)?;
        listener.set_nonblocking(true)?;
        let stop = Arc::new(AtomicBool::new(false));
        let mut receiver = Self { address: listener.local_addr()?, stop: stop.clone(), threads: Vec::new() };
        for _ in 0..threads() {
            let server = Server::new(listener.try_clone()?, ledger.clone())?;
            let stop = stop.clone();
            receiver
                .threads
                .push(thread::spawn(move || server.run(&stop).expect("a socket of loopback works")));
        }
        Ok(receiver)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // One that panicked has said so.
            let _ = thread.join();
        }
    }
}

/// One thread's connections.
struct Server {
    poll: Poll,
    listener: TcpListener,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    ledger: Arc<Ledger>,
    buffer: Vec<u8>,
}

struct Connection {
    stream: TcpStream,
    /// What came of a request that is not complete.
    kept: Vec<u8>,
}

const LISTENER: usize = usize::MAX;
const READ_BYTES: usize = 64 * 1024;

impl Server {
    fn new(listener: TcpListener, ledger: Arc<Ledger>) -> io::Result<Self> {
        let poll = Poll::new()?;
        poll.add_listener(&listener, LISTENER)?;
        let (connections, free, buffer) = (Vec::new(), Vec::new(), vec![0; READ_BYTES]);
        Ok(Self { poll, listener, connections, free, ledger, buffer })
    }

    fn run(mut self, stop: &AtomicBool) -> io::Result<()> {
        let mut tokens = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            self.poll.wait(STOP_WITHIN, &mut tokens)?;
            for token in tokens.drain(..) {
                if token == LISTENER {
                    self.accept()?;
                } else {
                    self.serve(token);
                }
            }
        }
        Ok(())
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
                Err(error) => return Err(error),
            };
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            let place = self.free.pop().unwrap_or(self.connections.len());
            if place == self.connections.len() {
                self.connections.push(None);
            }
            self.poll.add(&stream, place)?;
            self.connections[place] = Some(Connection { stream, kept: Vec::new() });
        }
    }

    fn serve(&mut self, place: usize) {
        let Some(connection) = self.connections.get_mut(place).and_then(Option::as_mut) else { return };
        if !connection.serve(&mut self.buffer, &self.ledger) {
            self.connections[place] = None;
            self.free.push(place);
        }
    }
}

impl Connection {
    /// Answers what has come; whether the connection goes on.
    fn serve(&mut self, buffer: &mut [u8], ledger: &Ledger) -> bool {
        loop {
            let count = match self.stream.read(buffer) {
                Ok(0) => return false,
                Ok(count) => count,
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            };
            let mut rest = &buffer[..count];
            if !self.kept.is_empty() {
                self.kept.extend_from_slice(rest);
                rest = &self.kept;
            }
            let mut used = 0;
            while let Some(Frame { body_at, end }) = frame(&rest[used..]) {
                let request = &rest[used..used + end];
                let manner = Manner::of(request);
                if manner == Manner::Well {
                    ledger.arrive(number(&request[body_at..]), endpoint(request), clock::now());
                }
                // An answer is smaller than any socket's buffer, and the sender waits for it.
                if self.stream.write_all(manner.answer()).is_err() {
                    return false;
                }
                used += end;
            }
            self.kept = rest[used..].to_vec();
            if count < buffer.len() {
                // More will be told of.
                return true;
            }
        }
    }
}
