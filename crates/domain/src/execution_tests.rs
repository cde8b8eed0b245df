use std::time::Duration;

use bytes::Bytes;

use super::steps::{StepState, steps};
use super::*;
use crate::app::AppKey;
use crate::attempt::Trigger;
use crate::attempt::{FailureCode, Outcome, Response};
use crate::delivery::Lease;
use crate::endpoint::Door;
use crate::event::Origin;
use crate::id::{AppId, AttemptId, DeliveryId, EndpointId, MessageId};
use crate::payload::{Payload, Token};
use crate::resource::ResourceKey;
use crate::secret::Secret;
use crate::target::Target;

const ENDED: Timestamp = Timestamp::MAX;

fn story(fate: Fate, calls: Vec<Call>) -> Story {
    let app = App::named(AppId::from_number(1), &"42".parse::<AppKey>().unwrap());
    let payload = match fate {
        Fate::Routed => Payload::Envelope(Bytes::from_static(br#"{"resource":{"id":"7"}}"#)),
        Fate::Skipped | Fate::DataNotFound => Payload::Absent,
    };
    let resource = ResourceKey { kind: "candidate".parse().unwrap(), id: "7".parse().unwrap() };
    let origin = Origin { source: "test".into(), detail_type: "test".into() };
    let (id, event_type) = (MessageId::from_number(1 << 40), "candidate.created".parse().unwrap());
    let message =
        Message { resource: Some(resource), fate, payload, ..Message::new(id, app.id, event_type, origin) };
    Story { app, message, calls }
}

fn call(state: State, outcomes: &[u16]) -> Call {
    let id = DeliveryId { message: MessageId::from_number(1 << 40), endpoint: EndpointId::from_number(1) };
    let attempts = u32::try_from(outcomes.len()).unwrap();
    let target = Target::stored("https://receiver.example/").unwrap();
    let secret = Secret::from_bytes(b"");
    let endpoint = Endpoint::new(id.endpoint, AppId::from_number(1), Door::Api, target, secret);
    let attempt = |(number, status): (u32, &u16)| Attempt {
        id: AttemptId::from_number(i64::from(number)),
        number,
        started_at: id.message.timestamp() + Duration::from_secs(u64::from(number)),
        duration: Duration::from_millis(5),
        url: "https://receiver.example/".into(),
        trigger: Trigger::Scheduled,
        outcome: match status {
            0 => Outcome::failed(FailureCode::ConnectTimeout, "Too slow."),
            status => {
                let body = Bytes::from_static(b"\0\xff<script>");
                Outcome::answered(
                    Response { status: *status, body, truncated: false, retry_after: None },
                    None,
                )
            }
        },
    };
    let token = Some(Token::from_bytes([0; 32]));
    let trigger = Trigger::Scheduled;
    let delivery = Delivery { id, state, attempts, earlier: 0, trigger, interruptions: 0, token };
    Call { delivery, endpoint, attempts: (1..).zip(outcomes).map(attempt).collect() }
}

/// `expected` has a letter for each step: `-` not entered, `p` pending, `r` running, `s` succeeded, `f` failed.
fn check(story: &Story, status: Status, expected: &str) {
    let letter = |state| match state {
        StepState::NotEntered => '-',
        StepState::Pending => 'p',
        StepState::Running => 'r',
        StepState::Succeeded => 's',
        StepState::Failed => 'f',
    };
    let steps = steps(story);
    let marks: String = steps.iter().map(|step| &step.id[2..]).collect();
    let letters: String = steps.iter().map(|step| letter(step.state)).collect();
    assert_eq!((story.status(), letters.as_str()), (status, expected), "{marks}");
    for step in steps {
        let has_begun = matches!(step.state, StepState::Running | StepState::Succeeded | StepState::Failed);
        let is_over = matches!(step.state, StepState::Succeeded | StepState::Failed);
        assert!(!is_over || step.span.ended_at.is_some() || step.id == "S6g", "{step:?}");
        assert!(has_begun || step.span.started_at.is_none(), "{step:?}");
        let not_entered = step.state == StepState::NotEntered;
        assert!(!not_entered || (&step.input, &step.output) == (&Value::Null, &Value::Null), "{step:?}");
    }
}

#[test]
fn a_story_goes_one_of_the_articles_ways() {
    let succeeded = State::Succeeded { at: ENDED };
    let exhausted = State::Failed { at: ENDED, reason: FailedReason::Exhausted };
    let disabled = State::Failed { at: ENDED, reason: FailedReason::EndpointDisabled };
    let leased = State::Leased { lease: Lease(1) };
    let waiting = State::Waiting { due: ENDED };
    check(&story(Fate::Skipped, vec![]), Status::Skipped, "ss--------");
    check(&story(Fate::DataNotFound, vec![]), Status::Failed, "ssssf-----");
    let routed = |state, outcomes: &[u16]| story(Fate::Routed, vec![call(state, outcomes)]);
    check(&routed(waiting, &[]), Status::Running, "ssssssrp-p");
    check(&routed(leased, &[]), Status::Running, "sssssssr-p");
    check(&routed(succeeded, &[200]), Status::Succeeded, "ssssssss-s");
    check(&routed(waiting, &[500]), Status::Running, "sssssssfrp");
    check(&routed(leased, &[500, 0]), Status::Running, "sssssssfrp");
    check(&routed(succeeded, &[500, 200]), Status::Succeeded, "sssssssfss");
    check(&routed(exhausted, &[500, 0, 302, 404]), Status::Failed, "sssssssffs");
    check(&routed(disabled, &[]), Status::Failed, "sssssss--s");
}

#[test]
fn every_call_has_its_own_steps() {
    let done = call(State::Succeeded { at: ENDED }, &[200]);
    let story = story(Fate::Routed, vec![done, call(State::Waiting { due: ENDED }, &[500])]);
    check(&story, Status::Running, "ssssssss-sssfrp");
    assert_eq!(story.ended_at(), None);
}

#[test]
fn an_error_says_why() {
    let error =
        |reason, outcomes: &[u16]| call(State::Failed { at: ENDED, reason }, outcomes).error().unwrap();
    assert_eq!(error(FailedReason::Exhausted, &[500, 0]), "connect_timeout: Too slow.");
    assert_eq!(error(FailedReason::Exhausted, &[503]), "http_status: The receiver answered 503.");
    assert_eq!(error(FailedReason::EndpointDisabled, &[500]), "The endpoint is disabled.");
    assert_eq!(error(FailedReason::Cancelled, &[500]), "It was cancelled.");
    assert_eq!(error(FailedReason::Expunged, &[]), "Its payload was expunged.");
    assert_eq!(call(State::Succeeded { at: ENDED }, &[200]).error(), None);
}

#[test]
fn any_bytes_can_be_shown() {
    let story = story(Fate::Routed, vec![call(State::Succeeded { at: ENDED }, &[200])]);
    let called = steps(&story).into_iter().find(|step| step.id == "S6h").unwrap();
    assert_eq!(called.output["response"]["body"], "\0\u{fffd}<script>");
    assert_eq!(story.ended_at(), Some(ENDED));
}

#[test]
fn a_message_that_was_sent_as_such_shows_its_payload() {
    let fetched = |payload: Payload| {
        let mut story = story(Fate::Routed, vec![call(State::Succeeded { at: ENDED }, &[200])]);
        (story.message.resource, story.message.payload) = (None, payload);
        check(&story, Status::Succeeded, "ssssssss-s");
        steps(&story).into_iter().find(|step| step.id == "S6d").unwrap().output
    };
    assert_eq!(fetched(Payload::Verbatim(Bytes::from_static(br#"{"n":1}"#))), json!({ "n": 1 }));
    assert_eq!(fetched(Payload::Verbatim(Bytes::from_static(b"hello"))), json!("hello"));
    assert_eq!(fetched(Payload::Expunged), Value::Null);
}

#[test]
fn a_resource_that_few_can_read_is_shown_as_text() {
    let fetched = |envelope: &'static str| {
        let mut story = story(Fate::Routed, vec![call(State::Succeeded { at: ENDED }, &[200])]);
        story.message.payload = Payload::Envelope(Bytes::from_static(envelope.as_bytes()));
        steps(&story).into_iter().find(|step| step.id == "S6d").unwrap().output
    };
    assert_eq!(fetched(r#"{"resource":{"n":1}}"#), json!({ "n": 1 }));
    assert_eq!(fetched(r#"{"resource":{"n":1e400}}"#), json!(r#"{"n":1e400}"#));
}
