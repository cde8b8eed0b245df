// A message on its way: sent, received, verified, looked at.

import { check, equal, refused, until } from "../checks.mjs";
import { ANSWER } from "../receiver.mjs";
import { newKey, notVerified, verified, verifiedAsymmetric } from "../signatures.mjs";

const PAYLOAD = { invoice: "4711", amount: 12.5, name: "Łukasz 🐦" };

export async function receiving(tour) {
  const [eventId, paid] = [`${tour.run}-event`, tour.eventType("paid")];
  const message = { eventId, eventType: paid, payload: PAYLOAD, channels: ["eu"] };
  const made = await tour.svix.message.create(tour.app, message, { withContent: true });
  check(made.id.startsWith("msg_"), "an id that begins with msg_", made.id);
  equal("what was made", [made.eventId, made.eventType, made.channels], [eventId, paid, ["eu"]]);
  equal("the payload in the answer", made.payload, PAYLOAD);

  const call = await tour.receiver.message("/paid", made.id);
  equal("the payload that arrived", call.json, PAYLOAD);
  equal("content type", call.headers["content-type"], "application/json");
  equal("the headers of the endpoint", [call.headers["x-tour"], call.headers["x-api-key"]], ["2", "hidden"]);
  check(!("x-old" in call.headers), "a deleted header to be gone");
  verified(tour, call, tour.left.secret);
  notVerified(call, (await tour.svix.endpoint.getSecret(tour.app, tour.left.other)).key);
  Object.assign(tour.left, { message: made.id, eventId });
}

export async function listingMessages(tour) {
  const [api, message, paid] = [tour.svix.message, tour.left.message, tour.eventType("paid")];
  equal("the message by its eventId", (await api.get(tour.app, tour.left.eventId)).id, message);
  equal("the payload unless told", (await api.get(tour.app, message)).payload, tour.withPayload ? PAYLOAD : {});
  equal("the payload", (await api.get(tour.app, message, { withContent: true })).payload, PAYLOAD);

  const ids = async (options) =>
    (await api.list(tour.app, { after: tour.began, ...options })).data.map((one) => one.id);
  equal("messages of the event type", await ids({ eventTypes: [paid, tour.eventType("late")] }), [message]);
  equal("messages of another event type", await ids({ eventTypes: [tour.eventType("late")] }), []);
  equal("messages of the channel", await ids({ channel: "eu" }), [message]);
  equal("messages of another channel", await ids({ channel: "asia" }), []);
}

/** The first attempt of a message. The receiver knows of the call before the attempt is written down. */
export function firstAttempt(tour, message) {
  return until("an attempt", async () => {
    const page = await tour.svix.messageAttempt.listByMsg(tour.app, message, { withContent: true });
    return page.data[0];
  });
}

export async function attempts(tour) {
  const [api, { message, endpoint }] = [tour.svix.messageAttempt, tour.left];
  const { MessageStatus, MessageStatusText, MessageAttemptTriggerType } = tour.library;
  const attempt = await firstAttempt(tour, message);
  check(attempt.id.startsWith("atmpt_"), "an id that begins with atmpt_", attempt.id);
  equal("whose attempt it is", [attempt.msgId, attempt.endpointId], [message, endpoint]);
  equal("the response", [attempt.responseStatusCode, attempt.response], [200, ANSWER]);
  equal("the status", [attempt.status, attempt.statusText], [MessageStatus.Success, MessageStatusText.Success]);
  equal("the trigger", attempt.triggerType, MessageAttemptTriggerType.Scheduled);
  equal("the attempt by its id", (await api.get(tour.app, message, attempt.id)).url, attempt.url);

  const succeeded = { status: MessageStatus.Success, withMsg: true };
  const found = (await api.listByEndpoint(tour.app, endpoint, succeeded)).data;
  equal("attempts of the endpoint", found.map((one) => [one.id, one.msg.id]), [[attempt.id, message]]);
  const failed = { status: MessageStatus.Fail };
  equal("failed attempts of the endpoint", (await api.listByEndpoint(tour.app, endpoint, failed)).data, []);
}

