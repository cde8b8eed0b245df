//! The real program as a process, on free ports. It is killed when the test ends, however it ends.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::client::Client;
use super::patience::{Patience, eventually};

/// What a program has printed so far, line by line.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Printed>>);

#[derive(Default)]
struct Printed {
    lines: Vec<String>,
    ended: bool,
}

/// A running program.
pub(crate) struct Program {
    child: Child,
    /// What it printed on standard output.
    pub(crate) stdout: Lines,
    /// What it logged.
    pub(crate) stderr: Lines,
}

impl Program {
    /// `whimbrel dev` with its data in `data`, ready to be used.
    pub(crate) fn dev(data: &Path, arguments: &[&str]) -> Self {
        Self::ready(dev_command(data).args(arguments))
    }

    /// `whimbrel serve` with its data in `data`, ready to be used.
    pub(crate) fn serve(data: &Path, arguments: &[&str]) -> Self {
        Self::ready(serve_command(data).args(arguments))
    }

    /// Runs a command that starts the program, which is then ready to be used.
    pub(crate) fn ready(command: &mut Command) -> Self {
        let program = Self::start(command);
        program.address("listening on");
        program
    }

    /// Runs a command that need not succeed.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stdout = Lines::of(child.stdout.take().unwrap());
        let stderr = Lines::of(child.stderr.take().unwrap());
        Self { child, stdout, stderr }
    }

    /// Where the API is.
    pub(crate) fn api(&self) -> SocketAddr {
        self.address("listening on")
    }

    /// Where the sample receiver of `dev` is.
    pub(crate) fn receiver(&self) -> SocketAddr {
        self.address("sample receiver on")
    }

    /// A client of the API.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.api())
    }

    /// The address that is printed after these words.
    fn address(&self, words: &str) -> SocketAddr {
        let line = self.stdout.wait(words);
        let (_, url) = line.split_once("http://").unwrap();
        url.trim().parse().unwrap()
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, such as `TERM`.
    pub(crate) fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([format!("-{signal}"), self.id().to_string()]).status();
        assert!(status.unwrap().success(), "kill -{signal} {}", self.id());
    }

    /// `kill -9`, and waits for the end.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops it in its tracks: when this returns, no thread of it runs.
    pub(crate) fn pause(&self) {
        self.signal("STOP");
        let tasks = format!("/proc/{}/task", self.id());
        eventually("all threads stand still", || {
            let mut tasks = std::fs::read_dir(&tasks).unwrap();
            tasks.all(|task| is_still(&task.unwrap().path().join("stat"))).then_some(())
        });
    }

    /// Whether it has said where the API is.
    pub(crate) fn is_listening(&self) -> bool {
        self.stdout.text().contains("listening on")
    }

    /// Waits for the end of the program.
    #[track_caller]
    pub(crate) fn wait(&mut self, limit: Duration) -> ExitStatus {
        Patience::of(limit).wait("the program ends", || self.ended())
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }
}

/// A thread that was stopped (T), also by a tracer (t), or that is gone.
fn is_still(stat: &Path) -> bool {
    let Ok(stat) = std::fs::read_to_string(stat) else { return true };
    let (_, state) = stat.rsplit_once(") ").unwrap();
    state.starts_with(['T', 't'])
}

impl Drop for Program {
    #[expect(clippy::print_stderr, reason = "a test that fails shows what the program said")]
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("-- stdout:\n{}\n-- stderr:\n{}", self.stdout.text(), self.stderr.text());
        }
    }
}

/// The program, in an environment without settings.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whimbrel"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("WHIMBREL_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The same command, run by `tool`, which becomes the program or keeps its process id.
pub(crate) fn under(mut tool: Command, command: &Command) -> Command {
    tool.arg("--").arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => tool.env(name, value),
            None => tool.env_remove(name),
        };
    }
    tool.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    tool
}

/// `whimbrel dev` on free ports.
pub(crate) fn dev_command(data: &Path) -> Command {
    let mut command = command(&["dev", "--listen", "127.0.0.1:0", "--receiver-listen", "127.0.0.1:0"]);
    command.arg("--data").arg(data);
    command
}

/// `whimbrel serve` on a free port.
pub(crate) fn serve_command(data: &Path) -> Command {
    let mut command = command(&["serve", "--listen", "127.0.0.1:0"]);
    command.arg("--data").arg(data);
    command
}

impl Lines {
    pub(crate) fn of(output: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let sink = lines.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                sink.0.lock().unwrap().lines.push(line);
            }
            sink.0.lock().unwrap().ended = true;
        });
        lines
    }

    /// All lines so far.
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().lines.clone()
    }

    /// All lines so far, as one text.
    pub(crate) fn text(&self) -> String {
        self.all().join("\n")
    }

    /// All that was printed, once the program has ended.
    pub(crate) fn ended(&self) -> Option<String> {
        let ended = self.0.lock().unwrap().ended;
        ended.then(|| self.text())
    }

    /// The first line that contains `words`; waits for it.
    #[track_caller]
    pub(crate) fn wait(&self, words: &str) -> String {
        eventually(words, || self.all().into_iter().find(|line| line.contains(words)))
    }
}
