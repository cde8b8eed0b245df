//! The history: pages by key, never by offset, so that the millionth page costs as much as the first one.

use std::collections::HashMap;

use async_trait::async_trait;
use domain::app::App;
use domain::delivery::Delivery;
use domain::endpoint::Endpoint;
use domain::execution::{Call, Story};
use domain::id::{AppId, DeliveryId, EndpointId, MessageId};
use domain::limits::PAGE_PAYLOAD_BYTES_MAX;
use domain::message::{Fate, Message};
use domain::name::AppUid;
use engine::ports::fault::StoreError;
use engine::ports::history::{History, Page, PastCall, PastMessage};
use rusqlite::Connection;

use super::SqliteStore;
use super::error::invalid;
use super::rows;

#[async_trait]
impl History for SqliteStore {
    async fn calls(
        &self,
        app: &AppUid,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Page<PastCall>, StoreError> {
        let app = app.clone();
        self.readers.read(move |connection| calls(connection, &app, before, limit)).await
    }

    async fn messages(
        &self,
        app: &AppUid,
        fate: Option<Fate>,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Page<PastMessage>, StoreError> {
        let app = app.clone();
        self.readers.read(move |connection| messages(connection, &app, fate, before, limit)).await
    }

    async fn story(&self, id: MessageId) -> Result<Option<Story>, StoreError> {
        self.readers.read(move |connection| story(connection, id)).await
    }
}

fn calls(
    connection: &Connection,
    app: &AppUid,
    before: Option<DeliveryId>,
    limit: usize,
) -> rusqlite::Result<Page<PastCall>> {
    let Some(app) = rows::app::find(connection, app)? else { return Ok(Page::empty()) };
    let mut page = Page::empty();
    let mut payload_bytes = 0;
    let mut known = Known::of(connection);
    for delivery in rows::delivery::of_app(connection, app, before, one_more(limit))? {
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
}

/// The row after the page tells that more follow.
fn one_more(limit: usize) -> usize {
    limit.saturating_add(1)
}

/// What the calls of one page have in common, read once.
struct Known<'a> {
    connection: &'a Connection,
    message: Option<Message>,
    endpoints: HashMap<EndpointId, Endpoint>,
}

impl<'a> Known<'a> {
    fn of(connection: &'a Connection) -> Self {
        Self { connection, message: None, endpoints: HashMap::new() }
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
        let found = rows::message::find(self.connection, id)?;
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

fn messages(
    connection: &Connection,
    app: &AppUid,
    fate: Option<Fate>,
    before: Option<MessageId>,
    limit: usize,
) -> rusqlite::Result<Page<PastMessage>> {
    let Some(app) = rows::app::find(connection, app)? else { return Ok(Page::empty()) };
    let mut rows = rows::message::of_app(connection, app, fate, before, one_more(limit))?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    Ok(Page { rows, more })
}

fn story(connection: &Connection, id: MessageId) -> rusqlite::Result<Option<Story>> {
    let Some(message) = rows::message::find(connection, id)? else { return Ok(None) };
    let mut known = Known::of(connection);
    let mut calls = Vec::new();
    for delivery in rows::delivery::of_message(connection, id)? {
        let endpoint = known.endpoint(delivery.id.endpoint)?;
        let attempts = rows::attempt::of_delivery(connection, delivery.id)?;
        calls.push(Call { delivery, endpoint, attempts });
    }
    Ok(Some(Story { app: app(connection, message.app)?, message, calls }))
}

fn app(connection: &Connection, id: AppId) -> rusqlite::Result<App> {
    Ok(App { id, uid: rows::app::uid(connection, id)? })
}
