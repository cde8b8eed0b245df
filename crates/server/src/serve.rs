//! `whimbrel serve`: for use. A key is asked for, and only public receivers are called.

use api::{Access, Ready};
use domain::limits::API_CONNECTIONS_MAX;

use crate::chance::SystemChance;
use crate::config::Settings;
use crate::connections::{Connections, bind};
use crate::fault::Fault;
use crate::key;
use crate::run;
use crate::signals::Signals;
use crate::stdout::say;
use crate::wiring::Node;

/// Runs until it is told to stop.
///
/// # Errors
/// If it cannot start, or has to end.
pub(crate) async fn serve(settings: Settings) -> Result<(), Fault> {
    let signals = Signals::listen()?;
    let listener = bind(settings.listen).await.map_err(Fault::Listen)?;
    let listen = listener.local_addr()?;
    let node = Node::open(&settings).await?;
    if let Some(key) = key::first(&*node.store, &node.ids, &SystemChance).await? {
        say(format_args!("whimbrel serve: the admin key is {}", key.expose()));
        say(
            "whimbrel serve: keep it well, it is not shown again; send it as \"Authorization: Bearer <key>\"",
        );
    }
    if !listen.ip().to_canonical().is_loopback() {
        tracing::warn!(%listen, "listening beyond this machine without TLS: keys and data are sent in the clear");
    }
    let ready = Ready { version: env!("CARGO_PKG_VERSION"), listen, receiver: None };
    let api = Connections::serve(listener, node.front(&settings, Access::Keys, ready), API_CONNECTIONS_MAX);
    say(format_args!("whimbrel serve: listening on http://{listen}"));
    run::until_stopped(&node, api, signals, settings.shutdown_timeout).await
}
