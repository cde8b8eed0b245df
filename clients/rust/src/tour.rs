//! What the steps share.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use svix::api::{Svix, SvixOptions};
use svix::models::{EndpointIn, EndpointOut, MessageIn, MessageOut};
use uuid::Uuid;

use crate::checks::{Outcome, names};
use crate::receiver::Receiver;

/// The client, the receivers, and what steps leave for later ones.
pub(crate) struct Tour {
    pub(crate) svix: Svix,
    pub(crate) receiver: Receiver,
    /// In the names of everything this run makes, so that runs do not meet.
    pub(crate) run: String,
    pub(crate) began: DateTime<Utc>,
    pub(crate) app: String,
    pub(crate) endpoint: String,
    pub(crate) other: String,
    pub(crate) secret: String,
    pub(crate) message: String,
    pub(crate) event_id: String,
}

impl Tour {
    pub(crate) async fn new(url: &str, token: &str) -> Outcome<Self> {
        let options = SvixOptions { server_url: Some(url.to_owned()), ..SvixOptions::default() };
        let run = format!("rs-{:.8}", Uuid::new_v4().simple().to_string());
        Ok(Self {
            svix: Svix::new(token.to_owned(), Some(options)),
            receiver: Receiver::start().await?,
            began: Utc::now() - TimeDelta::minutes(1),
            app: String::new(),
            endpoint: String::new(),
            other: String::new(),
            secret: String::new(),
            message: String::new(),
            event_id: format!("{run}-event"),
            run,
        })
    }

    /// The app's id, as the client wants it.
    pub(crate) fn app(&self) -> String {
        self.app.clone()
    }

    pub(crate) fn app_uid(&self) -> String {
        format!("{}-app", self.run)
    }

    pub(crate) fn event_type(&self, name: &str) -> String {
        format!("{}.{name}", self.run)
    }

    /// What makes an endpoint for one event type of its own, received at a path of its own.
    pub(crate) fn endpoint_in(&self, name: &str) -> EndpointIn {
        EndpointIn {
            event_types: names([&self.event_type(name)]),
            ..EndpointIn::new(self.receiver.url(&format!("/{name}")))
        }
    }

    pub(crate) async fn make(&self, endpoint: EndpointIn) -> Outcome<EndpointOut> {
        Ok(self.svix.endpoint().create(self.app(), endpoint, None).await?)
    }

    pub(crate) async fn secret_of(&self, endpoint: &str) -> Outcome<String> {
        Ok(self.svix.endpoint().get_secret(self.app(), endpoint.to_owned()).await?.key)
    }

    pub(crate) fn message_in(&self, name: &str, payload: Value) -> MessageIn {
        MessageIn::new(self.event_type(name), payload)
    }

    pub(crate) async fn send(&self, message: MessageIn) -> Outcome<MessageOut> {
        Ok(self.svix.message().create(self.app(), message, None).await?)
    }
}
