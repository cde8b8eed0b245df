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
    AttemptFilter, AttemptsOf, COUNT_MAX, DeliveriesOf, DeliveryFilter, DeliveryStatus, History,
    MessageFilter, PastAttempt, PastCall, PastDelivery, PastMessage, Stats,
};
use super::super::page::{Filtered, Page, Slice};
use super::lists::{Row, by, walk};
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

    async fn message(&self, app: AppId, message: &MessageRef) -> Result<Option<Message>, StoreError> {
        Ok(self.tables().message_of(app, message).map(|message| Message::clone(message)))
    }

    async fn messages(
        &self,
        app: AppId,
        filter: MessageFilter,
        slice: Slice<MessageId>,
    ) -> Result<Filtered<Message, MessageId>, StoreError> {
        let tables = self.tables();
        let rows = walk(tables.messages.iter(), &slice)
            .filter(|(id, message)| message.app == app && filter.times().contains(id.timestamp()))
            .map(|(id, message)| (*id, Some(Message::clone(message)).filter(|it| filter.matches(it))));
        Filtered::of_walk(rows.map(Row::Ok), &slice, |message| message.payload.len())
    }

    async fn messages_of_endpoint(
        &self,
        endpoint: EndpointId,
        filter: MessageFilter,
        status: Option<DeliveryStatus>,
        slice: Slice<MessageId>,
    ) -> Result<Filtered<(Message, Delivery), MessageId>, StoreError> {
        let tables = self.tables();
        let to_it = tables.deliveries.values().filter(|delivery| delivery.id.endpoint == endpoint);
        let to_it = by(to_it, |delivery| delivery.id.message);
        let look = |(id, delivery): (&MessageId, &&Delivery)| {
            let message = Message::clone(tables.messages.get(id)?);
            let matches = filter.matches(&message)
                && status.is_none_or(|status| DeliveryStatus::of(delivery) == status);
            Some((*id, matches.then(|| (message, Delivery::clone(delivery)))))
        };
        let in_time = walk(to_it.iter(), &slice).filter(|(id, _)| filter.times().contains(id.timestamp()));
        let rows = in_time.filter_map(look).map(Row::Ok);
        Filtered::of_walk(rows, &slice, |(message, _)| message.payload.len())
    }

    async fn endpoints_of_message(
        &self,
        message: MessageId,
        slice: Slice<EndpointId>,
    ) -> Result<Page<(Endpoint, Delivery)>, StoreError> {
        let tables = self.tables();
        let of_it = tables.deliveries.values().filter(|delivery| delivery.id.message == message);
        let of_it = by(of_it, |delivery| delivery.id.endpoint);
        let with_endpoint = |(id, delivery): (&EndpointId, &&Delivery)| {
            Some((tables.endpoints.get(id)?.clone(), Delivery::clone(delivery)))
        };
        Page::of_walk(walk(of_it.iter(), &slice).filter_map(with_endpoint).map(Row::Ok), &slice)
    }

    async fn deliveries(
        &self,
        of: DeliveriesOf,
        filter: DeliveryFilter,
        slice: Slice<DeliveryId>,
    ) -> Result<Filtered<PastDelivery, DeliveryId>, StoreError> {
        self.tables().past_deliveries(of, &filter, &slice)
    }

    async fn attempts(
        &self,
        of: AttemptsOf,
        filter: AttemptFilter,
        slice: Slice<AttemptId>,
    ) -> Result<Filtered<PastAttempt, AttemptId>, StoreError> {
        let tables = self.tables();
        let attempts = by(tables.past_attempts(of), |past| past.attempt.id);
        let look = |(id, past): (&AttemptId, &PastAttempt)| {
            let message = tables.messages.get(&past.delivery.message)?;
            let matches = filter.matches(&past.attempt) && filter.message.matches(message);
            Some((*id, matches.then(|| past.clone())))
        };
        let in_time = walk(attempts.iter(), &slice).filter(|(id, _)| filter.times().contains(id.timestamp()));
        Filtered::of_walk(in_time.filter_map(look).map(Row::Ok), &slice, |_| 0)
    }

    async fn attempt(&self, message: MessageId, id: AttemptId) -> Result<Option<PastAttempt>, StoreError> {
        let tables = self.tables();
        let found = tables.past_attempts(AttemptsOf::Message(message)).find(|past| past.attempt.id == id);
        Ok(found)
    }

    async fn expunge_attempt(&self, message: MessageId, id: AttemptId) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let found = tables.past_attempts(AttemptsOf::Message(message)).find(|past| past.attempt.id == id);
        let Some(PastAttempt { delivery, attempt }) = found else { return Ok(false) };
        tables.attempts.insert((delivery, attempt.number), attempt.expunged());
        Ok(true)
    }

    async fn stats(
        &self,
        endpoint: EndpointId,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Stats, StoreError> {
        let tables = self.tables();
        let mut stats = Stats::default();
        for past in tables.past_attempts(AttemptsOf::Endpoint(endpoint)) {
            if (since.hours()..=until.hours()).contains(&past.attempt.started_at.hours()) {
                let succeeded = past.attempt.outcome.is_success();
                *(if succeeded { &mut stats.succeeded } else { &mut stats.failed }) += 1;
            }
        }
        for (_, delivery) in tables.waiting_for(endpoint).into_iter().take(COUNT_MAX) {
            *(if delivery.attempts == 0 { &mut stats.pending } else { &mut stats.sending }) += 1;
        }
        Ok(stats)
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
    pub(super) fn app_of(&self, id: AppId) -> App {
        self.apps.get(&id).expect("what belongs to an app keeps it").clone()
    }

    pub(super) fn past_attempts(&self, of: AttemptsOf) -> impl Iterator<Item = PastAttempt> {
        let is_of_it = move |delivery: DeliveryId| match of {
            AttemptsOf::Message(message) => delivery.message == message,
            AttemptsOf::Delivery(id) => delivery == id,
            AttemptsOf::Endpoint(endpoint) => delivery.endpoint == endpoint,
        };
        let attempts = self.attempts.iter().filter(move |((delivery, _), _)| is_of_it(*delivery));
        attempts.map(|((delivery, _), attempt)| PastAttempt { delivery: *delivery, attempt: attempt.clone() })
    }

    fn call(&self, delivery: &Delivery) -> Option<Call> {
        let endpoint = self.endpoints.get(&delivery.id.endpoint)?.clone();
        let attempts = self.attempts.range((delivery.id, 0)..=(delivery.id, u32::MAX));
        let attempts = attempts.map(|(_, attempt)| attempt.clone()).collect();
        Some(Call { delivery: delivery.clone(), endpoint, attempts })
    }
}
