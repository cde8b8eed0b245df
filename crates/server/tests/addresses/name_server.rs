//! A name server on this machine that answers what a test wants. (RFC 1035, as much as is needed.)

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

/// Addresses of names; a name that is not in it does not exist.
pub(crate) type Zone = BTreeMap<&'static str, Vec<IpAddr>>;

/// A name server, until the test's process ends.
pub(crate) struct NameServer {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The names it was asked for.
    asked: Arc<Mutex<Vec<String>>>,
}

const A: u16 = 1;
const AAAA: u16 = 28;

impl NameServer {
    /// Answers from `zone`; `fallback` are the addresses of all other names, if there are any.
    pub(crate) fn new(zone: Zone, fallback: Vec<IpAddr>) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = Self { address: socket.local_addr().unwrap(), asked: Arc::default() };
        let asked = server.asked.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 512];
            while let Ok((length, client)) = socket.recv_from(&mut buffer) {
                let query = &buffer[..length];
                let name = name(query);
                asked.lock().unwrap().push(name.clone());
                let addresses = zone.get(name.as_str()).unwrap_or(&fallback);
                let _ = socket.send_to(&answer(query, addresses), client);
            }
        });
        server
    }

    /// How often it was asked for a name.
    pub(crate) fn times_asked(&self, name: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == name).count()
    }
}

/// The name in the question, which begins at byte 12.
fn name(query: &[u8]) -> String {
    let mut labels = Vec::new();
    let mut at = 12;
    while query[at] > 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..end]).to_ascii_lowercase());
        at = end;
    }
    labels.join(".")
}

fn answer(query: &[u8], addresses: &[IpAddr]) -> Vec<u8> {
    let name_end = 12 + query[12..].iter().position(|byte| *byte == 0).unwrap() + 1;
    let question = &query[12..name_end + 4];
    let kind = u16::from_be_bytes([query[name_end], query[name_end + 1]]);
    let records: Vec<Vec<u8>> =
        addresses.iter().map(|address| data(*address)).filter(|(of, _)| *of == kind).map(record).collect();
    // No error, or: there is no such name.
    let code = if addresses.is_empty() { 3 } else { 0 };
    let count = u16::try_from(records.len()).unwrap().to_be_bytes();
    let head = [query[0], query[1], 0x81, 0x80 | code, 0, 1, count[0], count[1], 0, 0, 0, 0];
    [&head[..], question, &records.concat()].concat()
}

fn data(address: IpAddr) -> (u16, Vec<u8>) {
    match address {
        IpAddr::V4(address) => (A, address.octets().to_vec()),
        IpAddr::V6(address) => (AAAA, address.octets().to_vec()),
    }
}

/// A record of the name in the question (0xc00c points there), in the class of the internet, for one second.
fn record((kind, data): (u16, Vec<u8>)) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    let head = [0xc0, 0x0c, 0, u8::try_from(kind).unwrap(), 0, 1, 0, 0, 0, 1];
    [&head[..], &length.to_be_bytes(), &data].concat()
}
