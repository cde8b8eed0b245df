//! Access tokens: fetched once for all who need the same one, and again when they end or are not taken. An
//! authorization server is called as carefully as a receiver.

use std::sync::Arc;
use std::time::Duration;

use domain::attempt::FailureCode::*;
use engine::ports::sender::Exchange;
use senders::{HttpSender, Settings};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::name_server::{NameServer, Says};
use crate::receiver::{Kept, Receiver, Wire, listen};
use crate::sending::{met, send_as, sender, settings};

fn oauth2(token_url: &str) -> Value {
    json!({"type": "oauth2", "token_url": token_url, "client_id": "id", "client_secret": "secret",
        "scope": "hooks", "method": "basic"})
}

/// An authorization server whose tokens are numbered, and last for a hundred seconds.
async fn authority() -> (Receiver, Kept) {
    Receiver::keeping(|number| {
        answer("200 OK", &format!(r#"{{"access_token":"t{number}","token_type":"Bearer","expires_in":100}}"#))
    })
    .await
}

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn no_content(_: usize) -> String {
    "HTTP/1.1 204 No Content\r\n\r\n".to_owned()
}

async fn send(sender: &HttpSender, receiver: &Receiver, auth: &Value) -> Exchange {
    send_as(sender, &receiver.url(), json!({}), auth).await
}

/// The tokens that came with the requests.
fn tokens(kept: &Kept) -> Vec<String> {
    let kept = kept.lock().unwrap();
    let token = |request: &String| {
        let (_, after) = request.split_once("\r\nauthorization: Bearer ").unwrap();
        after.split_once('\r').unwrap().0.to_owned()
    };
    kept.iter().map(token).collect()
}

async fn pass(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_token_is_fetched_once_and_again_when_it_ends() {
    let ((authority, asked), (receiver, got)) = (authority().await, Receiver::keeping(no_content).await);
    let (sender, auth) = (sender(), oauth2(&authority.url()));
    // 30 seconds of its hundred are left for requests under way.
    for seconds in [0, 10, 50, 20, 0] {
        pass(seconds).await;
        assert_eq!(met(&send(&sender, &receiver, &auth).await), (Some(204), None));
    }
    assert_eq!(tokens(&got), ["t0", "t0", "t0", "t1", "t1"]);
    let expected = format!(
        "POST /hook HTTP/1.1\r\nhost: {}\r\nuser-agent: Whimbrel/{}\r\n\
         content-type: application/x-www-form-urlencoded\r\naccept: application/json\r\n\
         authorization: Basic aWQ6c2VjcmV0\r\ncontent-length: 41\r\n\r\n\
         grant_type=client_credentials&scope=hooks",
        authority.address,
        env!("CARGO_PKG_VERSION"),
    );
    assert_eq!(*asked.lock().unwrap(), [expected.clone(), expected]);
}

#[tokio::test]
async fn a_token_that_is_not_taken_is_replaced_for_the_next_attempt() {
    let (authority, asked) = authority().await;
    let (receiver, got) = Receiver::keeping(|number| match number {
        1 => answer("401 Unauthorized", ""),
        // The body does not come in time; the status counts all the same.
        3 => "HTTP/1.1 401 Unauthorized\r\ncontent-length: 9\r\n\r\n".to_owned(),
        5 => answer("403 Forbidden", ""),
        number => no_content(number),
    })
    .await;
    let (sender, auth) = (sender(), oauth2(&authority.url()));
    let mut met_all = Vec::new();
    for _ in 0..7 {
        met_all.push(send(&sender, &receiver, &auth).await.outcome.response.unwrap().status);
    }
    assert_eq!(met_all, [204, 401, 204, 401, 204, 403, 204]);
    assert_eq!(tokens(&got), ["t0", "t0", "t1", "t1", "t2", "t2", "t2"]);
    assert_eq!(asked.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn many_attempts_at_once_share_one_fetch() {
    let ((authority, asked), (receiver, got)) = (authority().await, Receiver::keeping(no_content).await);
    let (sender, receiver) = (Arc::new(sender()), Arc::new(receiver));
    let mut sends = JoinSet::new();
    for _ in 0..16 {
        let (sender, receiver, auth) = (Arc::clone(&sender), Arc::clone(&receiver), oauth2(&authority.url()));
        sends.spawn(async move { met(&send(&sender, &receiver, &auth).await) });
    }
    assert_eq!(sends.join_all().await, [(Some(204), None); 16]);
    assert_eq!(tokens(&got), ["t0"; 16]);
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn other_credentials_have_other_tokens() {
    let ((authority, _), (receiver, got)) = (authority().await, Receiver::keeping(no_content).await);
    let (sender, mut auth) = (sender(), oauth2(&authority.url()));
    for secret in ["secret", "other", "secret"] {
        auth["client_secret"] = secret.into();
        assert_eq!(met(&send(&sender, &receiver, &auth).await), (Some(204), None));
    }
    assert_eq!(tokens(&got), ["t0", "t1", "t0"]);
}

/// Asks an authority that behaves so for a token: the attempt fails, and nothing reaches the receiver.
async fn check<F, B>(words: &str, behave: B)
where
    B: Fn(Wire) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let (authority, receiver) = (Receiver::start(behave).await, Receiver::honest().await);
    let exchange = send(&sender(), &receiver, &oauth2(&authority.url())).await;
    assert_eq!(met(&exchange), (None, Some(AuthFailed)), "{words}: {exchange:?}");
    let detail = exchange.outcome.failure.unwrap().detail;
    assert!(detail.contains(words) && !detail.contains("canary"), "{words}: {detail}");
    assert_eq!((authority.connections(), receiver.connections()), (1, 0), "{words}");
}

#[tokio::test]
async fn an_authority_that_gives_no_token_fails_the_attempt_in_time() {
    check("within the 1s", Wire::ignore).await;
    check("closed the connection", |mut wire| async move { drop(wire.request().await) }).await;
    let large = format!(r#"{{"access_token":"canary","more":"{}"}}"#, "x".repeat(16 * 1024));
    for (words, answer) in [
        (
            "within the 1s",
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"access_token\":\"canary\"".to_owned(),
        ),
        (
            "redirects are not",
            answer("302 Found\r\nlocation: http://127.0.0.1/", r#"{"access_token":"canary"}"#),
        ),
        ("no JSON object", answer("200 OK", "canary")),
        ("no JSON object", "HTTP/1.1 204 No Content\r\n\r\n".to_owned()),
        ("not HTTP/1.1", "canary\r\n\r\n".to_owned()),
        ("error invalid_client", answer("401 Unauthorized", r#"{"error":"invalid_client"}"#)),
        ("more than is read", answer("200 OK", &large)),
    ] {
        check(words, move |wire| wire.answer(answer.clone())).await;
    }
    let flood = "HTTP/1.1 200 OK\r\nx: ".to_owned() + &"x".repeat(100_000);
    check("response head is larger", move |wire| wire.answer(flood.clone())).await;
    let nobody = listen().local_addr().unwrap();
    let receiver = Receiver::honest().await;
    let exchange = send(&sender(), &receiver, &oauth2(&format!("http://{nobody}/"))).await;
    assert_eq!(met(&exchange), (None, Some(AuthFailed)), "{exchange:?}");
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn an_authority_that_recovers_is_asked_again() {
    let (authority, asked) = Receiver::keeping(|number| match number {
        0 => answer("503 Service Unavailable", ""),
        _ => answer("200 OK", r#"{"access_token":"tok"}"#),
    })
    .await;
    let (receiver, got) = Receiver::keeping(no_content).await;
    let (sender, auth) = (sender(), oauth2(&authority.url()));
    assert_eq!(met(&send(&sender, &receiver, &auth).await), (None, Some(AuthFailed)));
    for _ in 0..2 {
        assert_eq!(met(&send(&sender, &receiver, &auth).await), (Some(204), None));
    }
    assert_eq!((tokens(&got), asked.lock().unwrap().len()), (vec!["tok".to_owned(); 2], 2));
}

#[tokio::test]
async fn an_authority_that_is_not_public_is_not_connected_to() {
    let (authority, _) = authority().await;
    let inside = vec!["127.0.0.1".parse().unwrap()];
    let server = NameServer::start(move |_, _| Says::Addresses(inside.clone(), 0)).await;
    // 127.0.0.3 plays the public address.
    let opened = "127.0.0.3".parse().unwrap();
    let sender =
        HttpSender::new(Settings { dns_servers: vec![server.address], opened, ..settings() }).unwrap();
    for host in ["127.0.0.1", "localhost", "auth.example"] {
        let auth = oauth2(&format!("http://{host}:{}/", authority.address.port()));
        let exchange = send_as(&sender, "http://127.0.0.3:8080/", json!({}), &auth).await;
        assert_eq!(met(&exchange), (None, Some(AuthFailed)), "{host}: {exchange:?}");
    }
    assert_eq!(authority.connections(), 0);
}

#[tokio::test]
async fn no_token_is_fetched_for_a_url_that_may_not_be_called() {
    let (authority, _) = authority().await;
    let exchange = send_as(&sender(), "http://10.0.0.1/", json!({}), &oauth2(&authority.url())).await;
    assert_eq!(met(&exchange), (None, Some(DestinationDenied)));
    assert_eq!(authority.connections(), 0);
}