/** The same delivery, seen from the endpoint and from the message. */
export async function deliveries(tour) {
  const [api, { message, endpoint }] = [tour.svix.messageAttempt, tour.left];
  const success = tour.library.MessageStatus.Success;
  const messages = (await api.listAttemptedMessages(tour.app, endpoint, { withContent: true })).data;
  const seen = messages.map((one) => [one.id, one.status, one.payload]);
  equal("the endpoint's messages", seen, [[message, success, PAYLOAD]]);
  const destinations = (await api.listAttemptedDestinations(tour.app, message)).data;
  const found = destinations.map((one) => [one.id, one.status]);
  equal("the message's endpoints, without the other channel's", found, [[endpoint, success]]);
}

export async function statistics(tour) {
  const stats = await until("a success in the statistics", async () => {
    const found = await tour.svix.endpoint.getStats(tour.app, tour.left.endpoint);
    return found.success > 0 && found;
  });
  const others = [stats.fail, stats.sending, stats.pending];
  equal("failures and what is under way", others, [0, 0, 0]);
}

/** While a secret is being replaced, receivers with the old one and with the new one both accept. */
export async function rotation(tour) {
  const [api, { endpoint, secret: old }] = [tour.svix.endpoint, tour.left];
  await api.rotateSecret(tour.app, endpoint, {});
  const { key } = await api.getSecret(tour.app, endpoint);
  check(key !== old, "another secret after the rotation");
  const message = await tour.send("paid", { rotated: true }, { channels: ["eu"] });
  equal("the payload in the answer", message.payload, tour.withPayload ? { rotated: true } : {});
  const call = await tour.receiver.message("/paid", message.id);
  verified(tour, call, old);
  verified(tour, call, key);
}

export async function asymmetric(tour) {
  const { secret, publicKey } = newKey();
  const endpoint = await tour.endpoint("signed", { secret });
  const { key } = await tour.svix.endpoint.getSecret(tour.app, endpoint.id);
  equal("the secret that may be seen", key, publicKey);
  const message = await tour.send("signed", PAYLOAD);
  verifiedAsymmetric(await tour.receiver.message("/signed", message.id), publicKey);
}

/** The same key twice is one message and one delivery; another body under the same key is refused. */
export async function idempotency(tour) {
  await tour.endpoint("key");
  const [eventType, options] = [tour.eventType("key"), { idempotencyKey: `${tour.run}-key` }];
  const send = (payload) => tour.svix.message.create(tour.app, { eventType, payload }, options);

  const [first, second] = await Promise.all([send({ n: 1 }), send({ n: 1 })]);
  equal("the message of the repeated request", second.id, first.id);
  await refused(tour, 409, () => send({ n: 2 }));
  await tour.receiver.message("/key", first.id);
  await firstAttempt(tour, first.id);
  equal("calls", tour.receiver.calls("/key").map((call) => call.id), [first.id]);
  const listed = (await tour.svix.message.list(tour.app, { eventTypes: [eventType] })).data;
  equal("messages", listed.map((one) => one.id), [first.id]);
}

export async function expunging(tour) {
  await tour.endpoint("expunged");
  const message = await tour.send("expunged", { name: "secret" });
  const [api, attempt] = [tour.svix.messageAttempt, await firstAttempt(tour, message.id)];
  await api.expungeContent(tour.app, message.id, attempt.id);
  equal("the expunged response", (await api.get(tour.app, message.id, attempt.id)).response, "EXPUNGED");
  await tour.svix.message.expungeContent(tour.app, message.id);
  const found = await tour.svix.message.get(tour.app, message.id, { withContent: true });
  equal("the expunged payload", found.payload, { expired: true });
}
