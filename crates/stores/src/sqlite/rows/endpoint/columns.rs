//! An endpoint as its columns.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::endpoint::{Destination, Disabled, DisabledReason, Door, Endpoint, Failing, Ordering};
use domain::id::{AppId, EndpointId};
use domain::name::EndpointUid;
use domain::pattern::Pattern;
use domain::receiver_auth::ReceiverAuth;
use domain::secret::{Secret, SecretKind};
use domain::secrets::{RotatedSecret, Secrets};
use domain::subscription::Subscription;
use domain::time::Timestamp;
use rusqlite::{Row, Statement};
use serde::{Deserialize, Serialize};

use super::super::super::error::invalid;
use super::super::{
    json, metadata, millis, notes, parsed_or_null, per_second, rate, revision, time, time_or_null, to_json,
    variant, variant_number,
};

/// All columns, in the order in which [`bind`] writes and [`endpoint`] reads them.
macro_rules! columns {
    () => {
        "id, app, uid, door, url, description, version, event_types, channels, pattern, throttle, ordering, secret_kind,
        secret, old_secrets, headers, auth, metadata, failing_since, failing_warned, held_until, disabled_at,
        disabled_reason, updated_at, deleted_at, revision"
    };
}
pub(super) use columns;

const DOORS: &[Door] = &[Door::Webhook, Door::Api];
const ORDERINGS: &[Ordering] = &[Ordering::None, Ordering::Fifo];
const REASONS: &[DisabledReason] = &[DisabledReason::Gone, DisabledReason::Failing, DisabledReason::Asked];

/// Binds all columns in their order.
pub(super) fn bind(statement: &mut Statement<'_>, endpoint: &Endpoint) -> rusqlite::Result<()> {
    let Endpoint { secrets, subscription, failing, disabled, .. } = endpoint;
    let values: [&dyn rusqlite::ToSql; 26] = [
        &endpoint.id.number(),
        &endpoint.app.number(),
        &endpoint.uid.as_ref().map(EndpointUid::as_str),
        &variant_number(DOORS, &endpoint.door),
        &endpoint.target.as_str(),
        &endpoint.description,
        &endpoint.version,
        &subscription.event_types.as_ref().map(to_json),
        &subscription.channels.as_ref().map(to_json),
        &subscription.pattern.as_ref().map(Pattern::as_json),
        &per_second(endpoint.throttle),
        &variant_number(ORDERINGS, &endpoint.ordering),
        &secrets.current.kind().number(),
        &secrets.current.expose_bytes(),
        &(!secrets.old.is_empty()).then(|| old_secrets_json(&secrets.old)),
        &(!endpoint.headers.is_empty()).then(|| to_json(&endpoint.headers)),
        &(*endpoint.auth != ReceiverAuth::None).then(|| to_json(&*endpoint.auth)),
        &notes(&endpoint.metadata),
        &failing.map(|failing| failing.since.millis()),
        &failing.map(|failing| failing.warned),
        &millis(endpoint.held_until),
        &disabled.map(|disabled| disabled.at.millis()),
        &disabled.map(|disabled| variant_number(REASONS, &disabled.reason)),
        &endpoint.updated_at.millis(),
        &millis(endpoint.deleted_at),
        &endpoint.revision.0,
    ];
    (1..).zip(values).try_for_each(|(at, value)| statement.raw_bind_parameter(at, value))
}

/// An endpoint from a row with all columns in their order.
pub(super) fn endpoint(row: &Row<'_>) -> rusqlite::Result<Endpoint> {
    Ok(Endpoint {
        id: EndpointId::from_number(row.get(0)?),
        app: AppId::from_number(row.get(1)?),
        uid: parsed_or_null(row, 2, "endpoint uid")?,
        door: variant(DOORS, row.get(3)?, "door")?,
        target: Destination::stored(row.get_ref(4)?.as_str().map_err(|error| invalid("url", error))?),
        description: row.get(5)?,
        version: row.get(6)?,
        subscription: Subscription {
            event_types: json(row, 7, "event_types")?,
            channels: json(row, 8, "channels")?,
            pattern: json(row, 9, "pattern")?,
        },
        throttle: rate(row, 10)?,
        ordering: ordering(row.get(11)?)?,
        secrets: secrets(row)?,
        headers: json(row, 15, "headers")?.unwrap_or_default(),
        auth: Arc::new(json(row, 16, "auth")?.unwrap_or_default()),
        metadata: metadata(row, 17)?,
        failing: match time_or_null(row, 18)? {
            Some(since) => Some(Failing { since, warned: row.get(19)? }),
            None => None,
        },
        held_until: time_or_null(row, 20)?,
        disabled: match row.get::<_, Option<i64>>(22)? {
            Some(number) => {
                Some(Disabled { at: time(row, 21)?, reason: variant(REASONS, number, "disabled_reason")? })
            }
            None => None,
        },
        updated_at: time(row, 23)?,
        deleted_at: time_or_null(row, 24)?,
        revision: revision(row, 25)?,
    })
}

/// The order that a number stands for.
pub(super) fn ordering(number: i64) -> rusqlite::Result<Ordering> {
    variant(ORDERINGS, number, "ordering")
}

/// A secret that was replaced, as it is stored.
#[derive(Serialize, Deserialize)]
struct OldSecret {
    kind: i64,
    base64: String,
    expires_at: i64,
}

fn old_secrets_json(old: &[RotatedSecret]) -> String {
    let stored = |RotatedSecret { secret, expires_at }: &RotatedSecret| OldSecret {
        kind: secret.kind().number(),
        base64: STANDARD.encode(secret.expose_bytes()),
        expires_at: expires_at.millis(),
    };
    to_json(&old.iter().map(stored).collect::<Vec<_>>())
}

fn secrets(row: &Row<'_>) -> rusqlite::Result<Secrets> {
    let bytes = row.get_ref(13)?.as_blob().map_err(|error| invalid("secret", error))?;
    let current = secret(row.get(12)?, bytes)?;
    let old: Vec<OldSecret> = json(row, 14, "old_secrets")?.unwrap_or_default();
    let read = |old: OldSecret| {
        let bytes = STANDARD.decode(&old.base64).map_err(|error| invalid("old_secrets", error))?;
        let expires_at = Timestamp::from_millis(old.expires_at);
        Ok(RotatedSecret { secret: secret(old.kind, &bytes)?, expires_at })
    };
    Ok(Secrets { current, old: old.into_iter().map(read).collect::<rusqlite::Result<_>>()? })
}

fn secret(kind: i64, bytes: &[u8]) -> rusqlite::Result<Secret> {
    let kind = SecretKind::from_number(kind).ok_or_else(|| invalid("secret_kind", kind))?;
    Secret::from_parts(kind, bytes).map_err(|error| invalid("secret", error))
}
