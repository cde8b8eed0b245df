//! The command line: what `whimbrel --help` shows.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::app::AppRef;
use domain::id::KeyId;

use crate::config::layer::Layer;
use crate::config::span::Span;
use crate::receiver;

/// Webhooks that arrive
///
/// Whimbrel takes changes of your data and calls the webhooks that want to know of them: signed, retried, and with
/// every attempt on record.
#[derive(Debug, Parser)]
#[command(name = "whimbrel", version, after_help = EXAMPLES, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  whimbrel dev                            Try it: three lines to paste
  whimbrel dev --retry-schedule 1s,1s,1s  The same with quick retries
  whimbrel serve                          Run it: prints an admin key once
  whimbrel serve --config whimbrel.toml   The same with settings from a file
  whimbrel serve --help                   All settings
  whimbrel keys create --scope send       Another key, while it does not run

Settings come from their defaults, then the file, then WHIMBREL_* variables,
then flags; the later ones win. A setting has one name:
  on the command line  --request-timeout 5s
  as a variable        WHIMBREL_REQUEST_TIMEOUT=5s
  in the file          request_timeout = \"5s\"";

const RULES: &str = "\
Which changes become which events is set in the file, with one [[rules]] for
each. Without any, the insert of a `candidate` is a `candidate.created`.

  [[rules]]
  change = \"update\"             # insert, update or delete
  type = \"order\"                # the type of the resource
  fields = { state = \"paid\" }   # optional: fields that must be like this
  event_type = \"order.paid\"";

/// What `dev` shows below its flags.
fn dev_help() -> String {
    let paths = receiver::HELP.map(|(path, answer)| format!("  {path:<10} {answer}\n")).concat();
    format!("The sample receiver answers as the path of the webhook's url says:\n{paths}\n{RULES}")
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Try Whimbrel on this machine: no key is asked for, local receivers may be called, a sample receiver runs
    #[command(after_help = dev_help())]
    Dev(Dev),
    /// Run Whimbrel: an admin key is asked for, only public receivers are called
    #[command(after_help = RULES)]
    Serve(Serve),
    /// Make, list or revoke keys; the program must not run meanwhile (it has the API's /api/v1/key for that)
    Keys(Keys),
    /// Print the version
    Version,
}

/// The flags of `keys`.
#[derive(Args, Debug)]
pub(crate) struct Keys {
    /// What to do with keys.
    #[command(subcommand)]
    pub(crate) command: KeysCommand,
}

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key, and print it once
    Create(NewKey),
    /// List all keys, without what opens anything
    List(Place),
    /// Let a key open nothing any more
    Revoke {
        /// The key's id, such as key_1yWoFOdTTY9
        id: KeyId,
        #[command(flatten)]
        place: Place,
    },
}

/// Where the keys are.
#[derive(Args, Debug)]
pub(crate) struct Place {
    /// File with settings (TOML)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Where everything is kept [default: ./whimbrel-data]
    #[arg(long, value_name = "DIRECTORY")]
    data: Option<PathBuf>,
}

/// A key to be made.
#[derive(Args, Debug)]
pub(crate) struct NewKey {
    /// What it may do
    #[arg(long, value_enum, default_value = "admin")]
    pub(crate) scope: KeyScope,

    /// The app that a key with --scope app is for, by its id or uid
    #[arg(long)]
    pub(crate) app: Option<AppRef>,

    /// What people call it
    #[arg(long, default_value = "made on the command line")]
    pub(crate) name: String,

    /// How long it opens anything; without it, for ever
    #[arg(long, value_name = "DURATION")]
    pub(crate) expires: Option<Span>,

    #[command(flatten)]
    place: Place,
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyScope {
    /// Everything
    Admin,
    /// Send, and nothing else
    Send,
    /// Look, and change nothing
    Read,
    /// What a customer may do with one app
    App,
}

impl Keys {
    /// Takes out the file with settings and the directory that the flags name.
    pub(crate) fn place(&mut self) -> (Option<PathBuf>, Option<PathBuf>) {
        let place = match &mut self.command {
            KeysCommand::Create(NewKey { place, .. }) | KeysCommand::Revoke { place, .. } => place,
            KeysCommand::List(place) => place,
        };
        (place.config.take(), place.data.take())
    }
}

/// The flags of `dev`.
#[derive(Args, Debug)]
pub(crate) struct Dev {
    #[command(flatten)]
    common: Common,

    /// Where the sample receiver listens; port 0 takes any free port [default: 127.0.0.1:8072]
    #[arg(long, value_name = "ADDRESS")]
    receiver_listen: Option<SocketAddr>,
}

/// The flags of `serve`.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    #[command(flatten)]
    common: Common,

    /// Listen beyond this machine although keys and data are then sent in the clear
    #[arg(long)]
    dangerously_listen_without_tls: bool,
}

#[derive(Args, Debug)]
struct Common {
    /// File with settings (TOML)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(flatten)]
    layer: Layer,
}

/// The file that the command line names, and what it sets itself.
pub(crate) struct Flags {
    /// `--config`.
    pub(crate) config: Option<PathBuf>,
    /// All other flags.
    pub(crate) layer: Layer,
}

impl Dev {
    /// What the flags say.
    pub(crate) fn flags(self) -> Flags {
        let Common { config, layer } = self.common;
        Flags { config, layer: Layer { receiver_listen: self.receiver_listen, ..layer } }
    }
}

impl Serve {
    /// What the flags say.
    pub(crate) fn flags(self) -> Flags {
        let Common { config, layer } = self.common;
        let exposed = self.dangerously_listen_without_tls.then_some(true);
        Flags { config, layer: Layer { dangerously_listen_without_tls: exposed, ..layer } }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn layer(arguments: &str) -> Layer {
        match Cli::try_parse_from(arguments.split(' ')).unwrap().command {
            Command::Dev(dev) => dev.flags().layer,
            Command::Serve(serve) => serve.flags().layer,
            Command::Keys(_) | Command::Version => Layer::default(),
        }
    }

    fn check_refused(arguments: &str) {
        assert!(Cli::try_parse_from(arguments.split(' ')).is_err(), "{arguments}");
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_become_a_layer() {
        assert_eq!(layer("whimbrel serve"), Layer::default());
        let dev = layer("whimbrel dev --receiver-listen 127.0.0.1:0 --retry-schedule 1s,1s,1s");
        assert!(dev.receiver_listen.is_some() && dev.retry_schedule.is_some());
        let serve = layer("whimbrel serve --allow-network 10.0.0.0/8 --allow-network fd00::/8,::1");
        assert_eq!(serve.allow_network.map(|networks| networks.len()), Some(2));
        let exposed = layer("whimbrel serve --dangerously-listen-without-tls");
        assert_eq!(exposed.dangerously_listen_without_tls, Some(true));
    }

    #[test]
    fn wrong_flags_are_refused() {
        check_refused("whimbrel");
        check_refused("whimbrel fly");
        check_refused("whimbrel serve --listen 8071");
        check_refused("whimbrel serve --request-timeout 5");
        check_refused("whimbrel serve --receiver-listen 127.0.0.1:0");
        check_refused("whimbrel dev --dangerously-listen-without-tls");
        check_refused("whimbrel dev --retry-schedule 1s,never");
        check_refused("whimbrel dev --allow-network here");
        check_refused("whimbrel keys");
        check_refused("whimbrel keys create --scope all");
        check_refused("whimbrel keys revoke app_00000000001");
    }
}
