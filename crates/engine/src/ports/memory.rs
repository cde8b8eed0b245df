//! The store in memory: the executable specification of the ports. Every other store is compared with it.
//!
//! It is as plain as can be: every move holds one lock, and every question looks at everything.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::app::App;
use domain::attempt::{Attempt, Verdict};
use domain::birth::Birth;
use domain::change::{Change, ChangeKind};
use domain::delivery::{Delivery, Lease, State};
use domain::endpoint::{Destination, Disabled, DisabledReason, Endpoint, Subscription};
use domain::execution::{Call, Story};
use domain::id::{AppId, DeliveryId, EndpointId, MessageId};
use domain::limits::{ACCEPTANCE_PAYLOAD_BYTES_MAX, ENDPOINTS_PER_APP_MAX, PAGE_PAYLOAD_BYTES_MAX};
use domain::message::{Fate, Message};
use domain::name::AppUid;
use domain::resource::{Resource, ResourceKey};
use domain::route::{Occurrence, route};
use domain::time::Timestamp;

use super::catalog::{Catalog, KeyHash, NewWebhook, Registered};
use super::fault::StoreError;
use super::history::{History, Page, PastCall, PastMessage};
use super::inbox::{Acceptance, Accepted, AcceptedMessage, Entry, Inbox, NewChange, NewEvent, Refused};
use super::queue::{Applied, Claim, Claimed, Job, Life, Queue, Settlement, WaitingLane};

/// A store that forgets everything when it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Tables>);

#[derive(Clone, Debug, Default)]
struct Tables {
    lease: i64,
    apps: BTreeMap<AppUid, AppId>,
    endpoints: BTreeMap<EndpointId, Endpoint>,
    resources: BTreeMap<ResourceKey, Resource>,
    messages: BTreeMap<MessageId, Arc<Message>>,
    deliveries: BTreeMap<DeliveryId, Delivery>,
    attempts: BTreeMap<(DeliveryId, u32), Attempt>,
    admin_keys: Vec<KeyHash>,
}

impl MemoryStore {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Inbox for MemoryStore {
    async fn accept(&self, acceptance: Acceptance) -> Result<Result<Vec<Accepted>, Refused>, StoreError> {
        let mut tables = self.tables();
        let (apps, resources) = (tables.apps.clone(), tables.resources.clone());
        let Acceptance { entries, birth } = acceptance;
        let mut payload_bytes = 0;
        let accepted: Result<Vec<Accepted>, Refused> = entries
            .into_iter()
            .map(|entry| {
                let accepted = match entry {
                    Entry::Change(change) => tables.change(change, &birth)?,
                    Entry::Event(event) => tables.publish(event, &birth),
                };
                payload_bytes +=
                    accepted.messages.iter().map(|made| made.message.payload.len()).sum::<usize>();
                if payload_bytes > ACCEPTANCE_PAYLOAD_BYTES_MAX {
                    Err(Refused::TooLarge)
                } else {
                    Ok(accepted)
                }
            })
            .collect();
        match &accepted {
            Ok(accepted) => tables.insert(accepted),
            Err(_) => (tables.apps, tables.resources) = (apps, resources),
        }
        Ok(accepted)
    }
}

impl Tables {
    fn app(&mut self, uid: AppUid, id: AppId) -> AppId {
        *self.apps.entry(uid).or_insert(id)
    }

    fn change(&mut self, new: NewChange, birth: &Birth) -> Result<Accepted, Refused> {
        let app = self.app(new.app, new.app_id);
        let at = new.message_ids.first().map(|id| id.timestamp()).unwrap_or_default();
        let stored = self.resources.get(&new.key).cloned();
        let change = Change::of(new.key, app, stored, new.put, at).map_err(|_| Refused::ForeignResource)?;
        let Some(change) = change else { return Ok(Accepted { change: None, messages: Vec::new() }) };
        match change.kind {
            ChangeKind::Delete => self.resources.remove(&change.resource.key),
            _ => self.resources.insert(change.resource.key.clone(), change.resource.clone()),
        };
        let occurrences = Occurrence::of_change(&change, &new.rules, &new.message_ids);
        let route = |occurrence| self.route(occurrence, Some(&change.resource), birth);
        Ok(Accepted { change: Some(change.kind), messages: occurrences.into_iter().map(route).collect() })
    }

    fn publish(&mut self, new: NewEvent, birth: &Birth) -> Accepted {
        let app = self.app(new.event.app.clone(), new.app_id);
        let occurrence = Occurrence::of_event(new.event, new.message_id, app);
        let resource = self.resources.get(&occurrence.resource);
        Accepted { change: None, messages: vec![self.route(occurrence, resource, birth)] }
    }

