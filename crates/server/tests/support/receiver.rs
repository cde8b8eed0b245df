//! A receiver that answers what the test tells it, byte for byte, and remembers every call. One thread listens, and
//! each connection has its own.

use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::message::{Message, Unsized};
use super::patience::eventually;

/// What a receiver does with a call.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// An empty response with this status.
    Status(u16),
    /// The same, after this time.
    Late(Duration, u16),
    /// These bytes, and the end of the connection.
    Raw(Vec<u8>),
    /// These bytes, and then nothing, for as long as the caller holds the connection.
    Stall(Vec<u8>),
    /// The end of the connection, without a response.
    Close,
    /// Nothing, for as long as the caller holds the connection.
    Hang,
}

/// Decides by the call itself and by how many came before it.
type Behaviour = dyn Fn(&Message, usize) -> Answer + Send + Sync;

/// A receiver on this machine. Its threads end with the test's process.
#[derive(Clone)]
pub(crate) struct Receiver {
    address: SocketAddr,
    calls: Arc<Mutex<Vec<Message>>>,
}

impl Receiver {
    /// A receiver that answers every call with this status.
    pub(crate) fn answering(status: u16) -> Self {
        Self::new(move |_, _| Answer::Status(status))
    }

    /// A receiver with this behaviour.
    pub(crate) fn new(behaviour: impl Fn(&Message, usize) -> Answer + Send + Sync + 'static) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), behaviour)
    }

    /// The same, on an address of the test's choice.
    pub(crate) fn on(
        listener: TcpListener,
        behaviour: impl Fn(&Message, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let receiver = Self { address: listener.local_addr().unwrap(), calls: Arc::default() };
        let (calls, behaviour) =
            (receiver.calls.clone(), Arc::<Behaviour>::from(Box::new(behaviour) as Box<_>));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (calls, behaviour) = (calls.clone(), behaviour.clone());
                std::thread::spawn(move || serve(stream, &calls, &*behaviour));
            }
        });
        receiver
    }

    /// Its URL with this path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The calls so far, in the order in which they were complete.
    pub(crate) fn calls(&self) -> Vec<Message> {
        self.calls.lock().unwrap().clone()
    }

    /// Waits for this many calls.
    #[track_caller]
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Message> {
        let what = format!("{count} calls at {}", self.address);
        eventually(&what, || Some(self.calls()).filter(|calls| calls.len() >= count))
    }
}

fn serve(stream: TcpStream, calls: &Mutex<Vec<Message>>, behaviour: &Behaviour) {
    let mut stream = BufReader::new(stream);
    while let Ok(Some(call)) = Message::read(&mut stream, Unsized::Empty) {
        let before = {
            let mut calls = calls.lock().unwrap();
            calls.push(call.clone());
            calls.len() - 1
        };
        if !answer(stream.get_mut(), behaviour(&call, before)) {
            return;
        }
    }
}

/// Answers whether the connection goes on.
fn answer(stream: &mut TcpStream, answer: Answer) -> bool {
    match answer {
        Answer::Status(status) => respond(stream, status),
        Answer::Late(time, status) => {
            std::thread::sleep(time);
            respond(stream, status)
        }
        Answer::Raw(bytes) => {
            let _ = stream.write_all(&bytes);
            false
        }
        Answer::Stall(bytes) => {
            let _ = stream.write_all(&bytes);
            let _ = stream.read_to_end(&mut Vec::new());
            false
        }
        Answer::Close => false,
        Answer::Hang => {
            let _ = stream.read_to_end(&mut Vec::new());
            false
        }
    }
}

fn respond(stream: &mut TcpStream, status: u16) -> bool {
    let response = format!("HTTP/1.1 {status} Status\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(response.as_bytes()).is_ok()
}
