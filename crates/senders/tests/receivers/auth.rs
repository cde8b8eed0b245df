//! Headers of the endpoint's owner, and credentials that never change: what of them goes out over the wire, and
//! that none takes the place of what we write.

use domain::attempt::FailureCode::*;
use domain::headers::CustomHeaders;
use engine::ports::sender::{Request, Sender};
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::sending::{met, request, send_as, sender};

/// Sends with these headers and auth, and compares what follows our own headers on the wire.
async fn check(custom: Value, auth: Value, expected: &str) {
    let (receiver, kept) = Receiver::keeping(|_| "HTTP/1.1 204 No Content\r\n\r\n".to_owned()).await;
    assert_eq!(met(&send_as(&sender(), &receiver.url(), custom, &auth).await), (Some(204), None));
    let ours = format!(
        "POST /hook HTTP/1.1\r\nhost: {}\r\nuser-agent: Whimbrel/{}\r\ncontent-type: application/json\r\n\
         webhook-id: msg_1\r\ncontent-length: 2\r\n",
        receiver.address,
        env!("CARGO_PKG_VERSION"),
    );
    assert_eq!(*kept.lock().unwrap(), [format!("{ours}{expected}\r\n{{}}")]);
}

#[tokio::test]
async fn headers_of_the_owner_follow_ours() {
    let none = json!({"type": "none"});
    check(json!({}), none.clone(), "").await;
    check(json!({"X-Tenant": "a b", "accept": "*/*"}), none, "x-tenant: a b\r\naccept: */*\r\n").await;
}

#[tokio::test]
async fn fixed_credentials_are_a_header() {
    let basic = json!({"type": "basic", "username": "Aladdin", "password": "open sesame"});
    check(json!({}), basic, "authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n").await;
    let bearer = json!({"type": "bearer", "token": "abc"});
    check(json!({"Authorization": "other"}), bearer, "authorization: Bearer abc\r\n").await;
    let key = json!({"type": "api_key", "header": "X-API-Key", "value": "abc"});
    check(json!({"x-a": "1", "x-api-key": "other"}), key, "x-api-key: abc\r\nx-a: 1\r\n").await;
}

/// The rules refuse such headers at the border; if one got through, ours would still stand.
#[tokio::test]
async fn nothing_takes_the_place_of_our_own_headers() {
    for name in ["Host", "content-length", "Webhook-Id", "content-type", "USER-AGENT", "transfer-encoding"] {
        let refused = CustomHeaders::new(vec![(name.to_owned(), "7".to_owned())]);
        assert!(refused.is_err(), "{name}");
    }
    let (receiver, kept) = Receiver::keeping(|_| "HTTP/1.1 204 No Content\r\n\r\n".to_owned()).await;
    let custom = CustomHeaders::new(vec![("X-Ours".to_owned(), "theirs".to_owned())]).unwrap();
    let mut request = Request { custom, ..request(&receiver.url(), "{}") };
    request.headers.push(("x-ours", "ours".to_owned()));
    assert_eq!(met(&sender().send(request).await), (Some(204), None));
    let kept = kept.lock().unwrap();
    assert!(kept[0].contains("x-ours: ours\r\n") && !kept[0].contains("theirs"), "{}", kept[0]);
}

#[tokio::test]
async fn credentials_are_for_one_endpoint_and_not_for_its_neighbour() {
    let (receiver, kept) = Receiver::keeping(|_| "HTTP/1.1 204 No Content\r\n\r\n".to_owned()).await;
    let sender = sender();
    for auth in [json!({"type": "bearer", "token": "abc"}), json!({"type": "none"})] {
        assert_eq!(met(&send_as(&sender, &receiver.url(), json!({}), &auth).await), (Some(204), None));
    }
    let kept = kept.lock().unwrap();
    assert!(kept[0].contains("authorization: Bearer abc\r\n") && !kept[1].contains("authorization"));
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn auth_that_cannot_work_is_told_before_the_first_request() {
    let oauth2 = |url: &str| json!({"type": "oauth2", "token_url": url, "client_id": "a", "client_secret": "b", "method": "basic"});
    let check = |auth: &Value| sender().check_auth(&serde_json::from_value(auth.clone()).unwrap());
    assert_eq!(check(&json!({"type": "none"})), Ok(()));
    assert_eq!(check(&oauth2("http://127.0.0.1:8080/")), Ok(()));
    assert!(check(&oauth2("http://10.0.0.1/")).is_err());
    let (receiver, _) = Receiver::keeping(|_| String::new()).await;
    let exchange = send_as(&sender(), &receiver.url(), json!({}), &oauth2("http://10.0.0.1/")).await;
    assert_eq!(met(&exchange), (None, Some(AuthFailed)), "{exchange:?}");
    assert_eq!(receiver.connections(), 0);
}
