//! From the moment a node is ready to the end of the process: it works until a signal comes, or until it cannot go on.

use std::time::Duration;

use domain::limits::CONNECTIONS_DRAIN_TIME_MAX;
use engine::ports::fault::StoreError;
use engine::worker::Phase;
use tokio::sync::watch;

use crate::connections::Connections;
use crate::fault::Fault;
use crate::signals::Signals;
use crate::wiring::Node;

/// Delivers until a signal comes; then stops in the order in which nothing is lost: requests, deliveries, store.
///
/// # Errors
/// If it has to end without being told to.
pub(crate) async fn until_stopped(
    node: &Node,
    api: Connections,
    mut signals: Signals,
    patience: Duration,
) -> Result<(), Fault> {
    let worker = &node.doors.worker;
    let mut working = tokio::spawn(worker.clone().run());
    let signal = tokio::select! {
        // A broken store ends the worker too; the store is the reason then.
        biased;
        error = broken(worker.phase()) => return Err(Fault::Store(error)),
        _ = &mut working => return Err(Fault::Worker),
        signal = signals.next() => signal,
    };
    tracing::info!(signal, "stopping; a second signal ends it at once");
    tokio::spawn(end_at_once(signals));
    // Streams have no end of their own.
    worker.live().close();
    api.stop(CONNECTIONS_DRAIN_TIME_MAX).await;
    worker.stop(patience).await;
    node.store.close().await;
    match &*worker.phase().borrow() {
        Phase::Broken(error) => Err(Fault::Store(error.clone())),
        _ => Ok(()),
    }
}

/// A signal this soon after the first one is taken for its echo.
const SIGNAL_ECHO_TIME: Duration = Duration::from_secs(1);

/// Waits for the store to break.
async fn broken(mut phase: watch::Receiver<Phase>) -> StoreError {
    let broken = phase.wait_for(|phase| matches!(phase, Phase::Broken(_))).await;
    match broken.as_deref() {
        Ok(Phase::Broken(error)) => error.clone(),
        // The worker lives as long as its node, so this is not reached.
        _ => std::future::pending().await,
    }
}

/// Whoever signals twice does not want to wait. Nothing is lost: the next start takes over what was under way.
async fn end_at_once(mut signals: Signals) {
    // Some tools signal a process and then its whole group: the same wish twice, which is no impatience.
    let echo = tokio::time::sleep(SIGNAL_ECHO_TIME);
    tokio::pin!(echo);
    while tokio::select! { () = &mut echo => false, _ = signals.next() => true } {}
    let signal = signals.next().await;
    tracing::warn!(signal, "ending at once");
    std::process::exit(1)
}
