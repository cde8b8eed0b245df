//! Payloads are held against the schemas of their event types, where the organization asks for it. Compiled schemas are
//! kept for those event types that are sent often.

mod turns;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::event_type::EventType;
use domain::id::OrganizationId;
use domain::limits::{SCHEMA_WAIT_TIME_MAX, SCHEMAS_BYTES_MAX, SCHEMAS_IN_MEMORY_MAX};
use domain::name::EventTypeName;
use domain::revision::Revision;
use domain::schema::{Schema, Violation};
use domain::time::Timestamp;
use lru::LruCache;
use serde_json::Value;
use tokio::time::Instant;

use super::check::Checks;
use super::error::{Error, Problem};
use crate::Api;
use crate::error::{Refusal, unreadable};

use self::turns::{Turn, Turns};

/// Compiled schemas, by event type; each counts for one revision of it.
pub(crate) struct Schemas {
    compiled: Mutex<LruCache<(OrganizationId, EventTypeName), Compiled>>,
    /// One is taken by each check: it may keep a thread busy for long.
    turns: Turns,
}

struct Compiled {
    revision: (Revision, Timestamp),
    /// `None` for one that an earlier program let pass, and that we do not follow: it refuses nothing.
    schema: Option<Arc<Schema>>,
}

impl Default for Schemas {
    fn default() -> Self {
        const SIZE: NonZeroUsize = NonZeroUsize::new(SCHEMAS_IN_MEMORY_MAX).expect("it is not zero");
        Self { compiled: Mutex::new(LruCache::new(SIZE)), turns: Turns::default() }
    }
}

impl Schemas {
    /// The compiled schema of an event type, if it has one.
    fn of(&self, event_type: &EventType) -> Option<Arc<Schema>> {
        let schema = event_type.schema()?;
        let name = (event_type.organization, event_type.name.clone());
        let revision = (event_type.revision, event_type.updated_at);
        if let Some(compiled) = self.lock().get(&name).filter(|compiled| compiled.revision == revision) {
            return compiled.schema.clone();
        }
        let compiled = Schema::compile(schema).inspect_err(
            |error| tracing::warn!(event_type = %event_type.name, %error, "a stored schema is not followed"),
        );
        let schema = compiled.ok().map(Arc::new);
        self.lock().put(name, Compiled { revision, schema: schema.clone() });
        schema
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<(OrganizationId, EventTypeName), Compiled>> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Holds the payloads of one request against the schemas of their event types.
pub(super) struct PayloadChecks<'a> {
    api: &'a Api,
    organization: OrganizationId,
    /// How long it still waits for turns, all together.
    patience: Duration,
}

impl<'a> PayloadChecks<'a> {
    /// `None` if the organization does not ask for it.
    pub(super) async fn begin(api: &'a Api, organization: OrganizationId) -> Result<Option<Self>, Error> {
        let found = api.doors.store.organization(organization).await.map_err(unreadable)?;
        let is_asked_for = found.is_some_and(|organization| organization.settings.validates_payloads);
        Ok(is_asked_for.then_some(Self { api, organization, patience: SCHEMA_WAIT_TIME_MAX }))
    }

    /// Whether a payload is what its event type says. `loc` is where in the request the payload stands.
    pub(super) async fn check(
        &mut self,
        event_type: &EventTypeName,
        payload: &[u8],
        loc: &[&str],
    ) -> Result<(), Error> {
        let store = &self.api.doors.store;
        let event_type = store.event_type(self.organization, event_type).await.map_err(unreadable)?;
        let schema = event_type.and_then(|event_type| self.api.schemas.of(&event_type));
        let Some(schema) = schema else { return Ok(()) };
        // The payload is copied when there is a turn for it: many may wait.
        let turn = self.turn().await?;
        let problem = |violation: Violation| {
            let path = violation.path.iter().map(String::as_str);
            Problem::new(&loc.iter().copied().chain(path).collect::<Vec<_>>(), violation.why)
        };
        let violations = violations(turn, schema, payload.to_vec()).await;
        let problems: Vec<Problem> = violations.into_iter().map(problem).collect();
        if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
    }

    async fn turn(&mut self) -> Result<Turn, Refusal> {
        let start = Instant::now();
        let turn = self.api.schemas.turns.take(self.organization, self.patience).await;
        self.patience = self.patience.saturating_sub(start.elapsed());
        turn
    }
}

/// What is wrong with a payload. That can take a while, so it happens beside the threads that serve everybody.
async fn violations(turn: Turn, schema: Arc<Schema>, payload: Vec<u8>) -> Vec<Violation> {
    let checked = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        match serde_json::from_slice(&payload) {
            Ok(payload) => schema.violations(&payload),
            Err(error) => vec![Violation { path: Vec::new(), why: error.to_string() }],
        }
    });
    match checked.await {
        Ok(violations) => violations,
        Err(ended) => resume_unwind(ended.into_panic()),
    }
}

/// Checks the schemas of an event type; what is wrong is noted under the version.
pub(super) fn check_schemas(
    schemas: BTreeMap<String, Value>,
    checks: &mut Checks,
) -> BTreeMap<String, Value> {
    let bytes = serde_json::to_vec(&schemas).map_or(usize::MAX, |json| json.len());
    if bytes > SCHEMAS_BYTES_MAX {
        checks.note("schemas", format!("may have at most {} bytes as JSON", SCHEMAS_BYTES_MAX));
        return schemas;
    }
    for (version, schema) in &schemas {
        if let Err(error) = Schema::compile(schema) {
            checks.note_at(&["schemas", version], format!("is not a JSON Schema (draft 7): {error}"));
        }
    }
    schemas
}
