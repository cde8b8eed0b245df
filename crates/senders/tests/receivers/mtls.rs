//! Client certificates: the receiver sees the one of the endpoint that is called, whatever was sent to it before.

use std::sync::Arc;

use domain::attempt::FailureCode::*;
use engine::ports::sender::Sender;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use crate::receiver::{Receiver, Wire};
use crate::sending::{met, send_as};
use crate::tls::{Authority, Identity, authority, identity, sender, url};

/// A client's certificate in PEM, as its endpoint's auth is stored, and in DER.
fn client(authority: &Authority, name: &str) -> (Value, CertificateDer<'static>) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    let auth = json!({"type": "mtls", "certificate_pem": certificate.pem(), "key_pem": key.serialize_pem()});
    (auth, certificate.der().clone())
}

/// What the receiver does after each answer.
#[derive(Clone, Copy)]
enum Then {
    Keep,
    Close,
}

/// A receiver that wants a certificate of this authority, and answers with its number among `known`.
async fn demanding(authority: &Authority, known: [CertificateDer<'static>; 2], then: Then) -> Receiver {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let Identity(certificate, key) = identity(authority, "localhost", |_| {});
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates([pem(&authority.pem)]);
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_client_cert_verifier(verifier.build().unwrap());
    let config = config.with_single_cert(vec![certificate], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let known = Arc::new(known);
    Receiver::start(move |wire| answer(wire, acceptor.clone(), Arc::clone(&known), then)).await
}

fn pem(text: &str) -> CertificateDer<'static> {
    use rustls::pki_types::pem::PemObject as _;
    CertificateDer::from_pem_slice(text.as_bytes()).unwrap()
}

async fn answer(wire: Wire, acceptor: TlsAcceptor, known: Arc<[CertificateDer<'static>; 2]>, then: Then) {
    let Ok(mut stream) = acceptor.accept(wire.stream).await else { return };
    let peer = stream.get_ref().1.peer_certificates().unwrap()[0].clone();
    let number = known.iter().position(|certificate| *certificate == peer).unwrap();
    let close = if matches!(then, Then::Close) { "connection: close\r\n" } else { "" };
    while let Ok(1..) = stream.read(&mut [0; 4096]).await {
        let answer = format!("HTTP/1.1 200 OK\r\n{close}content-length: 1\r\n\r\n{number}");
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        if matches!(then, Then::Close) {
            stream.shutdown().await.ok();
            return;
        }
    }
}

#[tokio::test]
async fn two_identities_share_neither_a_connection_nor_a_session() {
    let authority = authority("trusted");
    let ((a, a_der), (b, b_der)) = (client(&authority, "a"), client(&authority, "b"));
    for (then, connections) in [(Then::Keep, 2), (Then::Close, 8)] {
        let receiver = demanding(&authority, [a_der.clone(), b_der.clone()], then).await;
        let sender = sender(&authority);
        for round in 0..4 {
            for (auth, number) in [(&a, "0"), (&b, "1")] {
                let exchange = send_as(&sender, &url("localhost", &receiver), json!({}), auth).await;
                assert_eq!(met(&exchange), (Some(200), None), "{round}: {exchange:?}");
                assert_eq!(exchange.outcome.response.unwrap().body, number, "{round}");
            }
        }
        assert_eq!(receiver.connections(), connections);
    }
}

#[tokio::test]
async fn a_receiver_that_wants_a_certificate_refuses_others_and_none() {
    let (trusted, unknown) = (authority("trusted"), authority("unknown"));
    let ((a, a_der), (stranger, _)) = (client(&trusted, "a"), client(&unknown, "a"));
    let receiver = demanding(&trusted, [a_der.clone(), a_der], Then::Keep).await;
    let sender = sender(&trusted);
    for _ in 0..2 {
        for (auth, is_taken) in [(&a, true), (&stranger, false), (&json!({"type": "none"}), false)] {
            let exchange = send_as(&sender, &url("localhost", &receiver), json!({}), auth).await;
            let (status, failure) = met(&exchange);
            assert_eq!(status, is_taken.then_some(200), "{exchange:?}");
            // In TLS 1.3 the refusal comes after our side of the handshake, and a reset may overtake it.
            let is_refused = matches!(failure, Some(TlsFailed | ConnectionClosed));
            assert_eq!(is_refused, !is_taken, "{exchange:?}");
        }
    }
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_refused_and_nothing_is_sent() {
    let authority = authority("trusted");
    let ((a, a_der), (b, _)) = (client(&authority, "a"), client(&authority, "b"));
    let receiver = demanding(&authority, [a_der.clone(), a_der], Then::Keep).await;
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let no_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let sender = sender(&authority);
    for (certificate, key, words) in [
        (&a["certificate_pem"], &b["key_pem"], "does not belong"),
        (&garbage.into(), &a["key_pem"], "certificate cannot be used"),
        (&a["certificate_pem"], &no_key.into(), "cannot be used"),
    ] {
        let auth = json!({"type": "mtls", "certificate_pem": certificate, "key_pem": key});
        let why = sender.check_auth(&serde_json::from_value(auth.clone()).unwrap()).unwrap_err();
        assert!(why.contains(words), "{why}");
        let exchange = send_as(&sender, &url("localhost", &receiver), json!({}), &auth).await;
        assert_eq!(met(&exchange), (None, Some(AuthFailed)), "{exchange:?}");
        assert_eq!(exchange.outcome.failure.unwrap().detail, why);
    }
    assert_eq!(sender.check_auth(&serde_json::from_value(a.clone()).unwrap()), Ok(()));
    let exchange = send_as(&sender, &receiver.url(), json!({}), &a).await;
    assert_eq!(met(&exchange), (None, Some(AuthFailed)), "http: {exchange:?}");
    assert_eq!(receiver.connections(), 0);
}
