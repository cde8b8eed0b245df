//! What every way in shares: each call is stored, durable, before it returns; its deliveries are under way.

use std::sync::Arc;

use domain::app::AppKey;
use domain::change::Put;
use domain::event::Event;
use domain::name::EventTypeName;
use domain::resource::ResourceKey;
use domain::secret::{SIGNING_TOKEN_CHARS, SIGNING_TOKEN_LETTERS, Secret};
use domain::target::Target;

use crate::accept::{Accept, Ids};
use crate::ports::catalog::{NewWebhook, Registered};
use crate::ports::chance::Chance;
use crate::ports::fault::StoreError;
use crate::ports::inbox::{Accepted, Refused};
use crate::ports::store::Store;
use crate::worker::Worker;

/// The ways into a node.
pub struct Doors {
    /// Stores what comes in.
    pub accept: Accept,
    /// Delivers what was stored.
    pub worker: Arc<Worker>,
    /// Keeps what is registered.
    pub store: Arc<dyn Store>,
    /// Makes ids.
    pub ids: Arc<Ids>,
    /// Makes secrets.
    pub chance: Arc<dyn Chance>,
}

impl Doors {
    /// Stores or takes away a resource; calls the webhooks that want this change.
    ///
    /// # Errors
    /// If the store cannot take it now; nothing happened then.
    pub async fn change(
        self: &Arc<Self>,
        app: AppKey,
        key: ResourceKey,
        put: Put,
    ) -> Result<Result<Accepted, Refused>, StoreError> {
        let doors = self.clone();
        to_the_end(async move {
            let (birth, _expecting) = doors.worker.expect(1);
            let accepted = doors.accept.change(app, key, put, birth).await;
            doors.hand_over(&accepted, std::slice::from_ref);
            accepted
        })
        .await
    }

    /// Publishes events, all or none; calls the webhooks that want them.
    ///
    /// # Errors
    /// If the store cannot take them now; nothing happened then.
    pub async fn publish(
        self: &Arc<Self>,
        events: Vec<Event>,
    ) -> Result<Result<Vec<Accepted>, Refused>, StoreError> {
        let doors = self.clone();
        to_the_end(async move {
            let (birth, _expecting) = doors.worker.expect(events.len());
            let accepted = doors.accept.publish(events, birth).await;
            doors.hand_over(&accepted, Vec::as_slice);
            accepted
        })
        .await
    }

    /// Gives the worker what was accepted. Where that is not known, the worker has to end: there may be deliveries
    /// that are leased to this node and that it does not know of.
    fn hand_over<T>(
        &self,
        accepted: &Result<Result<T, Refused>, StoreError>,
        entries: impl Fn(&T) -> &[Accepted],
    ) {
        match accepted {
            Ok(Ok(accepted)) => {
                self.worker.untroubled();
                self.worker.take(entries(accepted).iter().cloned());
            }
            Ok(Err(_)) => {}
            Err(error) => self.worker.troubled("accept", error),
        }
    }

    /// Registers a webhook as in the article. Answers the signing token, or why there is none.
    ///
    /// # Errors
    /// If the store cannot take it now; nothing happened then.
    pub async fn register(
        &self,
        app: AppKey,
        target: Target,
        event_type: EventTypeName,
    ) -> Result<Result<Secret, Registered>, StoreError> {
        let secret = self.signing_token();
        let (app_id, id) = (self.ids.mint(), self.ids.mint());
        let webhook = NewWebhook { app, app_id, id, target, event_type, secret: secret.clone() };
        let registered = self.store.register(webhook).await;
        Ok(match registered.inspect_err(|error| self.worker.troubled("register", error))? {
            Registered::Created => Ok(secret),
            refused => Err(refused),
        })
    }

    /// Draws letters without bias: bytes that would favour some letters are thrown away.
    fn signing_token(&self) -> Secret {
        const FAIR: u8 = u8::MAX - u8::MAX % SIGNING_TOKEN_LETTERS;
        let mut drawn = Vec::with_capacity(2 * SIGNING_TOKEN_CHARS);
        while drawn.len() < SIGNING_TOKEN_CHARS {
            let mut bytes = [0; SIGNING_TOKEN_CHARS];
            self.chance.fill(&mut bytes);
            drawn.extend(bytes.into_iter().filter(|byte| *byte < FAIR));
        }
        Secret::signing_token(std::array::from_fn(|at| drawn[at] % SIGNING_TOKEN_LETTERS))
    }
}

/// Runs what must not stop half-way when the client goes away: between the store's answer and the worker's hands, a
/// delivery is known to nobody else.
async fn to_the_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down; nobody waits for an answer any more.
            Err(_) => std::future::pending().await,
        },
    }
}