    fn route(&self, occurrence: Occurrence, resource: Option<&Resource>, birth: &Birth) -> AcceptedMessage {
        let endpoints: Vec<Endpoint> = self.endpoints_of(occurrence.app).cloned().collect();
        let routed = route(occurrence, &endpoints, resource, birth);
        AcceptedMessage { message: Arc::new(routed.message), deliveries: routed.deliveries }
    }

    fn endpoints_of(&self, app: AppId) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.values().filter(move |endpoint| endpoint.app == app && !endpoint.is_replaced())
    }

    fn insert(&mut self, accepted: &[Accepted]) {
        for accepted in accepted.iter().flat_map(|accepted| &accepted.messages) {
            let earlier = self.messages.insert(accepted.message.id, accepted.message.clone());
            assert!(earlier.is_none(), "ids of messages are unique");
            for delivery in &accepted.deliveries {
                self.deliveries.insert(delivery.id, delivery.clone());
            }
        }
    }
}

#[async_trait]
impl Queue for MemoryStore {
    async fn open(&self) -> Result<Life, StoreError> {
        let mut tables = self.tables();
        tables.lease += 1;
        let highest = [
            tables.apps.values().map(|id| id.number()).max(),
            tables.endpoints.keys().map(|id| id.number()).max(),
            tables.messages.keys().map(|id| id.number()).max(),
        ];
        let id_floor = highest.into_iter().flatten().max().unwrap_or(0);
        Ok(Life { lease: Lease(tables.lease), id_floor })
    }

    async fn take_over(&self, living: Lease, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let mut tables = self.tables();
        let mut leased: Vec<&Delivery> = tables.deliveries.values().collect();
        leased.sort_by_key(|delivery| (delivery.fence().map(|fence| fence.lease), delivery.id));
        let dead = leased.into_iter().filter_map(|delivery| delivery.clone().take_over(living, now));
        let freed: Vec<Delivery> = dead.take(limit).collect();
        let count = freed.len();
        tables.deliveries.extend(freed.into_iter().map(|delivery| (delivery.id, delivery)));
        Ok(count)
    }

    async fn waiting_lanes(
        &self,
        after: Option<EndpointId>,
        limit: usize,
    ) -> Result<Vec<WaitingLane>, StoreError> {
        let tables = self.tables();
        let mut first_due: BTreeMap<EndpointId, Timestamp> = BTreeMap::new();
        for (delivery, due) in tables.waiting() {
            let first = first_due.entry(delivery.id.endpoint).or_insert(due);
            *first = due.min(*first);
        }
        let lane = |(endpoint, due)| {
            tables.endpoints.get(&endpoint).map(|found| WaitingLane { endpoint, app: found.app, due })
        };
        let lanes = first_due.into_iter().filter(|(endpoint, _)| after.is_none_or(|after| *endpoint > after));
        Ok(lanes.filter_map(lane).take(limit).collect())
    }

    async fn claim(&self, claim: Claim) -> Result<Claimed, StoreError> {
        let mut tables = self.tables();
        let of_lane = tables.waiting().filter(|(delivery, _)| delivery.id.endpoint == claim.endpoint);
        let mut waiting: Vec<(Timestamp, Delivery)> =
            of_lane.map(|(delivery, due)| (due, delivery.clone())).collect();
        waiting.sort_by_key(|(due, delivery)| (*due, delivery.id));
        let mut claimed = Claimed::default();
        let mut payload_bytes = 0;
        for (due, delivery) in waiting {
            let enough = claimed.jobs.len() >= claim.limit || payload_bytes >= claim.payload_bytes;
            let leased = delivery.claim(claim.lease, claim.now).filter(|_| !enough);
            let Some(leased) = leased else {
                claimed.next_due = Some(due);
                break;
            };
            let message = tables.messages.get(&leased.id.message).expect("a delivery has a message").clone();
            payload_bytes += message.payload.len();
            tables.deliveries.insert(leased.id, leased.clone());
            claimed.jobs.push(Job { delivery: leased, message });
        }
        Ok(claimed)
    }

    async fn settle(&self, settlements: Vec<Settlement>) -> Result<Vec<Applied>, StoreError> {
        let mut tables = self.tables();
        Ok(settlements.into_iter().map(|settlement| tables.settle(settlement)).collect())
    }
}

impl Tables {
    fn waiting(&self) -> impl Iterator<Item = (&Delivery, Timestamp)> {
        self.deliveries.values().filter_map(|delivery| match delivery.state {
            State::Waiting { due } => Some((delivery, due)),
            _ => None,
        })
    }

