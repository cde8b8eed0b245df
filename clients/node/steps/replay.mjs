// What is sent again: one delivery, what failed, what is missing, and an example.

import { check, equal, until } from "../checks.mjs";
import { verified } from "../signatures.mjs";
import { firstAttempt } from "./delivery.mjs";

/** The data of the task, once it has come to its end. */
async function finished(tour, task, kind) {
  equal("the task's kind", task.task, kind);
  const found = await until("the end of the background task", async () => {
    const state = await tour.svix.backgroundTask.get(task.id);
    return state.status !== "running" && state;
  });
  equal("the task's end", [found.status, found.task], ["finished", kind]);
  const listed = (await tour.svix.backgroundTask.list({ task: kind, limit: 50 })).data;
  check(listed.some((one) => one.id === task.id), "the task in the list of its kind", listed);
  return found.data;
}

async function destination(tour, message, endpoint) {
  const found = await tour.svix.messageAttempt.listAttemptedDestinations(tour.app, message);
  return found.data.find((one) => one.id === endpoint);
}

/** A receiver fails, is healed, and is called again because somebody asked for it. */
export async function resending(tour) {
  const { MessageStatus, MessageAttemptTriggerType } = tour.library;
  tour.receiver.breakDown("/failing");
  const endpoint = await tour.endpoint("failing");
  const message = await tour.send("failing", { n: 1 });
  const failed = await firstAttempt(tour, message.id);
  equal("the failure", [failed.status, failed.responseStatusCode], [MessageStatus.Fail, 500]);
  const waiting = await destination(tour, message.id, endpoint.id);
  check(waiting.nextAttempt > failed.timestamp, "a time of the next attempt", waiting);

  tour.receiver.heal("/failing");
  await tour.svix.messageAttempt.resend(tour.app, message.id, endpoint.id);
  const success = async () => (await destination(tour, message.id, endpoint.id)).status === MessageStatus.Success;
  await until("a success after the resend", success);
  const attempts = (await tour.svix.messageAttempt.listByMsg(tour.app, message.id)).data;
  const manual = attempts.some((one) => one.triggerType === MessageAttemptTriggerType.Manual);
  check(manual, "a manual attempt", attempts);
  const { key } = await tour.svix.endpoint.getSecret(tour.app, endpoint.id);
  verified(tour, await tour.receiver.message("/failing", message.id), key);
}

/** An endpoint that was disabled while messages came gets them afterwards. */
export async function recovering(tour) {
  const endpoint = await tour.endpoint("recovered");
  await tour.svix.endpoint.patch(tour.app, endpoint.id, { disabled: true });
  const messages = [];
  for (let n = 0; n < 3; n++) messages.push((await tour.send("recovered", { n })).id);
  await tour.svix.endpoint.patch(tour.app, endpoint.id, { disabled: false });
  equal("calls while it was disabled", tour.receiver.calls("/recovered"), []);

  const task = await tour.svix.endpoint.recover(tour.app, endpoint.id, { since: tour.began });
  const data = await finished(tour, task, "endpoint.recover");
  equal("messages sent by the recovery", data.messagesSent, messages.length);
  for (const message of messages) await tour.receiver.message("/recovered", message);
}

/** An endpoint that was added later gets what came before it, once. */
export async function replayingMissing(tour) {
  const message = await tour.send("late", { n: 1 });
  const endpoint = await tour.endpoint("late");
  for (const sent of [1, 0]) {
    const task = await tour.svix.endpoint.replayMissing(tour.app, endpoint.id, { since: tour.began });
    const data = await finished(tour, task, "endpoint.replay");
    equal("messages sent by the replay", data.messagesSent, sent);
    await tour.receiver.message("/late", message.id);
  }
  equal("calls", tour.receiver.calls("/late").length, 1);
}

export async function example(tour) {
  const endpoint = await tour.endpoint("example", { [tour.eventTypes]: null });
  const message = await tour.svix.endpoint.sendExample(tour.app, endpoint.id, { eventType: "svix.ping" });
  equal("the event type", message.eventType, "svix.ping");
  const call = await tour.receiver.message("/example", message.id);
  equal("the example", call.json, { success: true });
  verified(tour, call, (await tour.svix.endpoint.getSecret(tour.app, endpoint.id)).key);
}
