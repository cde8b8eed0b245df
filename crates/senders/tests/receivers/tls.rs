//! Certificates that must not be believed, and peers that do not speak TLS. Nothing of a request is sent
//! before the receiver has proven its name.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use domain::attempt::FailureCode::{self, *};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use senders::{HttpSender, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use crate::receiver::{Receiver, Wire};
use crate::sending::{met, patterned, send, send_body, settings};

/// An authority that the sender may trust.
pub(crate) struct Authority {
    pub(crate) issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

pub(crate) fn authority(name: &str) -> Authority {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = params.self_signed(&key).unwrap().pem();
    Authority { issuer: Issuer::new(params, key), pem }
}

/// A receiver's certificate and its key.
pub(crate) struct Identity(pub(crate) CertificateDer<'static>, pub(crate) PrivateKeyDer<'static>);

pub(crate) fn identity(
    authority: &Authority,
    name: &str,
    change: impl FnOnce(&mut CertificateParams),
) -> Identity {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    change(&mut params);
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    Identity(certificate.der().clone(), key.into())
}

fn self_signed(name: &str) -> Identity {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
    Identity(certificate.der().clone(), key.into())
}

fn acceptor(
    Identity(certificate, key): Identity,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    let mut config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

/// A receiver that answers over TLS, and how many bytes of requests it has seen.
async fn secure(identity: Identity) -> (Receiver, Arc<AtomicUsize>) {
    let (acceptor, seen) = (acceptor(identity, rustls::ALL_VERSIONS), Arc::new(AtomicUsize::new(0)));
    let seeing = Arc::clone(&seen);
    let receiver = Receiver::start(move |wire| answer(wire, acceptor.clone(), Arc::clone(&seeing))).await;
    (receiver, seen)
}

async fn answer(wire: Wire, acceptor: TlsAcceptor, seen: Arc<AtomicUsize>) {
    let Ok(mut stream) = acceptor.accept(wire.stream).await else { return };
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        seen.fetch_add(length, SeqCst);
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.ok();
    }
}

pub(crate) fn sender(authority: &Authority) -> HttpSender {
    let roots = Some(authority.pem.clone().into_bytes());
    HttpSender::new(Settings { extra_roots_pem: roots, ..settings() }).unwrap()
}

pub(crate) fn url(host: &str, receiver: &Receiver) -> String {
    format!("https://{host}:{}/", receiver.address.port())
}

#[tokio::test]
async fn a_trusted_certificate_is_enough_and_its_connection_is_used_again() {
    let authority = authority("trusted");
    for name in ["localhost", "127.0.0.1"] {
        let (receiver, seen) = secure(identity(&authority, name, |_| {})).await;
        let sender = sender(&authority);
        for _ in 0..3 {
            let exchange = send(&sender, &url(name, &receiver)).await;
            assert_eq!(met(&exchange), (Some(204), None), "{name}: {exchange:?}");
        }
        assert!(seen.load(SeqCst) > 0);
        assert_eq!(receiver.connections(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_large_body_arrives_whole_however_slowly_it_is_read() {
    let (authority, body) = (authority("trusted"), patterned(400_000));
    let acceptor = acceptor(identity(&authority, "localhost", |_| {}), rustls::ALL_VERSIONS);
    let expected = body.clone();
    let receiver = Receiver::start(move |wire| {
        let (acceptor, expected) = (acceptor.clone(), expected.clone());
        async move {
            let mut stream = acceptor.accept(wire.stream).await.unwrap();
            let (mut request, mut part) = (Vec::new(), [0; 1000]);
            while !request.ends_with(&expected) {
                let length = stream.read(&mut part).await.unwrap();
                request.extend_from_slice(&part[..length]);
                assert!(length > 0 && request.len() < expected.len() + 1000, "something else came");
            }
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            stream.flush().await.unwrap();
        }
    })
    .await;
    let exchange = send_body(&sender(&authority), &url("localhost", &receiver), body).await;
    assert_eq!(met(&exchange), (Some(204), None), "{exchange:?}");
}

#[tokio::test]
async fn certificates_that_prove_nothing_are_refused_before_anything_is_sent() {
    let (trusted, unknown) = (authority("trusted"), authority("unknown"));
    let cases = [
        ("self-signed", self_signed("localhost"), "authority"),
        ("unknown authority", identity(&unknown, "localhost", |_| {}), "authority"),
        ("another name", identity(&trusted, "example.com", |_| {}), "another name"),
        ("address instead of name", identity(&trusted, "127.0.0.1", |_| {}), "another name"),
        ("wildcard one level too high", identity(&trusted, "*.a.localhost", |_| {}), "another name"),
        (
            "expired",
            identity(&trusted, "localhost", |params| params.not_after = date_time_ymd(2020, 1, 1)),
            "expired",
        ),
        (
            "not yet valid",
            identity(&trusted, "localhost", |params| params.not_before = date_time_ymd(4000, 1, 1)),
            "not valid yet",
        ),
    ];
    for (name, identity, words) in cases {
        let (receiver, seen) = secure(identity).await;
        let exchange = send(&sender(&trusted), &url("localhost", &receiver)).await;
        assert_eq!(met(&exchange), (None, Some(TlsCertificate)), "{name}: {exchange:?}");
        let detail = exchange.outcome.failure.unwrap().detail;
        assert!(detail.contains(words), "{name}: {detail}");
        assert_eq!((seen.load(SeqCst), receiver.connections()), (0, 1), "{name}");
    }
}

async fn check_failure(receiver: &Receiver, code: FailureCode) {
    let exchange = send(&sender(&authority("trusted")), &url("localhost", receiver)).await;
    assert_eq!(met(&exchange), (None, Some(code)), "{exchange:?}");
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn peers_that_do_not_speak_tls_are_told_apart() {
    let plain = Receiver::start(|mut wire| async move {
        wire.write("HTTP/1.1 400 Bad Request\r\n\r\n").await;
        wire.hold().await;
    })
    .await;
    check_failure(&plain, TlsFailed).await;
    check_failure(&Receiver::start(|wire| async { drop(wire) }).await, TlsFailed).await;
    check_failure(&Receiver::start(|wire| async { wire.reset() }).await, TlsFailed).await;
    check_failure(&Receiver::start(Wire::ignore).await, ConnectTimeout).await;
    let flooding =
        Receiver::start(|mut wire| async move { while wire.write([22, 3, 3, 64, 0].repeat(4096)).await {} })
            .await;
    check_failure(&flooding, TlsFailed).await;
}

#[tokio::test]
async fn plain_http_to_a_tls_port_is_an_invalid_response() {
    let authority = authority("trusted");
    let (receiver, seen) = secure(identity(&authority, "localhost", |_| {})).await;
    let exchange = send(&sender(&authority), &receiver.url()).await;
    let (status, failure) = met(&exchange);
    assert!(status.is_none() && matches!(failure, Some(InvalidResponse | ConnectionClosed)), "{exchange:?}");
    assert_eq!((seen.load(SeqCst), receiver.connections()), (0, 1));
}

#[tokio::test]
async fn tls_1_2_is_spoken_and_a_stream_that_ends_without_goodbye_is_an_end() {
    let authority = authority("trusted");
    let acceptor = acceptor(identity(&authority, "localhost", |_| {}), &[&rustls::version::TLS12]);
    let receiver = Receiver::start(move |wire| {
        let acceptor = acceptor.clone();
        async move {
            let mut stream = acceptor.accept(wire.stream).await.unwrap();
            assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
            stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nto the end").await.unwrap();
            stream.flush().await.unwrap();
        }
    })
    .await;
    let exchange = send(&sender(&authority), &url("localhost", &receiver)).await;
    assert_eq!(met(&exchange), (Some(200), None), "{exchange:?}");
    assert_eq!(exchange.outcome.response.unwrap().body, "to the end");
}
