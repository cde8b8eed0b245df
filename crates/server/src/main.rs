//! The program `whimbrel`: reads its settings, then serves until it is told to stop.

mod chance;
mod cli;
mod clock;
mod config;
mod connections;
mod dev;
mod fault;
mod files;
mod key;
mod log;
mod receiver;
mod run;
mod serve;
mod signals;
mod stdout;
mod wiring;

use std::process::ExitCode;

use clap::Parser as _;
use tokio::runtime::Runtime;

use crate::cli::{Cli, Command};
use crate::config::Mode;
use crate::fault::Fault;

/// What comes in and goes out are many small allocations, freed on other threads than they were made on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => fault.report(),
    }
}

fn run(cli: Cli) -> Result<(), Fault> {
    let (mode, flags) = match cli.command {
        Command::Keys(mut keys) => {
            let settings = key::settings(&mut keys)?;
            log::start(settings.log);
            let done = runtime()?.block_on(key::keys(settings, keys));
            return done.map_err(|fault| Fault::Keys(fault.to_string()));
        }
        Command::Dev(dev) => (Mode::Dev, dev.flags()),
        Command::Serve(serve) => (Mode::Serve, serve.flags()),
        Command::Version => {
            stdout::say(concat!("whimbrel ", env!("CARGO_PKG_VERSION")));
            return Ok(());
        }
    };
    let settings = config::read(mode, flags.config, flags.layer, config::variables())?;
    log::start(settings.log);
    files::raise_limit();
    let runtime = runtime()?;
    let ended = match mode {
        Mode::Dev => runtime.block_on(dev::dev(settings)),
        Mode::Serve => runtime.block_on(serve::serve(settings)),
    };
    // Whatever still runs (a look-up, a sample receiver that hangs) is of no interest any more.
    runtime.shutdown_background();
    ended
}

/// A thread for each core, but for one: the store's writer is a thread of its own, busy with every message, and more
/// threads than cores only take turns.
fn runtime() -> std::io::Result<Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let workers = cores.saturating_sub(1).max(1);
    tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build()
}
