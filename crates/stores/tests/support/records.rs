//! Records that are read, changed and put.

use domain::app::App;
use domain::endpoint::{Door, Endpoint};
use domain::event_type::EventType;
use domain::id::AppId;
use domain::key::{Key, KeyHash, Scope};
use domain::revision::Revision;
use domain::secret::Secret;
use domain::target::Target;
use domain::task::{Task, TaskKind, TaskStatus};
use domain::time::Timestamp;
use engine::ports::catalog::{Put, Stored};
use engine::ports::store::Store;

use super::{URL, World};

impl World {
    /// A customer.
    pub(crate) fn app(&mut self, uid: &str) -> App {
        let key = self.app_key(uid);
        App::named(self.id(), &key)
    }

    /// An endpoint that wants everything.
    pub(crate) fn endpoint(&mut self, app: AppId) -> Endpoint {
        let target = Target::stored(URL).unwrap();
        Endpoint::new(self.id(), app, Door::Api, target, Secret::from_bytes(b"a secret of an endpoint"))
    }

    pub(crate) fn event_type(&self, name: &str) -> EventType {
        EventType::named(self.organization, name.parse().unwrap(), self.now)
    }

    /// A key that is known by this byte.
    pub(crate) fn api_key(&mut self, hash: u8) -> Key {
        Key {
            id: self.id(),
            organization: self.organization,
            scope: Scope::Admin,
            name: "mine".to_owned(),
            hash: KeyHash([hash; 32]),
            expires_at: None,
            revoked_at: None,
            revision: Revision::default(),
        }
    }

    /// A task that looks at everything that was accepted up to now.
    pub(crate) fn task(&mut self, endpoint: &Endpoint, kind: TaskKind) -> Task {
        Task {
            id: self.id(),
            organization: self.organization,
            app: endpoint.app,
            endpoint: endpoint.id,
            kind,
            since: Timestamp::default(),
            until: Timestamp::MAX,
            status: TaskStatus::Running,
            cursor: None,
            examined: 0,
            queued: 0,
            updated_at: self.now,
        }
    }
}

/// Stores an app, and answers with it as it is then.
pub(crate) async fn put_app(store: &dyn Store, app: App) -> App {
    assert_eq!(store.put_app(app.clone()).await, Ok(Put::Stored), "{app:?}");
    App { revision: app.revision.next(), ..app }
}

/// Stores an endpoint without telling anybody, and answers with it as it is then.
pub(crate) async fn put_endpoint(store: &dyn Store, endpoint: Endpoint) -> Endpoint {
    let id = endpoint.id;
    let stored = store.put_endpoint(endpoint, None).await;
    assert_eq!(stored, Ok(Stored { put: Put::Stored, told: Vec::new() }));
    Endpoint::clone(&store.endpoint(id).await.unwrap().unwrap())
}
