//! The ways in for messages: sent as such, sent again, taken back, forgotten.

use std::sync::Arc;

use domain::id::{AppId, AttemptId, EndpointId, MessageId, OrganizationId};
use domain::limits::ENDPOINTS_PER_APP_MAX;
use domain::message::MessageRef;

use super::{Doors, to_the_end};
use crate::live::Change;
use crate::ports::fault::StoreError;
use crate::ports::inbox::{Cancellation, Cancelled, IdempotencyKey, NewMessage, Sending, Sent};
use crate::ports::page::{Order, Slice, Start};
use crate::ports::queue::{Redelivered, Redelivery};

impl Doors {
    /// Sends messages as such, each for itself, in one commit; see [`crate::ports::inbox::Inbox::send`]. Their ids are
    /// minted by the caller, in the order of the messages.
    ///
    /// # Errors
    /// If the store cannot take them now; nothing happened then.
    pub async fn send(
        self: &Arc<Self>,
        organization: OrganizationId,
        messages: Vec<NewMessage>,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Sent, StoreError> {
        let doors = self.clone();
        to_the_end(async move {
            let (birth, _expecting) = doors.worker.expect(messages.len());
            let sending = Sending { organization, messages, idempotency, birth };
            let sent = doors.store.send(sending).await;
            doors.hand_over(&sent, |sent| match sent {
                Sent::Stored(stored) => stored.iter().flatten().cloned().collect(),
                Sent::Repeated(_) | Sent::KeyReused => Vec::new(),
            });
            sent
        })
        .await
    }

    /// Makes a delivery again, or makes it at all, because somebody asks for it. That message and endpoint belong to the
    /// same app, the store sees to.
    ///
    /// # Errors
    /// If the store cannot do it now; nothing happened then.
    pub async fn redeliver(
        &self,
        message: MessageId,
        endpoint: EndpointId,
    ) -> Result<Redelivered, StoreError> {
        let redelivered = self.store.redeliver(Redelivery { message, endpoint, now: self.now() }).await;
        if let Some(Redelivered::Waiting(lane)) = self.heed("redeliver", &redelivered) {
            self.tell_of(lane.app, &MessageRef::Id(message), Some(endpoint)).await;
            self.worker.announce([*lane]);
        }
        redelivered
    }

    /// Takes back what waits of a message (only for `endpoint`, if one is given). `None` if the app has no such message.
    ///
    /// # Errors
    /// If the store cannot do it now; nothing happened then.
    pub async fn cancel(
        &self,
        app: AppId,
        message: MessageRef,
        endpoint: Option<EndpointId>,
    ) -> Result<Option<Cancelled>, StoreError> {
        let cancellation = Cancellation { app, message: message.clone(), endpoint, at: self.now() };
        let cancelled = self.store.cancel(cancellation).await;
        if let Some(Some(Cancelled { freed, .. })) = self.heed("cancel a message", &cancelled) {
            self.tell_of(app, &message, endpoint).await;
            self.worker.announce(freed.iter().copied());
        }
        cancelled
    }

    /// Forgets the payload of a message; answers whether the app has such a message.
    ///
    /// # Errors
    /// If the store cannot do it now; nothing happened then.
    pub async fn expunge(&self, app: AppId, message: &MessageRef) -> Result<bool, StoreError> {
        let expunged = self.store.expunge(app, message, self.now()).await;
        if let Some(true) = self.heed("expunge a payload", &expunged) {
            self.tell_of(app, message, None).await;
        }
        expunged
    }

    /// Forgets the response of an attempt; answers whether there is such an attempt.
    ///
    /// # Errors
    /// If the store cannot do it now; nothing happened then.
    pub async fn expunge_attempt(&self, message: MessageId, id: AttemptId) -> Result<bool, StoreError> {
        let expunged = self.store.expunge_attempt(message, id).await;
        self.heed("expunge a response", &expunged);
        expunged
    }

    /// Tells whoever watches how the deliveries of a message are now (that to `endpoint`, if one is given).
    async fn tell_of(&self, app: AppId, message: &MessageRef, endpoint: Option<EndpointId>) {
        let live = self.worker.live();
        if !live.is_on() {
            return;
        }
        let MessageRef::Id(message) = message else { return live.tell_many(app) };
        let (limit, start) = match endpoint {
            Some(endpoint) => (1, Start::After(EndpointId::from_number(endpoint.number() - 1))),
            None => (ENDPOINTS_PER_APP_MAX, Start::First),
        };
        let slice = Slice { limit, order: Order::Ascending, start };
        match self.store.endpoints_of_message(*message, slice).await {
            Ok(page) => live.tell(|| page.rows.into_iter().map(|(_, delivery)| Change::of(&delivery, app))),
            Err(_) => live.tell_many(app),
        }
    }
}
