//! Looking back.

use std::sync::Arc;

use async_trait::async_trait;
use domain::app::{App, AppKey};
use domain::delivery::Delivery;
use domain::endpoint::Endpoint;
use domain::execution::{Call, Story};
use domain::id::{AppId, AttemptId, DeliveryId, EndpointId, MessageId, OrganizationId};
use domain::limits::PAGE_PAYLOAD_BYTES_MAX;
use domain::message::{Fate, Message, MessageRef};
use domain::time::Timestamp;

use super::super::fault::StoreError;
use super::super::history::{
    AttemptFilter, AttemptsOf, DeliveryStatus, History, MessageFilter, PastAttempt, PastCall, PastMessage,
    Stats,
};
use super::super::page::{Filtered, Page, Slice};
use super::{MemoryStore, Tables};

#[async_trait]
impl History for MemoryStore {
    async fn calls(
        &self,
        app: &AppKey,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Page<PastCall>, StoreError> {
        let tables = self.tables();
        let Some(app) = tables.app_by_key(app).map(|app| app.id) else { return Ok(Page::empty()) };
        let older =
            tables.deliveries.values().rev().filter(|call| before.is_none_or(|before| call.id < before));
        let past = older.filter_map(|delivery| {
            let message = tables.messages.get(&delivery.id.message).filter(|message| message.app == app)?;
            let mut call = tables.call(delivery)?;
            call.attempts = call.attempts.pop().into_iter().collect();
            Some(PastCall { message: Message::clone(message), call })
        });
        let mut payload_bytes = 0;
        Ok(page(past, |page, past| {
            payload_bytes += past.message.payload.len();
            page.len() < limit && (page.is_empty() || payload_bytes <= PAGE_PAYLOAD_BYTES_MAX)
        }))
    }

    async fn executions(
        &self,
        app: &AppKey,
        fate: Option<Fate>,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Page<PastMessage>, StoreError> {
        let tables = self.tables();
        let Some(app) = tables.app_by_key(app).map(|app| app.id) else { return Ok(Page::empty()) };
        let wanted = |message: &&Arc<Message>| {
            message.app == app
                && fate.is_none_or(|fate| message.fate == fate)
                && before.is_none_or(|before| message.id < before)
        };
        let messages = tables.messages.values().rev().filter(wanted);
        Ok(page(messages.map(|message| past_message(message)), |page, _| page.len() < limit))
    }

    async fn story(&self, organization: OrganizationId, id: MessageId) -> Result<Option<Story>, StoreError> {
        let tables = self.tables();
        let Some(message) = tables.messages.get(&id) else { return Ok(None) };
        let app = tables.app_of(message.app);
        if app.organization != organization {
            return Ok(None);
        }
        let deliveries = tables.deliveries.values().filter(|delivery| delivery.id.message == id);
        let calls = deliveries.filter_map(|delivery| tables.call(delivery)).collect();
        Ok(Some(Story { app, message: Message::clone(message), calls }))
    }

    async fn message(&self, _: AppId, _: &MessageRef) -> Result<Option<Message>, StoreError> {
        todo!()
    }

    async fn messages(
        &self,
        _: AppId,
        _: MessageFilter,
        _: Slice<MessageId>,
    ) -> Result<Filtered<Message, MessageId>, StoreError> {
        todo!()
    }

    async fn messages_of_endpoint(
        &self,
        _: EndpointId,
        _: MessageFilter,
        _: Option<DeliveryStatus>,
        _: Slice<MessageId>,
    ) -> Result<Filtered<(Message, Delivery), MessageId>, StoreError> {
        todo!()
    }

    async fn endpoints_of_message(
        &self,
        _: MessageId,
        _: Slice<EndpointId>,
    ) -> Result<Page<(Endpoint, Delivery)>, StoreError> {
        todo!()
    }

    async fn attempts(
        &self,
        _: AttemptsOf,
        _: AttemptFilter,
        _: Slice<AttemptId>,
    ) -> Result<Filtered<PastAttempt, AttemptId>, StoreError> {
        todo!()
    }

    async fn attempt(&self, _: MessageId, _: AttemptId) -> Result<Option<PastAttempt>, StoreError> {
        todo!()
    }

    async fn expunge_attempt(&self, _: MessageId, _: AttemptId) -> Result<bool, StoreError> {
        todo!()
    }

    async fn stats(&self, _: EndpointId, _: Timestamp, _: Timestamp) -> Result<Stats, StoreError> {
        todo!()
    }
}

/// Fills a page for as long as the next row fits.
fn page<T>(rows: impl Iterator<Item = T>, mut fits: impl FnMut(&[T], &T) -> bool) -> Page<T> {
    let mut page = Page::empty();
    for row in rows {
        if !fits(&page.rows, &row) {
            page.more = true;
            break;
        }
        page.rows.push(row);
    }
    page
}

fn past_message(message: &Message) -> PastMessage {
    let Message { id, event_type, origin, resource, fate, .. } = message.clone();
    PastMessage { id, event_type, origin, resource, fate }
}

impl Tables {
    fn app_of(&self, id: AppId) -> App {
        self.apps.get(&id).expect("what belongs to an app keeps it").clone()
    }

    fn call(&self, delivery: &Delivery) -> Option<Call> {
        let endpoint = self.endpoints.get(&delivery.id.endpoint)?.clone();
        let attempts = self.attempts.range((delivery.id, 0)..=(delivery.id, u32::MAX));
        let attempts = attempts.map(|(_, attempt)| attempt.clone()).collect();
        Some(Call { delivery: delivery.clone(), endpoint, attempts })
    }
}
