//! What a process has used, as Linux tells it under `/proc`.

use std::io;
use std::path::Path;
use std::time::Duration;

/// What a process has used since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Usage {
    /// Time of processors, in the program and in the kernel for it.
    pub(crate) cpu: Duration,
    /// Bytes that it made the kernel write to a disk.
    pub(crate) written_bytes: u64,
}

/// What a process holds in memory, in MiB.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Memory {
    /// Now.
    pub(crate) resident_mib: f64,
    /// At most so far.
    pub(crate) peak_mib: f64,
}

/// The usage of this process.
pub(crate) fn own() -> io::Result<Usage> {
    of("self")
}

/// The usage of a process, by its id.
pub(crate) fn of(process: &str) -> io::Result<Usage> {
    let ticks = rustix::param::clock_ticks_per_second();
    let cpu = parse_cpu(&read(process, "stat")?, ticks).ok_or_else(|| unreadable("stat"))?;
    let written = parse_field(&read(process, "io")?, "write_bytes").ok_or_else(|| unreadable("io"))?;
    Ok(Usage { cpu, written_bytes: written })
}

/// The memory of a process, by its id.
pub(crate) fn memory(process: &str) -> io::Result<Memory> {
    let status = read(process, "status")?;
    let mib = |name| parse_field(&status, name).map(|kib| kib as f64 / 1024.0);
    match (mib("VmRSS"), mib("VmHWM")) {
        (Some(resident_mib), Some(peak_mib)) => Ok(Memory { resident_mib, peak_mib }),
        _ => Err(unreadable("status")),
    }
}

/// How many threads wanted to run, over the last minute.
pub(crate) fn load_average() -> io::Result<f64> {
    let text = std::fs::read_to_string("/proc/loadavg")?;
    text.split(' ').next().and_then(|number| number.parse().ok()).ok_or_else(|| unreadable("loadavg"))
}

/// The lengths of all files in a directory and below.
pub(crate) fn files_bytes(directory: &Path) -> io::Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let about = entry.metadata()?;
        sum += if about.is_dir() { files_bytes(&entry.path())? } else { about.len() };
    }
    Ok(sum)
}

fn read(process: &str, file: &str) -> io::Result<String> {
    std::fs::read_to_string(format!("/proc/{process}/{file}"))
}

fn unreadable(file: &str) -> io::Error {
    io::Error::other(format!("/proc has no {file} as proc(5) describes it"))
}

/// The user's and the system's time in `/proc/PID/stat`: fields 14 and 15, counted after the name in parentheses.
fn parse_cpu(stat: &str, ticks_per_second: u64) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_secs_f64(ticks as f64 / ticks_per_second as f64))
}

/// The number in a line `name: number`.
fn parse_field(text: &str, name: &str) -> Option<u64> {
    let mut values = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    values.next()?.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_any_name() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 3 4 20 0 9 0 100 1000 10";
        assert_eq!(parse_cpu(stat, 100), Some(Duration::from_secs(3)));
        assert_eq!(parse_cpu("7 (a) S 1", 100), None);
    }

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let text = "cancelled_write_bytes: 1\nwrite_bytes: 4096\nVmRSS:\t  2048 kB\n";
        assert_eq!(parse_field(text, "write_bytes"), Some(4096));
        assert_eq!(parse_field(text, "VmRSS"), Some(2048));
        assert_eq!(parse_field(text, "VmHWM"), None);
    }

    #[test]
    fn this_process_uses_something() {
        assert!(own().is_ok() && load_average().is_ok());
        assert!(memory("self").is_ok_and(|memory| memory.peak_mib >= memory.resident_mib * 0.5));
    }
}
