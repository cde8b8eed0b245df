//! One request on the wire: over an idle connection that was made for the same, or over a new one to an address
//! that was judged for this very call. Receivers and authorization servers are called alike.
//!
//! What most calls do not await (a name, a new connection) is boxed: otherwise the future of each call would have room
//! for it, thousands of bytes that are moved and that the next call finds cold.

use domain::address::Networks;
use domain::attempt::{Failure, FailureCode};
use domain::target::{Host, Target, TargetRefused};

use crate::connect::Connector;
use crate::connection::Connection;
use crate::head::Head;
use crate::message::Message;
use crate::pool::{Key, Pool};
use crate::progress::{Phase, Progress};
use crate::resolve::{Peer, Resolver};
use crate::response::{Answer, head_failure};
use crate::tls::Client;

/// Makes calls.
pub(crate) struct Calls {
    pub(crate) opened: Networks,
    pub(crate) resolver: Resolver,
    pub(crate) connector: Connector,
    pub(crate) pool: Pool,
}

/// A URL that may be called, as far as it says itself. Only [`Calls::permit`] makes one.
#[derive(Clone, Copy)]
pub(crate) struct Permitted<'a>(&'a Target);

impl Calls {
    /// Judges a URL as it is now: networks may have been opened or closed since it was stored.
    pub(crate) fn permit<'a>(&self, target: &'a Target) -> Result<Permitted<'a>, Failure> {
        target.permit(&self.opened).map_err(|refused| refusal(&refused))?;
        Ok(Permitted(target))
    }

    /// Sends `message` once and reads the answer into `progress`.
    pub(crate) async fn call(
        &self,
        Permitted(target): Permitted<'_>,
        client: &Client,
        message: Message,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        progress.phase = Phase::Resolve;
        let (named, literal);
        let peers: &[Peer] = match target.host() {
            Host::Name(name) => {
                named = Box::pin(self.resolver.resolve(name, target.port())).await?;
                &named
            }
            Host::Ip(address) => {
                literal = [Peer::judge(*address, target.port(), &self.opened)?];
                &literal
            }
        };
        let route = Route { target, peers, client };
        let (mut connection, key, head) = self.exchange(route, message, progress).await?;
        connection.meter().allow_body();
        let (answer, framing) = Answer::begin(head);
        let answer = progress.answer.insert(answer);
        progress.phase = Phase::Body;
        answer.read_body(&mut connection, framing).await?;
        if answer.is_complete() {
            self.pool.put(key, connection).await;
        }
        Ok(())
    }

    /// Sends the request over an idle connection, or else over a new one, and waits for the response's head. The idle one was
    /// looked at the moment before: if the receiver closes it within that moment, the attempt fails.
    async fn exchange(
        &self,
        route: Route<'_>,
        message: Message,
        progress: &mut Progress,
    ) -> Result<(Connection, Key, Head), Failure> {
        let (mut connection, key) = match self.idle(route).await {
            Some(idle) => idle,
            None => self.connect(route, progress).await?,
        };
        progress.phase = Phase::Head;
        match connection.send(message).await {
            Ok(head) => Ok((connection, key, head)),
            Err(fault) => Err(head_failure(&fault, connection.meter())),
        }
    }

    async fn idle(&self, route: Route<'_>) -> Option<(Connection, Key)> {
        for peer in route.peers {
            let key = route.key(*peer);
            if let Some(connection) = self.pool.take(&key).await {
                connection.meter().restart();
                return Some((connection, key));
            }
        }
        None
    }

    async fn connect(&self, route: Route<'_>, progress: &mut Progress) -> Result<(Connection, Key), Failure> {
        progress.phase = Phase::Connect;
        let Route { target, peers, client } = route;
        let (connection, peer) = Box::pin(self.connector.connect(target, peers, client)).await?;
        Ok((connection, route.key(peer)))
    }
}

/// Where a call goes, and as whom.
#[derive(Clone, Copy)]
struct Route<'a> {
    target: &'a Target,
    peers: &'a [Peer],
    client: &'a Client,
}

impl Route<'_> {
    fn key(&self, peer: Peer) -> Key {
        Key::new(self.target, peer, self.client.identity)
    }
}

fn refusal(refused: &TargetRefused) -> Failure {
    let code = match refused {
        TargetRefused::IpNotPublic(_) | TargetRefused::SpecialUse => FailureCode::DestinationDenied,
        _ => FailureCode::UrlRefused,
    };
    Failure::new(code, refused.to_string())
}
