//! The real program as a process: `whimbrel serve` with a data directory of its own. It is killed when it is dropped.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::clock;
use crate::template::{Door, request};
use crate::usage::{self, Memory, Usage};
use crate::wire::{frame, status};

/// Where the program is, and where it may keep things.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The program.
    pub(crate) program: PathBuf,
    /// A directory for the data of one run after the other.
    pub(crate) directory: PathBuf,
}

/// A running program.
pub(crate) struct Program {
    child: Child,
    _stdout: BufReader<ChildStdout>,
    /// Its API.
    pub(crate) door: Door,
    /// From the start of the process until it said where it listens.
    pub(crate) ready_after: Duration,
}

impl Place {
    /// Where the program keeps its data.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// Takes away what runs have left.
    pub(crate) fn clear(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Program {
    /// Starts the program with an empty store.
    ///
    /// # Errors
    /// If it does not say where it listens; the last lines of its log say why.
    pub(crate) fn start(place: &Place, arguments: &[&str]) -> io::Result<Self> {
        place.clear()?;
        fs::create_dir_all(&place.directory)?;
        Self::start_again(place, arguments, "")
    }

    /// Starts the program with the store that is there, whose key is `key`, unless it prints one.
    pub(crate) fn start_again(place: &Place, arguments: &[&str], key: &str) -> io::Result<Self> {
        let log = place.directory.join("log");
        let began = clock::now();
        let mut child = Command::new(&place.program)
            .args(["serve", "--listen", "127.0.0.1:0", "--allow-network", "127.0.0.0/8", "--data"])
            .arg(place.data())
            .args(arguments)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()
            .map_err(|error| io::Error::other(format!("{}: {error}", place.program.display())))?;
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let door = door(&mut stdout);
        let ready_after = clock::now().since(began);
        let Some(mut door) = door? else {
            child.wait()?;
            return Err(io::Error::other(format!("the program did not start: {}", tail(&log))));
        };
        if door.key.is_empty() {
            key.clone_into(&mut door.key);
        }
        Ok(Self { child, _stdout: stdout, door, ready_after })
    }

    /// What it has used.
    pub(crate) fn usage(&self) -> io::Result<Usage> {
        usage::of(&self.child.id().to_string())
    }

    /// What it holds in memory.
    pub(crate) fn memory(&self) -> io::Result<Memory> {
        usage::memory(&self.child.id().to_string())
    }

    /// Registers a webhook for candidates, as in the article.
    pub(crate) fn register(&self, client: &mut Client, app: usize, url: &str) -> io::Result<()> {
        let body = format!(r#"{{"companyId":{app},"url":"{url}","eventType":"candidate.created"}}"#);
        client.ask(&request("POST", "/webhooks", &self.door, &body)).map(drop)
    }

    /// Makes an app with endpoints at these URLs, by the full API; their `uid` is their place.
    pub(crate) fn make_app(&self, client: &mut Client, app: usize, urls: &[String]) -> io::Result<()> {
        let body = format!(r#"{{"name":"bench","uid":"{app}"}}"#);
        client.ask(&request("POST", "/api/v1/app", &self.door, &body))?;
        let path = format!("/api/v1/app/{app}/endpoint");
        urls.iter().enumerate().try_for_each(|(place, url)| {
            let body = format!(r#"{{"url":"{url}","uid":"{place}"}}"#);
            client.ask(&request("POST", &path, &self.door, &body)).map(drop)
        })
    }

    /// Ends it at once, without a word.
    pub(crate) fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Ends it as a service manager does, and waits until everything is in its files.
    pub(crate) fn stop(mut self) -> io::Result<()> {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a child has an id");
        kill_process(id, Signal::TERM)?;
        let status = self.child.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(io::Error::other(format!("the program ended with {status}")))
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads where the program listens, and the key that it made; none if it ended before.
fn door(stdout: &mut impl io::BufRead) -> io::Result<Option<Door>> {
    let mut key = String::new();
    for line in stdout.lines() {
        let line = line?;
        if let Some((_, made)) = line.split_once("the admin key is ") {
            key = made.trim().to_owned();
        }
        if let Some((_, address)) = line.split_once("listening on http://") {
            return Ok(address.trim().parse().ok().map(|address| Door { address, key }));
        }
    }
    Ok(None)
}

fn tail(log: &Path) -> String {
    const LINES: usize = 3;
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

/// Asks one thing after the other, outside of what is measured.
pub(crate) struct Client(TcpStream);

impl Client {
    /// Connects.
    pub(crate) fn new(door: &Door) -> io::Result<Self> {
        let stream = TcpStream::connect(door.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self(stream))
    }

    /// Sends a request and waits for its success; answers what came with it.
    pub(crate) fn ask(&mut self, request: &str) -> io::Result<Vec<u8>> {
        self.0.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        let mut buffer = [0; 64 * 1024];
        let body_at = loop {
            if let Some(frame) = frame(&answer) {
                break frame.body_at;
            }
            let count = self.0.read(&mut buffer)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            answer.extend_from_slice(&buffer[..count]);
        };
        if (200..300).contains(&status(&answer)) {
            Ok(answer.split_off(body_at))
        } else {
            Err(io::Error::other(String::from_utf8_lossy(&answer).into_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_door_is_read_from_what_the_program_says() {
        let said = "whimbrel serve: the admin key is abc\nwhimbrel serve: keep it\n\
                    whimbrel serve: listening on http://127.0.0.1:5\nmore";
        let door = door(&mut said.as_bytes()).unwrap().unwrap();
        assert_eq!((door.address.port(), door.key.as_str()), (5, "abc"));
        assert!(super::door(&mut "no\n".as_bytes()).unwrap().is_none());
    }
}
