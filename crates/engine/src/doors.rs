//! What every way in shares: each call is stored, durable, before it returns; its deliveries are under way.

mod article;
mod endpoints;
mod messages;
mod secrets;

use std::sync::Arc;

use domain::id::Id;
use domain::time::Timestamp;

use crate::accept::{Accept, Ids};
use crate::ports::chance::Chance;
use crate::ports::clock::Clock;
use crate::ports::fault::StoreError;
use crate::ports::inbox::AcceptedMessage;
use crate::ports::store::Store;
use crate::worker::Worker;

pub use endpoints::NewTask;

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
    /// Dates what is asked for.
    pub clock: Arc<dyn Clock>,
}

impl Doors {
    /// The next id.
    pub fn mint<I: From<Id>>(&self) -> I {
        self.ids.mint()
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Gives the worker what was accepted. Where that is not known, the worker has to end: there may be deliveries
    /// that are leased to this node and that it does not know of.
    fn hand_over<T>(&self, accepted: &Result<T, StoreError>, messages: impl Fn(&T) -> Vec<AcceptedMessage>) {
        if let Some(accepted) = self.heed("accept", accepted) {
            self.worker.take(messages(accepted));
        }
    }

    /// Tells the worker how the store is.
    pub(crate) fn heed<'a, T>(&self, what: &str, answer: &'a Result<T, StoreError>) -> Option<&'a T> {
        match answer {
            Ok(answer) => {
                self.worker.untroubled();
                Some(answer)
            }
            Err(error) => {
                self.worker.troubled(what, error);
                None
            }
        }
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
