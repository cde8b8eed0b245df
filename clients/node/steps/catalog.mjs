// What a platform sets up: applications, event types, endpoints.

import { check, equal, items, pages } from "../checks.mjs";

export const EVENT_TYPES = ["paid", "signed", "key", "expunged", "failing", "recovered", "late"];

export async function health(tour) {
  await tour.svix.health.get();
}

export async function applications(tour) {
  const [uid, api] = [`${tour.run}-app`, tour.svix.application];
  const made = await api.create({ name: "Tour", uid, metadata: { plan: "free" } });
  check(made.id.startsWith("app_"), "an id that begins with app_", made.id);
  equal("uid", made.uid, uid);
  equal("metadata", made.metadata, { plan: "free" });
  check(Date.now() - made.createdAt < 60_000, "a time of creation that is now", made.createdAt);
  equal("the app of getOrCreate", (await api.getOrCreate({ name: "Other", uid })).id, made.id);
  equal("the app by its uid", (await api.get(uid)).name, "Tour");

  const replaced = await api[tour.put](made.id, { name: "Tour 2", uid, throttleRate: 50 });
  equal("what PUT left", [replaced.name, replaced.throttleRate, replaced.metadata], ["Tour 2", 50, {}]);
  const patched = await api.patch(made.id, { throttleRate: null, metadata: { plan: "paid" } });
  equal("what PATCH left", [patched.name, patched.throttleRate ?? null], ["Tour 2", null]);
  equal("metadata after PATCH", patched.metadata, { plan: "paid" });
  tour.app = made.id;
}

/** Forwards to the end, then back by the previous iterators: the same apps in the same order. */
export async function applicationPages(tour) {
  const api = tour.svix.application;
  const made = [];
  for (let n = 0; n < 5; n++) made.push((await api.create({ name: `Page ${n}`, uid: `${tour.run}-page-${n}` })).id);

  const page = (iterator) => api.list({ limit: 3, iterator });
  const forwards = await pages(page);
  const ids = forwards.flatMap((one) => one.data).map((app) => app.id);
  equal("our apps, in the order of their making", ids.filter((id) => made.includes(id)), made);
  equal("apps that are listed twice", ids.length - new Set(ids).size, 0);
  equal("the apps on the way back", await walkBack(page, forwards.at(-1)), ids);
  for (const app of made) await api.delete(app);
}

async function walkBack(listPage, last) {
  let ids = last.data.map((app) => app.id);
  for (let page = last; page.data.length > 0; ) {
    page = await listPage(page.prevIterator);
    ids = [...page.data.map((app) => app.id), ...ids];
    if (page.done) break;
  }
  return ids;
}

export async function eventTypes(tour) {
  const api = tour.svix.eventType;
  for (const name of EVENT_TYPES) {
    const made = await api.create({ name: tour.eventType(name), description: name });
    equal("name and state", [made.name, made.archived, made.deprecated], [tour.eventType(name), false, false]);
  }

  const paid = tour.eventType("paid");
  const schemas = { 1: { type: "object", properties: { amount: { type: "number" } } } };
  const replaced = await api[tour.put](paid, { description: "An invoice was paid", schemas });
  equal("description after PUT", replaced.description, "An invoice was paid");
  const patched = await api.patch(paid, { deprecated: true });
  equal("what PATCH left", [patched.description, patched.deprecated], ["An invoice was paid", true]);
  equal("the schemas", (await api.get(paid)).schemas, schemas);
}

async function listed(tour, name, options) {
  const all = await items((iterator) => tour.svix.eventType.list({ limit: 100, iterator, ...options }));
  return all.find((one) => one.name === name);
}

export async function archiving(tour) {
  const [api, name] = [tour.svix.eventType, tour.eventType("archived")];
  await api.create({ name, description: "Comes and goes" });
  await api.delete(name);
  equal("an archived event type in the list", await listed(tour, name), undefined);
  equal("archived, in the list that includes it", (await listed(tour, name, { includeArchived: true })).archived, true);
  await api.create({ name, description: "Came back" });
  equal("the unarchived type", (await listed(tour, name, { withContent: true })).description, "Came back");
  await api.patch(name, { archived: true });
  equal("archived by PATCH", (await api.get(name)).archived, true);
  equal("unarchived by PATCH", (await api.patch(name, { archived: false })).archived, false);
}

export async function endpoints(tour) {
  const [api, url, paid] = [tour.svix.endpoint, tour.receiver.url("/paid"), tour.eventType("paid")];
  const uid = `${tour.run}-ep`;
  const wanted = { url, uid, description: "First", [tour.eventTypes]: [paid], channels: ["eu"] };
  const made = await api.create(tour.app, wanted);
  check(made.id.startsWith("ep_"), "an id that begins with ep_", made.id);
  equal("filters", [made[tour.eventTypes], made.channels, made.disabled], [[paid], ["eu"], false]);
  equal("the endpoint by its uid", (await api.get(tour.app, uid)).url, url);

  const whole = { url, uid, description: "Second", [tour.eventTypes]: [paid] };
  const replaced = await api[tour.put](tour.app, made.id, whole);
  const left = [replaced.id, replaced.description, replaced.channels ?? null];
  equal("what PUT left", left, [made.id, "Second", null]);
  const patched = await api.patch(tour.app, made.id, { channels: ["eu", "us"], metadata: { team: "billing" } });
  equal("what PATCH set", [patched.channels.sort(), patched.metadata], [["eu", "us"], { team: "billing" }]);
  equal("what PATCH kept", [patched.description, patched[tour.eventTypes]], ["Second", [paid]]);

  const other = await tour.endpoint("paid", { url: tour.receiver.url("/other"), channels: ["asia"] });
  const ids = (await api.list(tour.app, { limit: 10 })).data.map((one) => one.id);
  equal("the endpoints, newest first", ids, [other.id, made.id]);
  const secret = (await api.getSecret(tour.app, made.id)).key;
  check(secret.startsWith("whsec_"), "a secret that begins with whsec_");
  Object.assign(tour.left, { endpoint: made.id, secret, other: other.id });
}

export async function endpointHeaders(tour) {
  const [api, endpoint] = [tour.svix.endpoint, tour.left.endpoint];
  await api[tour.putHeaders](tour.app, endpoint, { headers: { "x-tour": "1", "x-api-key": "hidden", "x-old": "1" } });
  await api.patchHeaders(tour.app, endpoint, { headers: { "x-tour": "2" }, deleteHeaders: ["x-old"] });
  const found = await api.getHeaders(tour.app, endpoint);
  equal("the headers that may be seen", found.headers, { "x-tour": "2" });
  equal("the headers that may not", found.sensitive, ["x-api-key"]);
}
