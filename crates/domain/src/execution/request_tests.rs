use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::attempt::{FailureCode, Outcome, Response, Trigger};
use crate::delivery::{Delivery, State};
use crate::endpoint::{Door, Endpoint};
use crate::id::{AppId, AttemptId, DeliveryId, EndpointId, MessageId};
use crate::organization::Settings;
use crate::secret::Secret;
use crate::sign::HeaderNames;

const BODY: &[u8] = br#"{"n":1}"#;

/// The attempts begin at this moment.
fn at() -> Timestamp {
    Timestamp::from_millis(1_769_862_896_789)
}

fn earlier(seconds: u64) -> Timestamp {
    at() - Duration::from_secs(seconds)
}

fn organization(names: HeaderNames, updated_at: Timestamp) -> Organization {
    let settings = Settings { header_names: names, ..Settings::default() };
    Organization { settings, updated_at, ..Organization::default_one() }
}

/// An endpoint that was made an hour before, with a secret `a`.
fn endpoint() -> Endpoint {
    let target = Target::stored("https://now.example/").unwrap();
    let id = EndpointId::first_at(earlier(3600));
    Endpoint::new(id, AppId::from_number(1), Door::Api, target, Secret::from_bytes(b"a"))
}

/// Its secret became `b` at this moment; the old one signs for a hundred seconds more.
fn rotated(at: Timestamp) -> Endpoint {
    let endpoint = endpoint();
    let fresh = Secret::from_bytes(b"b");
    let secrets = endpoint.secrets.clone().rotate(fresh, at, Duration::from_secs(100)).unwrap();
    Endpoint { secrets, updated_at: at, ..endpoint }
}

fn call(endpoint: Endpoint) -> Call {
    let id = DeliveryId { message: MessageId::from_number(7), endpoint: endpoint.id };
    let (state, trigger) = (State::Succeeded { at: at() }, Trigger::Scheduled);
    let delivery = Delivery { id, state, attempts: 1, earlier: 0, trigger, interruptions: 0, token: None };
    Call { delivery, endpoint, attempts: Vec::new() }
}

fn attempt(outcome: Outcome) -> Attempt {
    Attempt {
        id: AttemptId::from_number(1),
        number: 1,
        started_at: at(),
        duration: Duration::ZERO,
        url: "https://then.example:8443/hook?x=1".to_owned(),
        trigger: Trigger::Scheduled,
        outcome,
    }
}

fn answered() -> Attempt {
    let body = Bytes::new();
    attempt(Outcome::answered(Response { status: 200, body, truncated: false, retry_after: None }, None))
}

/// The names of the headers that are told; for a signature, who made it.
fn check(
    organization: &Organization,
    endpoint: Endpoint,
    body: Option<&[u8]>,
    signatures: Signatures,
    expected: &str,
) {
    let call = call(endpoint);
    let request = Evidence { organization, call: &call, body, signatures }.request(&answered()).unwrap();
    let signed = |secret: &str| {
        let secret = Secret::from_bytes(secret.as_bytes());
        sign::signature(&secret, &call.delivery.id.message.to_string(), at().seconds(), BODY)
    };
    let told = |(name, value): &(&str, String)| match *name {
        "content-length" => format!("length={value}"),
        name if name.ends_with("-signature") => {
            let made_by = |text: &str| ["a", "b"].into_iter().find(|key| signed(key) == text).unwrap();
            let keys: Vec<_> = value.split(' ').map(made_by).collect();
            format!("{}={}", name.split('-').next().unwrap(), keys.join("+"))
        }
        name if name.ends_with("-id") => name.split('-').next().unwrap().to_owned(),
        _ => String::new(),
    };
    let told: Vec<String> = request.headers.iter().map(told).filter(|told| !told.is_empty()).collect();
    assert_eq!(told.join(" "), expected);
}

#[test]
fn what_whimbrel_wrote_is_told_as_it_went_out() {
    let organization = organization(HeaderNames::Webhook, Timestamp::default());
    let call = call(endpoint());
    let evidence =
        Evidence { organization: &organization, call: &call, body: Some(BODY), signatures: Signatures::Left };
    let request = evidence.request(&answered()).unwrap();
    let headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let expected = [
        ("host", "then.example:8443"),
        ("content-type", "application/json"),
        ("content-length", "7"),
        ("webhook-id", "msg_00000000007"),
        ("webhook-timestamp", "1769862896"),
    ];
    assert_eq!((request.method, &headers[..]), ("POST", &expected[..]));
}

#[test]
fn a_signature_is_told_where_its_secrets_are_certain() {
    use Signatures::{Left, Shown};
    let since_ever = organization(HeaderNames::Webhook, Timestamp::default());
    check(&since_ever, endpoint(), Some(BODY), Shown, "length=7 webhook webhook=a");
    check(&since_ever, endpoint(), Some(BODY), Left, "length=7 webhook");
    check(&since_ever, endpoint(), None, Shown, "webhook");
    check(&since_ever, rotated(earlier(60)), Some(BODY), Shown, "length=7 webhook webhook=b+a");
    check(&since_ever, rotated(earlier(100)), Some(BODY), Shown, "length=7 webhook webhook=b");
    check(&since_ever, rotated(earlier(59)), Some(BODY), Shown, "length=7 webhook");
    check(&since_ever, rotated(at() + Duration::from_secs(9)), Some(BODY), Shown, "length=7 webhook");
    let made_just_now = Endpoint { id: EndpointId::first_at(at()), updated_at: at(), ..endpoint() };
    check(&since_ever, made_just_now, Some(BODY), Shown, "length=7 webhook webhook=a");
}

#[test]
fn headers_of_the_signature_are_told_where_their_names_are_certain() {
    let check = |names, changed_at, expected: &str| {
        check(&organization(names, changed_at), endpoint(), Some(BODY), Signatures::Shown, expected);
    };
    check(HeaderNames::Svix, earlier(60), "length=7 svix svix=a");
    check(HeaderNames::Both, earlier(60), "length=7 webhook webhook=a svix svix=a");
    check(HeaderNames::Webhook, earlier(59), "length=7");
    check(HeaderNames::Webhook, at(), "length=7");
}

#[test]
fn of_what_did_not_go_out_nothing_is_told() {
    let organization = organization(HeaderNames::Webhook, Timestamp::default());
    let call = call(endpoint());
    let evidence =
        Evidence { organization: &organization, call: &call, body: None, signatures: Signatures::Left };
    let sent = |code: FailureCode| evidence.request(&attempt(Outcome::failed(code, ""))).is_some();
    let sent: Vec<_> =
        FailureCode::ALL.iter().filter(|code| sent(**code)).map(|code| code.as_str()).collect();
    let expected = [
        "head_timeout",
        "head_too_large",
        "body_timeout",
        "too_many_bytes",
        "connection_closed",
        "invalid_response",
        "redirect",
        "gone",
        "http_status",
    ];
    assert_eq!(sent, expected);
}
