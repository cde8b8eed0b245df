// What concerns the organization: access for its customers, operational webhooks, refusals, and the end.

import { check, equal, items, refused } from "../checks.mjs";
import { verified } from "../signatures.mjs";
import { EVENT_TYPES } from "./catalog.mjs";

/** The link's token opens one app and nothing else. */
export async function portal(tour) {
  const access = await tour.svix.authentication.appPortalAccess(tour.app, {});
  check(access.url.startsWith("http") && access.token, "a link and a token", access);
  const customer = tour.client(access.token);
  check((await customer.endpoint.list(tour.app)).data.length > 0, "the customer to see the app's endpoints");
  await refused(tour, 403, () => customer.application.list());
  const stranger = await tour.svix.application.create({ name: "Stranger" });
  await refused(tour, 404, () => customer.endpoint.list(stranger.id));
  await tour.svix.application.delete(stranger.id);
}

export async function operationalWebhooks(tour) {
  const api = tour.svix.operationalWebhook.endpoint;
  const url = tour.receiver.url("/operational");
  const watcher = await api.create({ url, [tour.eventTypes]: ["endpoint.created"] });
  const listed = async () =>
    (await items((iterator) => api.list({ limit: 100, iterator }))).some((one) => one.id === watcher.id);

  check(await listed(), "the operational endpoint in the list");
  const endpoint = await tour.endpoint("paid", { url: tour.receiver.url("/watched"), channels: ["asia"] });
  const wanted = (call) => call.json.data.endpointId === endpoint.id;
  const call = await tour.receiver.wait("/operational", "endpoint.created", wanted);
  const { type, data } = call.json;
  equal("type and app", [type, data.appId, data.appUid], ["endpoint.created", tour.app, `${tour.run}-app`]);
  verified(tour, call, (await api.getSecret(watcher.id)).key);
  await api.delete(watcher.id);
  check(!(await listed()), "the deleted operational endpoint to be gone");
}

/** Each refusal is decoded into the client's own error type. */
export async function refusals(tour) {
  const { svix, left } = tour;
  const error = await refused(tour, 404, () => svix.application.get("app_000000000000000000000000000"));
  check(error.code && error.detail, "a code and a reason", error);
  await refused(tour, 401, () => tour.client("whk_wrong").application.list());
  await refused(tour, 409, () => svix.application.create({ name: "Again", uid: `${tour.run}-app` }));
  await refused(tour, 409, () => svix.eventType.create({ name: tour.eventType("paid"), description: "Again" }));
  const repeated = { eventId: left.eventId, eventType: tour.eventType("paid"), payload: {} };
  await refused(tour, 409, () => svix.message.create(tour.app, repeated));

  const { detail } = await refused(tour, 422, () => svix.endpoint.create(tour.app, { url: "not a url" }));
  equal("where the problem is", detail[0].loc.slice(0, 2), ["body", "url"]);
  check(detail[0].msg && detail[0].type, "a reason and a type", detail);
}

export async function deletion(tour) {
  const { svix, left } = tour;
  await svix.endpoint.delete(tour.app, left.endpoint);
  await refused(tour, 404, () => svix.endpoint.get(tour.app, left.endpoint));
  await svix.application.delete(tour.app);
  await refused(tour, 404, () => svix.application.get(tour.app));
  for (const name of [...EVENT_TYPES, "archived"]) {
    await svix.eventType.delete(tour.eventType(name), { expunge: true });
  }
  await refused(tour, 404, () => svix.eventType.get(tour.eventType("paid")));
}
