//! A message on its way: sent, received, verified, looked at.

use serde_json::{Value, json};
use svix::api::{MessageAttemptListAttemptedMessagesOptions, MessageAttemptListByEndpointOptions};
use svix::api::{
    MessageAttemptListByMsgOptions, MessageCreateOptions, MessageGetOptions, MessageListOptions,
};
use svix::models::{
    MessageAttemptOut, MessageAttemptTriggerType, MessageIn, MessageStatus, MessageStatusText,
};

use crate::checks::{Outcome, check, equal, names, refused, until};
use crate::receiver::ANSWER;
use crate::signatures::{not_verified, verified};
use crate::tour::Tour;

fn payload() -> Value {
    json!({"invoice": "4711", "amount": 12.5, "name": "Łukasz 🐦"})
}

pub(crate) async fn receiving(tour: &mut Tour) -> Outcome {
    let event_id = Some(tour.event_id.clone());
    let message = MessageIn {
        event_id: event_id.clone(),
        channels: names(["eu"]),
        ..tour.message_in("paid", payload())
    };
    let options = MessageCreateOptions { with_content: Some(true), ..MessageCreateOptions::default() };
    let made = tour.svix.message().create(tour.app(), message, Some(options)).await?;
    check(made.id.starts_with("msg_"), "an id that begins with msg_", &made.id)?;
    equal("event id and type", (made.event_id, made.event_type), (event_id, tour.event_type("paid")))?;
    equal("channels", made.channels, names(["eu"]))?;
    equal("the payload in the answer", made.payload, payload())?;

    let call = tour.receiver.message("/paid", &made.id).await?;
    equal("the payload that arrived", call.json(), payload())?;
    equal("content type", call.header("content-type"), Some("application/json"))?;
    let own = ["x-tour", "x-api-key", "x-old"].map(|name| call.header(name));
    equal("the headers of the endpoint", own, [Some("2"), Some("hidden"), None])?;
    verified(&call, &tour.secret)?;
    not_verified(&call, &tour.secret_of(&tour.other).await?)?;
    tour.message = made.id;
    Ok(())
}

pub(crate) async fn listing_messages(tour: &Tour) -> Outcome {
    let (api, paid, late) = (tour.svix.message(), tour.event_type("paid"), tour.event_type("late"));
    equal(
        "the message by its eventId",
        &api.get(tour.app(), tour.event_id.clone(), None).await?.id,
        &tour.message,
    )?;
    equal(
        "the payload unless asked for",
        api.get(tour.app(), tour.message.clone(), None).await?.payload,
        json!({}),
    )?;
    equal("the payload", read(tour, &tour.message).await?, payload())?;

    let ids = async |options: MessageListOptions| -> Outcome<Vec<String>> {
        let options = MessageListOptions { after: Some(tour.began), ..options };
        Ok(api.list(tour.app(), Some(options)).await?.data.into_iter().map(|one| one.id).collect())
    };
    let ours = vec![tour.message.clone()];
    let of_types = |event_types| MessageListOptions { event_types, ..MessageListOptions::default() };
    let of_channel =
        |name: &str| MessageListOptions { channel: Some(name.to_owned()), ..MessageListOptions::default() };
    equal("messages of the event type", ids(of_types(names([&paid, &late]))).await?, &*ours)?;
    equal("messages of another event type", ids(of_types(names([&late]))).await?, [""; 0])?;
    equal("messages of the channel", ids(of_channel("eu")).await?, &*ours)?;
    equal("messages of another channel", ids(of_channel("asia")).await?, [""; 0])
}

/// The payload of a message.
async fn read(tour: &Tour, message: &str) -> Outcome<Value> {
    let options = MessageGetOptions { with_content: Some(true) };
    Ok(tour.svix.message().get(tour.app(), message.to_owned(), Some(options)).await?.payload)
}

/// The attempts of a message, with the responses.
pub(crate) async fn attempts_of(tour: &Tour, message: &str) -> Outcome<Vec<MessageAttemptOut>> {
    let options = MessageAttemptListByMsgOptions { with_content: Some(true), ..Default::default() };
    Ok(tour.svix.message_attempt().list_by_msg(tour.app(), message.to_owned(), Some(options)).await?.data)
}

/// The first attempt of a message. The receiver knows of the call before the attempt is written down.
pub(crate) async fn first_attempt(tour: &Tour, message: &str) -> Outcome<MessageAttemptOut> {
    until("an attempt", async || Ok(attempts_of(tour, message).await?.into_iter().next())).await
}

