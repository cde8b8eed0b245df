//! The sender port over HTTP/1.1: one call is one attempt, and one attempt is at most one request to the receiver.

use std::time::Duration;

use async_trait::async_trait;
use domain::attempt::Failure;
use domain::receiver_auth::ReceiverAuth;
use engine::ports::sender::{Exchange, Request, Sender};
use tokio::time::{Instant, timeout_at};

use crate::auth::Auth;
use crate::call::Calls;
use crate::connect::Connector;
use crate::identities::Identities;
use crate::message::{Messages, is_header_value};
use crate::pool::Pool;
use crate::progress::{Phase, Progress};
use crate::resolve::Resolver;
use crate::settings::{Settings, SetupError};
use crate::tls::Tls;
use crate::tokens::Tokens;

/// Sends over HTTP/1.1, in the clear or over TLS, as the URL says.
pub struct HttpSender {
    attempt_time: Duration,
    messages: Messages,
    auth: Auth,
    calls: Calls,
}

impl HttpSender {
    /// A sender with these settings.
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        let Settings { attempt_time, connect_time, opened, dns_servers, extra_roots_pem, user_agent } =
            settings;
        if !is_header_value(&user_agent) {
            return Err(SetupError::UserAgent);
        }
        let tls = Tls::new(extra_roots_pem.as_deref())?;
        Ok(Self {
            attempt_time,
            messages: Messages { user_agent },
            auth: Auth { tls, tokens: Tokens::default(), identities: Identities::default() },
            calls: Calls {
                resolver: Resolver::new(&dns_servers, opened.clone())?,
                connector: Connector { connect_time },
                opened,
                pool: Pool::default(),
            },
        })
    }

    async fn attempt(&self, request: Request, progress: &mut Progress) -> Result<(), Failure> {
        let target = request.target.clone();
        let permitted = self.calls.permit(&target)?;
        progress.phase = Phase::Authorize;
        let grant = self.auth.grant(&request.auth, &target, &self.calls, &self.messages).await?;
        progress.token = grant.token;
        let message = self.messages.webhook(request, grant.credential.as_ref())?;
        self.calls.call(permitted, &grant.client, message, progress).await
    }
}

#[async_trait]
impl Sender for HttpSender {
    async fn send(&self, request: Request) -> Exchange {
        let started = Instant::now();
        let mut progress = Progress::default();
        let ended = timeout_at(started + self.attempt_time, self.attempt(request, &mut progress)).await;
        let ended = ended.unwrap_or_else(|_| Err(progress.phase.timed_out(self.attempt_time)));
        Exchange { outcome: progress.into_outcome(ended), duration: started.elapsed() }
    }

    fn check_auth(&self, auth: &ReceiverAuth) -> Result<(), String> {
        self.auth.check(auth, &self.calls)
    }
}
