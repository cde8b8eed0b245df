//! The ways in for endpoints: put them, and work on their past.

use domain::endpoint::Endpoint;
use domain::id::{AppId, EndpointId, OrganizationId};
use domain::notice::{News, Notice};
use domain::receiver_auth::ReceiverAuth;
use domain::task::{Task, TaskKind, TaskStatus};
use domain::time::Timestamp;

use super::Doors;
use crate::ports::catalog::Put;
use crate::ports::fault::StoreError;

/// Work on an endpoint's past that somebody asks for.
#[derive(Clone, Copy, Debug)]
pub struct NewTask {
    /// Whose task.
    pub organization: OrganizationId,
    /// Whose endpoint.
    pub app: AppId,
    /// Which endpoint.
    pub endpoint: EndpointId,
    /// What is to be done.
    pub kind: TaskKind,
    /// Messages accepted before this moment are left alone.
    pub since: Timestamp,
    /// Messages accepted at or after this moment are left alone.
    pub until: Timestamp,
}

impl Doors {
    /// Stores an endpoint as [`crate::ports::catalog::Catalog::put_endpoint`] does, and tells its organization of it.
    /// What waits for it starts at once if it may be called now.
    ///
    /// # Errors
    /// If the store cannot take it now; nothing happened then.
    pub async fn put_endpoint(&self, endpoint: Endpoint, news: Option<News>) -> Result<Put, StoreError> {
        let (app, id, is_callable) = (endpoint.app, endpoint.id, endpoint.is_callable());
        let notice = news.map(|news| Notice { id: self.mint(), news });
        let stored = self.store.put_endpoint(endpoint, notice).await;
        if let Some(stored) = self.heed("put an endpoint", &stored) {
            self.worker.take(stored.told.clone());
            if stored.put == Put::Stored && is_callable {
                self.worker.look_at(app, id);
            }
        }
        Ok(stored?.put)
    }

    /// Whether requests can be sent with this auth, as far as that can be known now.
    ///
    /// # Errors
    /// Why not, as a sentence.
    pub fn check_auth(&self, auth: &ReceiverAuth) -> Result<(), String> {
        self.worker.check_auth(auth)
    }

    /// Begins a background task; `None` if its endpoint has as many running ones as it may have.
    ///
    /// # Errors
    /// If the store cannot take it now; nothing happened then.
    pub async fn begin_task(&self, new: NewTask) -> Result<Option<Task>, StoreError> {
        let NewTask { organization, app, endpoint, kind, since, until } = new;
        let task = Task {
            id: self.mint(),
            organization,
            app,
            endpoint,
            kind,
            since,
            until,
            status: TaskStatus::Running,
            cursor: None,
            examined: 0,
            queued: 0,
            updated_at: self.now(),
        };
        let begun = self.store.begin_task(task.clone()).await;
        self.heed("begin a task", &begun);
        Ok(match begun? {
            Put::Stored => {
                self.worker.task_begun();
                Some(task)
            }
            Put::Stale | Put::Taken | Put::TooMany => None,
        })
    }
}