pub(crate) async fn attempts(tour: &Tour) -> Outcome {
    let (api, message, endpoint) = (tour.svix.message_attempt(), &tour.message, &tour.endpoint);
    let attempt = first_attempt(tour, message).await?;
    check(attempt.id.starts_with("atmpt_"), "an id that begins with atmpt_", &attempt.id)?;
    equal("whose attempt it is", (&attempt.msg_id, &attempt.endpoint_id), (message, endpoint))?;
    equal("the response", (attempt.response_status_code, &*attempt.response), (200, ANSWER))?;
    equal("the status", attempt.status, MessageStatus::Success)?;
    equal("the status in words", attempt.status_text, MessageStatusText::Success)?;
    equal("the trigger", attempt.trigger_type, MessageAttemptTriggerType::Scheduled)?;
    let found = api.get(tour.app(), message.clone(), attempt.id.clone(), None).await?;
    equal("the attempt by its id", found.url, attempt.url)?;

    let of_status = |status| MessageAttemptListByEndpointOptions {
        status: Some(status),
        with_msg: Some(true),
        ..Default::default()
    };
    let options = Some(of_status(MessageStatus::Success));
    let found = api.list_by_endpoint(tour.app(), endpoint.clone(), options).await?.data;
    let seen: Vec<_> = found.iter().map(|one| (&*one.id, one.msg.as_ref().map(|msg| &*msg.id))).collect();
    equal("attempts of the endpoint", seen, [(&*attempt.id, Some(&**message))])?;
    let options = Some(of_status(MessageStatus::Fail));
    let failed = api.list_by_endpoint(tour.app(), endpoint.clone(), options).await?.data;
    check(failed.is_empty(), "no failed attempts of the endpoint", failed)
}

/// The same delivery, seen from the endpoint and from the message.
pub(crate) async fn deliveries(tour: &Tour) -> Outcome {
    let (api, message, endpoint) = (tour.svix.message_attempt(), &tour.message, &tour.endpoint);
    let options =
        MessageAttemptListAttemptedMessagesOptions { with_content: Some(true), ..Default::default() };
    let messages = api.list_attempted_messages(tour.app(), endpoint.clone(), Some(options)).await?.data;
    let seen: Vec<_> = messages.iter().map(|one| (&*one.id, one.status, one.payload.clone())).collect();
    equal("the endpoint's messages", seen, [(&**message, MessageStatus::Success, payload())])?;
    let destinations = api.list_attempted_destinations(tour.app(), message.clone(), None).await?.data;
    let seen: Vec<_> = destinations.iter().map(|one| (&*one.id, one.status, one.next_attempt)).collect();
    let expected = [(&**endpoint, MessageStatus::Success, None)];
    equal("the message's endpoints, without the other channel's", seen, expected)
}

pub(crate) async fn statistics(tour: &Tour) -> Outcome {
    let stats = until("a success in the statistics", async || {
        let found = tour.svix.endpoint().get_stats(tour.app(), tour.endpoint.clone(), None).await?;
        Ok((found.success > 0).then_some(found))
    });
    let stats = stats.await?;
    let others = [stats.fail, stats.sending, stats.pending, stats.canceled];
    equal("failures and what is under way", others, [0; 4])
}

/// The same key twice is one message and one delivery; another body under the same key is refused.
pub(crate) async fn idempotency(tour: &Tour) -> Outcome {
    tour.make(tour.endpoint_in("key")).await?;
    let api = tour.svix.message();
    let send = async |n: i32| {
        let idempotency_key = Some(format!("{}-key", tour.run));
        let options = MessageCreateOptions { idempotency_key, ..MessageCreateOptions::default() };
        api.create(tour.app(), tour.message_in("key", json!({"n": n})), Some(options)).await
    };

    let (first, second) = tokio::join!(send(1), send(1));
    let first = first?.id;
    equal("the message of the repeated request", second?.id, &*first)?;
    refused(409, send(2).await)?;
    tour.receiver.message("/key", &first).await?;
    first_attempt(tour, &first).await?;
    let calls = tour.receiver.calls("/key");
    equal("calls", calls.iter().map(|call| call.id()).collect::<Vec<_>>(), [&*first])?;
    let event_types = names([&tour.event_type("key")]);
    let options = MessageListOptions { event_types, ..MessageListOptions::default() };
    let listed = api.list(tour.app(), Some(options)).await?.data;
    equal("messages", listed.iter().map(|one| &*one.id).collect::<Vec<_>>(), [&*first])
}

pub(crate) async fn expunging(tour: &Tour) -> Outcome {
    tour.make(tour.endpoint_in("expunged")).await?;
    let message = tour.send(tour.message_in("expunged", json!({"name": "secret"}))).await?.id;
    let (api, attempt) = (tour.svix.message_attempt(), first_attempt(tour, &message).await?.id);
    api.expunge_content(tour.app(), message.clone(), attempt.clone()).await?;
    let found = api.get(tour.app(), message.clone(), attempt, None).await?;
    equal("the expunged response", found.response, "EXPUNGED")?;
    tour.svix.message().expunge_content(tour.app(), message.clone()).await?;
    equal("the expunged payload", read(tour, &message).await?, json!({"expired": true}))
}
