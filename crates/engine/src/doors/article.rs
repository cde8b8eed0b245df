//! The ways in of the article: changes of resources, events, webhooks.

use std::sync::Arc;

use domain::app::AppKey;
use domain::change::Put;
use domain::event::Event;
use domain::name::EventTypeName;
use domain::resource::ResourceKey;
use domain::secret::Secret;
use domain::target::Target;

use super::{Doors, to_the_end};
use crate::ports::catalog::{NewWebhook, Registered};
use crate::ports::fault::StoreError;
use crate::ports::inbox::{Accepted, AcceptedMessage, Refused};

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
            doors.hand_over(&accepted, |accepted| messages(accepted.as_ref().map(std::slice::from_ref)));
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
            doors.hand_over(&accepted, |accepted| messages(accepted.as_ref().map(Vec::as_slice)));
            accepted
        })
        .await
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
        let (app_id, id) = (self.mint(), self.mint());
        let webhook = NewWebhook { app, app_id, id, target, event_type, secret: secret.clone() };
        let registered = self.store.register(webhook).await;
        self.heed("register", &registered);
        Ok(match registered? {
            Registered::Created => Ok(secret),
            refused => Err(refused),
        })
    }
}

fn messages(accepted: Result<&[Accepted], &Refused>) -> Vec<AcceptedMessage> {
    accepted.unwrap_or_default().iter().flat_map(|accepted| accepted.messages.clone()).collect()
}
