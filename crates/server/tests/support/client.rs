//! A small blocking HTTP client. It keeps its connection, opens it anew when the program was restarted, and never
//! waits for ever. It repeats nothing: a request that failed is a failure that the test sees.

use std::io::{self, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::message::{Message, Unsized};

/// Reading or writing one message.
const TIME_MAX: Duration = Duration::from_secs(20);

/// Talks to one address.
pub(crate) struct Client {
    address: SocketAddr,
    key: Option<String>,
    connection: Option<BufReader<TcpStream>>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    /// The status.
    pub(crate) status: u16,
    /// Its headers and body.
    pub(crate) message: Message,
}

impl Client {
    /// Talks to `address`, without a key.
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, key: None, connection: None }
    }

    /// Sends `key` with each request.
    pub(crate) fn with_key(self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self }
    }

    /// `GET`; fails the test if there is no answer.
    pub(crate) fn get(&mut self, path: &str) -> Answered {
        self.send("GET", path, None).unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    /// `POST` of JSON; fails the test if there is no answer.
    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Answered {
        self.try_post(path, body).unwrap_or_else(|error| panic!("POST {path}: {error}"))
    }

    /// `POST` of JSON to a program that may be dead.
    pub(crate) fn try_post(&mut self, path: &str, body: &Value) -> io::Result<Answered> {
        self.send("POST", path, Some(body.to_string().as_bytes()))
    }

    /// Any request. After a failure, the next one opens a new connection.
    pub(crate) fn send(&mut self, method: &str, path: &str, body: Option<&[u8]>) -> io::Result<Answered> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.address);
        if let Some(key) = &self.key {
            head += &format!("authorization: Bearer {key}\r\n");
        }
        if let Some(body) = body {
            head += &format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
        }
        let request = [head.as_bytes(), b"\r\n", body.unwrap_or_default()].concat();
        self.exchange(&request)
    }

    /// Sends bytes as they are, and reads an answer.
    pub(crate) fn exchange(&mut self, request: &[u8]) -> io::Result<Answered> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        connection.get_mut().write_all(request)?;
        let message = Message::read(&mut connection, Unsized::ToTheEnd)?
            .ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        let status = message.first_line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(message.first_line.clone()))?;
        if message.header("connection") != Some("close") {
            self.connection = Some(connection);
        }
        Ok(Answered { status, message })
    }

    fn connect(&self) -> io::Result<BufReader<TcpStream>> {
        let stream = TcpStream::connect_timeout(&self.address, TIME_MAX)?;
        stream.set_read_timeout(Some(TIME_MAX))?;
        stream.set_write_timeout(Some(TIME_MAX))?;
        stream.set_nodelay(true)?;
        Ok(BufReader::new(stream))
    }
}

impl Answered {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        self.message.json()
    }

    /// Fails the test unless the status is this one; answers the body as JSON.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.message.text());
        self.json()
    }
}
