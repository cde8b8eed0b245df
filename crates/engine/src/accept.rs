//! The first step: what comes in is given its ids and stored, with everything that follows from it.

use std::sync::{Arc, Mutex, PoisonError};

use domain::app::AppKey;
use domain::birth::Birth;
use domain::change::Put;
use domain::event::Event;
use domain::id::{Id, IdMint, NODES};
use domain::resource::ResourceKey;
use domain::rule::Rules;

use crate::ports::clock::Clock;
use crate::ports::fault::StoreError;
use crate::ports::inbox::{Acceptance, Accepted, Entry, Inbox, NewChange, NewEvent, Refused};
use crate::ports::queue::Life;

/// Accepts changes and events.
pub struct Accept {
    inbox: Arc<dyn Inbox>,
    ids: Arc<Ids>,
    rules: Arc<Rules>,
}

impl Accept {
    /// Accepts into `inbox` by `rules`.
    pub fn new(inbox: Arc<dyn Inbox>, ids: Arc<Ids>, rules: Arc<Rules>) -> Self {
        Self { inbox, ids, rules }
    }

    /// By which changes are accepted.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Stores or takes away a resource, with the messages that this change makes.
    ///
    /// # Errors
    /// As [`Inbox::accept`].
    pub async fn change(
        &self,
        app: AppKey,
        key: ResourceKey,
        put: Put,
        birth: Birth,
    ) -> Result<Result<Accepted, Refused>, StoreError> {
        let message_ids = (0..self.rules.len().max(1)).map(|_| self.ids.mint()).collect();
        let app_id = self.ids.mint();
        let change = NewChange { app, app_id, key, put, rules: self.rules.clone(), message_ids };
        let accepted = self.inbox.accept(Acceptance { entries: vec![Entry::Change(change)], birth }).await?;
        Ok(accepted.map(|mut entries| entries.pop().expect("one entry has one answer")))
    }

    /// Publishes events: all of them, or none.
    ///
    /// # Errors
    /// As [`Inbox::accept`].
    pub async fn publish(
        &self,
        events: Vec<Event>,
        birth: Birth,
    ) -> Result<Result<Vec<Accepted>, Refused>, StoreError> {
        let entry = |event| {
            let (app_id, message_id) = (self.ids.mint(), self.ids.mint());
            Entry::Event(NewEvent { event, app_id, message_id })
        };
        self.inbox.accept(Acceptance { entries: events.into_iter().map(entry).collect(), birth }).await
    }
}

/// Makes the ids of a node.
pub struct Ids {
    clock: Arc<dyn Clock>,
    mint: Mutex<IdMint>,
}

impl Ids {
    /// Ids of one life of a node, by the time of `clock`.
    pub fn new(clock: Arc<dyn Clock>, life: &Life) -> Self {
        let node = u16::try_from(life.lease.0.rem_euclid(NODES)).expect("a remainder by NODES fits");
        Self { clock, mint: Mutex::new(IdMint::new(node, life.id_floor)) }
    }

    /// The next id.
    pub fn mint<I: From<Id>>(&self) -> I {
        let now = self.clock.now();
        self.mint.lock().unwrap_or_else(PoisonError::into_inner).mint(now)
    }
}
