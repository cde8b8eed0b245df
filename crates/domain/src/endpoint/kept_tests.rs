use super::*;
use crate::endpoint::Door;
use crate::id::{AppId, EndpointId};
use crate::revision::Revision;
use crate::secret::Secret;
use crate::subscription::Subscription;
use crate::target::Target;

const NOW: Timestamp = Timestamp::MAX;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn endpoint(door: Door) -> Endpoint {
    let target = Target::stored("https://receiver.example/").unwrap();
    Endpoint::new(EndpointId::from_number(1), AppId::from_number(2), door, target, Secret::from_bytes(b"s"))
}

/// One that is called in order, and held up.
fn held() -> Endpoint {
    Endpoint { ordering: Ordering::Fifo, held_until: Some(at(5)), ..endpoint(Door::Api) }
}

#[test]
fn whatever_is_settled_ends_what_holds_an_endpoint_up() {
    for (verdict, expected) in [
        (Verdict::HoldAt(at(9)), Some(at(9))),
        (Verdict::Release, Some(at(5))),
        (Verdict::Done, None),
        (Verdict::RetryAt(at(9)), None),
        (Verdict::Exhausted, None),
        (Verdict::EndpointDisabled, None),
        (Verdict::Expunged, None),
    ] {
        let after = held().after_settlement(verdict, Health::Same, NOW);
        assert_eq!((after.held_until, after.revision), (expected, Revision(0)), "{verdict:?}");
    }
}

#[test]
fn what_others_see_of_an_endpoint_raises_its_revision() {
    let fails = endpoint(Door::Api).after_settlement(Verdict::RetryAt(NOW), Health::FailsNow, at(1));
    assert_eq!(fails.revision, Revision(1));
    let still = fails.after_settlement(Verdict::RetryAt(NOW), Health::FailsNow, at(2));
    assert_eq!(still, fails);
    let gone = still.after_settlement(Verdict::EndpointGone, Health::Same, at(3));
    assert_eq!(gone.disabled, Some(Disabled { at: at(3), reason: DisabledReason::Gone }));
    assert_eq!(gone.revision, Revision(2));
    let again = gone.after_settlement(Verdict::EndpointGone, Health::Same, at(4));
    assert_eq!(again, gone);
}

#[test]
fn a_put_frees_an_endpoint_that_is_enabled_or_gives_up_its_order() {
    let disabled = Some(Disabled { at: NOW, reason: DisabledReason::Asked });
    let unknowing = Endpoint { held_until: None, ..held() };
    let check = |put: Endpoint, stored: Option<Endpoint>, expected: Option<Timestamp>| {
        let revision = put.revision.next();
        let kept = put.put_over(stored.as_ref());
        assert_eq!((kept.held_until, kept.revision), (expected, revision));
    };
    check(unknowing.clone(), Some(held()), Some(at(5)));
    check(Endpoint { disabled, ..unknowing.clone() }, Some(held()), Some(at(5)));
    check(unknowing.clone(), Some(Endpoint { disabled, ..held() }), None);
    check(Endpoint { ordering: Ordering::None, ..unknowing }, Some(held()), None);
    check(held(), None, None);
}

#[track_caller]
fn check_rivals(one: &Endpoint, other: &Endpoint, expected: bool) {
    assert_eq!(one.is_rival_of(other), expected, "{one:?} {other:?}");
    assert_eq!(other.is_rival_of(one), expected, "{one:?} {other:?}");
}

#[test]
fn a_uid_and_a_webhooks_event_type_are_unique() {
    let named = |uid: &str| Endpoint { uid: Some(uid.parse().unwrap()), ..endpoint(Door::Api) };
    let to = |door, types: &[&str]| {
        let types = types.iter().map(|name| name.parse().unwrap()).collect();
        let subscription = Subscription { event_types: Some(types), ..Subscription::default() };
        Endpoint { subscription, ..endpoint(door) }
    };
    check_rivals(&named("a"), &named("a"), true);
    check_rivals(&named("a"), &named("b"), false);
    check_rivals(&endpoint(Door::Api), &endpoint(Door::Api), false);
    check_rivals(&to(Door::Webhook, &["a"]), &to(Door::Webhook, &["a"]), true);
    check_rivals(&to(Door::Webhook, &["a"]), &to(Door::Webhook, &["b"]), false);
    check_rivals(&to(Door::Webhook, &["a"]), &to(Door::Api, &["a"]), false);
    check_rivals(&to(Door::Webhook, &["a", "b"]), &to(Door::Webhook, &["a", "b"]), false);
    assert_eq!(to(Door::Webhook, &["a"]).webhook_type().unwrap().as_str(), "a");
    assert_eq!(endpoint(Door::Webhook).webhook_type(), None);
}
