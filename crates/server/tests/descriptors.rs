//! The program runs out of file descriptors: nothing that was acknowledged is lost, and it goes on when there are
//! some again.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "each test program uses a part of the support")]
mod support;

use std::io;
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use support::notice::skipped;
use support::patience::eventually;
use support::platform::{attempts, calls, create, ended_calls, register};
use support::program::{Program, dev_command};
use support::receiver::{Answer, Receiver};

/// Few enough to be used up by a test, and enough to start with.
const DESCRIPTORS: usize = 64;
const CALLS: usize = 30;

/// The same command under `ulimit -n`, which nothing can raise again.
fn limited(command: &Command) -> Command {
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("ulimit -n {DESCRIPTORS} && exec \"$0\" \"$@\"")]);
    limited.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited.stdin(std::process::Stdio::null());
    limited.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    limited
}

/// How many descriptors the process has in use.
fn in_use(program: &Program) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", program.id())).map_or(0, Iterator::count)
}

#[test]
fn without_descriptors_nothing_is_lost() {
    if !std::path::Path::new("/proc/self/fd").exists() {
        return skipped("this system does not tell which descriptors are in use");
    }
    let data = tempfile::tempdir().unwrap();
    let mut command = dev_command(data.path());
    command.args(["--retry-schedule", "200ms,400ms,800ms,2s,4s,8s"]);
    let program = Program::start(&mut limited(&command));
    // It ends each connection, so that every call needs a new one.
    let receiver =
        Receiver::new(|_, _| Answer::Raw(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_vec()));
    let mut client = program.client();
    register(&mut client, "42", &receiver.url("/"));
    create(&mut client, "42");
    ended_calls(&mut client, "42", 1);

    let idle = use_up(&program);
    // The client's own connection was there before.
    let during: Vec<String> = (0..CALLS).map(|_| create(&mut client, "42")).collect();
    eventually("an attempt says that we have no descriptor", || {
        let newest = calls(&mut client, "42").remove(0);
        let attempts = attempts(&mut client, &newest);
        attempts.iter().any(|attempt| attempt["failure"]["code"] == "internal").then_some(())
    });
    drop(idle);
    let told = program.stderr.text().matches("cannot take a connection").count();
    assert!(told < 5, "one problem was told {told} times");
    let ended = ended_calls(&mut client, "42", CALLS + 1);
    for (call, id) in ended.iter().zip(during.iter().rev()) {
        assert_eq!(call["payload"]["resourceId"], **id);
        assert_eq!(call["status"], "success", "{call}");
    }
    assert_eq!(receiver.calls().len(), CALLS + 1, "each once");
    program.client().get("/ready").expect(200);
}

/// Opens connections until the program cannot take another one.
fn use_up(program: &Program) -> Vec<TcpStream> {
    let open = |_| TcpStream::connect_timeout(&program.api(), Duration::from_secs(5));
    let idle: io::Result<Vec<TcpStream>> = (0..2 * DESCRIPTORS).map(open).collect();
    eventually("all descriptors are in use", || (in_use(program) >= DESCRIPTORS).then_some(()));
    program.stderr.wait("cannot take a connection");
    idle.unwrap()
}
