//! Proxies in the environment are not used: what they would be given is signed, and meant for one receiver.

use std::net::TcpListener;
use std::process::Command;

use crate::receiver::Receiver;
use crate::sending::{met, send, sender};

const PROXY_VARIABLES: [&str; 8] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "FTP_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "ftp_proxy",
];

#[test]
fn proxies_in_the_environment_are_ignored() {
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let proxy = format!("http://{}", canary.local_addr().unwrap());
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "proxy::sends_directly", "--ignored"]);
    child.envs(PROXY_VARIABLES.map(|name| (name, &proxy))).env_remove("NO_PROXY").env_remove("no_proxy");
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert!(canary.accept().is_err(), "the proxy was connected to");
}

#[tokio::test]
#[ignore = "run by the test above, in a process with proxies in its environment"]
async fn sends_directly() {
    let receiver = Receiver::honest().await;
    assert_eq!(met(&send(&sender(), &receiver.url()).await), (Some(204), None));
    assert_eq!(receiver.requests(), 1);
}
