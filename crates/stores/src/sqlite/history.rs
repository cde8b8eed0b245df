//! The history of calls and executions; messages, deliveries and attempts are in files of their own.

mod attempts;
mod deliveries;
mod messages;

use std::collections::HashMap;

use async_trait::async_trait;
use domain::app::AppKey;
use domain::delivery::Delivery;
use domain::endpoint::Endpoint;
use domain::execution::{Call, Story};
use domain::id::{AppId, AttemptId, DeliveryId, EndpointId, MessageId, OrganizationId};
use domain::limits::PAGE_PAYLOAD_BYTES_MAX;
use domain::message::{Fate, Message, MessageRef};
use domain::time::Timestamp;
use engine::ports::fault::StoreError;
use engine::ports::history::{
    AttemptFilter, AttemptsOf, DeliveriesOf, DeliveryFilter, DeliveryStatus, History, MessageFilter,
    PastAttempt, PastCall, PastDelivery, PastMessage, Stats,
};
use engine::ports::page::{Filtered, Order, Page, Slice, Start};
use rusqlite::Connection;

use super::SqliteStore;
use super::error::invalid;
use super::rows;
use super::statements::Statements;
use super::writer::Done;

#[async_trait]
impl History for SqliteStore {
    async fn calls(
        &self,
        app: &AppKey,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Page<PastCall>, StoreError> {
        let app = app.clone();
        self.readers.read(move |connection| calls(connection, &app, before, limit)).await
    }

    async fn executions(
        &self,
        app: &AppKey,
        fate: Option<Fate>,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Page<PastMessage>, StoreError> {
        let app = app.clone();
        self.readers.read(move |connection| executions(connection, &app, fate, before, limit)).await
    }

    async fn story(&self, organization: OrganizationId, id: MessageId) -> Result<Option<Story>, StoreError> {
        self.readers.read(move |connection| story(connection, organization, id)).await
    }

    async fn message(&self, app: AppId, message: &MessageRef) -> Result<Option<Message>, StoreError> {
        let message = message.clone();
        self.readers.read(move |connection| messages::message(connection, app, &message)).await
    }

    async fn messages(
        &self,
        app: AppId,
        filter: MessageFilter,
        slice: Slice<MessageId>,
    ) -> Result<Filtered<Message, MessageId>, StoreError> {
        self.readers.read(move |connection| messages::of_app(connection, app, &filter, &slice)).await
    }

    async fn messages_of_endpoint(
        &self,
        endpoint: EndpointId,
        filter: MessageFilter,
        status: Option<DeliveryStatus>,
        slice: Slice<MessageId>,
    ) -> Result<Filtered<(Message, Delivery), MessageId>, StoreError> {
        let find = move |connection: &Connection| {
            messages::of_endpoint(connection, endpoint, &filter, status, &slice)
        };
        self.readers.read(find).await
    }

    async fn endpoints_of_message(
        &self,
        message: MessageId,
        slice: Slice<EndpointId>,
    ) -> Result<Page<(Endpoint, Delivery)>, StoreError> {
        self.readers.read(move |connection| messages::endpoints_of(connection, message, &slice)).await
    }

    async fn deliveries(
        &self,
        of: DeliveriesOf,
        filter: DeliveryFilter,
        slice: Slice<DeliveryId>,
    ) -> Result<Filtered<PastDelivery, DeliveryId>, StoreError> {
        self.readers.read(move |connection| deliveries::deliveries(connection, of, &filter, &slice)).await
    }

    async fn attempts(
        &self,
        of: AttemptsOf,
        filter: AttemptFilter,
        slice: Slice<AttemptId>,
    ) -> Result<Filtered<PastAttempt, AttemptId>, StoreError> {
        self.readers.read(move |connection| attempts::attempts(connection, of, &filter, &slice)).await
    }

    async fn attempt(&self, message: MessageId, id: AttemptId) -> Result<Option<PastAttempt>, StoreError> {
        self.readers.read(move |connection| attempts::attempt(connection, message, id)).await
    }

    async fn expunge_attempt(&self, message: MessageId, id: AttemptId) -> Result<bool, StoreError> {
        self.writer.carry_out(move |work| attempts::expunge(work, message, id).map(Done::Keep)).await
    }

    async fn stats(
        &self,
        endpoint: EndpointId,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Stats, StoreError> {
        self.readers.read(move |connection| attempts::stats(connection, endpoint, since, until)).await
    }
}

fn calls(
    connection: &Connection,
    app: &AppKey,
    before: Option<DeliveryId>,
    limit: usize,
) -> rusqlite::Result<Page<PastCall>> {
    let Some(app) = rows::app::find_key(connection, app)? else { return Ok(Page::empty()) };
    let start = before.map_or(Start::First, Start::After);
    let span = deliveries::span(&Slice { limit, order: Order::Descending, start });
    let mut page = Page::empty();
    let mut payload_bytes = 0;
    let mut known = Known::of(connection);
    rows::delivery::of_app(connection, app.id, &span, |deliveries| {
        for delivery in deliveries {
            let delivery = delivery?;
            let message = known.message(delivery.id.message)?;
            payload_bytes += message.payload.len();
            let is_heavy = !page.rows.is_empty() && payload_bytes > PAGE_PAYLOAD_BYTES_MAX;
            if page.rows.len() == limit || is_heavy {
                page.more = true;
                break;
            }
            page.rows.push(known.past_call(message, delivery)?);
        }
        Ok(page)
    })
}

/// What the calls of one page have in common, read once.
struct Known<'a> {
    connection: &'a Connection,
    statements: Statements<'a>,
    message: Option<Message>,
    endpoints: HashMap<EndpointId, Endpoint>,
}

impl<'a> Known<'a> {
    fn of(connection: &'a Connection) -> Self {
        let statements = Statements::of(connection);
        Self { connection, statements, message: None, endpoints: HashMap::new() }
    }

    fn past_call(&mut self, message: Message, delivery: Delivery) -> rusqlite::Result<PastCall> {
        let endpoint = self.endpoint(delivery.id.endpoint)?;
        let attempts = rows::attempt::last(self.connection, delivery.id)?.into_iter().collect();
        Ok(PastCall { message, call: Call { delivery, endpoint, attempts } })
    }

    /// Calls of one message stand together, and share its payload in memory.
    fn message(&mut self, id: MessageId) -> rusqlite::Result<Message> {
        if let Some(message) = self.message.as_ref().filter(|message| message.id == id) {
            return Ok(message.clone());
        }
        let found = rows::message::find(&mut self.statements, id)?;
        let message = found.ok_or_else(|| invalid("delivery", "its message is missing"))?;
        self.message = Some(message.clone());
        Ok(message)
    }

    fn endpoint(&mut self, id: EndpointId) -> rusqlite::Result<Endpoint> {
        if let Some(endpoint) = self.endpoints.get(&id) {
            return Ok(endpoint.clone());
        }
        let found = rows::endpoint::find(self.connection, id)?;
        let endpoint = found.ok_or_else(|| invalid("delivery", "its endpoint is missing"))?;
        self.endpoints.insert(id, endpoint.clone());
        Ok(endpoint)
    }
}

fn executions(
    connection: &Connection,
    app: &AppKey,
    fate: Option<Fate>,
    before: Option<MessageId>,
    limit: usize,
) -> rusqlite::Result<Page<PastMessage>> {
    let Some(app) = rows::app::find_key(connection, app)? else { return Ok(Page::empty()) };
    let start = before.map_or(Start::First, Start::After);
    let slice = Slice { limit, order: Order::Descending, start };
    rows::message::executions(connection, app.id, fate, before, |rows| Page::of_walk(rows, &slice))
}

fn story(
    connection: &Connection,
    organization: OrganizationId,
    id: MessageId,
) -> rusqlite::Result<Option<Story>> {
    let Some(message) = rows::message::find(&mut Statements::of(connection), id)? else { return Ok(None) };
    let app = rows::app::find(connection, message.app)?;
    let app = app.ok_or_else(|| invalid("message", "its app is missing"))?;
    if app.organization != organization {
        return Ok(None);
    }
    let mut known = Known::of(connection);
    let mut calls = Vec::new();
    for delivery in rows::delivery::of_message(connection, id)? {
        let endpoint = known.endpoint(delivery.id.endpoint)?;
        let attempts = rows::attempt::of_delivery(connection, delivery.id)?;
        calls.push(Call { delivery, endpoint, attempts });
    }
    Ok(Some(Story { app, message, calls }))
}
