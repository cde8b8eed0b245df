//! The sender port over HTTP/1.1: one call is one attempt, and one attempt is at most one request on the wire.

use std::time::Duration;

use async_trait::async_trait;
use domain::address::Networks;
use domain::attempt::{Failure, FailureCode, Outcome};
use domain::target::{Host, Target, TargetRefused};
use engine::ports::sender::{Exchange, Request, Sender};
use http::header::{CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::{Method, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use crate::connect::Connector;
use crate::connection::{Connection, Message};
use crate::pool::{Key, Pool};
use crate::resolve::{Peer, Resolver};
use crate::response::{Answer, head_failure};
use crate::settings::{Settings, SetupError};
use crate::tls;

/// Sends over HTTP/1.1, in the clear or over TLS, as the URL says.
pub struct HttpSender {
    attempt_time: Duration,
    opened: Networks,
    user_agent: HeaderValue,
    resolver: Resolver,
    connector: Connector,
    pool: Pool,
}

impl HttpSender {
    /// A sender with these settings.
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        let Settings { attempt_time, connect_time, opened, dns_servers, extra_roots_pem, user_agent } =
            settings;
        Ok(Self {
            attempt_time,
            user_agent: HeaderValue::try_from(user_agent).map_err(|_| SetupError::UserAgent)?,
            resolver: Resolver::new(&dns_servers, opened.clone())?,
            connector: Connector { tls: tls::connector(extra_roots_pem.as_deref())?, connect_time },
            opened,
            pool: Pool::default(),
        })
    }
}

#[async_trait]
impl Sender for HttpSender {
    async fn send(&self, request: Request) -> Exchange {
        let started = Instant::now();
        let mut progress = Progress { phase: Phase::Resolve, answer: None };
        let ended = timeout_at(started + self.attempt_time, self.attempt(request, &mut progress)).await;
        let ended = ended.unwrap_or_else(|_| Err(progress.phase.timed_out(self.attempt_time)));
        Exchange { outcome: progress.into_outcome(ended), duration: started.elapsed() }
    }
}

/// How far an attempt has come: outlives it, so that the deadline can say what it cut.
struct Progress {
    phase: Phase,
    answer: Option<Answer>,
}

#[derive(Clone, Copy)]
enum Phase {
    Resolve,
    Connect,
    Head,
    Body,
}

impl Phase {
    fn timed_out(self, limit: Duration) -> Failure {
        let (code, what) = match self {
            Phase::Resolve => (FailureCode::DnsTimeout, "The name was not resolved"),
            Phase::Connect => (FailureCode::ConnectTimeout, "The connection was not made"),
            Phase::Head => (FailureCode::HeadTimeout, "No complete response head came"),
            Phase::Body => (FailureCode::BodyTimeout, "The response body was not complete"),
        };
        Failure::new(code, format!("{what} within the {limit:?} of an attempt."))
    }
}

impl Progress {
    fn into_outcome(self, ended: Result<(), Failure>) -> Outcome {
        match self.answer {
            Some(answer) => answer.into_outcome(ended.err()),
            // An attempt that ends well has an answer.
            None => Outcome { response: None, failure: ended.err() },
        }
    }
}

impl HttpSender {
    async fn attempt(&self, request: Request, progress: &mut Progress) -> Result<(), Failure> {
        let target = request.target.clone();
        target.permit(&self.opened).map_err(|refused| refusal(&refused))?;
        let message = self.message(request)?;
        let (named, literal);
        let peers: &[Peer] = match target.host() {
            Host::Name(name) => {
                named = self.resolver.resolve(name, target.port()).await?;
                &named
            }
            Host::Ip(address) => {
                literal = [Peer::judge(*address, target.port(), &self.opened)?];
                &literal
            }
        };
        let (mut connection, key, head) = self.exchange(&target, peers, message, progress).await?;
        connection.meter().allow_body();
        let answer = progress.answer.insert(Answer::new(&head));
        progress.phase = Phase::Body;
        answer.read_body(&mut connection, head.into_body()).await?;
        if answer.is_complete() {
            self.pool.put(key, connection).await;
        }
        Ok(())
    }

    /// Sends the request over an idle connection, or else over a new one, and waits for the response's head.
    async fn exchange(
        &self,
        target: &Target,
        peers: &[Peer],
        mut message: Message,
        progress: &mut Progress,
    ) -> Result<(Connection, Key, Response<Incoming>), Failure> {
        progress.phase = Phase::Head;
        for peer in peers {
            let key = Key::new(target, *peer);
            let Some(mut connection) = self.pool.take(&key).await else { continue };
            connection.meter().restart();
            match connection.send(message).await {
                Ok(head) => return Ok((connection, key, head)),
                Err(mut error) => match error.take_message() {
                    // Nothing of it was written: sending it over a new connection is still the first time.
                    Some(unsent) => message = unsent,
                    None => return Err(head_failure(error.error(), connection.meter())),
                },
            }
        }
        progress.phase = Phase::Connect;
        let (mut connection, peer) = self.connector.connect(target, peers).await?;
        progress.phase = Phase::Head;
        match connection.send(message).await {
            Ok(head) => Ok((connection, Key::new(target, peer), head)),
            Err(error) => Err(head_failure(error.error(), connection.meter())),
        }
    }

    /// The request as it goes out: the caller's headers, and those that the connection needs.
    fn message(&self, request: Request) -> Result<Message, Failure> {
        let unsendable =
            |what: &str| Failure::new(FailureCode::Internal, format!("The {what} cannot be sent."));
        let target = &request.target;
        let host = HeaderValue::from_str(target.authority()).map_err(|_| unsendable("host"))?;
        let mut headers = HeaderMap::with_capacity(request.headers.len() + 3);
        headers.insert(HOST, host);
        headers.insert(USER_AGENT, self.user_agent.clone());
        for (name, value) in request.headers {
            let value = HeaderValue::try_from(value).map_err(|_| unsendable(name))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        // Written here, because hyper leaves it out when the body is empty.
        headers.insert(CONTENT_LENGTH, HeaderValue::from(request.body.len()));
        let mut message = Message::new(Full::new(request.body));
        *message.method_mut() = Method::POST;
        *message.uri_mut() = Uri::try_from(target.path_and_query()).map_err(|_| unsendable("URL"))?;
        *message.headers_mut() = headers;
        Ok(message)
    }
}

fn refusal(refused: &TargetRefused) -> Failure {
    let code = match refused {
        TargetRefused::IpNotPublic(_) | TargetRefused::SpecialUse => FailureCode::DestinationDenied,
        _ => FailureCode::UrlRefused,
    };
    Failure::new(code, refused.to_string())
}
