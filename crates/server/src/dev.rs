//! `whimbrel dev`: for trying things out on one machine. No key is asked for, receivers on this machine may be
//! called, and a sample receiver is there to be called. It says so, and listens on loopback only.

use std::fmt;
use std::net::SocketAddr;

use api::{Access, Ready};
use domain::limits::API_CONNECTIONS_MAX;

use crate::config::Settings;
use crate::connections::{Connections, bind};
use crate::fault::Fault;
use crate::receiver;
use crate::run;
use crate::signals::Signals;
use crate::stdout::say;
use crate::wiring::Node;

/// Runs until it is told to stop.
///
/// # Errors
/// If it cannot start, or has to end.
pub(crate) async fn dev(settings: Settings) -> Result<(), Fault> {
    let signals = Signals::listen()?;
    let listener = bind(settings.listen).await.map_err(Fault::Listen)?;
    let receiver_listener = bind(settings.receiver_listen).await.map_err(Fault::Listen)?;
    let (listen, receiver) = (listener.local_addr()?, receiver_listener.local_addr()?);
    let node = Node::open(&settings).await?;
    let ready = Ready { version: env!("CARGO_PKG_VERSION"), listen, receiver: Some(receiver) };
    let api = Connections::serve(listener, node.front(&settings, Access::Open, ready), API_CONNECTIONS_MAX);
    let sample = receiver::router(node.store.clone(), node.clock.clone());
    // It answers until the process ends, so that the last calls do not fail.
    let _receiver = Connections::serve(receiver_listener, sample, receiver::CONNECTIONS_MAX);
    // A company of its own for each start, so that the lines to paste work at every one.
    let company = 41 + node.life.lease.0;
    say(Welcome { settings: &settings, listen, receiver, company });
    run::until_stopped(&node, api, signals, settings.shutdown_timeout).await
}

/// What a newcomer reads first. The three lines must work as printed.
struct Welcome<'a> {
    settings: &'a Settings,
    listen: SocketAddr,
    receiver: SocketAddr,
    company: i64,
}

impl fmt::Display for Welcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { settings, listen, receiver, company } = self;
        let json = "-H 'content-type: application/json'";
        writeln!(f, "whimbrel dev: listening on http://{listen}")?;
        writeln!(f, "whimbrel dev: sample receiver on http://{receiver}")?;
        writeln!(f, "whimbrel dev: data in {}", settings.data.display())?;
        writeln!(
            f,
            "whimbrel dev: development mode: no key is asked for, and {} may be called",
            settings.opened
        )?;
        writeln!(
            f,
            "\nPaste these lines into another terminal. The first registers a webhook, the second creates a"
        )?;
        writeln!(f, "candidate, which calls the webhook, and the third shows what became of the call:\n")?;
        writeln!(
            f,
            r#"  curl http://{listen}/webhooks {json} -d '{{"companyId":{company},"url":"http://{receiver}/","eventType":"candidate.created"}}'"#
        )?;
        writeln!(
            f,
            r#"  curl http://{listen}/candidates {json} -d '{{"companyId":{company},"email":"ada@example.com","firstName":"Ada","lastName":"Lovelace"}}'"#
        )?;
        writeln!(f, "  curl http://{listen}/webhook_history/{company}\n")?;
        writeln!(f, "The sample receiver answers as the path of the webhook's url says:\n")?;
        receiver::HELP.iter().try_for_each(|(path, answer)| writeln!(f, "  {path:<10} {answer}"))
    }
}
