use std::collections::BTreeMap;
use std::sync::Arc;

use domain::endpoint::{Destination, Disabled, DisabledReason, Door, Failing, Ordering};
use domain::headers::CustomHeaders;
use domain::metadata::Metadata;
use domain::name::EventTypeName;
use domain::pattern::Pattern;
use domain::receiver_auth::{Basic, ReceiverAuth};
use domain::revision::Revision;
use domain::secret::Secret;
use domain::secrets::{RotatedSecret, Secrets};
use domain::subscription::Subscription;
use domain::target::Target;
use domain::throttle::Rate;
use domain::time::Timestamp;

use super::*;
use crate::sqlite::migrations;

fn endpoint(number: i64) -> Endpoint {
    let (id, app) = (EndpointId::from_number(number), AppId::from_number(1));
    let target = Target::stored("https://example.com/").unwrap();
    Endpoint::new(id, app, Door::Webhook, target, Secret::from_bytes(b"\0\xff"))
}

/// Everything that can be set is, each time with other values.
fn full(number: i64, reason: DisabledReason) -> Endpoint {
    let at = |millis: i64| Timestamp::from_millis(number * 1000 + millis);
    let old = [Secret::asymmetric([7; 32]), Secret::from_bytes(b"\0"), Secret::from_bytes(b"")];
    let rotated = |(place, secret)| RotatedSecret { secret, expires_at: at(place) };
    let event_type = |name: &str| name.parse::<EventTypeName>().unwrap();
    Endpoint {
        uid: Some(format!("uid-{number}").parse().unwrap()),
        door: Door::Api,
        description: "\"é\" \0".to_owned(),
        version: u16::MAX,
        subscription: Subscription {
            event_types: Some(vec![event_type("a.b"), event_type("c")]),
            channels: Some(vec!["x".parse().unwrap()]),
            pattern: Some(Pattern::parse(br#"{"a":[{"prefix":"\u00e9"}]}"#).unwrap()),
        },
        throttle: Rate::new(7),
        ordering: Ordering::Fifo,
        secrets: Secrets { current: Secret::asymmetric([3; 32]), old: (1..).zip(old).map(rotated).collect() },
        headers: CustomHeaders::new(vec![
            ("X-B".to_owned(), "2".to_owned()),
            ("x-a".to_owned(), "1".to_owned()),
        ])
        .unwrap(),
        auth: Arc::new(ReceiverAuth::Basic(Basic::new("u".to_owned(), "p:\"".to_owned()).unwrap())),
        metadata: Metadata::new(BTreeMap::from([("k".to_owned(), "\"é".to_owned())])).unwrap(),
        failing: Some(Failing { since: at(10), warned: number % 2 == 0 }),
        held_until: Some(at(11)),
        disabled: Some(Disabled { at: at(12), reason }),
        updated_at: at(13),
        deleted_at: None,
        revision: Revision(number),
        ..endpoint(number)
    }
}

#[test]
fn every_kind_of_endpoint_comes_back_as_it_was() {
    let (_directory, connection) = migrations::scratch();
    let nothing = Subscription { event_types: Some(vec![]), channels: Some(vec![]), pattern: None };
    let mut endpoints = vec![
        endpoint(1),
        Endpoint { subscription: nothing, ..endpoint(2) },
        full(3, DisabledReason::Gone),
        full(4, DisabledReason::Failing),
        full(5, DisabledReason::Asked),
    ];
    // The last one is not canonical: it must not hide the others.
    for (number, url) in (6..).zip(["http://192.0.2.1/", "http://[2001:db8::1]:8100/a?b", "http://127.1"]) {
        endpoints.push(Endpoint { target: Destination::stored(url), ..endpoint(number) });
    }
    for stored in &endpoints {
        put(&connection, stored).unwrap();
        assert_eq!(find(&connection, stored.id).unwrap().as_ref(), Some(stored));
        // Each becomes another one, and back.
        put(&connection, &Endpoint { id: stored.id, uid: None, ..full(99, DisabledReason::Asked) }).unwrap();
        put(&connection, stored).unwrap();
        assert_eq!(find(&connection, stored.id).unwrap().as_ref(), Some(stored));
    }
    assert_eq!(of_app(&connection, AppId::from_number(1)).unwrap(), endpoints);
    for deleted in endpoints {
        let deleted = deleted.deleted(Timestamp::from_millis(7));
        put(&connection, &deleted).unwrap();
        assert_eq!(find(&connection, deleted.id).unwrap(), Some(deleted));
    }
    assert_eq!(of_app(&connection, AppId::from_number(1)).unwrap(), []);
}
