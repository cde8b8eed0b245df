//! Who calls: a key that the store knows, a token that another server issued, or (`whimbrel dev`, which listens on
//! loopback only) anybody.

pub(crate) mod jwt;
pub(crate) mod session;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method};
use domain::id::KeyId;
use domain::key::{Caller, KeyHash, Scope};
use domain::organization::Organization;
use engine::ports::fault::StoreError;

use self::jwt::Claims;
use crate::Api;
use crate::browser::{is_cross_origin, is_foreign_page};
use crate::error::{Refusal, unreadable};

pub use self::jwt::JwtSecret;

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody who can connect, but no web pages of others. Who sends no key, or one that nobody knows, may do
    /// everything; a key that is known allows what it is for.
    Open,
    /// Who has a key.
    Keys,
}

/// Who calls; the gate puts it into the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// In which organization, and what is allowed.
    pub(crate) caller: Caller,
    /// The key, where it is one of ours.
    pub(crate) key: Option<KeyId>,
}

/// Why nobody knows who calls.
#[derive(Debug)]
pub(crate) enum Unidentified {
    /// No key, or none that is known.
    Unknown,
    /// A key that opens nothing any more.
    Ended,
    /// The secret of tokens was sent instead of a token.
    RawSecret,
    /// The token does not say for whom it is.
    NoSubject,
    /// The token is for something that is neither an organization nor an app.
    BadSubject,
    /// A web page that is not ours.
    ForeignPage,
    /// It has the cookie of a session, and may be another page's.
    Unproven,
    /// It could not be looked up.
    Store(StoreError),
}

impl From<StoreError> for Unidentified {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Unidentified> for Refusal {
    fn from(unidentified: Unidentified) -> Self {
        match unidentified {
            Unidentified::ForeignPage => Refusal::foreign_page(),
            Unidentified::Unproven => Refusal::unproven(),
            Unidentified::Store(error) => unreadable(error),
            Unidentified::Unknown
            | Unidentified::Ended
            | Unidentified::RawSecret
            | Unidentified::NoSubject
            | Unidentified::BadSubject => Refusal::unauthorized(),
        }
    }
}

impl Api {
    /// Finds out who sends a request with this method and these headers. Where there is a key, a cookie does not count.
    pub(crate) async fn identify(
        &self,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<Identity, Unidentified> {
        let is_open = self.settings.access == Access::Open;
        if is_open && is_foreign_page(headers) {
            return Err(Unidentified::ForeignPage);
        }
        let known = match bearer(headers) {
            Some(token) => self.known(token).await,
            None if headers.contains_key(AUTHORIZATION) => Err(Unidentified::Unknown),
            None => self.signed_in(method, headers).await,
        };
        match known {
            Err(Unidentified::Unknown) if is_open => Ok(ANYBODY),
            known => known,
        }
    }

    /// Who is signed in.
    async fn signed_in(&self, method: &Method, headers: &HeaderMap) -> Result<Identity, Unidentified> {
        let session = self.sessions.of(headers, self.doors.now()).ok_or(Unidentified::Unknown)?;
        if is_cross_origin(headers) || !session.allows(method, headers) {
            return Err(Unidentified::Unproven);
        }
        self.of_key(session.key).await?.ok_or(Unidentified::Ended)
    }

    /// Who has a key, if it is one of ours.
    async fn of_key(&self, hash: KeyHash) -> Result<Option<Identity>, Unidentified> {
        let Some(key) = self.doors.store.key(hash).await? else { return Ok(None) };
        let caller = Caller { organization: key.organization, scope: key.scope };
        let identity = Identity { caller, key: Some(key.id) };
        // Whoever shows a key that has ended is not anybody, not even where anybody may call.
        if key.is_valid(self.doors.now()) { Ok(Some(identity)) } else { Err(Unidentified::Ended) }
    }

    async fn known(&self, token: &[u8]) -> Result<Identity, Unidentified> {
        if let Some(identity) = self.of_key(KeyHash::of(token)).await? {
            return Ok(identity);
        }
        let Some(secret) = &self.settings.jwt_secret else { return Err(Unidentified::Unknown) };
        let claims = secret.verify(token, self.doors.now())?;
        Ok(Identity { caller: self.caller_of(&claims).await?, key: None })
    }

    /// Whom a token of another server means. That server had no list of organizations: each that it issued a token for
    /// is one.
    async fn caller_of(&self, claims: &Claims) -> Result<Caller, Unidentified> {
        let (organization, scope) = match claims {
            Claims::Organization(external) => (external, Scope::Admin),
            Claims::App { app, organization } => {
                (organization, Scope::App(app.parse().map_err(|_| Unidentified::Unknown)?))
            }
        };
        let organization = match organization.parse() {
            Ok(id) => {
                let own = self.doors.store.organization(id).await?;
                own.ok_or(Unidentified::Unknown)?.id
            }
            Err(_) => self.doors.store.organization_of(organization, self.doors.mint()).await?.id,
        };
        Ok(Caller { organization, scope })
    }
}

/// Whoever calls without a key where that is allowed.
const ANYBODY: Identity =
    Identity { caller: Caller { organization: Organization::DEFAULT, scope: Scope::Admin }, key: None };

/// The key that a request carries. Two of them would leave open which one counts, so they are none.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    value.as_bytes().strip_prefix(b"Bearer ").filter(|key| !key.is_empty())
}
