//! Endpoints, one by one and by their app.

use domain::endpoint::{Destination, Disabled, DisabledReason, Endpoint, Subscription};
use domain::id::{AppId, EndpointId};
use domain::name::EventTypeName;
use domain::secret::Secret;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::error::invalid;
use super::time;

/// All columns of an endpoint, in the order in which [`endpoint`] reads them.
macro_rules! columns {
    () => {
        "id, app, url, webhook, event_types, secret, disabled_at, disabled_reason"
    };
}

pub(crate) const FIND: &str =
    concat!("/* rows::endpoint::find */ SELECT ", columns!(), " FROM endpoint WHERE id = ?1");

/// The endpoint with this id.
pub(crate) fn find(connection: &Connection, id: EndpointId) -> rusqlite::Result<Option<Endpoint>> {
    connection.prepare_cached(FIND)?.query_row([id.number()], endpoint).optional()
}

pub(crate) const OF_APP: &str =
    concat!("/* rows::endpoint::of_app */ SELECT ", columns!(), " FROM endpoint WHERE app = ?1 ORDER BY id");

/// All endpoints of an app, in the order of their ids, also those that were replaced.
pub(crate) fn of_app(connection: &Connection, app: AppId) -> rusqlite::Result<Vec<Endpoint>> {
    connection.prepare_cached(OF_APP)?.query_map([app.number()], endpoint)?.collect()
}

pub(crate) const INSERT: &str = concat!(
    "/* rows::endpoint::insert */ INSERT INTO endpoint (",
    columns!(),
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
);

/// Adds an endpoint.
pub(crate) fn insert(connection: &Connection, endpoint: &Endpoint) -> rusqlite::Result<()> {
    let (webhook, event_types) = subscription_columns(&endpoint.subscription);
    connection.prepare_cached(INSERT)?.execute(params![
        endpoint.id.number(),
        endpoint.app.number(),
        endpoint.target.as_str(),
        webhook,
        event_types,
        endpoint.secret.expose_bytes(),
        endpoint.disabled.map(|disabled| disabled.at.millis()),
        endpoint.disabled.map(|disabled| reason_number(disabled.reason)),
    ])?;
    Ok(())
}

pub(crate) const SUBSCRIBE: &str = "/* rows::endpoint::subscribe */
    UPDATE endpoint SET webhook = ?2, event_types = ?3 WHERE id = ?1";

/// Stores what an endpoint wants now.
pub(crate) fn subscribe(connection: &Connection, endpoint: &Endpoint) -> rusqlite::Result<()> {
    let (webhook, event_types) = subscription_columns(&endpoint.subscription);
    connection.prepare_cached(SUBSCRIBE)?.execute(params![endpoint.id.number(), webhook, event_types])?;
    Ok(())
}

pub(crate) const DISABLE: &str = "/* rows::endpoint::disable */
    UPDATE endpoint SET disabled_at = ?2, disabled_reason = ?3 WHERE id = ?1";

/// Disables an endpoint.
pub(crate) fn disable(connection: &Connection, id: EndpointId, disabled: Disabled) -> rusqlite::Result<()> {
    let reason = reason_number(disabled.reason);
    connection.prepare_cached(DISABLE)?.execute(params![id.number(), disabled.at.millis(), reason])?;
    Ok(())
}

fn endpoint(row: &Row<'_>) -> rusqlite::Result<Endpoint> {
    Ok(Endpoint {
        id: EndpointId::from_number(row.get(0)?),
        app: AppId::from_number(row.get(1)?),
        target: Destination::stored(row.get_ref(2)?.as_str().map_err(|error| invalid("url", error))?),
        subscription: subscription(row.get(3)?, row.get(4)?)?,
        secret: Secret::from_bytes(row.get_ref(5)?.as_blob().map_err(|error| invalid("secret", error))?),
        disabled: match row.get::<_, Option<i64>>(7)? {
            Some(number) => Some(Disabled { at: time(row, 6)?, reason: reason(number)? }),
            None => None,
        },
    })
}

fn subscription_columns(subscription: &Subscription) -> (Option<&str>, Option<String>) {
    match subscription {
        Subscription::Webhook(event_type) => (Some(event_type.as_str()), None),
        Subscription::Endpoint(event_types) => (None, event_types.as_deref().map(to_json)),
    }
}

fn subscription(webhook: Option<String>, event_types: Option<String>) -> rusqlite::Result<Subscription> {
    if let Some(event_type) = webhook {
        let event_type = event_type.parse().map_err(|error| invalid("webhook", error))?;
        return Ok(Subscription::Webhook(event_type));
    }
    let parse = |json: String| serde_json::from_str(&json).map_err(|error| invalid("event_types", error));
    event_types.map(parse).transpose().map(Subscription::Endpoint)
}

fn to_json(event_types: &[EventTypeName]) -> String {
    serde_json::to_string(event_types).expect("a list of texts is JSON")
}

fn reason_number(reason: DisabledReason) -> i64 {
    match reason {
        DisabledReason::Gone => 0,
    }
}

fn reason(number: i64) -> rusqlite::Result<DisabledReason> {
    match number {
        0 => Ok(DisabledReason::Gone),
        _ => Err(invalid("disabled_reason", number)),
    }
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;
    use crate::sqlite::connection;
    use crate::sqlite::migrations;

    #[test]
    fn every_kind_of_endpoint_comes_back_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db");
        std::fs::File::create(&path).unwrap();
        let mut connection = connection::writing(&path).unwrap();
        migrations::run(&path, &mut connection).unwrap();
        let event_type = || "a.b".parse::<EventTypeName>().unwrap();
        let subscriptions = [
            Subscription::Webhook(event_type()),
            Subscription::Endpoint(None),
            Subscription::Endpoint(Some(vec![])),
            Subscription::Endpoint(Some(vec![event_type(), "c".parse().unwrap()])),
        ];
        // The last one is not canonical: it must not hide the others.
        let urls =
            ["https://example.com/", "http://192.0.2.1/", "http://[2001:db8::1]:8100/a?b", "http://127.1"];
        for (number, (subscription, url)) in (1..).zip(subscriptions.into_iter().zip(urls)) {
            let mut endpoint = Endpoint {
                id: EndpointId::from_number(number),
                app: AppId::from_number(1),
                target: Destination::stored(url),
                subscription,
                secret: Secret::from_bytes(b"\0\xff"),
                disabled: None,
            };
            insert(&connection, &endpoint).unwrap();
            assert_eq!(find(&connection, endpoint.id).unwrap().as_ref(), Some(&endpoint));
            let disabled = Disabled { at: Timestamp::from_millis(7), reason: DisabledReason::Gone };
            disable(&connection, endpoint.id, disabled).unwrap();
            endpoint.disabled = Some(disabled);
            assert_eq!(find(&connection, endpoint.id).unwrap(), Some(endpoint));
        }
        assert_eq!(of_app(&connection, AppId::from_number(1)).unwrap().len(), 4);
    }
}
