//! Every method of the ports as data, and every answer as data.

use std::sync::Arc;

use domain::birth::Crowded;
use domain::delivery::Lease;
use domain::endpoint::Endpoint;
use domain::execution::Story;
use domain::id::{DeliveryId, EndpointId, MessageId};
use domain::message::Fate;
use domain::name::AppUid;
use domain::resource::{Resource, ResourceKey};
use domain::time::Timestamp;
use engine::ports::catalog::{KeyHash, NewWebhook, Registered};
use engine::ports::fault::StoreError;
use engine::ports::history::{Page, PastCall, PastMessage};
use engine::ports::inbox::{Acceptance, Accepted, Refused};
use engine::ports::queue::{Applied, Claim, Claimed, Life, Settlement, WaitingLane};
use engine::ports::store::Store;

#[derive(Clone, Debug)]
pub(crate) enum Move {
    Accept(Acceptance),
    Register(NewWebhook),
    Settle(Vec<Settlement>),
    Claim(Claim),
    TakeOver(Lease, Timestamp, usize),
    Open,
    Lanes(Option<EndpointId>, usize),
    Endpoint(EndpointId),
    Resource(ResourceKey),
    AddKey(KeyHash),
    Keys,
    Calls(AppUid, Option<DeliveryId>, usize),
    Messages(AppUid, Option<Fate>, Option<MessageId>, usize),
    Story(MessageId),
    /// Close the file and open it again.
    Reopen,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    Accepted(Result<Result<Vec<Accepted>, Refused>, StoreError>),
    Registered(Result<Registered, StoreError>),
    Applied(Result<Vec<Applied>, StoreError>),
    Claimed(Result<Claimed, StoreError>),
    TakenOver(Result<usize, StoreError>),
    Life(Result<Life, StoreError>),
    Lanes(Result<Vec<WaitingLane>, StoreError>),
    Endpoint(Result<Option<Arc<Endpoint>>, StoreError>),
    Resource(Result<Option<(AppUid, Resource)>, StoreError>),
    Added(Result<bool, StoreError>),
    Keys(Result<Vec<KeyHash>, StoreError>),
    Calls(Result<Page<PastCall>, StoreError>),
    Messages(Result<Page<PastMessage>, StoreError>),
    Story(Box<Result<Option<Story>, StoreError>>),
    Nothing,
}

impl Move {
    pub(crate) async fn carry_out(self, store: &dyn Store) -> Answer {
        match self {
            Move::Accept(acceptance) => Answer::Accepted(store.accept(acceptance).await),
            Move::Register(webhook) => Answer::Registered(store.register(webhook).await),
            Move::Settle(settlements) => Answer::Applied(store.settle(settlements).await),
            Move::Claim(claim) => Answer::Claimed(store.claim(claim).await),
            Move::TakeOver(living, now, limit) => {
                Answer::TakenOver(store.take_over(living, now, limit).await)
            }
            Move::Open => Answer::Life(store.open().await),
            Move::Lanes(after, limit) => Answer::Lanes(store.waiting_lanes(after, limit).await),
            Move::Endpoint(id) => Answer::Endpoint(store.endpoint(id).await),
            Move::Resource(key) => Answer::Resource(store.resource(&key).await),
            Move::AddKey(key) => Answer::Added(store.add_first_admin_key(key).await),
            Move::Keys => Answer::Keys(store.admin_keys().await),
            Move::Calls(app, before, limit) => Answer::Calls(store.calls(&app, before, limit).await),
            Move::Messages(app, fate, before, limit) => {
                Answer::Messages(store.messages(&app, fate, before, limit).await)
            }
            Move::Story(id) => Answer::Story(Box::new(store.story(id).await)),
            Move::Reopen => Answer::Nothing,
        }
    }
}

/// Lanes whose fresh deliveries wait.
pub(crate) fn crowded(endpoints: &[EndpointId]) -> Arc<Crowded> {
    let crowded = Arc::<Crowded>::default();
    endpoints.iter().for_each(|endpoint| crowded.set(*endpoint, true));
    crowded
}
