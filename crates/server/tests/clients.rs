//! The official clients, unchanged, against the real program: each takes its tour (see `clients/README.md`).
//!
//! They come from registries and are made ready by `make clients`; `make test` runs both, and plain `cargo test` says
//! that these tests are left out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "each test program uses a part of the support")]
mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use support::jwt;
use support::notice::say;
use support::patience::Patience;
use support::program::{Lines, Program};

/// A tour has some fifty steps, two of which wait for retries.
const TOUR_TIME_MAX: Duration = Duration::from_secs(240);
/// Signs the tokens of an existing deployment.
const JWT_SECRET: &str = "a secret that another server has signed its tokens with";

/// `whimbrel serve` as a platform runs it, that may call the receivers of the tours.
fn serve(data: &Path) -> Program {
    let mut command = support::program::serve_command(data);
    command.args(["--allow-network", "127.0.0.0/8"]).env("WHIMBREL_AUTH_JWT_SECRET", JWT_SECRET);
    Program::ready(&mut command)
}

/// The admin key of a first start.
fn admin_key(program: &Program) -> String {
    program.stdout.wait("the admin key is").rsplit(' ').next().unwrap().to_owned()
}

/// Where what `make clients` made ready is.
fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../clients")
}

/// Takes a tour to its end.
#[track_caller]
fn tour(program: &Program, token: &str, command: &[&str], directory: &str) {
    let directory = clients().join(directory);
    let mut tour = Command::new(command[0]);
    tour.args(&command[1..]).arg(format!("http://{}", program.api())).arg(token).current_dir(directory);
    let mut tour = tour.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stdout = Lines::of(tour.stdout.take().unwrap());
    let stderr = Lines::of(tour.stderr.take().unwrap());
    let status = Patience::of(TOUR_TIME_MAX).wait("the tour ends", || tour.try_wait().unwrap());
    let steps = stdout.all().iter().filter(|line| line.starts_with("ok:")).count();
    assert!(status.success() && steps > 0, "{}\n{}", stdout.text(), stderr.text());
    say(&format!("{}: {steps} steps", command.join(" ")));
}

/// The interpreter in which `make clients` has installed the Python client.
const PYTHON: &str = "../../target/clients/python/bin/python";

#[test]
#[ignore = "needs what `make clients` installs"]
fn python_takes_the_tour() {
    let data = tempfile::tempdir().unwrap();
    let program = serve(data.path());
    tour(&program, &admin_key(&program), &[PYTHON, "tour.py"], "python");
}

#[test]
#[ignore = "needs what `make clients` installs"]
fn node_takes_the_tour() {
    let data = tempfile::tempdir().unwrap();
    let program = serve(data.path());
    tour(&program, &admin_key(&program), &["node", "tour.mjs"], "node");
}

#[test]
#[ignore = "needs what `make clients` installs"]
fn rust_takes_the_tour() {
    let data = tempfile::tempdir().unwrap();
    let program = serve(data.path());
    tour(&program, &admin_key(&program), &["../../target/clients/rust/debug/tour"], "rust");
}

/// A deployment moves by changing its URL: its organization and its tokens are those of another server.
#[test]
#[ignore = "needs what `make clients` installs"]
fn tokens_of_another_server_take_the_tour() {
    let data = tempfile::tempdir().unwrap();
    let program = serve(data.path());
    let token = jwt::organization_token(JWT_SECRET, "org_23rb8YdGqMT0qIzpgGwdXfHirMu");
    tour(&program, &token, &[PYTHON, "tour.py"], "python");
}
