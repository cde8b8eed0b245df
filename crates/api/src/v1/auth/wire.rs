//! Access for customers of the platform, on the wire.

use domain::id::{AppId, OrganizationId};
use domain::limits::{PORTAL_TIME_DEFAULT, PORTAL_TIME_MAX};
use domain::name::GroupName;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::v1::access::AnyCaller;
use crate::v1::app::ApplicationIn;
use crate::v1::body::object;
use crate::v1::check::Checks;
use crate::v1::error::Error;
use crate::v1::key::KeyScope;

/// Access that is asked for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AppPortalAccessIn {
    /// The app to be made, if the path names one by a uid that no app has.
    #[serde(default, deserialize_with = "object")]
    application: Option<ApplicationIn>,
    /// What the key may do. It may always manage its app, so no less than that can be asked for.
    capabilities: Option<Vec<Capability>>,
    /// Whether the key may only look. There are no such keys for one app: `true` is refused.
    #[schema(deprecated)]
    read_only: Option<bool>,
    /// For how many seconds the key is valid; four weeks, if that is not said.
    #[schema(minimum = 1, maximum = 2_419_200_u64, default = 2_419_200_u64)]
    expiry: Option<u64>,
    /// Names the session, so that its keys can be ended together.
    #[schema(min_length = 1, max_length = 256, pattern = r"^\.*[a-zA-Z0-9\-_][a-zA-Z0-9\-_.]*$")]
    session_id: Option<String>,
}

/// What a key for one app may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
enum Capability {
    ViewBase,
    ViewEndpointSecret,
    ManageEndpointSecret,
    ManageTransformations,
    CreateAttempts,
    ManageEndpoint,
}

/// What each key for an app may do.
const CAPABILITIES: [Capability; 5] = [
    Capability::ViewBase,
    Capability::ViewEndpointSecret,
    Capability::ManageEndpointSecret,
    Capability::CreateAttempts,
    Capability::ManageEndpoint,
];

/// Access to the console for one app.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AppPortalAccessOut<'a> {
    /// The console, opened for the app. The key is in its fragment, which browsers send nowhere.
    #[schema(example = "https://hooks.example.com/#key=whk_0123abcd_…")]
    pub(super) url: String,
    /// The key.
    #[schema(example = "whk_0123abcd_…")]
    pub(super) token: &'a str,
}

/// Keys of an app that are to be ended.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApplicationTokenExpireIn {
    /// In how many seconds they end; at once, if that is not said.
    #[schema(minimum = 0, maximum = 2_419_200)]
    expiry: Option<u64>,
    /// Only those of these sessions.
    session_ids: Option<Vec<String>>,
}

/// Access that is asked for, checked.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) application: Option<ApplicationIn>,
    pub(super) seconds: u64,
    pub(super) session: Option<String>,
}

impl AppPortalAccessIn {
    /// Checks what is asked for.
    pub(super) fn check(self) -> Result<Wanted, Error> {
        let mut checks = Checks::of_body();
        if self.read_only == Some(true) {
            checks.note("readOnly", "A key for one app may always manage it");
        }
        let asked = self.capabilities.as_deref().unwrap_or(&CAPABILITIES);
        if CAPABILITIES.iter().any(|capability| !asked.contains(capability)) {
            checks.note(
                "capabilities",
                "A key for one app may always manage it, so all of that must be asked for",
            );
        }
        let seconds = self.expiry.unwrap_or(PORTAL_TIME_DEFAULT.as_secs());
        if !(1..=PORTAL_TIME_MAX.as_secs()).contains(&seconds) {
            checks.note("expiry", format!("must be from 1 to {}", PORTAL_TIME_MAX.as_secs()));
        }
        let session = checks.parsed::<GroupName>("sessionId", self.session_id.as_deref());
        let session = session.map(|session| session.to_string());
        checks.done_with(Some(Wanted { application: self.application, seconds, session }))
    }
}

/// Which keys are to be ended, checked.
#[derive(Debug)]
pub(super) struct Ended {
    /// In how many seconds.
    pub(super) seconds: u64,
    /// Only those of these sessions, if there are any.
    pub(super) sessions: Vec<String>,
}

impl ApplicationTokenExpireIn {
    /// Checks what is asked for.
    pub(super) fn check(self) -> Result<Ended, Error> {
        let mut checks = Checks::of_body();
        let seconds = self.expiry.unwrap_or(0);
        if seconds > PORTAL_TIME_MAX.as_secs() {
            checks.note("expiry", format!("must be from 0 to {}", PORTAL_TIME_MAX.as_secs()));
        }
        checks.done_with(Some(Ended { seconds, sessions: self.session_ids.unwrap_or_default() }))
    }
}

/// What the key of a request is for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WhoamiOut {
    /// The organization.
    #[schema(value_type = String)]
    env_id: OrganizationId,
    /// For a key of one app: the app's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    app_id: Option<AppId>,
    /// What kind of key it is, in the words of the contract.
    permission_source: PermissionSource,
    /// What may be done with it.
    scope: KeyScope,
}

/// What kind of key a request has.
#[derive(Debug, Serialize, ToSchema)]
enum PermissionSource {
    /// One of ours.
    GlobalAuthToken,
    /// Another one, or none where none is needed.
    Unknown,
}

impl From<AnyCaller> for WhoamiOut {
    fn from(AnyCaller { caller, key }: AnyCaller) -> Self {
        let (scope, app_id) = KeyScope::of(caller.scope);
        let permission_source =
            if key.is_some() { PermissionSource::GlobalAuthToken } else { PermissionSource::Unknown };
        Self { env_id: caller.organization, app_id, permission_source, scope }
    }
}