    fn settle(&mut self, settlement: Settlement) -> Applied {
        let Settlement { delivery, fence, settled, attempt, at } = settlement;
        let found = self.deliveries.get(&delivery).cloned();
        let Some(next) = found.and_then(|found| found.settle(fence, settled, at)) else {
            return Applied::Stale;
        };
        self.deliveries.insert(delivery, next);
        if let Some(attempt) = attempt {
            self.attempts.insert((delivery, attempt.number), attempt);
        }
        if settled.verdict == Verdict::EndpointGone
            && let Some(endpoint) = self.endpoints.get_mut(&delivery.endpoint)
        {
            endpoint.disabled.get_or_insert(Disabled { at, reason: DisabledReason::Gone });
        }
        Applied::Yes
    }
}

#[async_trait]
impl Catalog for MemoryStore {
    async fn register(&self, webhook: NewWebhook) -> Result<Registered, StoreError> {
        let mut tables = self.tables();
        let known = tables.apps.get(&webhook.app).copied();
        let endpoints = || known.into_iter().flat_map(|app| tables.endpoints_of(app));
        let subscription = Subscription::Webhook(webhook.event_type);
        let same = endpoints().find(|endpoint| endpoint.subscription == subscription).cloned();
        match same {
            Some(same) if same.disabled.is_none() => return Ok(Registered::Exists),
            Some(same) => _ = tables.endpoints.insert(same.id, same.replaced()),
            None if endpoints().count() >= ENDPOINTS_PER_APP_MAX => return Ok(Registered::TooMany),
            None => {}
        }
        let app = tables.app(webhook.app, webhook.app_id);
        let NewWebhook { id, target, secret, .. } = webhook;
        let target = Destination::Readable(target);
        tables.endpoints.insert(id, Endpoint { id, app, target, subscription, secret, disabled: None });
        Ok(Registered::Created)
    }

    async fn endpoint(&self, id: EndpointId) -> Result<Option<Arc<Endpoint>>, StoreError> {
        Ok(self.tables().endpoints.get(&id).cloned().map(Arc::new))
    }

    async fn resource(&self, key: &ResourceKey) -> Result<Option<(AppUid, Resource)>, StoreError> {
        let tables = self.tables();
        let found = tables.resources.get(key).cloned();
        Ok(found.map(|resource| (tables.app_of(resource.app).uid, resource)))
    }

    async fn admin_keys(&self) -> Result<Vec<KeyHash>, StoreError> {
        Ok(self.tables().admin_keys.clone())
    }

    async fn add_first_admin_key(&self, key: KeyHash) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let first = tables.admin_keys.is_empty();
        if first {
            tables.admin_keys.push(key);
        }
        Ok(first)
    }
}

#[async_trait]
impl History for MemoryStore {
    async fn calls(
        &self,
        app: &AppUid,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Page<PastCall>, StoreError> {
        let tables = self.tables();
        let Some(app) = tables.apps.get(app).copied() else { return Ok(Page::empty()) };
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

    async fn messages(
        &self,
        app: &AppUid,
        fate: Option<Fate>,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Page<PastMessage>, StoreError> {
        let tables = self.tables();
        let Some(app) = tables.apps.get(app).copied() else { return Ok(Page::empty()) };
        let wanted = |message: &&Arc<Message>| {
            message.app == app
                && fate.is_none_or(|fate| message.fate == fate)
                && before.is_none_or(|before| message.id < before)
        };
        let messages = tables.messages.values().rev().filter(wanted);
        Ok(page(messages.map(|message| past_message(message)), |page, _| page.len() < limit))
    }

    async fn story(&self, id: MessageId) -> Result<Option<Story>, StoreError> {
        let tables = self.tables();
        let Some(message) = tables.messages.get(&id) else { return Ok(None) };
        let deliveries = tables.deliveries.values().filter(|delivery| delivery.id.message == id);
        let calls = deliveries.filter_map(|delivery| tables.call(delivery)).collect();
        Ok(Some(Story { app: tables.app_of(message.app), message: Message::clone(message), calls }))
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
        let uid = self.apps.iter().find(|(_, app)| **app == id).map(|(uid, _)| uid.clone());
        App { id, uid: uid.expect("what belongs to an app keeps it") }
    }

    fn call(&self, delivery: &Delivery) -> Option<Call> {
        let endpoint = self.endpoints.get(&delivery.id.endpoint)?.clone();
        let attempts = self.attempts.range((delivery.id, 0)..=(delivery.id, u32::MAX));
        let attempts = attempts.map(|(_, attempt)| attempt.clone()).collect();
        Some(Call { delivery: delivery.clone(), endpoint, attempts })
    }
}
