//! The store as one life sees it: slow, sometimes full, away or broken, and gone when the life has ended.

use std::sync::Arc;
use std::time::Duration;

use engine::ports::catalog::Callee;
use engine::ports::fault::StoreError;
use engine::ports::inbox::{Accepted, Refused, Sent};

use super::life::Gate;
use super::receivers::Mode;
use super::world::World;

/// The store of one life.
pub(crate) struct Shaky {
    pub(crate) world: Arc<World>,
    pub(crate) gate: Arc<Gate>,
}

pub(crate) type Answer<T> = Result<T, StoreError>;

impl Shaky {
    /// A move that changes something.
    pub(crate) async fn write<T>(&self, done: impl Future<Output = Answer<T>>) -> Answer<T> {
        self.before_write().await?;
        let answer = done.await;
        self.after_write(answer).await
    }

    /// A look.
    pub(crate) async fn read<T>(&self, found: impl Future<Output = Answer<T>>) -> Answer<T> {
        self.before_read().await?;
        found.await
    }

    /// What is asked so rarely that its troubles are of no interest.
    pub(crate) async fn calm<T>(&self, done: impl Future<Output = Answer<T>>) -> Answer<T> {
        done.await
    }

    /// A look at what an attempt needs, which cannot be read now and then, or never.
    pub(crate) async fn looking_up(
        &self,
        found: impl Future<Output = Answer<Option<Callee>>>,
    ) -> Answer<Option<Callee>> {
        let found = self.read(found).await?;
        let mode = found.as_ref().map(|callee| self.world.receivers[&callee.endpoint.id]);
        match matches!(mode, Some(Mode::Unreadable)) || self.world.trouble(300) {
            true => Err(StoreError::Damaged("a row".into())),
            false => Ok(found),
        }
    }

    /// Changes and events are accepted.
    pub(crate) async fn accepting(
        &self,
        accepted: impl Future<Output = Answer<Result<Vec<Accepted>, Refused>>>,
    ) -> Answer<Result<Vec<Accepted>, Refused>> {
        self.write(async {
            let accepted = accepted.await;
            let stored = accepted.iter().flatten().flatten().flat_map(|accepted| &accepted.messages);
            self.world.committed(stored);
            accepted
        })
        .await
    }

    /// Messages are sent.
    pub(crate) async fn sending(&self, sent: impl Future<Output = Answer<Sent>>) -> Answer<Sent> {
        self.write(async {
            let sent = sent.await;
            if let Ok(Sent::Stored(stored)) = &sent {
                self.world.committed(stored.iter().flatten());
            }
            sent
        })
        .await
    }

    /// What can happen before a move reaches the store: nothing is changed then.
    async fn before_write(&self) -> Answer<()> {
        self.before_read().await?;
        if self.world.is_full() { Err(StoreError::Full("no room".into())) } else { Ok(()) }
    }

    async fn before_read(&self) -> Answer<()> {
        self.gate.pass(&self.world).await;
        tokio::time::sleep(Duration::from_micros(self.world.draw(0..3000))).await;
        self.gate.pass(&self.world).await;
        match self.world.trouble(100) {
            true => Err(StoreError::Unavailable("away".into())),
            false => Ok(()),
        }
    }

    /// What can happen after a move: it is done, but the answer may not come, or not tell.
    async fn after_write<T>(&self, answer: Answer<T>) -> Answer<T> {
        tokio::time::sleep(Duration::from_micros(self.world.draw(0..3000))).await;
        self.gate.pass(&self.world).await;
        match self.world.trouble(500) {
            true => Err(StoreError::Unknown("lost the answer".into())),
            false => answer,
        }
    }
}
