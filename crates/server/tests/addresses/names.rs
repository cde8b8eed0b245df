//! Names are resolved and judged at every attempt, not when they are registered.

use std::net::{IpAddr, TcpListener};

use crate::name_server::{NameServer, Zone};
use crate::serve;
use crate::support::client::Client;
use crate::support::platform::{attempts, create, ended_call, register};
use crate::support::receiver::{Answer, Receiver};

fn zone(names: &[(&'static str, &[&str])]) -> Zone {
    let parse = |addresses: &[&str]| -> Vec<IpAddr> {
        addresses.iter().map(|address| address.parse().unwrap()).collect()
    };
    names.iter().map(|(name, addresses)| (*name, parse(addresses))).collect()
}

/// A receiver on a port that names may be called on: none of the dynamic ones.
fn web_receiver() -> Receiver {
    let bind = |_| TcpListener::bind("127.0.0.1:0").unwrap();
    let mut listeners: Vec<TcpListener> = (0..256).map(bind).collect();
    listeners.retain(|listener| listener.local_addr().unwrap().port() <= 49151);
    Receiver::on(listeners.pop().expect("half of the free ports are no dynamic ones"), |_, _| {
        Answer::Status(200)
    })
}

/// Calls the name at the receiver's port, for a company of its own that is called like it.
fn begin(client: &mut Client, name: &str, receiver: &Receiver) {
    register(client, name, &format!("http://{name}:{}/", receiver.address().port()));
    create(client, name);
}

/// The failure codes of the call to the name.
#[track_caller]
fn codes(client: &mut Client, name: &str) -> Vec<Option<String>> {
    let call = ended_call(client, name);
    let code = |attempt: &serde_json::Value| attempt["failure"]["code"].as_str().map(ToOwned::to_owned);
    attempts(client, &call).iter().map(code).collect()
}

#[test]
fn a_name_that_leads_inside_is_denied_at_every_attempt() {
    let inside = [
        ("loopback.example.com", &["127.0.0.1"][..]),
        ("metadata.example.com", &["169.254.169.254"]),
        ("mapped.example.com", &["::ffff:127.0.0.1"]),
        ("six.example.com", &["::1"]),
        ("mixed.example.com", &["1.1.1.1", "127.0.0.1"]),
        ("mixed-six.example.com", &["1.1.1.1", "fd00::1"]),
    ];
    let name_server = NameServer::new(zone(&inside), Vec::new());
    let data = tempfile::tempdir().unwrap();
    let servers = name_server.address.to_string();
    let (_program, mut client) =
        serve(data.path(), &["--dns-server", &servers, "--retry-schedule", "1500ms"]);
    let receiver = web_receiver();
    for (name, _) in inside {
        begin(&mut client, name, &receiver);
    }
    begin(&mut client, "nowhere.example.com", &receiver);
    let denied = Some("destination_denied".to_owned());
    for (name, _) in inside {
        assert_eq!(codes(&mut client, name), [denied.clone(), denied.clone()], "{name}");
        let asked = name_server.times_asked(name);
        assert!(asked >= 2, "{name} was asked for {asked} times only");
    }
    assert_eq!(codes(&mut client, "nowhere.example.com")[0].as_deref(), Some("dns_not_found"));
    assert!(receiver.calls().is_empty());
}

#[test]
fn a_name_that_leads_to_an_opened_network_is_called() {
    let names =
        [("inside.example.com", &["127.0.0.1"][..]), ("half.example.com", &["127.0.0.1", "10.0.0.1"])];
    let name_server = NameServer::new(zone(&names), Vec::new());
    let data = tempfile::tempdir().unwrap();
    let servers = name_server.address.to_string();
    let arguments = ["--dns-server", &servers, "--retry-schedule", "none", "--allow-network", "127.0.0.0/8"];
    let (_program, mut client) = serve(data.path(), &arguments);
    let receiver = web_receiver();
    for (name, _) in names {
        begin(&mut client, name, &receiver);
    }
    assert_eq!(codes(&mut client, "inside.example.com"), [None]);
    assert_eq!(codes(&mut client, "half.example.com"), [Some("destination_denied".to_owned())]);
    let calls = receiver.calls();
    assert_eq!(calls.len(), 1);
    let host = format!("inside.example.com:{}", receiver.address().port());
    assert_eq!(calls[0].header("host"), Some(host.as_str()));
}
