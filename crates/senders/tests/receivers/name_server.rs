//! A name server that answers what a test wants, over UDP.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// What a name server says to one question.
#[derive(Clone)]
pub(crate) enum Says {
    /// The addresses of the asked family, with this time to live in seconds.
    Addresses(Vec<IpAddr>, u32),
    /// An alias, and the addresses behind it.
    Alias(&'static str, Vec<IpAddr>),
    /// An error by its response code: 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED.
    Code(u8),
    /// Nothing at all.
    Nothing,
}

/// Runs until it is dropped.
pub(crate) struct NameServer {
    pub(crate) address: SocketAddr,
    questions: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl NameServer {
    /// Answers each question by its name (lower case, with a dot at its end) and how many times this name was
    /// asked for addresses of that family before.
    pub(crate) async fn start(answer: impl Fn(&str, usize) -> Says + Send + 'static) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (address, questions) = (socket.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&questions);
        let task = tokio::spawn(async move {
            let mut asked = std::collections::HashMap::new();
            let mut packet = [0; 1500];
            loop {
                let (length, from) = socket.recv_from(&mut packet).await.unwrap();
                counted.fetch_add(1, SeqCst);
                let question = Question::read(&packet[..length]);
                let before: &mut usize = asked.entry((question.name.clone(), question.family)).or_default();
                let says = answer(&question.name, *before);
                *before += 1;
                if let Some(reply) = question.reply(&packet[..length], &says) {
                    socket.send_to(&reply, from).await.unwrap();
                }
            }
        });
        Self { address, questions, task }
    }

    pub(crate) fn questions(&self) -> usize {
        self.questions.load(SeqCst)
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Question {
    name: String,
    /// 1 for A, 28 for AAAA.
    family: u16,
    /// Where the question ends in the packet.
    end: usize,
}

const HEADER_BYTES: usize = 12;

impl Question {
    fn read(packet: &[u8]) -> Self {
        let (mut name, mut at) = (String::new(), HEADER_BYTES);
        while packet[at] != 0 {
            let label = &packet[at + 1..=at + usize::from(packet[at])];
            name.push_str(&String::from_utf8_lossy(label).to_lowercase());
            name.push('.');
            at += 1 + label.len();
        }
        Self { name, family: u16::from_be_bytes([packet[at + 1], packet[at + 2]]), end: at + 5 }
    }

    fn reply(&self, packet: &[u8], says: &Says) -> Option<Vec<u8>> {
        let (code, records) = match says {
            Says::Nothing => return None,
            Says::Code(code) => (*code, Vec::new()),
            Says::Addresses(addresses, ttl) => (0, self.addresses(&[0xc0, 12], addresses, *ttl)),
            Says::Alias(alias, addresses) => {
                let name = encoded(alias);
                let mut records = vec![record(&[0xc0, 12], 5, 0, &name)];
                records.extend(self.addresses(&name, addresses, 0));
                (0, records)
            }
        };
        let mut reply = packet[..2].to_vec();
        reply.extend([0x81, 0x80 | code, 0, 1]);
        reply.extend(u16::try_from(records.len()).unwrap().to_be_bytes());
        reply.extend([0; 4]);
        reply.extend(&packet[HEADER_BYTES..self.end]);
        reply.extend(records.concat());
        Some(reply)
    }

    fn addresses(&self, owner: &[u8], addresses: &[IpAddr], ttl: u32) -> Vec<Vec<u8>> {
        let data = addresses.iter().filter_map(|address| match (address, self.family) {
            (IpAddr::V4(v4), 1) => Some(v4.octets().to_vec()),
            (IpAddr::V6(v6), 28) => Some(v6.octets().to_vec()),
            _ => None,
        });
        data.map(|data| record(owner, self.family, ttl, &data)).collect()
    }
}

fn encoded(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.bytes());
    }
    bytes.push(0);
    bytes
}

fn record(owner: &[u8], kind: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    [owner, &kind.to_be_bytes(), &[0, 1], &ttl.to_be_bytes(), &length, data].concat()
}
