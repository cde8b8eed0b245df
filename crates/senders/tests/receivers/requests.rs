//! What goes out over the wire, and where it may go.

use std::sync::{Arc, Mutex};

use domain::address::Networks;
use domain::attempt::FailureCode::*;
use engine::ports::sender::Sender;
use senders::{HttpSender, Settings, SetupError};

use crate::receiver::{Receiver, SilentPort, Wire, listen};
use crate::sending::{met, patterned, request, send, send_body, sender, settings};

#[tokio::test]
async fn the_request_is_the_callers_headers_and_body_and_nothing_hidden() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let seeing = Arc::clone(&seen);
    let receiver = Receiver::start(move |mut wire| {
        let seeing = Arc::clone(&seeing);
        async move {
            let request = wire.request().await.unwrap();
            seeing.lock().unwrap().push(request);
            wire.write("HTTP/1.1 204 No Content\r\n\r\n").await;
        }
    })
    .await;
    let url = format!("http://{}/a%20b?c=%7B#", receiver.address).replace('#', "");
    let body = b"{\"bytes\": \"\xff\0\"}".as_slice();
    assert_eq!(met(&send_body(&sender(), &url, body).await), (Some(204), None));
    let expected = format!(
        "POST /a%20b?c=%7B HTTP/1.1\r\nhost: {}\r\nuser-agent: Whimbrel/{}\r\ncontent-type: application/json\r\n\
         webhook-id: msg_1\r\ncontent-length: {}\r\n\r\n",
        receiver.address,
        env!("CARGO_PKG_VERSION"),
        body.len()
    );
    let seen = seen.lock().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&seen[0]),
        String::from_utf8_lossy(&[expected.as_bytes(), body].concat())
    );
    assert_eq!(seen.len(), 1);
}

#[tokio::test]
async fn a_large_body_arrives_whole_however_slowly_it_is_read() {
    let body = patterned(400_000);
    let expected = body.clone();
    let receiver = Receiver::start(move |mut wire| {
        let expected = expected.clone();
        async move {
            // Its receive buffer is small, so that each write of the sender takes a part.
            let request = wire.request().await.unwrap();
            let is_whole = request.ends_with(&expected);
            wire.write(format!("HTTP/1.1 {} x\r\n\r\n", if is_whole { 204 } else { 400 })).await;
        }
    })
    .await;
    assert_eq!(met(&send_body(&sender(), &receiver.url(), body).await), (Some(204), None));
}

#[tokio::test]
async fn an_empty_body_is_sent_with_its_length() {
    let receiver = Receiver::start(|mut wire| async move {
        let request = String::from_utf8(wire.request().await.unwrap()).unwrap();
        assert!(request.contains("\r\ncontent-length: 0\r\n"), "{request}");
        wire.write("HTTP/1.1 204 No Content\r\n\r\n").await;
    })
    .await;
    assert_eq!(met(&send_body(&sender(), &receiver.url(), "").await), (Some(204), None));
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_a_fault_of_our_own() {
    let receiver = Receiver::start(Wire::hold).await;
    let mut request = request(&receiver.url(), "{}");
    request.headers.push(("webhook-signature", "v1,x\r\nhost: other".to_owned()));
    assert_eq!(met(&sender().send(request).await), (None, Some(Internal)));
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn nobody_there_is_told_apart_from_a_silent_address() {
    let free = listen().local_addr().unwrap();
    assert_eq!(met(&send(&sender(), &format!("http://{free}/")).await), (None, Some(ConnectRefused)));
    let silent = SilentPort::start("127.0.0.1:0").await;
    assert_eq!(
        met(&send(&sender(), &format!("http://{}/", silent.address)).await),
        (None, Some(ConnectTimeout))
    );
}

#[tokio::test]
async fn literals_that_were_not_opened_are_not_connected_to() {
    let receiver = Receiver::honest().await;
    let port = receiver.address.port();
    let closed = HttpSender::new(Settings { opened: Networks::default(), ..settings() }).unwrap();
    for host in [
        "127.0.0.1",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "[::]",
        "[64:ff9b::7f00:1]",
        "localhost",
        "backend",
    ] {
        let exchange = send(&closed, &format!("http://{host}:{port}/")).await;
        assert_eq!(met(&exchange), (None, Some(DestinationDenied)), "{host}");
    }
    assert_eq!(met(&send(&closed, "http://example.com:22/").await), (None, Some(UrlRefused)));
    assert_eq!(receiver.connections(), 0);
    let opened = sender();
    for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "localhost", "any.localhost"] {
        assert_eq!(met(&send(&opened, &format!("http://{host}:{port}/")).await), (Some(204), None), "{host}");
    }
    for host in ["0.0.0.0", "[::]", "[::1]"] {
        let exchange = send(&opened, &format!("http://{host}:{port}/")).await;
        assert_eq!(met(&exchange), (None, Some(DestinationDenied)), "{host}");
    }
}

#[test]
fn settings_that_cannot_be_used_are_refused() {
    let roots =
        |pem: &str| HttpSender::new(Settings { extra_roots_pem: Some(pem.into()), ..settings() }).err();
    assert!(matches!(roots(""), Some(SetupError::ExtraRoots(_))));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(roots(broken), Some(SetupError::ExtraRoots(_))));
    let agent = HttpSender::new(Settings { user_agent: "a\nb".to_owned(), ..settings() }).err();
    assert!(matches!(agent, Some(SetupError::UserAgent)));
}
