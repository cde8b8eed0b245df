use super::*;
use crate::app::AppKey;
use crate::attempt::Verdict;
use crate::delivery::State;
use crate::endpoint::{Disabled, DisabledReason, Door, Health};
use crate::id::{AppId, EndpointId, MessageId, OrganizationId};
use crate::message::Fate;
use crate::notice::{DisableTrigger, LastAttempt};
use crate::secret::Secret;
use crate::subscription::Subscription;
use crate::target::Target;
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::MAX;

fn operational() -> App {
    App::operational(AppId::from_number(1), OrganizationId::from_number(1))
}

fn endpoint(number: i64, event_type: &str) -> Endpoint {
    let target = Target::stored("https://receiver.example/").unwrap();
    let subscription = Subscription::to(event_type.parse().unwrap());
    let (id, app) = (EndpointId::from_number(number), AppId::from_number(1));
    Endpoint { subscription, ..Endpoint::new(id, app, Door::Api, target, Secret::from_bytes(b"secret")) }
}

fn disabled(endpoint: Endpoint) -> Endpoint {
    endpoint.disable(Disabled { at: NOW, reason: DisabledReason::Asked })
}

fn tell(endpoints: &[Endpoint], about: &App) -> Option<Routed> {
    let concerned = Concerned::of(about, &endpoint(9, "x"), None);
    let notice = Notice { id: MessageId::from_number(1 << 40), news: News::EndpointCreated };
    notice.tell(&operational(), endpoints, &concerned)
}

fn customer() -> App {
    App::named(AppId::from_number(2), &"acme".parse::<AppKey>().unwrap())
}

#[test]
fn a_notice_is_a_message_whose_deliveries_wait() {
    let endpoints = [endpoint(1, "endpoint.created"), disabled(endpoint(2, "endpoint.created"))];
    let told = tell(&endpoints, &customer()).unwrap();
    assert_eq!((told.message.app, told.message.fate), (AppId::from_number(1), Fate::Routed));
    assert_eq!(told.message.origin, Origin::operational());
    let text = std::str::from_utf8(told.message.payload.as_bytes()).unwrap();
    assert!(text.contains(r#""appUid":"acme""#), "{text}");
    let states: Vec<State> = told.deliveries.iter().map(|delivery| delivery.state).collect();
    assert_eq!(states[0], State::Waiting { due: told.message.accepted_at() });
    assert!(matches!(states[1], State::Failed { .. }));
}

#[test]
fn nothing_is_told_if_nobody_can_hear_it() {
    assert_eq!(tell(&[], &customer()), None);
    assert_eq!(tell(&[endpoint(1, "endpoint.deleted")], &customer()), None);
    assert_eq!(tell(&[disabled(endpoint(1, "endpoint.created"))], &customer()), None);
    assert_eq!(tell(&[endpoint(1, "endpoint.created").deleted(NOW)], &customer()), None);
}

#[test]
fn nothing_is_told_of_those_who_are_told() {
    assert_eq!(tell(&[endpoint(1, "endpoint.created")], &operational()), None);
}

#[test]
fn what_happens_to_an_endpoint_once_is_news_once() {
    let works = endpoint(1, "x");
    let fails = works.after_settlement(Verdict::Exhausted, Health::FailsNow, NOW);
    let warned = fails.after_settlement(Verdict::Exhausted, Health::Warned, NOW);
    let gone = warned.after_settlement(Verdict::EndpointGone, Health::Same, NOW);
    let is_failing = News::EndpointFailing { since: NOW, disable_at: NOW };
    let is_disabled = News::EndpointDisabled { since: None, trigger: DisableTrigger::Manual };
    let last = LastAttempt {
        message: MessageId::from_number(1),
        id: crate::id::AttemptId::from_number(1),
        status: 500,
        at: NOW,
    };
    let exhausted = News::AttemptExhausted(last);
    for (before, after, failing, disabled) in [
        (&works, &fails, false, false),
        (&fails, &warned, true, false),
        (&warned, &warned, false, false),
        (&warned, &gone, false, true),
        (&gone, &gone, false, false),
    ] {
        assert_eq!(is_failing.is_new(before, after), failing, "{after:?}");
        assert_eq!(is_disabled.is_new(before, after), disabled, "{after:?}");
        assert!(exhausted.is_new(before, after));
    }
}
