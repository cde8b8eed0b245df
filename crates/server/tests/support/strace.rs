//! The program under strace, which makes chosen system calls fail, lie, wait, or be the last.

use std::path::Path;
use std::process::Command;

use super::disk::is_installed;
use super::program::under;

/// The calls that force a file onto the disk.
pub(crate) const SYNCS: &str = "fsync,fdatasync";

/// Why this machine cannot do it, if so.
pub(crate) fn obstacle() -> Option<String> {
    if !is_installed("strace") {
        return Some("strace is not installed".to_owned());
    }
    let probe = ["-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fsync", "true"];
    let probe = Command::new("strace").args(probe).output().unwrap();
    let why = String::from_utf8_lossy(&probe.stderr).trim().to_owned();
    (!probe.status.success()).then_some(why)
}

/// `command`, and `fault` for its `calls`, such as `error=EIO:when=5`: each thread counts its own. The calls are
/// written to `trace`. The process is the program's own; strace is another.
pub(crate) fn injecting(command: &Command, calls: &str, fault: &str, trace: &Path) -> Command {
    // Other calls then run at their full speed.
    strace(command, &["--seccomp-bpf"], &format!("{calls}:{fault}"), trace)
}

/// `command`, killed when one of its threads is about to make one of `calls` for this time.
pub(crate) fn killing(command: &Command, calls: &str, time: usize, trace: &Path) -> Command {
    // With the filter, strace does not send the signal.
    strace(command, &[], &format!("{calls}:signal=SIGKILL:when={time}"), trace)
}

fn strace(command: &Command, options: &[&str], inject: &str, trace: &Path) -> Command {
    let (calls, _) = inject.split_once(':').unwrap();
    let mut strace = Command::new("strace");
    strace.args(["-D", "-f", "-o"]).arg(trace).args(options);
    strace.args(["-e", &format!("trace={calls}"), "-e", &format!("inject={inject}"), "-e", "signal=none"]);
    under(strace, command)
}
