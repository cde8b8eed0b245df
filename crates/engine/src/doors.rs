//! What every way in shares: each call is stored, durable, before it returns; its deliveries are under way.

use std::sync::Arc;

use domain::change::Put;
use domain::event::Event;
use domain::name::{AppUid, EventTypeName};
use domain::resource::ResourceKey;
use domain::secret::{SIGNING_TOKEN_CHARS, SIGNING_TOKEN_LETTERS, Secret};
use domain::target::Target;

use crate::accept::{Accept, Ids};
use crate::ports::catalog::{NewWebhook, Registered};
use crate::ports::chance::Chance;
use crate::ports::inbox::{Accepted, Refused};
use crate::ports::store::{Store, StoreError};
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
        &self,
        app: AppUid,
        key: ResourceKey,
        put: Put,
    ) -> Result<Result<Accepted, Refused>, StoreError> {
        let accepted = self.accept.change(app, key, put, self.worker.birth()).await?;
        self.worker.take(accepted.iter().cloned());
        Ok(accepted)
    }

    /// Publishes events, all or none; calls the webhooks that want them.
    ///
    /// # Errors
    /// If the store cannot take them now; nothing happened then.
    pub async fn publish(&self, events: Vec<Event>) -> Result<Result<Vec<Accepted>, Refused>, StoreError> {
        let accepted = self.accept.publish(events, self.worker.birth()).await?;
        self.worker.take(accepted.iter().flatten().cloned());
        Ok(accepted)
    }

    /// Registers a webhook as in the article. Answers the signing token, or why there is none.
    ///
    /// # Errors
    /// If the store cannot take it now; nothing happened then.
    pub async fn register(
        &self,
        app: AppUid,
        target: Target,
        event_type: EventTypeName,
    ) -> Result<Result<Secret, Registered>, StoreError> {
        let secret = self.signing_token();
        let (app_id, id) = (self.ids.mint(), self.ids.mint());
        let webhook = NewWebhook { app, app_id, id, target, event_type, secret: secret.clone() };
        Ok(match self.store.register(webhook).await? {
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
