//! Sessions of the console: a key is exchanged once for a cookie that scripts cannot read. The cookie is a random number,
//! known to this process alone: who is signed in, signs in again after a restart. The key itself is kept nowhere; it is
//! looked up again, by its hash, with each request.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::header::{COOKIE, HeaderName};
use axum::http::{HeaderMap, Method};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::key::KeyHash;
use domain::time::Timestamp;
use lru::LruCache;
use subtle::ConstantTimeEq as _;

/// Sessions at once: with more of them, those that nobody used for the longest time end. Each has some 200 bytes.
const SESSIONS_MAX: NonZeroUsize = NonZeroUsize::new(10_000).expect("it is not zero");
/// How long a session lasts at most: a working day. One ends earlier with its key.
const SESSION_TIME: Duration = Duration::from_secs(12 * 3600);
/// Random bytes of a cookie, and of what proves that a request is the console's own.
pub(crate) const SESSION_BYTES: usize = 32;

const COOKIE_NAME: &str = "whimbrel_session";
/// The header in which the console proves that it wrote a request: no other page knows the session's `csrf`.
pub(crate) const CSRF: HeaderName = HeaderName::from_static("x-whimbrel-csrf");

/// Who is signed in.
pub(crate) struct Sessions(Mutex<LruCache<KeyHash, Session>>);

/// One session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// The hash of its key.
    pub(crate) key: KeyHash,
    /// What everything but a question must carry.
    pub(crate) csrf: String,
    until: Timestamp,
}

impl Default for Sessions {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(SESSIONS_MAX)))
    }
}

impl Sessions {
    /// Begins a session; answers it and the value of its cookie.
    pub(crate) fn begin(
        &self,
        key: KeyHash,
        now: Timestamp,
        random: [[u8; SESSION_BYTES]; 2],
    ) -> (Session, String) {
        let [cookie, csrf] = random.map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        let session = Session { key, csrf, until: now + SESSION_TIME };
        self.lock().put(KeyHash::of(cookie.as_bytes()), session.clone());
        (session, cookie)
    }

    /// The session of a request, if its cookie has one.
    pub(crate) fn of(&self, headers: &HeaderMap, now: Timestamp) -> Option<Session> {
        let name = KeyHash::of(cookie(headers)?);
        let mut sessions = self.lock();
        let session = sessions.get(&name).cloned()?;
        if now < session.until {
            return Some(session);
        }
        sessions.pop(&name);
        None
    }

    /// Ends the session of a request.
    pub(crate) fn end(&self, headers: &HeaderMap) {
        if let Some(cookie) = cookie(headers) {
            self.lock().pop(&KeyHash::of(cookie));
        }
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<KeyHash, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// Whether a request only asks, or proves that the console wrote it.
    pub(crate) fn allows(&self, method: &Method, headers: &HeaderMap) -> bool {
        let is_question = matches!(*method, Method::GET | Method::HEAD);
        let proof = headers.get(CSRF).map(|proof| proof.as_bytes().ct_eq(self.csrf.as_bytes()));
        is_question || proof.is_some_and(bool::from)
    }
}

/// The value of our cookie; two of them are none.
fn cookie(headers: &HeaderMap) -> Option<&[u8]> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut values = all.flat_map(|value| value.split(';')).filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE_NAME).then_some(value.as_bytes())
    });
    values.next().filter(|_| values.next().is_none())
}

/// The header that gives a cookie to a browser.
pub(crate) fn set_cookie(value: &str, public_url: &str) -> String {
    let seconds = if value.is_empty() { 0 } else { SESSION_TIME.as_secs() };
    // Browsers keep a cookie that is only for HTTPS from a page that came by HTTP.
    let secure = if public_url.starts_with("https://") { "; Secure" } else { "" };
    format!("{COOKIE_NAME}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}{secure}")
}
