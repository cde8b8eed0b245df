//! Keys on the wire.

use domain::app::AppRef;
use domain::id::{AppId, KeyId};
use domain::key::{Key, Scope};
use domain::limits::KEY_TIME_MAX;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::v1::check::Checks;
use crate::v1::error::Error;

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyIn {
    /// For people.
    #[schema(min_length = 1, max_length = 1024, example = "The job board's backend")]
    name: String,
    /// What may be done with it.
    scope: KeyScope,
    /// For a key of scope `app`: the app's id or uid.
    #[schema(example = "customer-42")]
    app_id: Option<String>,
    /// After how many seconds it opens nothing any more; never, if that is not said.
    #[schema(minimum = 1, maximum = 315_360_000_u64)]
    expires_in_seconds: Option<u64>,
}

/// What may be done with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::v1) enum KeyScope {
    /// Everything in the organization.
    Admin,
    /// Sending messages, events and resources, and nothing else.
    Send,
    /// Looking at everything but secrets, and changing nothing.
    Read,
    /// What a customer may do with one app.
    App,
}

impl KeyScope {
    /// A scope, and the app that it is for.
    pub(in crate::v1) fn of(scope: Scope) -> (Self, Option<AppId>) {
        match scope {
            Scope::Admin => (Self::Admin, None),
            Scope::Send => (Self::Send, None),
            Scope::Read => (Self::Read, None),
            Scope::App(app) => (Self::App, Some(app)),
        }
    }
}

/// A key, without the key itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyOut {
    /// Its id, which is no secret.
    #[schema(value_type = String, example = "key_7Zk2mVd0001")]
    id: KeyId,
    /// For people.
    name: String,
    /// What may be done with it.
    scope: KeyScope,
    /// For a key of scope `app`: the app's id.
    #[schema(value_type = Option<String>, required = true)]
    app_id: Option<AppId>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// From when on it opens nothing any more.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    expires_at: Option<Timestamp>,
    /// Since when it opens nothing any more.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    revoked_at: Option<Timestamp>,
}

/// A key that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyMadeOut<'a> {
    /// What is known of it from now on.
    #[serde(flatten)]
    pub(super) known: KeyOut,
    /// The key itself. It is shown this once: only its hash is kept.
    #[schema(example = "whk_0123abcd_…")]
    pub(super) key: &'a str,
}

impl From<Key> for KeyOut {
    fn from(key: Key) -> Self {
        let (scope, app_id) = KeyScope::of(key.scope);
        Self {
            id: key.id,
            name: key.name,
            scope,
            app_id,
            created_at: key.id.timestamp(),
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// A key as somebody wants it, checked.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) scope: WantedScope,
    /// How many seconds it is valid.
    pub(super) seconds: Option<u64>,
}

/// What may be done with a key, as somebody wants it.
#[derive(Debug)]
pub(super) enum WantedScope {
    /// In the whole organization.
    Whole(Scope),
    /// With this app.
    App(AppRef),
}

impl KeyIn {
    /// Checks what is asked for.
    pub(super) fn check(self) -> Result<Wanted, Error> {
        let mut checks = Checks::of_body();
        let name = checks.title("name", self.name);
        let app = checks.parsed::<AppRef>("appId", self.app_id.as_deref());
        let is_without_app = self.app_id.is_none();
        let scope = match self.scope {
            KeyScope::App if is_without_app => {
                checks.note("appId", "must be there for the scope app");
                None
            }
            KeyScope::App => app.map(WantedScope::App),
            KeyScope::Admin => Some(WantedScope::Whole(Scope::Admin)),
            KeyScope::Send => Some(WantedScope::Whole(Scope::Send)),
            KeyScope::Read => Some(WantedScope::Whole(Scope::Read)),
        };
        if self.scope != KeyScope::App && !is_without_app {
            checks.note("appId", "may be there for the scope app only");
        }
        let seconds = self.expires_in_seconds;
        if seconds.is_some_and(|seconds| !(1..=KEY_TIME_MAX.as_secs()).contains(&seconds)) {
            checks.note("expiresInSeconds", format!("must be from 1 to {}", KEY_TIME_MAX.as_secs()));
        }
        checks.done_with(scope.map(|scope| Wanted { name, scope, seconds }))
    }
}
