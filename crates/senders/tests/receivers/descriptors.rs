//! A machine without free file descriptors: a fault of our own, which is not the receiver's.

use std::fs::File;
use std::process::Command;

use domain::attempt::FailureCode::Internal;

use crate::receiver::Receiver;
use crate::sending::{met, send, sender};

#[test]
fn without_a_free_descriptor_the_fault_is_ours() {
    let mut child = Command::new("sh");
    child.args(["-c", "ulimit -n 64 && exec \"$@\"", "sh"]).arg(std::env::current_exe().unwrap());
    child.args(["--exact", "descriptors::uses_them_up", "--ignored"]);
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "run by the test above, in a process that may open few files"]
async fn uses_them_up() {
    let receiver = Receiver::honest().await;
    let sender = sender();
    let taken: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    let exchange = send(&sender, &receiver.url()).await;
    assert_eq!(met(&exchange), (None, Some(Internal)), "{exchange:?}");
    drop(taken);
    assert_eq!(met(&send(&sender, &receiver.url()).await), (Some(204), None));
}
