//! One stream: what its caller may see of the feed, at a bounded pace.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::convert::Infallible;
use std::sync::Arc;

use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use domain::id::{AppId, OrganizationId};
use domain::limits::{LIVE_BATCH_MAX, LIVE_BATCH_PAUSE, LIVE_CHECK_PAUSE};
use engine::live::{News, Watcher};
use futures_util::stream::{self, StreamExt as _};
use tokio::time::{Instant, sleep_until};

use super::frame::{beginning, comment, events};
use super::places::Place;
use crate::Api;
use crate::access::{Identity, Unidentified};
use crate::v1::access::{ScopedReader, customer};

/// A stream, and where it stands.
pub(super) struct Stream {
    api: Arc<Api>,
    organization: OrganizationId,
    /// The app of which it tells; `None` for all customers of the organization.
    app: Option<AppId>,
    /// Who watches, and the headers that said so.
    identity: Identity,
    headers: HeaderMap,
    watcher: Watcher,
    /// When the next batch may come.
    next_batch: Instant,
    /// When to look again whether it may go on.
    next_check: Instant,
    _place: Place,
}

impl Stream {
    pub(super) fn new(
        api: Arc<Api>,
        reader: ScopedReader,
        identity: Identity,
        headers: HeaderMap,
        watcher: Watcher,
        place: Place,
    ) -> Self {
        let ScopedReader { organization, app } = reader;
        let (app, now) = (app.map(|app| app.id), Instant::now());
        let (next_batch, next_check) = (now, now + LIVE_CHECK_PAUSE);
        Self { api, organization, app, identity, headers, watcher, next_batch, next_check, _place: place }
    }

    /// What it writes, made when it is asked for.
    pub(super) fn frames(self) -> impl stream::Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
        let beginning = beginning(self.watcher.cursor());
        stream::once(async { beginning }).chain(stream::unfold(self, Self::next)).map(Ok)
    }

    /// The next thing to write; `None` when it ends.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            tokio::select! {
                biased;
                () = self.watcher.closed() => return None,
                () = sleep_until(self.next_check) => {
                    if !self.may_go_on().await {
                        return None;
                    }
                    self.next_check = Instant::now() + LIVE_CHECK_PAUSE;
                    return Some((comment(self.watcher.cursor()), self));
                }
                () = self.batch() => {
                    self.next_batch = Instant::now() + LIVE_BATCH_PAUSE;
                    if let Some(events) = self.read().await {
                        return Some((events, self));
                    }
                }
            }
        }
    }

    /// Waits until there is something to read, and it may be written.
    async fn batch(&self) {
        sleep_until(self.next_batch).await;
        self.watcher.changed().await;
    }

    /// What there is to tell of what has happened.
    async fn read(&mut self) -> Option<Bytes> {
        let News { mut changes, apps, mut is_lost } = self.watcher.read(self.app);
        let mut seen = HashMap::new();
        for app in changes.iter().map(|change| change.app).chain(apps.iter().copied()) {
            if let Entry::Vacant(unseen) = seen.entry(app) {
                let sees = self.sees(app).await;
                // Where nobody knows whose it is, something may be missing.
                is_lost |= sees.is_none();
                unseen.insert(sees.unwrap_or(false));
            }
        }
        changes.retain(|change| seen[&change.app]);
        is_lost |= apps.iter().any(|app| seen[app]);
        if changes.len() > LIVE_BATCH_MAX {
            changes.clear();
            is_lost = true;
        }
        events(changes, is_lost, self.watcher.cursor())
    }

    /// Whether the caller may see an app; `None` if that cannot be looked up now.
    async fn sees(&self, app: AppId) -> Option<bool> {
        if let Some(only) = self.app {
            return Some(app == only);
        }
        let home = self.api.doors.store.home(app).await.ok()?;
        Some(home.is_some_and(|home| home.is_customer_of(self.organization)))
    }

    /// Whether the caller may still watch. That its key or its app cannot be looked up now is not held against it.
    async fn may_go_on(&self) -> bool {
        match self.api.identify(&Method::GET, &self.headers).await {
            Ok(identity) if identity == self.identity => {}
            Err(Unidentified::Store(_)) => return true,
            Ok(_) | Err(_) => return false,
        }
        let Some(app) = self.app else { return true };
        let app = customer(&self.api, self.organization, &app.into()).await;
        app.map_or(true, |app| app.is_some())
    }
}
