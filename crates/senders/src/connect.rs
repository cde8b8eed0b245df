//! Makes a connection to a judged address: TCP, then TLS if the URL wants it. The only place of the program
//! that opens a connection to the outside.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use domain::attempt::{Failure, FailureCode};
use domain::target::Target;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::budget::{Meter, Metered};
use crate::connection::Connection;
use crate::resolve::Peer;
use crate::socket::Socket;
use crate::tls::{self, Client};

/// Makes connections.
pub(crate) struct Connector {
    /// TCP and TLS handshakes together, over all addresses of a name.
    pub(crate) connect_time: Duration,
}

impl Connector {
    /// Connects to the first of `peers` that can be reached; each has its share of the time, so that a silent
    /// one does not use up that of the others.
    pub(crate) async fn connect(
        &self,
        target: &Target,
        peers: &[Peer],
        client: &Client,
    ) -> Result<(Connection, Peer), Failure> {
        let deadline = Instant::now() + self.connect_time;
        let mut last = Failure::new(FailureCode::DnsNotFound, "The name has no address.");
        for (index, peer) in peers.iter().enumerate() {
            let now = Instant::now();
            let left = u32::try_from(peers.len() - index).unwrap_or(u32::MAX);
            let share = deadline.saturating_duration_since(now) / left;
            last = match timeout_at(now + share, connect_to(target, *peer, client)).await {
                Ok(Ok(connection)) => return Ok((connection, *peer)),
                Ok(Err(failure)) if failure.code == FailureCode::Internal => return Err(failure),
                Ok(Err(failure)) => failure,
                Err(_) => silent(*peer),
            };
        }
        Err(last)
    }
}

async fn connect_to(target: &Target, peer: Peer, client: &Client) -> Result<Connection, Failure> {
    #[expect(clippy::disallowed_methods, reason = "this is the one place, and a Peer was judged")]
    let tcp = TcpStream::connect(peer.address()).await.map_err(|error| tcp_failure(&error, peer))?;
    // A request is one write; waiting for more to send would only delay it.
    tcp.set_nodelay(true).map_err(|error| tcp_failure(&error, peer))?;
    let meter = Meter::new();
    let tcp = Metered::new(tcp, Arc::clone(&meter));
    let socket = if target.is_tls() {
        let name = tls::server_name(target.host())?;
        let stream =
            client.connector.connect(name, tcp).await.map_err(|error| tls_failure(&error, &meter))?;
        Socket::Tls(Box::new(stream))
    } else {
        Socket::Plain(tcp)
    };
    Ok(Connection::new(socket, meter))
}

fn silent(peer: Peer) -> Failure {
    let detail = format!("{} did not complete the connection in time.", peer.address());
    Failure::new(FailureCode::ConnectTimeout, detail)
}

fn tcp_failure(error: &io::Error, peer: Peer) -> Failure {
    let address = peer.address();
    if is_ours(error) {
        let detail = format!("This machine could not open a connection to {address}: {error}.");
        return Failure::new(FailureCode::Internal, detail);
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            Failure::new(FailureCode::ConnectRefused, format!("Nobody listens at {address}."))
        }
        io::ErrorKind::TimedOut => silent(peer),
        _ => {
            let detail = format!("The connection to {address} could not be made: {error}.");
            Failure::new(FailureCode::ConnectFailed, detail)
        }
    }
}

/// Whether the machine lacks something that the receiver has no part in: file descriptors (EMFILE 24 and
/// ENFILE 23 on every Unix), local ports, memory.
fn is_ours(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(23 | 24))
        || matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::OutOfMemory)
}

fn tls_failure(error: &io::Error, meter: &Meter) -> Failure {
    if meter.is_used_up() {
        return Failure::new(FailureCode::TooManyBytes, "The TLS handshake is larger than is read.");
    }
    tls::failure(error).unwrap_or_else(|| {
        let detail = "The receiver closed the connection during the TLS handshake.";
        Failure::new(FailureCode::TlsFailed, detail)
    })
}
