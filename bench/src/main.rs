//! The benchmark: see `lib.rs`.

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    bench::main()
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::print_stderr, reason = "there is nothing else to do")]
fn main() -> ExitCode {
    eprintln!("bench: it needs Linux, whose epoll and /proc it uses");
    ExitCode::FAILURE
}
