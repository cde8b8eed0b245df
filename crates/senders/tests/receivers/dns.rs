//! Names that lead to where they should not, or nowhere.

use std::net::IpAddr;

use domain::attempt::FailureCode::{self, *};
use senders::{HttpSender, Settings};

use crate::name_server::{NameServer, Says};
use crate::receiver::{Receiver, SilentPort, listen};
use crate::sending::{met, send, settings};

fn ips(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// A sender that asks `server`, with only these networks opened.
fn sender(server: &NameServer, opened: &str) -> HttpSender {
    let settings =
        Settings { dns_servers: vec![server.address], opened: opened.parse().unwrap(), ..settings() };
    HttpSender::new(settings).unwrap()
}

fn url(name: &str, receiver: &Receiver) -> String {
    format!("http://{name}:{}/", receiver.address.port())
}

#[tokio::test]
async fn one_address_that_is_not_public_spoils_the_whole_answer() {
    let receiver = Receiver::honest().await;
    for answer in [
        &["127.0.0.1"][..],
        &["169.254.169.254"],
        &["10.0.0.1"],
        &["0.0.0.0"],
        &["::1"],
        &["::ffff:127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["fd00:ec2::254"],
        &["127.0.0.3", "127.0.0.1"],
        &["127.0.0.3", "fe80::1"],
        &["127.0.0.3", "127.0.0.3", "127.0.0.3", "127.0.0.3", "127.0.0.3", "10.0.0.1"],
    ] {
        let answered = ips(answer);
        let server = NameServer::start(move |_, _| Says::Addresses(answered.clone(), 0)).await;
        // 127.0.0.3 plays the public address.
        let exchange = send(&sender(&server, "127.0.0.3"), &url("hook.example", &receiver)).await;
        assert_eq!(met(&exchange), (None, Some(DestinationDenied)), "{answer:?}: {exchange:?}");
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn an_alias_is_judged_by_the_addresses_behind_it() {
    let receiver = Receiver::honest().await;
    let server = NameServer::start(|name, _| match name {
        "inside.example." => Says::Alias("metadata.internal", ips(&["169.254.169.254"])),
        "loop.example." => Says::Alias("loop.example", Vec::new()),
        _ => Says::Alias("other.example", ips(&["127.0.0.1"])),
    })
    .await;
    let sender = sender(&server, "127.0.0.1");
    let met_inside = met(&send(&sender, &url("inside.example", &receiver)).await);
    assert_eq!(met_inside, (None, Some(DestinationDenied)));
    let (status, failure) = met(&send(&sender, &url("loop.example", &receiver)).await);
    assert!(status.is_none() && matches!(failure, Some(DnsNotFound | DnsFailed)), "{failure:?}");
    assert_eq!(met(&send(&sender, &url("outside.example", &receiver)).await), (Some(204), None));
}

#[tokio::test]
async fn a_name_is_asked_for_once_per_attempt_and_again_for_the_next() {
    let receiver = Receiver::honest().await;
    let server = NameServer::start(|_, before| match before {
        0..3 => Says::Addresses(ips(&["127.0.0.1"]), 0),
        _ => Says::Addresses(ips(&["127.0.0.2"]), 0),
    })
    .await;
    let sender = sender(&server, "127.0.0.1");
    for attempt in 1..=3 {
        assert_eq!(met(&send(&sender, &url("rebinds.example", &receiver)).await), (Some(204), None));
        assert_eq!(server.questions(), 2 * attempt, "one for each family");
    }
    // An idle connection to the old address is still there, and is not used.
    let exchange = send(&sender, &url("rebinds.example", &receiver)).await;
    assert_eq!(met(&exchange), (None, Some(DestinationDenied)));
    assert_eq!((receiver.requests(), receiver.connections()), (3, 1));
}

#[tokio::test]
async fn an_answer_is_kept_for_its_time_to_live() {
    let receiver = Receiver::honest().await;
    let server = NameServer::start(|_, _| Says::Addresses(ips(&["127.0.0.1"]), u32::MAX / 2)).await;
    let sender = sender(&server, "127.0.0.1");
    for _ in 0..3 {
        assert_eq!(met(&send(&sender, &url("kept.example", &receiver)).await), (Some(204), None));
    }
    // The family without an address may be asked for again; the one with an address is not.
    assert!(server.questions() <= 4, "{}", server.questions());
}

#[tokio::test]
async fn a_name_that_cannot_be_resolved_is_told_by_its_reason() {
    let receiver = Receiver::honest().await;
    let cases: [(Says, FailureCode); 5] = [
        (Says::Code(3), DnsNotFound),
        (Says::Addresses(Vec::new(), 0), DnsNotFound),
        (Says::Code(2), DnsFailed),
        (Says::Code(5), DnsFailed),
        (Says::Nothing, DnsTimeout),
    ];
    for (says, code) in cases {
        let server = NameServer::start(move |_, _| says.clone()).await;
        let exchange = send(&sender(&server, "127.0.0.1"), &url("hook.example", &receiver)).await;
        assert_eq!(met(&exchange), (None, Some(code)), "{exchange:?}");
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn local_names_are_refused_without_asking_anybody() {
    let receiver = Receiver::honest().await;
    let server = NameServer::start(|_, _| Says::Addresses(ips(&["127.0.0.1"]), 0)).await;
    let sender = sender(&server, "127.0.0.2");
    for name in ["backend", "localhost", "foo.localhost", "printer.local", "metadata.google.internal"] {
        let exchange = send(&sender, &url(name, &receiver)).await;
        assert_eq!(met(&exchange), (None, Some(DestinationDenied)), "{name}");
    }
    assert_eq!((server.questions(), receiver.connections()), (0, 0));
    let exchange = send(&sender, &url("127.0.0.1.nip.example", &receiver)).await;
    assert_eq!(met(&exchange), (None, Some(DestinationDenied)));
    assert_eq!((server.questions(), receiver.connections()), (2, 0));
}

#[tokio::test]
async fn localhost_is_this_machine_whatever_a_name_server_says() {
    let receiver = Receiver::honest().await;
    let server = NameServer::start(|_, _| Says::Addresses(ips(&["127.0.0.9"]), 0)).await;
    let sender = sender(&server, "127.0.0.1");
    for name in ["localhost", "any.localhost"] {
        assert_eq!(met(&send(&sender, &url(name, &receiver)).await), (Some(204), None), "{name}");
    }
    assert_eq!(server.questions(), 0);
}

#[tokio::test]
async fn names_are_asked_for_as_they_are_without_a_search_list() {
    let receiver = Receiver::honest().await;
    let server = NameServer::start(|name, _| {
        assert_eq!(name, "hook.example.");
        Says::Code(3)
    })
    .await;
    let exchange = send(&sender(&server, "127.0.0.1"), &url("hook.example", &receiver)).await;
    assert_eq!(met(&exchange), (None, Some(DnsNotFound)));
    assert_eq!(server.questions(), 2);
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_cannot_be_reached() {
    let receiver = Receiver::honest().await;
    let port = receiver.address.port();
    let many = ips(&["127.0.0.4", "127.0.0.5", "127.0.0.6", "127.0.0.1"]);
    let too_many = ips(&["127.0.0.4", "127.0.0.5", "127.0.0.6", "127.0.0.7", "127.0.0.1"]);
    let server = NameServer::start(move |name, _| match name {
        "many.example." => Says::Addresses(many.clone(), 0),
        _ => Says::Addresses(too_many.clone(), 0),
    })
    .await;
    let sender = sender(&server, "127.0.0.0/8");
    assert_eq!(met(&send(&sender, &format!("http://many.example:{port}/")).await), (Some(204), None));
    assert_eq!(receiver.requests(), 1);
    let exchange = send(&sender, &format!("http://too-many.example:{port}/")).await;
    assert_eq!(met(&exchange), (None, Some(ConnectRefused)));
    assert_eq!(receiver.requests(), 1);
}

#[tokio::test]
async fn a_silent_address_leaves_time_for_the_next() {
    let receiver = Receiver::honest().await;
    let port = receiver.address.port();
    let _silent = SilentPort::start(&format!("127.0.0.8:{port}")).await;
    let server = NameServer::start(|_, _| Says::Addresses(ips(&["127.0.0.8", "127.0.0.1"]), 0)).await;
    let exchange = send(&sender(&server, "127.0.0.0/8"), &url("hook.example", &receiver)).await;
    assert_eq!(met(&exchange), (Some(204), None), "{exchange:?}");
    assert!(exchange.duration < settings().connect_time, "{exchange:?}");
    assert_eq!(receiver.requests(), 1);
}

#[tokio::test]
async fn without_any_name_server_literals_are_called_all_the_same() {
    let receiver = Receiver::honest().await;
    let nobody = listen().local_addr().unwrap();
    let settings = Settings { dns_servers: vec![nobody], ..settings() };
    let sender = HttpSender::new(settings).unwrap();
    assert_eq!(met(&send(&sender, &receiver.url()).await), (Some(204), None));
    let (status, failure) = met(&send(&sender, &url("hook.example", &receiver)).await);
    assert!(status.is_none() && matches!(failure, Some(DnsFailed | DnsTimeout)), "{failure:?}");
}
