//! What is sent again: one delivery, what failed, what is missing, and an example.

use serde_json::{Value, json};
use svix::api::BackgroundTaskListOptions;
use svix::models::{BackgroundTaskStatus, BackgroundTaskType, EndpointIn, EndpointPatch, EventExampleIn};
use svix::models::{MessageAttemptTriggerType, MessageEndpointOut, MessageStatus, RecoverIn, ReplayIn};

use crate::checks::{Outcome, check, equal, until};
use crate::signatures::verified;
use crate::steps::delivery::{attempts_of, first_attempt};
use crate::tour::Tour;

/// The data of the task, once it has come to its end.
async fn finished(tour: &Tour, task: &str, kind: BackgroundTaskType) -> Outcome<Value> {
    let api = tour.svix.background_task();
    let found = until("the end of the background task", async || {
        let found = api.get(task.to_owned()).await?;
        Ok((found.status != BackgroundTaskStatus::Running).then_some(found))
    });
    let found = found.await?;
    equal("the task's end", (found.status, found.task), (BackgroundTaskStatus::Finished, kind))?;
    let options = BackgroundTaskListOptions { task: Some(kind), limit: Some(50), ..Default::default() };
    let listed = api.list(Some(options)).await?.data;
    check(listed.iter().any(|one| one.id == task), "the task in the list of its kind", listed)?;
    Ok(found.data)
}

async fn destination(tour: &Tour, message: &str, endpoint: &str) -> Outcome<MessageEndpointOut> {
    let api = tour.svix.message_attempt();
    let found = api.list_attempted_destinations(tour.app(), message.to_owned(), None).await?.data;
    found.into_iter().find(|one| one.id == endpoint).ok_or_else(|| "expected the delivery".into())
}

/// A receiver fails, is healed, and is called again because somebody asked for it.
pub(crate) async fn resending(tour: &Tour) -> Outcome {
    tour.receiver.break_down("/failing");
    let endpoint = tour.make(tour.endpoint_in("failing")).await?.id;
    let message = tour.send(tour.message_in("failing", json!({"n": 1}))).await?.id;
    let failed = first_attempt(tour, &message).await?;
    equal("the failure", (failed.status, failed.response_status_code), (MessageStatus::Fail, 500))?;
    let waiting = destination(tour, &message, &endpoint).await?;
    check(waiting.next_attempt > Some(failed.timestamp), "a time of the next attempt", waiting)?;

    tour.receiver.heal("/failing");
    let api = tour.svix.message_attempt();
    api.resend(tour.app(), message.clone(), endpoint.clone(), None).await?;
    until("a success after the resend", async || {
        let found = destination(tour, &message, &endpoint).await?;
        Ok((found.status == MessageStatus::Success).then_some(()))
    })
    .await?;
    let attempts = attempts_of(tour, &message).await?;
    let manual = attempts.iter().any(|one| one.trigger_type == MessageAttemptTriggerType::Manual);
    check(manual, "a manual attempt", attempts)?;
    verified(&tour.receiver.message("/failing", &message).await?, &tour.secret_of(&endpoint).await?)
}

/// An endpoint that was disabled while messages came gets them afterwards.
pub(crate) async fn recovering(tour: &Tour) -> Outcome {
    let endpoint = tour.make(tour.endpoint_in("recovered")).await?.id;
    let turn = async |disabled| -> Outcome {
        let change = EndpointPatch { disabled: Some(disabled), ..EndpointPatch::default() };
        tour.svix.endpoint().patch(tour.app(), endpoint.clone(), change).await?;
        Ok(())
    };
    turn(true).await?;
    let mut messages = Vec::new();
    for n in 0..3 {
        messages.push(tour.send(tour.message_in("recovered", json!({"n": n}))).await?.id);
    }
    turn(false).await?;
    equal("calls while it was disabled", tour.receiver.calls("/recovered").len(), 0)?;

    let since = RecoverIn::new(tour.began);
    let task = tour.svix.endpoint().recover(tour.app(), endpoint.clone(), since, None).await?;
    let data = finished(tour, &task.id, BackgroundTaskType::EndpointRecover).await?;
    equal("messages sent by the recovery", &data["messagesSent"], &json!(messages.len()))?;
    for message in messages {
        tour.receiver.message("/recovered", &message).await?;
    }
    Ok(())
}

/// An endpoint that was added later gets what came before it, once.
pub(crate) async fn replaying_missing(tour: &Tour) -> Outcome {
    let message = tour.send(tour.message_in("late", json!({"n": 1}))).await?.id;
    let endpoint = tour.make(tour.endpoint_in("late")).await?.id;
    for sent in [1, 0] {
        let since = ReplayIn::new(tour.began);
        let task = tour.svix.endpoint().replay_missing(tour.app(), endpoint.clone(), since, None).await?;
        let data = finished(tour, &task.id, BackgroundTaskType::EndpointReplay).await?;
        equal("messages sent by the replay", &data["messagesSent"], &json!(sent))?;
        tour.receiver.message("/late", &message).await?;
    }
    equal("calls", tour.receiver.calls("/late").len(), 1)
}

pub(crate) async fn example(tour: &Tour) -> Outcome {
    let endpoint = tour.make(EndpointIn { event_types: None, ..tour.endpoint_in("example") }).await?.id;
    let ping = EventExampleIn::new("svix.ping".to_owned());
    let message = tour.svix.endpoint().send_example(tour.app(), endpoint.clone(), ping, None).await?;
    equal("the event type", message.event_type, "svix.ping")?;
    let call = tour.receiver.message("/example", &message.id).await?;
    equal("the example", call.json(), json!({"success": true}))?;
    verified(&call, &tour.secret_of(&endpoint).await?)
}
