//! What an operator decides about the API.

use std::time::Duration;

use domain::address::Networks;
use domain::limits::IDEMPOTENCY_TIME_DEFAULT;

use crate::{Access, JwtSecret, Ready};

/// What an operator decides about the API, and what it tells of itself.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who may call.
    pub access: Access,
    /// Signs the tokens of another server that are accepted besides keys.
    pub jwt_secret: Option<JwtSecret>,
    /// The networks that the operator opened for webhooks.
    pub opened: Networks,
    /// How long the answer to a request with an idempotency key is remembered.
    pub idempotency_time: Duration,
    /// Where browsers reach the console, without a slash at its end: links into it begin with it.
    pub public_url: String,
    /// What `GET /ready` tells.
    pub ready: Ready,
}

impl Settings {
    /// What there is when nobody decides anything.
    pub fn new(access: Access, ready: Ready) -> Self {
        Self {
            access,
            jwt_secret: None,
            opened: Networks::default(),
            idempotency_time: IDEMPOTENCY_TIME_DEFAULT,
            public_url: format!("http://{}", ready.listen),
            ready,
        }
    }
}
